"""What can't be read is a gap, in words: not seen is not "not there"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from opsconsole.cluster.transport.errors import ClusterError

_Found = TypeVar("_Found")


def or_gap(read: Callable[[], _Found], gaps: list[str]) -> _Found | None:
    """What ``read`` finds; ``None`` where the API server does not tell, and ``gaps`` get why."""
    try:
        return read()
    except ClusterError as error:
        gaps.append(str(error))
        return None
