"""What /proc says: of real processes in every state that can be made, and of made-up ones for the rest."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.host.processes import MAX_TICKS, Facts, HostProcesses, command_line, lineage, parse_stat
from opsconsole.records import ProcessState
from tests.gpu.children import Children
from tests.gpu.proc import FakeProc


@pytest.fixture
def fake(tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path)


def read(fake: FakeProc, pid: int, *, exists: bool = False) -> Facts:
    return HostProcesses(str(fake.root), host_pids=True, exists=lambda _pid: exists).read(pid)


HOST = HostProcesses(host_pids=True)


# --- real processes ------------------------------------------------------------------------------------------------


def test_a_running_process_is_identified(children: Children) -> None:
    pid = children.sleeper("aura-worker")
    facts, seen = HOST.read(pid), psutil.Process(pid)
    assert facts.state is ProcessState.RUNNING
    assert facts.started == pytest.approx(seen.create_time(), abs=1.5)
    assert (facts.parent, facts.uid, facts.user) == (os.getpid(), os.getuid(), seen.username())
    assert facts.command == "aura-worker 600"
    assert facts.names == {"sleep", "aura-worker", "600"}
    assert facts.orphan is False
    assert facts.place.path


def test_two_processes_with_one_pid_would_differ_in_start_ticks(children: Children) -> None:
    first = children.sleeper()
    before = HOST.read(first).start_ticks
    time.sleep(0.03)  # start times are counted in hundredths of a second
    second = HOST.read(children.sleeper()).start_ticks
    assert before is not None
    assert second is not None
    assert second > before


def test_a_true_zombie_is_told_with_its_parent(children: Children) -> None:
    facts = HOST.read(children.zombie())
    assert facts.state is ProcessState.ZOMBIE
    assert facts.parent == os.getpid()
    assert facts.parent_name == psutil.Process().name()
    assert facts.threads == 0


def test_a_zombie_leader_with_a_living_thread_is_told_and_its_cgroup_is_the_threads(children: Children) -> None:
    pid = children.zombie_leader()
    facts = HOST.read(pid)
    assert facts.state is ProcessState.ZOMBIE_LEADER
    assert facts.threads == 1
    assert facts.command.endswith("/leader")
    assert facts.place.path == HOST.read(os.getpid()).place.path


def test_an_orphan_is_told(children: Children) -> None:
    assert HOST.read(children.orphan()).orphan is True


def test_a_process_that_is_gone_is_gone(children: Children) -> None:
    pid = children.sleeper()
    psutil.Process(pid).terminate()
    children.reap(pid)
    assert HOST.read(pid).state is ProcessState.GONE


def test_in_another_pid_namespace_no_pid_is_taken_for_ours() -> None:
    facts = HostProcesses(host_pids=False).read(os.getpid())
    assert facts == Facts(os.getpid(), ProcessState.OTHER_NAMESPACE)


def test_the_hosts_pid_namespace_is_known_by_its_number(tmp_path: Path) -> None:
    for number, known in (("4026531836", ProcessState.GONE), ("4026532999", ProcessState.OTHER_NAMESPACE)):
        root = tmp_path / number
        (root / "self" / "ns").mkdir(parents=True)
        (root / "self" / "ns" / "pid").symlink_to(f"pid:[{number}]")
        assert HostProcesses(str(root), exists=lambda _pid: False).read(1).state is known
    assert HostProcesses(str(tmp_path / "nothing")).read(1).state is ProcessState.OTHER_NAMESPACE


def test_our_shell_and_session_are_ours() -> None:
    ours = lineage()
    assert {os.getpid(), os.getppid()} <= ours


# --- made-up ones --------------------------------------------------------------------------------------------------


def test_uninterruptible_sleep_is_told(fake: FakeProc) -> None:
    fake.add(70, state="D")
    assert read(fake, 70).state is ProcessState.UNINTERRUPTIBLE


def test_a_dead_leader_whose_threads_all_hang_in_the_kernel_is_uninterruptible(fake: FakeProc) -> None:
    fake.add(70, state="Z", threads="DD")
    assert read(fake, 70).state is ProcessState.UNINTERRUPTIBLE


def test_a_dead_leaders_cgroup_and_command_come_from_a_thread_that_lives(fake: FakeProc) -> None:
    fake.add(70, state="Z", threads="ZSX", cgroup="0::/kubepods/pod3f2c9d1e-6b7a-4c3d-9e8f-0a1b2c3d4e5f/aa\n", uid=12)
    facts = read(fake, 70)
    assert (facts.state, facts.threads, facts.uid) == (ProcessState.ZOMBIE_LEADER, 1, 12)
    assert facts.place.pod_uid == "3f2c9d1e-6b7a-4c3d-9e8f-0a1b2c3d4e5f"
    assert facts.command == "python train.py"


def test_a_pid_that_procfs_hides_is_not_called_gone(fake: FakeProc) -> None:
    assert read(fake, 70, exists=True).state is ProcessState.NO_PERMISSION
    assert read(fake, 70, exists=False).state is ProcessState.GONE


def test_a_process_that_ends_between_two_reads_is_gone(fake: FakeProc) -> None:
    folder = fake.add(70)
    (folder / "cgroup").unlink()
    assert read(fake, 70).state is ProcessState.GONE


@pytest.mark.parametrize("refused", ["70", "stat", "cgroup"])
def test_what_may_not_be_read_is_told_and_not_guessed(
    fake: FakeProc, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    fake.add(70)
    really_open = os.open

    def guarded(path: str, *arguments: Any, **options: Any) -> int:
        if path.rsplit("/", 1)[-1] == refused:
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", guarded)
    facts = read(fake, 70, exists=True)
    if refused == "cgroup":
        assert (facts.state, facts.place.kubernetes) == (ProcessState.RUNNING, None)
    else:
        assert (facts.state, facts.start_ticks) == (ProcessState.NO_PERMISSION, None)


def test_a_hostile_name_does_not_shift_the_fields(fake: FakeProc) -> None:
    fake.add(70, comm="a) S 1 (b\x1b[2J", ticks=777)
    facts = read(fake, 70)
    assert facts.start_ticks == 777
    assert facts.name == "a) S 1 (b␛[2J"


def test_hostile_text_is_clean_everywhere(fake: FakeProc) -> None:
    bad = "\x1b]0;x\x07\u202e\n"
    fake.add(1, comm=bad)
    fake.add(70, comm=bad, command=f"py{bad}\0{bad}\0".encode(), cgroup="0::/a\x1b[2J\u202eb\n")
    facts = read(fake, 70)
    shown = [facts.name, facts.parent_name, facts.command, facts.place.path, *facts.names]
    assert not any(char in text for text in shown for char in "\x1b\x07\u202e\n")


@pytest.mark.parametrize(
    ("parent", "parent_name", "cgroup", "orphan"),
    [
        (1, "init", "0::/user.slice/user-0.slice/session-1.scope\n", True),
        (50, "systemd", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n", True),
        (50, "bash", "0::/user.slice/user-0.slice/session-1.scope\n", False),
        (1, "systemd", "0::/system.slice/aura-optimizer.service\n", False),
        (50, "containerd-shim", "0::/docker/abc\n", False),
    ],
)
def test_a_units_own_process_is_no_orphan(
    fake: FakeProc, parent: int, parent_name: str, cgroup: str, *, orphan: bool
) -> None:
    fake.add(parent, comm=parent_name)
    fake.add(70, parent=parent, cgroup=cgroup)
    assert read(fake, 70).orphan is orphan


def test_started_is_seconds_since_the_epoch(fake: FakeProc) -> None:
    fake.add(70, ticks=250 * os.sysconf("SC_CLK_TCK"))
    assert read(fake, 70).started == 1_700_000_250.0


def test_an_unknown_user_is_a_number(fake: FakeProc) -> None:
    fake.add(70, uid=987_654)
    assert read(fake, 70).user == "987654"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["python", "t.py", "--api-key", "SECRET"], "python t.py --api-key ***"),
        (["python", "--token=SECRET", "x"], "python --token=*** x"),
        (["env", "OPENAI_API_KEY=SECRET", "run"], "env OPENAI_API_KEY=*** run"),
        (["curl", "-H", "Authorization: Bearer SECRET"], "***"),
        (["psql", "postgres://u:SECRET@db/x"], "psql postgres://u:***@db/x"),
        (["x", "--db-password", "SECRET", "--epochs", "3"], "x --db-password *** --epochs 3"),
        (["x", "DB_PASSWD=SECRET"], "x DB_PASSWD=***"),
    ],
)
def test_secrets_on_a_command_line_are_masked(arguments: list[str], shown: str) -> None:
    line, _ = command_line(b"\0".join(part.encode() for part in arguments) + b"\0")
    assert "SECRET" not in line
    assert shown in line


@pytest.mark.parametrize("part", ["x", "token", "://", "--token", "bearer ", ": ", "a=b ", "secret="])
def test_an_endless_command_line_is_read_in_no_time(part: str) -> None:
    line, _ = command_line(f"python\0{part * 30_000}\0".encode())
    assert len(line) < 600


def test_a_command_line_is_capped_and_an_empty_one_shows_the_name(fake: FakeProc) -> None:
    fake.add(70, command=b"python\0" + b"x" * 100_000)
    fake.add(71, comm="nv_queue", command=b"")
    assert len(read(fake, 70).command) < 600
    assert read(fake, 71).command == "[nv_queue]"


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20), st.integers(0, MAX_TICKS))
def test_any_name_round_trips_through_stat(comm: str, ticks: int) -> None:
    stat = parse_stat(f"12 ({comm}) S 7 12 12 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {ticks} 0 0")
    assert stat == (comm, "S", 7, ticks)


@given(st.text())
def test_no_stat_is_an_error_not_a_guess(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - either ours or int's
        parse_stat(text + ") S")


@given(st.binary())
def test_any_command_line_is_one_clean_line(raw: bytes) -> None:
    line, names = command_line(raw)
    assert "\n" not in line
    assert "\x1b" not in line + "".join(names)


@pytest.mark.parametrize("pid", [2**31, 2**32 - 1, 2**63, 0, -1])
def test_a_pid_that_no_process_can_have_is_another_namespace_s(pid: int) -> None:
    assert HostProcesses().read(pid).state is ProcessState.OTHER_NAMESPACE
