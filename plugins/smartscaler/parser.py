"""SmartScaler's lines → decisions. What it does not know is left to the console's own parsers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from opsconsole.plugin import Decision, Entry, FieldValue, quantity, read_line

BAD_INPUT = "bad_input"
OUT_OF_MEMORY = "out_of_memory"
GPU_OUT_OF_MEMORY = "gpu_out_of_memory"
FALLBACK = "fallback_to_cpu"
ROUTE = "route_traffic"
SCALE = "scale_servers"
CRASHED = "crashed"
WORKER_KILLED = "worker_killed"
KERNEL_PANIC = "kernel_panic"

_SIZE = re.compile(r"(?:allocate|allocating) (?P<number>\d+(?:\.\d+)?) ?(?P<unit>[KMGTPE]i)B", re.IGNORECASE)
_ROUTE = re.compile(r"traffic (?:is )?rout(?:ing|ed) to (?P<address>[^\s,;]+)", re.IGNORECASE)
_SERVERS = re.compile(
    r"\bscal(?:e|ing|ed)(?: up| down| out| in)? to (?P<count>[+-]?(?:\d[\d,]{0,60}|nan|inf(?:inity)?)) "
    r"(?:server|node|instance)s?\b",
    re.IGNORECASE,
)


class Sign(NamedTuple):
    """A thing that SmartScaler says: how it is recognised, what it is called, what else the line tells."""

    pattern: re.Pattern[str]
    action: str
    problem: str
    fields: Callable[[str], tuple[FieldValue, ...]] = lambda _: ()


def allocation(text: str) -> tuple[FieldValue, ...]:
    """``Unable to allocate 64.0 GiB`` → a field in bytes."""
    match = _SIZE.search(text)
    if match is None:
        return ()
    value = match["number"] + match["unit"].capitalize()
    return (FieldValue("allocation", value, quantity.number(value)),)


def route(text: str) -> tuple[FieldValue, ...]:
    """``traffic routing to 0.0.0.0`` → a field."""
    match = _ROUTE.search(text)
    if match is None:
        return ()
    return (FieldValue("route", match["address"].rstrip(".")),)


def servers(text: str) -> tuple[FieldValue, ...]:
    """``Scaling to -1 servers`` → a field of its own, since these are machines and no pods."""
    match = _SERVERS.search(text)
    if match is None:
        return ()
    value = match["count"].replace(",", "")
    return (FieldValue("servers", value, float(value)),)


def fault_of(address: str) -> str:
    """Why no traffic can be sent to ``address``; empty where it can, and for names."""
    if address.lower() in {"nan", "none", "null", "inf", "infinity", ""}:
        return "is no address"
    try:
        parsed = ipaddress.ip_address(address.partition("/")[0].strip("[]"))
    except ValueError:
        return ""
    if parsed.is_unspecified:
        return "is no place: every packet to it is lost"
    return "never leaves the host" if parsed.is_loopback else ""


SIGNS = (
    Sign(_ROUTE, ROUTE, "", route),
    Sign(_SERVERS, SCALE, "", servers),
    Sign(
        re.compile(r"Input (?:X |y )?contains (?:NaN|infinity)|invalid value encountered|division by zero", re.I),
        BAD_INPUT,
        "NaN or infinity in the model's input",
    ),
    Sign(
        re.compile(r"CUDA_ERROR_OUT_OF_MEMORY|CUDA out of memory|cudaErrorMemoryAllocation"),
        GPU_OUT_OF_MEMORY,
        "GPU memory is exhausted",
        allocation,
    ),
    Sign(re.compile(r"\bMemoryError\b|Cannot allocate memory"), OUT_OF_MEMORY, "memory is exhausted", allocation),
    Sign(re.compile(r"fall(?:ing |s )?back to (?:the )?CPU", re.I), FALLBACK, ""),
    Sign(
        re.compile(
            r"\bworker-\d+ (?:was |has been )?(?:terminated|killed|ended|exited|died)\b"
            r"[^\n]{0,40}?(?:signal 9|SIGKILL)\b"
        ),
        WORKER_KILLED,
        "killed from outside",
    ),
    Sign(re.compile(r"Kernel panic"), KERNEL_PANIC, "the host is down"),
    Sign(re.compile(r"SmartScaler has crashed"), CRASHED, "crashed"),
)
"""In the order in which they are looked for: a line that tells of a route and a crash is about the route."""


class SmartScalerParser:
    """``[2023-10-24 03:14:25] CRITICAL: CUDA_ERROR_OUT_OF_MEMORY: out of memory`` and the like."""

    name = "smartscaler.log"

    def parse(self, entry: Entry) -> Decision | None:
        if entry.document is not None:
            return None
        sign = next((sign for sign in SIGNS if sign.pattern.search(entry.text)), None)
        if sign is None:
            return None
        line = read_line(entry)
        problems = [sign.problem] if sign.problem else []
        if sign.action == ROUTE and "has crashed" in entry.text:
            problems.append("crashed")
        return msgspec.structs.replace(
            line,
            form="text",
            action=sign.action,
            fields=sign.fields(entry.text) or line.fields,
            problems=(*line.problems, *problems),
        )
