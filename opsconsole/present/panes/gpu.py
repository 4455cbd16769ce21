"""Rows of the GPU pane: each device with a memory gauge, the processes that hold its memory under it.

Where other machines are looked at, each of them has a row above its devices, which can be folded below it.
"""

from __future__ import annotations

from opsconsole.present.lines import Span
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Column, PaneSpec, Sort, Whole
from opsconsole.present.units import UNKNOWN, age, bar, memory, percent
from opsconsole.records import GpuDevice, GpuNode, GpuProcess, Kind, ProcessState, Ref, State, gpu_order

GpuRow = GpuDevice | GpuProcess | GpuNode
BAR = 10


def _mark(row: GpuRow, look: RowContext) -> Span:
    if isinstance(row, GpuProcess):
        return ("!!", "bad") if row.candidate else ("", "")
    if isinstance(row, GpuNode):
        unwell = _unwell(row) or row.problems or _found(row, look)
        return ("!!", "bad") if row.candidates else ("!", "warn") if unwell else ("", "")
    return ("!", "warn") if row.error or row.throttle else ("", "")


def _what(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        return f"GPU{row.index}{'/MIG' if row.mig_parent else ''}", "strong"
    if isinstance(row, GpuNode):
        gpus = UNKNOWN if row.gpus is None else row.gpus
        return f"{gpus} GPU{'' if gpus == 1 else 's'}", "dim"
    return f"  {row.pid}", ""


def _name(row: GpuRow, _look: RowContext) -> Span:
    if isinstance(row, GpuDevice):
        return row.name or UNKNOWN, "strong"
    if isinstance(row, GpuNode):  # its name is in the column of the nodes
        return "" if row.host == row.name else row.host, "dim"
    return row.name or row.command or UNKNOWN, ""


def _memory(row: GpuRow, _look: RowContext) -> Span:
    if not isinstance(row, GpuProcess):
        style = "bad" if _fullness(row) > 0.95 else "warn" if _fullness(row) > 0.8 else "good"
        return f"{memory(row.memory_used)}/{memory(row.memory_total)}", style
    return memory(row.memory), ""


def _fullness(device: GpuDevice | GpuNode) -> float:
    if device.memory_used is None or not device.memory_total:
        return 0.0
    return device.memory_used / device.memory_total


def _gauge(row: GpuRow, look: RowContext) -> Span:
    if not isinstance(row, GpuProcess):
        used = bar(row.memory_used, row.memory_total, BAR, look.marks.full, look.marks.empty)
        return f"{used} {_share(row, look)}", _memory(row, look)[1]
    return _share(row, look), "dim"


def _share(row: GpuRow, look: RowContext) -> str:
    if not isinstance(row, GpuProcess):
        return percent(row.memory_used, row.memory_total)
    device = look.store.gpus.get(row.device)
    return percent(row.memory, device.memory_total if device else None)


def _state(row: GpuRow, look: RowContext) -> Span:
    if isinstance(row, GpuNode):
        return _node_state(row, look)
    if isinstance(row, GpuProcess):
        if row.candidate:
            return f"CLEAN UP: {row.state}", "bad"
        return str(row.state), "" if row.state is ProcessState.RUNNING else "warn"
    if row.error:
        return row.error, "bad"
    if row.throttle:
        return "THROTTLED " + ", ".join(row.throttle), "warn"
    return f"{_number(row.utilization, ' %')} util {_number(row.temperature, ' C')}", "dim"


def _unwell(node: GpuNode) -> bool:
    return node.state not in (State.LIVE, State.ABSENT, State.STARTING)


def _node_state(node: GpuNode, look: RowContext) -> Span:
    """How old what is seen of a node is, and why; of one that answers, what is wrong with it."""
    if _unwell(node):
        return f"{node.state.upper()} {age(look.now - (node.seen or node.since))}: {node.detail}", "bad"
    if node.state is not State.LIVE and not node.problems:
        return node.detail or str(node.state), "dim"
    candidates = f"{node.candidates} to clean up" if node.candidates else ""
    lacks = node.detail if node.state is State.LIVE else ""
    wrong = [*node.problems, *_found(node, look), *filter(None, [lacks])]
    if wrong:
        many = f"{len(wrong)} problems: {wrong[0]}" if len(wrong) > 1 else wrong[0]
        return "; ".join(filter(None, (candidates, many))), "warn"
    seen = f"seen {age(look.now - node.seen)} ago" if node.seen is not None else ""
    return "; ".join(filter(None, (candidates, seen))), "dim"


def _found(node: GpuNode, look: RowContext) -> list[str]:
    """What is found about it besides its own problems, such as a driver that most others do not have."""
    own = "\n".join(node.problems)
    about = look.findings.about(Ref("Node", "", node.name))
    return [one.title for one in about if not own or one.detail != own]


def _is_old(row: GpuRow, look: RowContext) -> bool:
    """Whether the row is of a node that does not answer. The node's own row says so itself, and since when."""
    node = None if isinstance(row, GpuNode) else look.store.gpu_nodes.get(row.node)
    return node is not None and _unwell(node)


def _number(value: int | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{value}{unit}"


def _who(row: GpuRow, _look: RowContext) -> Span:
    if not isinstance(row, GpuProcess):
        return f"driver {row.driver or UNKNOWN} CUDA {row.cuda or UNKNOWN}", "dim"
    if row.pod:
        return row.pod, ""
    return row.why or row.user, "dim"


def _node_of(row: GpuRow) -> str:
    return row.name if isinstance(row, GpuNode) else row.node


def _where(row: GpuRow, _look: RowContext) -> Span:
    return (row.name, "strong") if isinstance(row, GpuNode) else (row.node, "dim")


def _weight(row: GpuRow) -> float:
    return -(row.memory if isinstance(row, GpuProcess) and row.memory is not None else 0)


def _used(row: GpuRow) -> float:
    """What a process holds, or is in use of a device: the most first, nodes last."""
    size = row.memory if isinstance(row, GpuProcess) else row.memory_used
    return -(size or 0)


def _haystack(row: GpuRow) -> str:
    if isinstance(row, GpuNode):
        return f"{row.name} {row.host} {row.state} {row.detail} {row.driver} {' '.join(row.problems)}"
    if isinstance(row, GpuDevice):
        return f"GPU{row.index} {row.name} {row.host} {row.uuid} {row.node}"
    return f"{row.pid} {row.name} {row.command} {row.user} {row.state} {row.pod} {row.why} {row.node}"


COLUMNS = (
    Column("", 2, _mark),
    Column("GPU/PID", 9, _what),
    Column("NAME", 10, _name, flex=2, most=32, name=True),
    Column("MEMORY", 13, _memory, right=True),
    Column("USED", 15, _gauge, drop=1),
    Column("STATE", 18, _state, flex=3, most=40),
    Column("POD / WHY", 12, _who, flex=3, drop=2),
)

WHOLE: Whole = (
    ("GPU/PID", _what),
    ("NODE", lambda row, _: (_node_of(row) or "-", "")),
    ("NAME", _name),
    ("MEMORY", _memory),
    ("USED", lambda row, look: (_share(row, look), "")),
    ("STATE", _state),
    ("MARK", _mark),
    ("POD / WHY", _who),
)

_ABOUT = (
    "the processes that hold their memory. CLEAN UP are leftovers that 3 would end, and why; what serves every client "
    "of a GPU is never among them."
)

SPEC: PaneSpec[GpuRow] = PaneSpec(
    name="gpu",
    title="GPU",
    kinds=(Kind.GPU, Kind.GPU_PROCESS, Kind.GPU_NODE),
    feeds=("gpu",),
    columns=COLUMNS,
    sorts=(
        Sort("by device", gpu_order),
        Sort("candidates first", lambda row: (not getattr(row, "candidate", False), _weight(row))),
        Sort("memory", lambda row: (not isinstance(row, GpuProcess), isinstance(row, GpuNode), _used(row))),
    ),
    haystack=_haystack,
    counted=lambda row: isinstance(row, GpuDevice),
    nothing="no GPU seen yet",
    group=lambda row: "" if isinstance(row, GpuNode) else row.node,
    old=_is_old,
    about=f"This host's GPUs and {_ABOUT}",
)
"""The pane of this host's GPUs."""

_NARROW = {"USED": 3, "POD / WHY": 2, "NAME": 1}
"""What goes where the table is too narrow, the highest first. The node stays: a PID alone is no process of a fleet."""

FLEET_SPEC = SPEC._replace(
    columns=tuple(
        each
        for column in COLUMNS
        for each in (
            column._replace(drop=_NARROW.get(column.title, 0)),
            *([Column("NODE", 10, _where, flex=1, most=40, name=True)] if column.title == "GPU/PID" else ()),
        )
    ),
    about=f"The GPUs of the nodes and {_ABOUT} Rows of a node that does not answer are dim; its own says since when.",
)
"""The pane of a fleet's GPUs."""
