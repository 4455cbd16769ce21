"""The pages of a GPU and of a process on it: everything known, and why clean-up may touch it or not. Pure."""

from __future__ import annotations

from opsconsole.present.units import UNKNOWN, age, bar, date_time, memory, percent
from opsconsole.records import GpuDevice, GpuProcess
from opsconsole.ui.details.parts import field, heading, paragraph
from opsconsole.ui.drawing.spans import StyledLine, line
from opsconsole.ui.rows.context import RowContext

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
    if device.mig_parent:
        rows.append(field("MIG device of", device.mig_parent))
    if device.error:
        rows.append(field("Error", device.error, "bad"))
    processes = [p for p in look.store.gpu_processes.values() if p.device == device.uuid]
    processes.sort(key=lambda process: -(process.memory or 0))
    rows += heading(f"Processes ({len(processes)})")
    rows += [line(_summary(process), row="") for process in processes]
    return rows


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
