"""Rows of the GPU pane: each device with a memory gauge, the processes that hold its memory under it."""

from __future__ import annotations

from opsconsole.present.units import UNKNOWN, bar, memory, percent
from opsconsole.records import GpuDevice, GpuProcess, Kind, ProcessState
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.rows.context import RowContext
from opsconsole.ui.rows.spec import PaneSpec
from opsconsole.ui.table.columns import Column
from opsconsole.ui.table.model import Sort

GpuRow = GpuDevice | GpuProcess
BAR = 10


def _mark(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuProcess):
        return ("!!", "bad") if row.candidate else ("", "")
    return ("!", "warn") if row.error or row.throttle else ("", "")


def _what(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        return f"GPU{row.index}", "strong"
    return f"  {row.pid}", ""


def _name(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        return row.name or UNKNOWN, "strong"
    return row.name or row.command or UNKNOWN, ""


def _memory(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        style = "bad" if _fullness(row) > 0.95 else "warn" if _fullness(row) > 0.8 else "good"
        return f"{memory(row.memory_used)}/{memory(row.memory_total)}", style
    return memory(row.memory), ""


def _fullness(device: GpuDevice) -> float:
    if device.memory_used is None or not device.memory_total:
        return 0.0
    return device.memory_used / device.memory_total


def _gauge(row: GpuRow, look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        used = bar(row.memory_used, row.memory_total, BAR, look.marks.full, look.marks.empty)
        return f"{used} {percent(row.memory_used, row.memory_total)}", _memory(row, look)[1]
    device = look.store.gpus.get(row.device)
    return percent(row.memory, device.memory_total if device else None), "dim"


def _state(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuProcess):
        if row.candidate:
            return f"CLEAN UP: {row.state}", "bad"
        return str(row.state), "" if row.state is ProcessState.RUNNING else "warn"
    if row.error:
        return row.error, "bad"
    if row.throttle:
        return "THROTTLED " + ", ".join(row.throttle), "warn"
    return f"{_number(row.utilization, ' %')} util {_number(row.temperature, ' C')}", "dim"


def _number(value: int | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{value}{unit}"


def _who(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        return f"driver {row.driver or UNKNOWN} CUDA {row.cuda or UNKNOWN}", "dim"
    if row.pod:
        return row.pod, ""
    return row.why or row.user, "dim"


def _device_of(row: GpuRow) -> str:
    return row.uuid if isinstance(row, GpuDevice) else row.device


def _weight(row: GpuRow) -> float:
    return -(row.memory if isinstance(row, GpuProcess) and row.memory is not None else 0)


COLUMNS = (
    Column("", 2, _mark),
    Column("GPU/PID", 9, _what),
    Column("NAME", 10, _name, flex=2, most=32),
    Column("MEMORY", 13, _memory, right=True),
    Column("USED", 15, _gauge, drop=1),
    Column("STATE", 18, _state, flex=3, most=40),
    Column("POD / WHY", 12, _who, flex=3, drop=2),
)

SPEC: PaneSpec[GpuRow] = PaneSpec(
    name="gpu",
    title="GPU",
    kinds=(Kind.GPU, Kind.GPU_PROCESS),
    feeds=("gpu",),
    columns=COLUMNS,
    sorts=(
        Sort("by device", lambda row: (_device_of(row), isinstance(row, GpuProcess), _weight(row))),
        Sort("candidates first", lambda row: (not getattr(row, "candidate", False), _weight(row))),
        Sort("memory", lambda row: (isinstance(row, GpuDevice), _weight(row))),
    ),
    haystack=lambda row: (
        f"GPU{row.index} {row.name} {row.host} {row.uuid}"
        if isinstance(row, GpuDevice)
        else f"{row.pid} {row.name} {row.command} {row.user} {row.state} {row.pod} {row.why}"
    ),
    nothing="no GPU seen yet",
)
