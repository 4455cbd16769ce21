"""How the cockpit was left: pane, orders and filters by cluster, in the state folder of this user alone.

It is comfort and nothing else: what can't be read is forgotten, what can't be written is not, and neither is said.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.files.bounded import read_bounded
from opsconsole.files.folders import make_private, state_folder
from opsconsole.ui.table.pane import TablePane
from opsconsole.ui.text.filter import parse

MOST = 50
"""Clusters that are remembered; the one left longest ago goes first."""

LARGEST = 256 << 10
"""Bytes of the file; a larger one is none of ours."""


class PaneLook(msgspec.Struct, frozen=True):
    """How one pane was left."""

    sort: str = ""
    reverse: bool = False
    filter: str = ""


class CockpitLook(msgspec.Struct, frozen=True):
    """How the cockpit was left on one cluster, and when (seconds since the epoch)."""

    pane: str = ""
    panes: dict[str, PaneLook] = {}
    at: float = 0.0


class Remembered:
    """The file. All of it is read and written at once: it is small.

    Args:
        environ: says where the state folder is.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._file = state_folder(environ) / "cockpit.json"

    def of(self, cluster: str) -> CockpitLook | None:
        """Return how the cockpit was left on the cluster with this UID; ``None`` if that is not known."""
        return self._read().get(cluster) if cluster else None

    def keep(self, cluster: str, look: CockpitLook) -> None:
        """Remember it. A cluster without a UID is none that could be known again."""
        if not cluster:
            return
        known = {**self._read(), cluster: look}
        newest = sorted(known.items(), key=lambda item: item[1].at)[-MOST:]
        with contextlib.suppress(OSError):
            make_private(self._file.parent)
            _put(self._file, msgspec.json.encode(dict(newest)))

    def _read(self) -> dict[str, CockpitLook]:
        try:
            data = read_bounded(self._file, LARGEST)
            return decode_as(data, dict[str, CockpitLook]) if len(data) <= LARGEST else {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}


def _put(file: Path, data: bytes) -> None:
    """Write a file whole or not at all, for this user alone."""
    new = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as stream:
            stream.write(data)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def look_of(panes: Sequence[TablePane], at: float) -> CockpitLook:
    """Return how the panes are now; those that are as they begin are left out."""
    changed = {pane.spec.name: _look_of(pane) for pane in panes if not _is_fresh(pane)}
    return CockpitLook(next((pane.spec.name for pane in panes if pane.current), ""), changed, at)


def is_untouched(panes: Sequence[TablePane]) -> bool:
    """Whether nobody has chosen anything yet: what a person has just typed is not overruled by what was once."""
    return panes[0].current and all(_is_fresh(pane) for pane in panes)


def restore(panes: Sequence[TablePane], look: CockpitLook) -> list[str]:
    """Sort and filter the panes as they were left, and return in words which filters hide rows now."""
    said = []
    for pane in panes:
        left = look.panes.get(pane.spec.name)
        if left is None:
            continue
        sort = next((sort for sort in pane.spec.sorts if sort.name == left.sort), None)
        if sort is not None:
            pane.model.order(sort)
            if left.reverse != sort.reverse:
                pane.model.turn()
        if left.filter and (found := parse(left.filter)) is not None:
            pane.set_filter(found)
            said.append(f"{pane.spec.title} /{found.text}")
        pane.view.settle()
    return said


def _look_of(pane: TablePane) -> PaneLook:
    return PaneLook(pane.model.sort.name, pane.model.reverse, pane.filter.text if pane.filter else "")


def _is_fresh(pane: TablePane) -> bool:
    first = pane.spec.sorts[0]
    return pane.filter is None and pane.model.sort is first and pane.model.reverse == first.reverse
