"""What is wrong when SmartScaler says it. Each sentence is from the write-up of its last morning, 2023-10-24."""

from __future__ import annotations

import math
from collections.abc import Iterable

from opsconsole.plugin import Decision, Kind, Rule, Severity, Verdict, View, rule

from .parser import (
    BAD_INPUT,
    CRASHED,
    FALLBACK,
    GPU_OUT_OF_MEMORY,
    KERNEL_PANIC,
    OUT_OF_MEMORY,
    ROUTE,
    SCALE,
    WORKER_KILLED,
    fault_of,
)

MOST_SERVERS = 1_000_000
_REVOKE = "revoke"
_GPU = "gpu"
_ENDS = {
    CRASHED: "SmartScaler has crashed",
    KERNEL_PANIC: "the host that SmartScaler runs on is down: kernel panic",
    WORKER_KILLED: "one of SmartScaler's workers was killed (SIGKILL)",
}


@rule("smartscaler.bad-input", Severity.CRITICAL, Kind.DECISION)
def bad_input(subject: Decision, _view: View) -> Iterable[Verdict]:
    """The model was fed NaN or infinity.

    The write-up: a null in the load balancer's logs, a matrix inverted all the same, 64 GB gone, a kernel panic.
    """
    if subject.action == BAD_INPUT:
        yield Verdict(
            "SmartScaler's model is fed with NaN or infinity",
            "What it decides from such input is noise; the time before it ended in a kernel panic within seconds.",
            switch=_REVOKE,
            scope="input",
        )


@rule("smartscaler.impossible-count", Severity.CRITICAL, Kind.DECISION)
def impossible_count(subject: Decision, _view: View) -> Iterable[Verdict]:
    """A number of servers that is none: below zero, such a number cast to an unsigned integer, NaN, or zero.

    The write-up: it "looked at '-1', cast it to an unsigned integer, and tried to scale to 18,446,744,073,709,551,615
    servers"; the cloud provider locked the account. More than a million is taken for such a cast.
    """
    for field in subject.fields:
        if subject.action == SCALE and field.path == "servers" and (why := _impossible(field.number)):
            yield Verdict(
                f"SmartScaler wants {field.value} servers: {why}",
                "The model's output is not checked before it is used.",
                part=field.value,
                switch=_REVOKE,
            )


def _impossible(count: float | None) -> str:
    if count is None or math.isnan(count):
        return "that is no number"
    if count > MOST_SERVERS:
        return "a negative number cast to an unsigned one" if math.isfinite(count) else "that is no number"
    return "below zero" if count < 0 else "none at all" if count == 0 else ""


@rule("smartscaler.out-of-memory", Severity.WARNING, Kind.DECISION)
def out_of_memory(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It ran out of memory, or of GPU memory.

    The write-up: "Unable to allocate 64.0 GiB", then CUDA_ERROR_OUT_OF_MEMORY, then everything.
    """
    if subject.action not in {OUT_OF_MEMORY, GPU_OUT_OF_MEMORY}:
        return
    asked = next(
        (f": it asked for {field.value} at once" for field in subject.fields if field.path == "allocation"), ""
    )
    on_gpu = subject.action == GPU_OUT_OF_MEMORY
    yield Verdict(
        f"SmartScaler is out of {'GPU memory' if on_gpu else 'memory'}{asked}",
        "Its dead processes may still hold GPU memory; the clean-up shows them." if on_gpu else "",
        part=subject.action,
        switch=_GPU if on_gpu else "",
        scope="memory",
    )


@rule("smartscaler.fallback", Severity.WARNING, Kind.DECISION)
def fallback(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It goes on without its GPU.

    The write-up: one second after "Attempting fallback to CPU" the model met the NaN that killed it.
    """
    if subject.action == FALLBACK:
        yield Verdict(
            "SmartScaler falls back to the CPU",
            "It goes on deciding, later and from older numbers, instead of stopping.",
            switch=_REVOKE,
            scope="fallback",
        )


@rule("smartscaler.dead-route", Severity.CRITICAL, Kind.DECISION)
def dead_route(subject: Decision, _view: View) -> Iterable[Verdict]:
    """Traffic is routed to an address that nothing can answer at.

    The write-up: "Production traffic routing to 0.0.0.0."
    """
    for field in subject.fields:
        if subject.action == ROUTE and field.path == "route" and (why := fault_of(field.value)):
            yield Verdict(
                f"traffic is routed to {field.value}, which {why}",
                "Restore the routing table by hand; revoke its rights first, or it will do so again.",
                part=field.value,
                switch=_REVOKE,
                scope="route",
            )


@rule("smartscaler.dead", Severity.CRITICAL, Kind.DECISION)
def dead(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It crashed, was killed, or took its host along; what it set last stays as it is.

    The write-up: SIGKILL of worker-7 was the first line, the kernel panic the last.
    """
    ending = _ENDS.get(subject.action) or (_ENDS[CRASHED] if "crashed" in subject.problems else "")
    if ending:
        yield Verdict(ending, "What it set last stays until somebody sets it back.", part=ending, scope="end")


RULES: tuple[Rule, ...] = (bad_input, impossible_count, out_of_memory, fallback, dead_route, dead)
