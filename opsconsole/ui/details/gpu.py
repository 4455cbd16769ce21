"""The pages of a GPU and of a process on it: everything known, and why clean-up may touch it or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, age, bar, date_time, memory, percent
from opsconsole.records import GpuDevice, GpuNode, GpuProcess
from opsconsole.ui.details.parts import field, heading, paragraph
from opsconsole.ui.drawing.spans import StyledLine, line

GAUGE = 40


def device_page(device: GpuDevice, look: RowContext) -> list[StyledLine]:
    """Return everything that NVML says of a device."""
    gauge = bar(device.memory_used, device.memory_total, GAUGE, look.marks.full, look.marks.empty)
    used = f"{memory(device.memory_used)} of {memory(device.memory_total)}"
    rows = [
        field("Name", device.name),
        field("Host", device.host),
        field("UUID", device.uuid),
        field("Memory", f"{gauge} {used} ({percent(device.memory_used, device.memory_total)})"),
        field("Utilisation", _with_unit(device.utilization, " %")),
        field("Temperature", _with_unit(device.temperature, " C")),
        field("Power", _with_unit(device.power_watts, " W")),
        _throttle(device),
        field("Driver", device.driver),
        field("CUDA", device.cuda),
    ]
    if device.node:
        rows.insert(1, field("Node", device.node))
    if device.ecc_errors is not None:
        rows.append(field("ECC errors", f"{device.ecc_errors} uncorrectable", "bad" if device.ecc_errors else ""))
    if device.pending:
        rows.append(field("Pending", ", ".join(device.pending), "warn"))
    if device.mig_parent:
        rows.append(field("MIG device of", device.mig_parent))
    if device.error:
        rows.append(field("Error", device.error, "bad"))
    processes = [p for p in look.store.gpu_processes.values() if p.device == device.key]
    processes.sort(key=lambda process: -(process.memory or 0))
    rows += heading(f"Processes ({len(processes)})")
    rows += [line(_summary(process), row="") for process in processes]
    return rows


def node_page(node: GpuNode, look: RowContext) -> list[StyledLine]:
    """Return everything known of a node whose GPUs are looked at, and whose memory is whose."""
    processes = [p for p in look.store.gpu_processes.values() if p.node == node.name]
    seen = f"{age(look.now - node.seen)} ago" if node.seen is not None else "never"
    rows = [
        field("Node", node.name),
        field("State", f"{node.state} {node.detail}".strip(), "" if node.state == "live" else "warn"),
        field("Last seen", seen),
        field("Host name", node.host),
        field("Kernel", node.kernel),
        field("Boot", node.boot),
        field("GPUs", "" if node.gpus is None else str(node.gpus)),
        field("Memory", f"{memory(node.memory_used)} of {memory(node.memory_total)}"),
        field("Driver", node.driver),
        field("CUDA", node.cuda),
        field("Kernel module", node.module),
        field("Library", node.library),
    ]
    rows += heading(f"Problems ({len(node.problems)})")
    rows += [line((f"   {words}", "bad")) for words in node.problems]
    held = _by_workload(processes, look)
    rows += heading(f"Memory by workload ({len(held)})")
    rows += [line((f"   {memory(size)}  {name}", "")) for name, size in held]
    return rows


def _by_workload(processes: Iterable[GpuProcess], look: RowContext) -> list[tuple[str, int | None]]:
    """What each workload's processes hold, the most first; ``None`` where NVML does not say it of one of them."""
    held: dict[str, int | None] = {}
    for process in processes:
        pod = look.store.pods.get(process.pod)
        name = str(pod.owner) if pod is not None and pod.owner is not None else process.pod or f"no pod: {process.name}"
        before = held.get(name, 0)
        held[name] = None if before is None or process.memory is None else before + process.memory
    return sorted(held.items(), key=lambda each: (-(each[1] or 0), each[0]))


def _throttle(device: GpuDevice) -> StyledLine:
    if device.throttle is None:
        return field("Throttled", "")
    return field("Throttled", ", ".join(device.throttle) or "no", "warn" if device.throttle else "")


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g}{unit}"


def _summary(process: GpuProcess) -> tuple[str, str]:
    what = f"   {process.pid}  {memory(process.memory)}  {process.state}  {process.name or UNKNOWN}"
    return f"{what}  {process.pod or process.why}", "bad" if process.candidate else ""


def process_page(process: GpuProcess, look: RowContext) -> list[StyledLine]:
    """Return everything known of a process, and the verdict on cleaning it up."""
    device = look.store.gpus.get(process.device)
    where = f"GPU{device.index} {device.name}" if device else process.device
    here = look.now - look.ahead  # a process of this host is dated by this host's clock
    started = f"{date_time(process.started)} ({age(here - process.started)} ago)" if process.started else ""
    return [
        *_verdict(process),
        *heading("Process"),
        *([field("Node", process.node)] if process.node else []),
        field("PID", str(process.pid)),
        field("State", str(process.state), "" if process.state == "running" else "warn"),
        field(
            "GPU memory",
            f"{memory(process.memory)} ({percent(process.memory, device.memory_total if device else None)})",
        ),
        field("On", where),
        field("Context", process.kind),
        field("Name", process.name),
        field("Command", process.command),
        field("User", process.user),
        field("Parent", "" if process.parent is None else str(process.parent)),
        field("Started", started),
        field("Start ticks", "" if process.start_ticks is None else str(process.start_ticks)),
        field("Pod", process.pod or ("" if process.pod_uid else "none")),
        field("Pod UID", process.pod_uid or "none"),
        field("Container", process.container or "none"),
        field("Cgroup", process.cgroup),
    ]


def _verdict(process: GpuProcess) -> list[StyledLine]:
    if process.protected:
        words, style = "PROTECTED: never killed", "safe"
    elif process.candidate:
        words, style = "CANDIDATE: clean-up may end it", "bad"
    else:
        words, style = "NOT a candidate: clean-up leaves it alone", ""
    return [line((f"   {words}", style)), *paragraph(process.why or "the reason is not known", indent=3)]
