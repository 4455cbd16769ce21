"""The decoders, each as a function of bytes that may raise nothing but what it promises."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

from textual._xterm_parser import XTermParser
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse as Answered

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds import tables
from opsconsole.cluster.objects import codec, resources
from opsconsole.cluster.transport import times
from opsconsole.cluster.transport.body import Body
from opsconsole.cluster.transport.errors import ClusterError, RequestWords
from opsconsole.cluster.transport.in_time import TimedResponse
from opsconsole.cluster.transport.kubeconfig import execplugin
from opsconsole.cluster.transport.kubeconfig.load import load as load_kubeconfig
from opsconsole.cluster.transport.websocket import _Answer
from opsconsole.commands.output import json_text
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.stream import BUILT_IN, DecisionStream
from opsconsole.govern.approvals.approval import read_grant
from opsconsole.govern.names import APPROVED
from opsconsole.gpu.fleet.report import AnswerError, NodeQuestion, decode_cleaned, decode_report
from opsconsole.gpu.request import RequestError, RequestPods
from opsconsole.gpu.request import decode as decode_request
from opsconsole.journal.reader import read_checked, verify
from opsconsole.journal.runs import runs
from opsconsole.journal.timeline import timeline
from opsconsole.journal.writer import FILE, JournalError
from opsconsole.masking import LogMasker, mask, mask_text
from opsconsole.metrics.client import _samples
from opsconsole.names import BadName, parse_account, parse_workload
from opsconsole.quantity import number
from opsconsole.settings import SettingsError
from opsconsole.settings.sources import load as load_settings
from opsconsole.text import clean, clean_line
from opsconsole.ui.remembered import Remembered
from opsconsole.writers.audit import event as audit_event
from opsconsole.writers.audit.event import NoAuditEvent

NOW = 1_700_000_000.0
CLOCK = SystemClock()
Target = Callable[[bytes], object]


def kubernetes_lists(data: bytes) -> None:
    """A list, a part of one, and a watch event, of every kind that is read."""
    for resource in (resources.PODS, resources.EVENTS, resources.NODES, resources.HPAS, resources.PDBS):
        decoder = codec.Codec(resource)
        codec.head_of(data)
        with contextlib.suppress(ClusterError):
            decoder.page(data)
        decoder.objects(data)
        with contextlib.suppress(ClusterError):
            decoder.event(data)


def kubernetes_tables(data: bytes) -> None:
    with contextlib.suppress(ClusterError):
        tables.to_records(tables.decode(data), "", CLOCK)


def kubeconfig(data: bytes) -> None:
    """Nothing that a file names is run: the fuzzer's words hold no credential plugin."""
    if b"exec" in data or b"command" in data or b"cmd" in data:
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(ClusterError):
            load_kubeconfig(file.name, "", {})


def credential_plugin(data: bytes) -> None:
    with contextlib.suppress(ClusterError):
        execplugin._read("plugin", "client.authentication.k8s.io/v1", data)


def decisions(data: bytes) -> None:
    stream = DecisionStream(BUILT_IN, on_broken=_broken, today=NOW)
    found = [each for line in data.split(b"\n") for each in stream.feed("log", decode.text(line), NOW)]
    for decision in [*found, *stream.flush(NOW, force=True)]:
        assert clean(decision.message, len(decision.message)) == decision.message
        assert clean(decision.body, len(decision.body)) == decision.body


def _broken(_parser: str, error: Exception) -> None:
    """The console tells it and reads on; here it is a defect."""
    raise error


def journal(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        path.touch(0o600)
        path.write_bytes(data)
        with contextlib.suppress(JournalError):
            verify(Path(folder))
            entries, doubted = read_checked(Path(folder))
            timeline(entries)
            runs(entries, doubted, [])


def masker(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    mask_text(text)
    masked = LogMasker()
    for line in text.split("\n"):
        masked(line)
    mask({"name": text, "value": text, "list": [text, {"password": text}]})
    with contextlib.suppress(ValueError, RecursionError):
        mask(json.loads(text))


def node_request(data: bytes) -> None:
    with contextlib.suppress(RequestError):
        RequestPods(decode_request(data, NOW), CLOCK)(frozenset({"a"}))


def prometheus(data: bytes) -> None:
    """The client takes these errors for "not Prometheus"; anything else would end its feed's turn as a defect."""
    with contextlib.suppress(AttributeError, LookupError, TypeError, ValueError, RecursionError):
        result: Any = json.loads(data)
        _samples(result["data"]["result"])


def settings(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(SettingsError):
            load_settings(file.name, environ={})


def keyboard(data: bytes) -> None:
    """A report that can't be read is dropped, as the driver does; what matters is that reading goes on."""
    parser = XTermParser(debug=False)
    data = data[:20_000]  # more comes from no keyboard, and a paste is text
    for at in range(0, len(data), 4096):
        with contextlib.suppress(Exception):
            list(parser.feed(data[at : at + 4096].decode("utf-8", "replace")))
        with contextlib.suppress(Exception):
            list(parser.tick())


def texts(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    once = clean(text)
    assert clean(once, len(once)) == once
    assert len(clean_line(text).splitlines()) <= 1
    assert json.loads(json_text({"a": text})) == {"a": text}


def words(data: bytes) -> None:
    """Names, quantities, times and ages."""
    text = data.decode("utf-8", "replace")
    number(text)
    times.seconds(text)
    times.age(text)
    for parse in (parse_workload, parse_account):
        with contextlib.suppress(BadName):
            parse(text)


def audit(data: bytes) -> None:
    """Lines of an audit log, and what the webhook is sent."""
    for line in data.split(b"\n"):
        with contextlib.suppress(NoAuditEvent):
            audit_event.parse(line)
    with contextlib.suppress(NoAuditEvent):
        for event in audit_event.events_of(data):
            with contextlib.suppress(NoAuditEvent):
                audit_event.parse(event)


def node_answer(data: bytes) -> None:
    """What comes from a node that is looked at: with the mark that it can't guess, as if it could."""
    asked = NodeQuestion(b"", "mark ", 1.0)
    for decode_answer in (decode_report, decode_cleaned):
        for answer in (data, b"mark " + data + b"\n"):
            with contextlib.suppress(AnswerError):
                decode_answer(asked, answer)


class _Frames:
    """Gives data as the messages of a web socket: each line one."""

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.split(b"\n"))

    def settimeout(self, _seconds: float) -> None:
        """It never waits."""

    def recv_data(self) -> tuple[int, bytes]:
        line = next(self._lines, None)
        return (8, b"") if line is None else (2, line)


def exec_answer(data: bytes) -> None:
    with contextlib.suppress(ClusterError):
        frames: Any = _Frames(data)
        _Answer(1 << 20).read(frames, time.monotonic() + 60, RequestWords("GET", "/exec"))


class _Wire:
    """As much of a socket as http.client asks for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._data))  # type: ignore[arg-type]

    def gettimeout(self) -> float:
        return 1.0

    def settimeout(self, _seconds: float) -> None:
        """It never waits."""


def http_answer(data: bytes) -> None:
    """The head and the chunks of an answer. Errors of HTTP and of the network are what the connection puts in words."""
    with contextlib.suppress(HTTPException, HTTPError, ClusterError, OSError, ValueError):
        wire: Any = _Wire(data)
        head = TimedResponse(wire)
        head.begin()
        body = Body(Answered(head, headers=dict(head.headers), preload_content=False, decode_content=False))
        while body.read():
            pass


def cockpit(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        remembered = Remembered({"XDG_STATE_HOME": folder, "HOME": folder})
        remembered._file.parent.mkdir(parents=True)
        remembered._file.write_bytes(data)
        remembered.of("a")


def grants(data: bytes) -> None:
    """The annotation by which an approval is signed, which anybody may write."""
    value = data.decode("utf-8", "replace")
    for notes in (value, [value], {APPROVED: value}, {APPROVED: [value]}):
        read_grant({"metadata": {"annotations": notes}})


TARGETS: Mapping[str, Target] = {
    each.__name__: each
    for each in (
        kubernetes_lists,
        kubernetes_tables,
        kubeconfig,
        credential_plugin,
        decisions,
        journal,
        masker,
        node_request,
        prometheus,
        settings,
        keyboard,
        texts,
        words,
        audit,
        node_answer,
        exec_answer,
        http_answer,
        cockpit,
        grants,
    )
}
