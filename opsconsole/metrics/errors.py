"""What can go wrong with Prometheus, in words for the screen."""

from __future__ import annotations


class MetricsError(Exception):
    """Prometheus could not be asked, or did not like the question; the text says which and what to do."""


class UnreachableError(MetricsError):
    """The server can't be asked anything: network, certificate, permission, or it is no Prometheus."""


class QueryError(MetricsError):
    """The server lives and refuses this one query; the text is the server's reason."""
