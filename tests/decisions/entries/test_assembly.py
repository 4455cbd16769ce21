"""Documents come out whole, everything else as it went in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.decisions.entries import assembly
from opsconsole.decisions.entries.assembly import Assembler, Chunk
from opsconsole.decisions.entries.tracebacks import REACT, STYLES
from tests.decisions.lines import AURA_JSON, AURA_TEXT

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
INNER = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.text(max_size=8), INNER, max_size=5)
PLAIN = st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=["Cs"]), max_size=60)
PROSE = PLAIN.map(lambda text: f"[2023-10-27 03:14:05] INFO: {text}")


def fed(lines: list[str], received: float = 0.0) -> tuple[list[Chunk], Assembler]:
    assembler = Assembler()
    return [chunk for line in lines for chunk in assembler.feed(line, received)], assembler


def texts(chunks: list[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]


def test_pretty_printed_document_is_one_chunk() -> None:
    chunks, assembler = fed(AURA_JSON.splitlines())
    assert texts(chunks) == [AURA_JSON]
    assert chunks[0].document == json.loads(AURA_JSON)
    assert not assembler.waiting


HEADED = [
    "12:00:01 INFO tool result: {",
    '  "status": "scaled",',
    '  "replicas": {"before": 4, "after": 6}',
    "} in 3 s",
]


def test_document_behind_a_head_is_one_line_with_it() -> None:
    chunks, assembler = fed(HEADED)
    line = '12:00:01 INFO tool result: {"status": "scaled", "replicas": {"before": 4, "after": 6}} in 3 s'
    assert (texts(chunks), chunks[0].document, assembler.waiting) == ([line], None, False)


def test_text_between_the_lines_of_a_document_behind_a_head_breaks_nothing() -> None:
    chunks, _ = fed([*HEADED[:2], "12:00:01 INFO other", *HEADED[2:]])
    assert texts(chunks) == ["12:00:01 INFO other", texts(fed(HEADED)[0])[0]]


@pytest.mark.parametrize("following", ["  x = 3", "12:00:02 INFO other", "", "} else {"])
def test_line_that_only_ends_in_a_brace_comes_out_before_the_next(following: str) -> None:
    chunks, assembler = fed(["12:00:01 INFO func main() {", following, "12:00:03 INFO last"])
    chunks += assembler.flush(100.0, force=True)
    assert texts(chunks)[0] == "12:00:01 INFO func main() {"
    assert texts(chunks)[-1] == "12:00:03 INFO last"


def test_document_behind_a_head_that_breaks_off_comes_out_as_its_lines() -> None:
    chunks, assembler = fed(HEADED[:3])
    assert chunks == []
    assert texts(assembler.flush(100.0, force=True)) == HEADED[:3]


def test_text_between_the_lines_of_a_document_comes_out_at_once_and_breaks_nothing() -> None:
    lines = AURA_JSON.splitlines()
    lines[5:5] = [AURA_TEXT[0]]
    lines[12:12] = [AURA_TEXT[2], "plain words", "42", '"a string", "another"']
    chunks, _ = fed(lines)
    assert texts(chunks) == [AURA_TEXT[0], AURA_TEXT[2], "plain words", "42", '"a string", "another"', AURA_JSON]


def test_whole_document_between_the_lines_of_another_comes_out_by_itself() -> None:
    lines = AURA_JSON.splitlines()
    lines[6:6] = ['{"action": "scale"}']
    chunks, _ = fed(lines)
    assert [chunk.document for chunk in chunks] == [{"action": "scale"}, json.loads(AURA_JSON)]


def test_document_that_breaks_off_before_another_comes_out_as_its_lines() -> None:
    torn = AURA_JSON.splitlines()[:7]
    chunks, assembler = fed(torn + AURA_JSON.splitlines())
    assert texts(chunks) == [*torn, AURA_JSON]
    assert not assembler.waiting


def test_documents_side_by_side_on_one_line_are_told_apart() -> None:
    chunks, _ = fed(['{"a": 1}{"b": "}{"} {"c": [1, {}]} and words'])
    assert texts(chunks) == ['{"a": 1}', '{"b": "}{"} ', '{"c": [1, {}]} ', "and words"]
    assert [chunk.document for chunk in chunks] == [{"a": 1}, {"b": "}{"}, {"c": [1, {}]}, None]


@pytest.mark.parametrize("seconds", [assembly.QUIET_SECONDS, assembly.MAX_SECONDS])
def test_unfinished_document_comes_out_as_lines_when_its_time_is_up(seconds: float) -> None:
    torn = AURA_JSON.splitlines()[:9]
    chunks, assembler = fed(torn)
    assert chunks == []
    assert assembler.waiting
    assert assembler.flush(assembly.QUIET_SECONDS / 2) == []
    assert texts(assembler.flush(seconds)) == torn
    assert not assembler.waiting


def test_document_that_trickles_for_ever_is_given_up() -> None:
    assembler = Assembler()
    chunks, now = [], 0.0
    assembler.feed("{", now)
    while not chunks:
        now += assembly.QUIET_SECONDS * 0.9
        chunks = assembler.feed(f'"{now}": 1,', now)
    assert now <= assembly.MAX_SECONDS + assembly.QUIET_SECONDS
    assert chunks[0].text == "{"


def test_document_with_too_many_lines_or_characters_is_given_up() -> None:
    lines = ["{", *(f'"{number}": 1,' for number in range(assembly.MAX_LINES + 5))]
    chunks, _ = fed(lines)
    assert texts(chunks)[: assembly.MAX_LINES] == lines[: assembly.MAX_LINES]
    wide = ["{", *(f'"{number}": "{"x" * 60_000}",' for number in range(6))]
    chunks, assembler = fed(wide)
    assert "".join(texts(chunks) + texts(assembler.flush(0.0, force=True))) == "".join(wide)


@pytest.mark.parametrize("opening", ['{"a":' * 200, "{" + '"a":[' + "[" * 5000, '{"a":' * 100_000])
def test_nesting_beyond_the_bound_is_a_plain_line(opening: str) -> None:
    chunks, assembler = fed([opening])
    chunks += assembler.flush(0.0, force=True)
    assert "".join(texts(chunks)) == opening
    assert all(chunk.document is None and len(chunk.text) <= assembly.MAX_LINE for chunk in chunks)


def test_number_that_only_looks_like_one_makes_no_document() -> None:
    for text in ('{"a": 1.2.3}', '{"a": 01}', '{"a": -}', '{"a": 1,}', '{"a"}', "{1: 2}", "{]", "}{"):
        chunks, assembler = fed([text])
        assert all(chunk.document is None for chunk in chunks)
        assert "".join(texts(chunks) + texts(assembler.flush(0.0, force=True))) == text


@given(st.lists(PLAIN, max_size=12))
def test_no_line_is_lost_or_changed(lines: list[str]) -> None:
    chunks, assembler = fed(lines)
    chunks += assembler.flush(0.0, force=True)
    kept = [line for line in lines if line and not line.isspace()]
    # What is written amid a document that is never finished comes out before it: hence no order here.
    assert sorted("".join("".join(texts(chunks)).split())) == sorted("".join("".join(kept).split()))
    if all(not line.lstrip().startswith("{") for line in kept):
        assert texts(chunks) == kept


@given(st.lists(st.text(alphabet='{}[]:," a1\\', max_size=15), max_size=12))
def test_no_brace_or_quote_is_lost(lines: list[str]) -> None:
    chunks, assembler = fed(lines)
    chunks += assembler.flush(0.0, force=True)

    def counted(text: str) -> list[str]:
        # What stands between the documents of an array (commas, brackets) says nothing, and goes.
        return sorted(each for each in text if each in '{}":a1\\')

    assert counted("".join(texts(chunks))) == counted("".join(lines))


@given(DOCUMENTS, st.integers(0, 4), st.lists(PROSE, max_size=5), st.randoms(use_true_random=False))
def test_every_document_comes_out_whole_whatever_is_written_between(
    document: dict[str, Any], indent: int, prose: list[str], random: Any
) -> None:
    lines = json.dumps(document, indent=indent or None).split("\n")
    for text in prose:
        lines.insert(random.randrange(len(lines) + 1), text)
    chunks, assembler = fed(lines)
    found = [chunk.text for chunk in chunks if chunk.document is not None]
    assert not assembler.waiting
    assert [json.dumps(json.loads(text)) for text in found] == [json.dumps(document)]
    assert sorted(texts([chunk for chunk in chunks if chunk.document is None])) == sorted(prose)


ONE_ENTRY = {
    "Node": "2026-08-12T09:14:02Z ERROR TypeError: no\n    at f (/app/a.js:3:9)\n    at g (/app/b.js:1:1)",
    "Node, a source line first": "/app/a.js:3\n  throw x\n  ^\n\nError: x\n    at f (/app/a.js:3:9)\n\nNode.js v20.1.0",
    "Ruby": "/app/a.rb:3:in `f': x (RuntimeError)\n\tfrom /app/b.rb:1:in `<main>'",
    "PHP": "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3",
    "Elixir": "** (RuntimeError) x\n    (app 0.1.0) lib/a.ex:3: A.f/1\n    (stdlib 5.0) proc_lib.erl:241: :p.i/3",
}


@pytest.mark.parametrize("text", ONE_ENTRY.values(), ids=ONE_ENTRY.keys())
def test_traceback_of_another_language_is_one_entry(text: str) -> None:
    after = "2026-08-12T09:14:03Z INFO next"
    assembler = Assembler()
    chunks = [chunk for line in (*text.split("\n"), after) for chunk in assembler.feed(line, 1.0)]
    chunks += assembler.flush(1.0, force=True)
    assert [chunk.text for chunk in chunks] == [text, after]


def test_errors_without_a_stack_stay_lines() -> None:
    lines = ["Error: a failed", "Error: b failed", "info: c"]
    assembler = Assembler()
    chunks = [chunk for line in lines for chunk in assembler.feed(line, 1.0)] + assembler.flush(1.0, force=True)
    assert [chunk.text for chunk in chunks] == lines


FIRST_AND_NEXT = [
    *(style.sample for style in (*STYLES, REACT)),
    "PHP Fatal error:  Uncaught App\\Oops: x in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3",
    "Fatal error: Uncaught App\\Oops: x in /a.php:3\nStack trace:\n#0 {main}",
    "PHP Recoverable fatal error:  Uncaught App\\Oops: x in /a.php:3\nStack trace:\n#0 {main}",
    'Action:delete_pod\nAction Input:{"name": "a"}',
]


@pytest.mark.parametrize("text", FIRST_AND_NEXT)
def test_each_style_of_tracebacks_is_one_entry(text: str) -> None:
    chunks, assembler = fed(text.split("\n"))
    assert [chunk.text for chunk in chunks + assembler.flush(0.0, force=True)] == [text]


@pytest.mark.parametrize("line", ["ValueError: bad quantity", "Action: delete_pod", "Fatal error: Uncaught X"])
def test_a_line_that_only_may_begin_a_traceback_comes_out_whatever_follows(line: str) -> None:
    chunks, assembler = fed([line, "another line", line])
    chunks += assembler.flush(assembly.QUIET_SECONDS)
    assert [chunk.text for chunk in chunks] == [line, "another line", line]
