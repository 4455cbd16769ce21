"""What scales a workload, on the page of its pods: HPA, ScaledObject, and what a VPA recommends. Pure."""

from __future__ import annotations

from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, cpu, memory
from opsconsole.records import Advice, Autoscaler, Hpa, Kind, Ref
from opsconsole.ui.details.parts import field, heading
from opsconsole.ui.drawing.spans import StyledLine


def scaled_by(look: RowContext, *owners: Ref | None) -> list[StyledLine]:
    """Return the section on the autoscalers whose target is one of ``owners``; nothing where there is none."""
    wanted = {(ref.kind, ref.namespace, ref.name) for ref in owners if ref is not None}
    aiming = (hpa for hpa in look.store.hpas.values() if (hpa.target.kind, hpa.namespace, hpa.target.name) in wanted)
    rows = [field("HPA", _hpa(hpa)) for hpa in aiming]
    for scaler in look.store.table(Kind.AUTOSCALER).values():
        if isinstance(scaler, Autoscaler) and _aims_at(scaler, wanted):
            rows += _custom(scaler)
    return [*heading("Scaled by"), *rows] if rows else []


def _aims_at(scaler: Autoscaler, wanted: set[tuple[str, str, str]]) -> bool:
    return (scaler.target.kind, scaler.namespace, scaler.target.name) in wanted


def _hpa(hpa: Hpa) -> str:
    wants = UNKNOWN if hpa.desired is None else str(hpa.desired)
    return f"{hpa.name}: {hpa.minimum} to {hpa.maximum}, {hpa.metric or 'no metric'}; wants {wants}"


def _custom(scaler: Autoscaler) -> list[StyledLine]:
    if scaler.kind == "ScaledObject":
        paused = ", PAUSED" if scaler.mode else ""
        words = f"{scaler.name}: {scaler.minimum} to {scaler.maximum}, {scaler.metric or 'no trigger'}{paused}"
        return [field("KEDA", words, "warn" if scaler.mode else "")]
    rows = [field("VPA", f"{scaler.name}: mode {scaler.mode}" + ("" if scaler.advice else "; recommends nothing yet"))]
    return [*rows, *(field("  recommends", _advice(each)) for each in scaler.advice)]


def _advice(advice: Advice) -> str:
    bounds = f"{memory(advice.least_memory)} to {memory(advice.most_memory)}"
    return f"{advice.container}: cpu {cpu(advice.cpu)}, memory {memory(advice.memory)} ({bounds})"
