"""Orphaned workers that hold /dev/nvidia* while NVML lists nobody."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.feed import GpuFeed
from opsconsole.gpu.host import holders as module
from opsconsole.gpu.host.holders import Holder, Holders, why_blind
from opsconsole.gpu.nvml.snapshot import DeviceReading, Snapshot
from opsconsole.gpu.observe import OPEN_HANDLE, GpuObserver, unexplained
from opsconsole.records import GpuProcess, Health, ProcessState, State
from opsconsole.store import Store
from tests.gpu.children import Children, Placed
from tests.gpu.looking.test_observe import FixedProbe, FixedReader, held, observer
from tests.gpu.worlds import OUTSIDE, facts
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

GIB = 1 << 30
FULL = DeviceReading(index=1, uuid="GPU-1", memory_used=30 * GIB, minor=0)
IDLE = DeviceReading(index=1, uuid="GPU-1", memory_used=GIB // 2, minor=0)


@pytest.fixture
def device(tmp_path: Path) -> str:
    """A stand-in for ``/dev/nvidia``, with the file of number 0."""
    (tmp_path / "nvidia0").touch()
    (tmp_path / "nvidiactl").touch()
    return str(tmp_path / "nvidia")


def scan(device: str) -> dict[int, frozenset[int]]:
    return {one.pid: one.minors for one in Holders(ManualClock(), device=device).scan()}


def test_an_orphan_with_an_open_device_file_is_found(children: Children, device: str) -> None:
    with Path(device + "0").open() as handle:
        holding = children.orphan("pt_worker", keep=handle)
    with Path(device + "ctl").open() as handle:
        other = children.orphan("nvidia-smi", keep=handle)
    found = scan(device)
    assert found[holding] == {0}
    assert other not in found


def test_our_own_files_and_our_worker_are_not_counted(children: Children, device: str) -> None:
    with Path(device + "0").open() as handle:
        child = children.sleeper(keep=handle)
        found = scan(device)
    assert os.getpid() not in found
    assert child not in found


def test_the_files_of_all_processes_are_not_looked_through_at_every_look(
    children: Children, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    holders = Holders(clock, device=device)
    assert holders.scan() == ()
    with Path(device + "0").open() as handle:
        pid = children.orphan(keep=handle)
    clock.at += module.SCAN_SECONDS - 1
    assert holders.scan() == ()
    clock.at += 1
    assert [one.pid for one in holders.scan()] == [pid]


def test_processes_that_may_not_be_looked_into_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "stat").write_text("77 (x) S 1 77 77 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0")
    (tmp_path / "self").mkdir()
    really_scan = os.scandir

    def guarded(path: str) -> Any:
        if str(path).endswith("/fd"):
            raise PermissionError(13, "Permission denied")
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    holders = Holders(ManualClock(), root=str(tmp_path))
    assert holders.scan() == ()
    assert holders.blind


def test_a_process_that_ends_while_its_files_are_read_makes_nobody_blind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "77"
    (folder / "fd").mkdir(parents=True)
    (folder / "fd" / "3").symlink_to("/dev/nvidia0")
    (folder / "stat").write_text("77 (x) S 1 77 77 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0")

    def ending(_path: str) -> str:
        shutil.rmtree(folder)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "readlink", ending)
    holders = Holders(ManualClock(), root=str(tmp_path))
    assert holders.scan() == ()
    assert not holders.blind


def test_a_process_that_is_gone_before_its_files_are_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "77").mkdir()
    holders = Holders(ManualClock(), root=str(tmp_path))
    assert holders.scan() == ()
    assert not holders.blind


class FixedHolders(Holders):
    """Found what the test says."""

    def __init__(self, *found: Holder) -> None:
        super().__init__(ManualClock())
        self.known = found
        self.scans = 0

    def scan(self) -> tuple[Holder, ...]:
        self.scans += 1
        return self.known


HOLDER = Holder(4711, 5000, frozenset({0, 7}))
ORPHAN = facts(place=OUTSIDE, orphan=True, parent=1, command="aura-optimizer --worker")


def watching(card: DeviceReading, *listed: Any, holders: Holders, reader: Any = None) -> GpuObserver:
    return observer(
        FixedProbe(Snapshot(devices=(card,), processes=listed)), reader or FixedReader(ORPHAN), holders=holders
    )


def rows(watcher: GpuObserver) -> list[GpuProcess]:
    return list(watcher.look().processes)


def test_an_unlisted_holder_is_a_row_of_unknown_memory_and_can_be_a_candidate() -> None:
    [one] = rows(watching(FULL, holders=FixedHolders(HOLDER)))
    assert (one.pid, one.device, one.kind, one.memory) == (4711, "GPU-1", OPEN_HANDLE, None)
    assert one.candidate


def test_where_the_lists_explain_the_memory_nobody_is_looked_for() -> None:
    holders = FixedHolders(HOLDER)
    assert rows(watching(IDLE, holders=holders)) == []
    assert holders.scans == 0


def test_a_holder_that_nvml_lists_is_not_listed_twice() -> None:
    [one] = rows(watching(FULL, held(4711, "GPU-1"), holders=FixedHolders(HOLDER)))
    assert one.kind == "compute"


def test_a_holder_whose_pid_changed_hands_is_left_out() -> None:
    assert rows(watching(FULL, holders=FixedHolders(HOLDER._replace(start_ticks=4999)))) == []


def test_a_holder_that_has_ended_since_the_scan_and_is_not_reaped_holds_nothing() -> None:
    reader = FixedReader(facts(state=ProcessState.ZOMBIE))
    assert rows(watching(FULL, holders=FixedHolders(HOLDER), reader=reader)) == []


def test_memory_of_a_process_that_is_gone_explains_nothing() -> None:
    found = Snapshot(devices=(FULL,), processes=(held(5, "GPU-1", memory=30 * GIB),))
    assert not unexplained(found, {5: facts(5)})
    assert unexplained(found, {5: facts(5, state=ProcessState.GONE)})
    assert unexplained(found, {5: facts(5, state=ProcessState.ZOMBIE)})


def test_unknown_memory_is_looked_into() -> None:
    assert unexplained(Snapshot(devices=(DeviceReading(index=0, uuid="GPU-0"),)), {})


def test_root_that_the_kernel_hides_files_from_is_not_told_that_root_would_see_them() -> None:
    words = why_blind(root=True, hidden=["1 (init)", "7 (a)", "8 (b)", "9 (c)"])
    assert words == "the kernel hides even from root which files are open in 1 (init), 7 (a), 8 (b) and 1 more"
    assert "some processes" in why_blind(root=True)


def test_an_open_device_file_of_a_process_whose_leader_is_dead_is_found(
    children: Children, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``/proc/PID/fd`` of a dead leader is empty, though its threads live on with every file open."""
    with Path(device + "0").open() as handle:
        pid = children.zombie_leader(keep=handle)
    assert os.listdir(f"/proc/{pid}/fd") == []  # noqa: PTH208 - names are all that is wanted
    monkeypatch.setattr(os, "getpid", lambda: 0)  # our own children are left out
    assert scan(device)[pid] == {0}


def test_a_dead_process_whose_memory_a_child_has_inherited_says_who_has_the_device_open() -> None:
    """NVML goes on naming the dead parent, with all the memory, and does not name the child (seen on an H200)."""
    dead = facts(5, state=ProcessState.ZOMBIE, parent=1, parent_name="systemd")
    reader = FixedReader(ORPHAN, dead)
    parent, child = rows(watching(FULL, held(5, "GPU-1", memory=4 * GIB), holders=FixedHolders(HOLDER), reader=reader))
    assert (parent.candidate, child.candidate) == (False, True)
    assert f"NVML still counts its memory, and 4711 ({child.name}) has the device open" in parent.why
    [alone] = rows(watching(FULL, held(5, "GPU-1", memory=4 * GIB), holders=FixedHolders(), reader=reader))
    assert "NVML still counts" not in alone.why


def test_a_blind_scan_is_said() -> None:
    holders = FixedHolders()
    holders.blind = why_blind(root=False)
    assert "only root" in watching(FULL, holders=holders).look().note


def test_a_blind_scan_keeps_anybody_from_saying_that_nothing_is_left() -> None:
    holders, inbox, store = FixedHolders(), Inbox(), Store()
    holders.blind = why_blind(root=True)
    feed = GpuFeed(watching(FULL, holders=holders), ManualClock(), 0.01)
    feed.start(inbox)

    def health() -> Health | None:
        store.apply(inbox.drain())
        return store.health.get("gpu")

    try:
        assert eventually(lambda: (now := health()) and now.state is State.LIVE and now).unread == 1
    finally:
        feed.stop()


def test_a_real_orphan_is_found_through_the_observer(children: Children, device: str) -> None:
    with Path(device + "0").open() as handle:
        pid = children.orphan("aura-optimizer", keep=handle)
    watcher = watching(
        FULL,
        holders=Holders(ManualClock(), device=device),
        reader=Placed({pid: "0::/user.slice/user-0.slice/session-1.scope\n"}),
    )
    [one] = rows(watcher)
    assert (one.pid, one.kind, one.candidate, one.command) == (pid, OPEN_HANDLE, True, "aura-optimizer 600")
