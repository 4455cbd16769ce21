"""A journal in a folder of its own, with a clock that only moves when told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal
from tests.support.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


WHO = Who(user="alice@example.org", login="alice", client="192.0.2.7", host="bastion", pid=42, version="1")


@pytest.fixture
def journal(folder: Path, clock: ManualClock) -> Journal:
    return Journal(folder, clock, lambda: WHO)
