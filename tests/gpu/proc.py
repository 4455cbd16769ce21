"""A procfs of files, for states that a test can't bring about in a real process."""

from __future__ import annotations

from pathlib import Path


class FakeProc:
    """Writes ``stat``, ``comm``, ``cmdline``, ``cgroup``, ``status`` and threads of made-up processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "stat").write_text("cpu 1 2 3\nbtime 1700000000\nprocesses 5\n")

    def add(
        self,
        pid: int,
        *,
        comm: str = "python",
        state: str = "S",
        parent: int = 1,
        ticks: int = 5000,
        command: bytes = b"python\0train.py\0",
        cgroup: str = "0::/user.slice/user-0.slice/session-1.scope\n",
        uid: int = 0,
        threads: str = "",
    ) -> Path:
        """Add a process; ``threads`` are the states of its threads besides the leader, with TIDs from pid + 1 on."""
        folder = self.root / str(pid)
        folder.mkdir()
        self._write(folder, pid, comm, state, parent, ticks)
        dead = state in "ZX"
        (folder / "cmdline").write_bytes(b"" if dead else command)
        (folder / "cgroup").write_text("0::/\n" if dead else cgroup)
        (folder / "status").write_text(f"Name:\t{comm}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        for tid, letter in enumerate(state + threads, pid):
            task = folder / "task" / str(tid)
            task.mkdir(parents=True)
            self._write(task, tid, comm, letter, parent, ticks)
            (task / "cmdline").write_bytes(b"" if letter in "ZX" else command)
            (task / "cgroup").write_text("0::/\n" if letter in "ZX" else cgroup)
            (task / "status").write_text(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        return folder

    def _write(self, folder: Path, pid: int, comm: str, state: str, parent: int, ticks: int) -> None:
        fields = f"{state} {parent} {pid} {pid} 0 -1 4194560 1 0 0 0 5 3 0 0 20 0 1 0 {ticks} 9 9 18446744073709551615"
        (folder / "stat").write_text(f"{pid} ({comm}) {fields}\n")
        (folder / "comm").write_text(comm + "\n")
