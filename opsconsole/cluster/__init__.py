"""The one door to Kubernetes. Importing this package costs nothing; its parts are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsconsole.cluster.connection import Connection, connect
    from opsconsole.cluster.errors import ClusterError
    from opsconsole.cluster.reviews import Access, Answer, may, may_i
    from opsconsole.cluster.sources import feeds

__all__ = ["Access", "Answer", "ClusterError", "Connection", "connect", "feeds", "may", "may_i"]

_HOMES = {
    "Access": "reviews",
    "Answer": "reviews",
    "ClusterError": "errors",
    "Connection": "connection",
    "connect": "connection",
    "feeds": "sources",
    "may": "reviews",
    "may_i": "reviews",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
