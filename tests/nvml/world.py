"""Writes the file that the test library reads: which GPUs there are, who holds memory on them, what goes wrong."""

from __future__ import annotations

from pathlib import Path

MIB = 1 << 20
NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND, DRIVER_NOT_LOADED, GPU_LOST, UNKNOWN = 3, 4, 6, 9, 15, 999


class NvmlWorld:
    """The file, changed as a whole at each call: the library may read it at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[str] = []
        self.write("driver 550.54.15", "cuda 12040")

    def write(self, *lines: str) -> None:
        """Add lines."""
        self._lines += lines
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(line + "\n" for line in self._lines))
        fresh.replace(self.path)

    def forget(self, start: str) -> None:
        """Take the lines away that begin with ``start``."""
        self._lines = [line for line in self._lines if not line.startswith(start)]
        self.write()

    def device(self, index: int = 0, **facts: object) -> str:
        """Add a GPU (an A100 unless told otherwise; ``None`` leaves a fact out) and return its UUID."""
        uuid = f"GPU-{index:08d}-1111-2222-3333-444444444444"
        known = {
            "uuid": uuid,
            "name": "NVIDIA~A100-SXM4-40GB",
            "total": 40_960 * MIB,
            "base": 512 * MIB,
            "util": 37,
            "temp": 61,
            "power": 251_500,
            "throttle": "0x1",
            "mig": 0,
            "minor": index,
        } | facts
        self.write(f"device {index} " + " ".join(f"{key}={value}" for key, value in known.items() if value is not None))
        return str(known["uuid"])

    def mig(self, index: int, number: int, **facts: object) -> str:
        """Add a MIG device to the GPU ``index`` (which needs ``mig=1``) and return its UUID."""
        uuid = f"MIG-{index:04d}{number:04d}-1111-2222-3333-444444444444"
        known = {"uuid": uuid, "name": "NVIDIA~A100~MIG~1g.5gb", "total": 4_864 * MIB, "base": 12 * MIB} | facts
        self.write(f"slice {index} {number} " + " ".join(f"{key}={value}" for key, value in known.items()))
        return str(known["uuid"])

    def process(
        self, pid: int, memory: int | None = 1024 * MIB, place: str = "0", kind: str = "compute", **how: bool
    ) -> None:
        """Add a holder of ``memory`` bytes. ``lingers=True`` keeps it listed, ``leaks=True`` its memory held."""
        words = [word for word, on in how.items() if on]
        self.write(" ".join(["process", place, kind, str(pid), "-" if memory is None else str(memory), *words]))
