"""The one door to Kubernetes. Importing this package costs nothing; its parts are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsconsole.cluster.questions.reviews import Access, Review, may, may_i
    from opsconsole.cluster.transport.connection import Connection, connect
    from opsconsole.cluster.transport.errors import ClusterError

__all__ = ["Access", "ClusterError", "Connection", "Review", "connect", "may", "may_i"]

_HOMES = {
    "Access": "questions.reviews",
    "ClusterError": "transport.errors",
    "Connection": "transport.connection",
    "Review": "questions.reviews",
    "connect": "transport.connection",
    "may": "questions.reviews",
    "may_i": "questions.reviews",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
