"""The tables of the layers: every row reads its own sample; hostile sizes are bounded; nothing raises."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.decisions.entries.assembly import Assembler
from opsconsole.decisions.entries.tracebacks import STYLES, Style
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.envelopes.documents import DOCUMENTS, DocumentEnvelope
from opsconsole.decisions.envelopes.peel import Peeler
from opsconsole.decisions.envelopes.texts import TEXTS, TextEnvelope
from opsconsole.decisions.meaning.programs.reports import measurements
from opsconsole.decisions.meaning.prose.forms import by_format, formats
from opsconsole.decisions.stream import DecisionStream
from opsconsole.decisions.understood import Understood, template
from opsconsole.records import Decision
from opsconsole.text import LINE_GOES_ON


def read(*lines: str) -> list[Decision]:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"), today=1775124000.0)
    found = [decision for line in lines for decision in stream.feed("log", line, 100.0)]
    return found + stream.flush(100.0, force=True)


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row.name)
def test_a_text_envelope_opens_its_sample(row: TextEnvelope) -> None:
    (line,) = Peeler().open(row.sample, 1775124000.0)
    assert line.text in ("text", "{")


@pytest.mark.parametrize("row", DOCUMENTS, ids=lambda row: row.name)
def test_a_document_envelope_opens_its_sample(row: DocumentEnvelope) -> None:
    (line,) = Peeler().open(row.sample, 1775124000.0)
    assert line.text in ("x", "text", '{"message": "x"}')


@pytest.mark.parametrize("row", [*formats.ROWS, *measurements.ROWS], ids=lambda row: row.name)
def test_a_format_reads_its_sample(row: formats.Format) -> None:
    assert row.needs in row.sample
    (act, *_) = by_format.find(row.sample, (row,))
    assert act.verb == row.verb
    assert (act.targets or act.fields or act.query or act.problem) or row.name.startswith(
        ("trying", "a metric", "Argo CD's", "an action")
    )


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_traceback_is_one_entry(style: Style) -> None:
    (decision, after) = read(*style.sample.split("\n"), "INFO: the next line")
    assert decision.body == style.sample
    assert after.body == "INFO: the next line"


def test_a_traceback_of_two_errors_is_one_entry() -> None:
    one = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "ValueError: x"]
    two = ["", "During handling of the above exception, another exception occurred:", "", *one]
    (decision,) = read(*one, *two)
    assert decision.message == "ValueError: x"


def test_two_containers_documents_between_each_other_are_both_whole() -> None:
    first = ["{", '"action": "scale_deployment",', '"target": "a", "replicas": 1}']
    lines = [f"opt-6d8f9-xk{at}vb main {text}" for text in first for at in (1, 2)]
    assert [decision.target.name for decision in read(*lines) if decision.target] == ["a", "a"]


def test_a_line_of_4_megabytes_comes_in_bounded_pieces_and_is_left_after_one() -> None:
    data = b"INFO: " + b"x y=" * 1_000_000 + b"\nINFO: Evicting pod a/b-1\n"
    lines = list(decode.lines(io.BytesIO(data)))
    assert max(map(len, lines)) <= decode.LONGEST
    assert sum(map(len, lines[:-2])) == decode.MOST_OF_A_LINE
    assert lines[-2:] == [LINE_GOES_ON, "INFO: Evicting pod a/b-1"]
    found = read(*lines)
    assert found[-1].verb == "evict"
    assert all(len(decision.message) <= 4097 for decision in found)


@pytest.mark.parametrize("size", [1, 7, 100_000, 262_144, 262_145])
def test_lines_are_the_same_in_blocks_of_any_size(size: int) -> None:
    data = b"a" * 270_000 + b"\nb\n\nc" if size > 1 else b"a\nb\n\nc"
    splitter = decode.LineSplitter()
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    pieces = [piece for block in blocks for piece in splitter.feed(block)] + list(splitter.end())
    assert b"".join(pieces) == data.replace(b"\n", b"")
    assert pieces[-3:] == [b"b", b"", b"c"]


def test_a_small_packed_file_does_not_fill_the_memory() -> None:
    packed = gzip.compress(b"0" * 50_000_000 + b"\nINFO: Evicting pod a/b-1\n")
    assert len(packed) < 100_000
    longest, last = 0, ""
    for line in decode.lines(io.BytesIO(packed)):
        longest, last = max(longest, len(line)), line
    assert longest <= decode.LONGEST
    assert last == "INFO: Evicting pod a/b-1"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, '{"a":[' * 5_000 + "]}" * 5_000, "[{" * 10_000])
def test_deep_nesting_is_a_line_like_any_other(text: str) -> None:
    assert all(decision.verb == "" for decision in read(text))


UNITS = (
    *(
        "kubectl ",
        "kubectl delete pod a ",
        "a=b ",
        'a="b" ',
        "scale deployment a to 3 ",
        "{'a': ",
        "from 1 to 2 ",
        "->",
    ),
    *("not ", "recommend ", "PATCH /api/v1/namespaces/a/pods/b ", "{a 1->2} ", "\x1b[1m", "a.b.", "query '", "a-b-c-"),
    *(
        "java.lang.Error: ",
        "Traceback (most recent call last):",
        "resources ",
        "is forbidden: ",
        '"{\\"a\\":',
        "|",
        ": ",
    ),
)


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_repetition_does_not_stall_a_layer(unit: str) -> None:
    for start in ("", "Scaling deployment ", "[2023-10-27 03:14:05] ERROR: ", '{"message":"', "pod/a scaled "):
        read(start + (unit * 60_000)[:60_000])


VOCABULARY = """
Scaling scaled evict pod pods deployment/a 'b' "c" a/b-1 to from 3 -> 64Mi memory limit replicas= not would kubectl
delete -n x {"name": "args": {} } [ ] , : ; is was failed namespace "msg" k=v k="v w" 2026-04-02T10:00:00Z INFO time=
level= = I0211 13:40:22.170015 1 a.go:1]
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_no_row_of_known_words_makes_a_layer_raise(line: str) -> None:
    for decision in read(line):
        json.dumps(decision.attributes)
        assert decision.body


@given(st.binary(max_size=400))
def test_no_bytes_make_decoding_raise_anything_but_what_it_says(data: bytes) -> None:
    try:
        lines = list(decode.lines(io.BytesIO(data)))
    except OSError:
        return
    read(*lines)


@given(st.lists(st.text(max_size=60), max_size=12))
def test_no_lines_make_the_peeler_or_the_assembler_raise(lines: list[str]) -> None:
    peeler, assembler = Peeler(), Assembler()
    for text in lines:
        for line in peeler.open(text, 1775124000.0):
            assembler.feed(line.text, 0.0)
    assembler.flush(0.0, force=True)


def test_what_is_not_understood_is_grouped_by_template() -> None:
    understood = Understood()
    for decision in read(*(f"INFO: Evicting {at} thing near pod web-{at}" for at in range(3)), "INFO: all is well"):
        understood.add(decision)
    assert (understood.actions, understood.others, understood.unclear) == (0, 1, 3)
    assert understood.share == 0.0
    assert [(each.template, each.number) for each in understood.not_understood()] == [
        ("Evicting … thing near pod …", 3)
    ]
    assert template("Frobbing a/b-1 'x' (12)") == "Frobbing … … (…)"


def test_several_actions_of_one_entry_count_once() -> None:
    understood = Understood()
    for decision in read("Final scale-up plan: [{pool-a 4->7 (max: 30)} {pool-b 2->3 (max: 12)}]"):
        understood.add(decision)
    assert understood.actions == 1
