"""A journal in a folder of its own, with a clock that only moves when told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal


class StillClock:
    """A clock that tests move."""

    def __init__(self, at: float = 1_700_000_000.125) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


WHO = Who(user="alice@example.org", login="alice", client="192.0.2.7", host="bastion", pid=42, version="1")


@pytest.fixture
def journal(folder: Path, clock: StillClock) -> Journal:
    return Journal(folder, clock, lambda: WHO)
