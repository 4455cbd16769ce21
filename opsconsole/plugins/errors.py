"""What can be wrong with a plugin."""

from __future__ import annotations


class PluginError(Exception):
    """A plugin can't be used; the text says why and, where it is known, what to do."""
