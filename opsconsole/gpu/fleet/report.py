"""What a node answers: the words between :mod:`opsconsole.gpu.fleet.on_node` and the console.

All of it is hostile until shown otherwise: whoever has root on a node can answer what he likes. It is bounded before
it is decoded, decoded into these types, and cleaned where it is drawn. It can lie about its own node; nothing in it
is taken for a word about another.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from opsconsole.decoding import decode_as
from opsconsole.gpu.fleet.on_node import joined
from opsconsole.gpu.nvml.snapshot import Answer, Count
from opsconsole.records import JsonObject
from opsconsole.text import clean_line

VERSION = 1
MOST_BYTES = 8 << 20
"""The longest answer that is read: 2,048 processes with 4 KiB of command line each are it."""

BACKSTOP = 5.0
"""Seconds that what runs on a node may take beyond what it was given, before the kernel's alarm ends it there."""

Pid = Annotated[int, Meta(ge=0, lt=1 << 31)]
Small = Annotated[str, Meta(max_length=512)]


class AnswerError(Exception):
    """What came is not an answer; the text says in which way, for the screen."""


class SentProcess(msgspec.Struct, frozen=True):
    """The files of one ``/proc/PID``. ``there`` is ``yes``, ``gone`` or ``denied``; ``links`` have owner and mode."""

    there: Small
    files: dict[Small, str] = {}
    denied: list[Small] = []
    links: dict[Small, tuple[str, Count, Count]] = {}
    lists: dict[Small, list[Small]] = {}


class MachineFacts(msgspec.Struct, frozen=True):
    """What is known of the driver besides NVML.

    ``module`` is the version of the loaded kernel module, ``library`` that of the library on the disk, ``kernel_log``
    the lines with the driver's faults (``None``: not readable), ``reboot`` that the system asks for a restart.
    """

    module: Small = ""
    library: Small = ""
    kernel_log: Annotated[list[Annotated[str, Meta(max_length=1024)]], Meta(max_length=64)] | None = None
    reboot: bool = False


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Which machine answers, and in which of its lives."""

    version: int
    hostname: Small = ""
    kernel: Small = ""
    boot_id: Small = ""
    boot_time: Annotated[float, Meta(ge=0, lt=1e11)] | None = None
    ticks: Annotated[int, Meta(gt=0, le=1_000_000)] = 100
    uid: Annotated[int, Meta(ge=-1, lt=1 << 32)] = -1
    pid_namespace: Small = ""
    lineage: Annotated[list[Pid], Meta(max_length=256)] = []


class NodeReport(Sender, frozen=True, kw_only=True):
    """One look at a node. ``holders`` is ``None`` where they were not asked for."""

    nvml: Answer
    processes: Annotated[dict[str, SentProcess], Meta(max_length=4096)] = {}
    names: Annotated[dict[str, Small], Meta(max_length=4096)] = {}
    users: Annotated[dict[str, Small], Meta(max_length=4096)] = {}
    holders: Annotated[list[tuple[Pid, Count, list[Count]]], Meta(max_length=4096)] | None = None
    blind: bool = False
    truncated: bool = False
    facts: MachineFacts = MachineFacts()


class CleanResult(msgspec.Struct, frozen=True):
    """What became of one target; ``fate`` is a name of :class:`opsconsole.gpu.signals.Fate`."""

    pid: Pid
    start_ticks: Count
    fate: Small
    detail: Small = ""
    signals: list[Small] = []
    seconds: Annotated[float, Meta(ge=0, lt=1e9)] = 0.0


class Cleaned(Sender, frozen=True, kw_only=True):
    """What became of the targets."""

    results: Annotated[list[CleanResult], Meta(max_length=4096)] = []


_Kind = TypeVar("_Kind", NodeReport, Cleaned)


class NodeQuestion(msgspec.Struct, frozen=True):
    """What is sent to a node, and how its answer is known. ``seconds`` is how long it may take there."""

    script: bytes
    mark: str
    seconds: float


def ask_report(seconds: float, nvml_seconds: float, *, holders: bool, also: Collection[int] = ()) -> NodeQuestion:
    """Ask for a report.

    Args:
        seconds: how long it may take on the node.
        nvml_seconds: how long NVML may take of that.
        holders: look through all open files for whoever holds a GPU without being on NVML's lists.
        also: PIDs of processes to look at, whether NVML lists them or not.
    """
    asked = {"do": "report", "nvml_seconds": nvml_seconds, "holders": holders, "also": sorted(also)}
    return question(asked, seconds)


def question(asked: JsonObject, seconds: float, *, cleaning: bool = False) -> NodeQuestion:
    """What is sent for a request; ``cleaning`` sends along what can end processes."""
    # A mark that nobody can have guessed: a login script that prints a report of its own is not taken for the node's.
    mark = f"opsconsole {secrets.token_hex(16)} "
    request = json.dumps({**asked, "mark": mark, "seconds": seconds + BACKSTOP})
    # repr() of a str of ASCII is a literal of Python, whatever is in it.
    return NodeQuestion(
        joined(cleaning=cleaning) + f"\nserve(json.loads({request!r}))\n".encode("ascii"), mark, seconds
    )


def decode_report(asked: NodeQuestion, data: bytes) -> NodeReport:
    """Read the answer to :func:`ask_report`.

    Raises:
        AnswerError: it is none.
    """
    return _decode(asked, data, NodeReport)


def decode_cleaned(asked: NodeQuestion, data: bytes) -> Cleaned:
    """Read the answer to :func:`~opsconsole.gpu.fleet.orders.ask_clean`.

    Raises:
        AnswerError: it is none.
    """
    return _decode(asked, data, Cleaned)


def _decode(asked: NodeQuestion, data: bytes, kind: type[_Kind]) -> _Kind:
    _, found, line = data.partition(asked.mark.encode("ascii"))
    if not found:
        raise AnswerError(_instead(data))
    line, ended, _ = line.partition(b"\n")
    if not ended:
        raise AnswerError("half a report: the connection broke off" if len(data) < MOST_BYTES else "it is too long")
    try:
        answer = decode_as(line, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnswerError(f"not a report: {clean_line(str(error), 120)}") from error
    if answer.version != VERSION:
        raise AnswerError(f"a report of version {answer.version}, not {VERSION}")
    return answer


def _instead(data: bytes) -> str:
    """What came where no answer did."""
    last = data[-200:].decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"no report: {clean_line(last, 120)}" if last else "no report: nothing came"
