"""Decoding into types: msgspec 0.22 crashes the interpreter where two threads meet a type for the first time."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import opsconsole
from opsconsole.decoding import MAX_NESTING, convert_to, decode_as, decoder_of, is_too_deep, loads

PACKAGE = Path(opsconsole.__file__).parent

RACE = """
import json, sys, threading
from opsconsole.decoding import convert_to, decode_as
from opsconsole.gpu.fleet.report import NodeReport
from opsconsole.records import Plan
sys.setswitchinterval(1e-6)
report = {"version": 1, "nvml": {"snapshot": {"devices": [{"index": 0}], "processes": [{"pid": 1, "device": "a"}]}}}
step = {"key": "k", "title": "t", "effect": "e", "target": {"kind": "a", "namespace": "b", "name": "c"}}
plan = {"switch": "s", "title": "t", "made_at": 0.0, "facts": "", "steps": [step]}
together = threading.Barrier(16)
found = []

def work(number):
    together.wait()
    if number % 2:
        found.append(decode_as(json.dumps(report), NodeReport).nvml.snapshot.devices[0].index)
    else:
        found.append(len(convert_to(plan, Plan).steps) - 1)

threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert found == [0] * 16, found
"""


@pytest.mark.parametrize("number", range(8))
def test_threads_that_meet_a_type_for_the_first_time_together_do_not_crash_the_console(number: int) -> None:
    del number  # without the lock about every second run of 16 threads ends with SIGSEGV
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def direct(path: Path) -> list[str]:
    """Where a module decodes into a type by msgspec itself."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        typed = any(keyword.arg == "type" for keyword in node.keywords) or len(node.args) > 1
        if called in {"msgspec.convert", "msgspec.json.Decoder"} or (called == "msgspec.json.decode" and typed):
            found.append(f"{path.relative_to(PACKAGE.parent)}:{node.lineno}")
    return found


def test_nobody_makes_a_decoder_of_his_own() -> None:
    modules = (path for package in (PACKAGE, PACKAGE.parent / "rehearsal") for path in package.rglob("*.py"))
    others = (path for path in modules if path.name != "decoding.py")
    assert [place for path in others for place in direct(path)] == []


def test_a_decoder_is_made_once() -> None:
    assert decoder_of(dict[str, int]) is decoder_of(dict[str, int])
    assert decode_as(b'{"a": 1}', dict[str, int]) == {"a": 1}
    with pytest.raises(msgspec.ValidationError):
        decode_as(b'{"a": "x"}', dict[str, int])
    assert convert_to({"a": "1"}, dict[str, int], strict=False) == {"a": 1}


BRACES_IN_A_STRING = json.dumps({"patch": "{" * 5000})
FITS, TOO_DEEP = ('{"a":' * levels + "0" + "}" * levels for levels in (MAX_NESTING, MAX_NESTING + 1))


@pytest.mark.parametrize("text", [FITS, BRACES_IN_A_STRING, "[" + "{}," * 500 + "{}]", "[]"])
def test_what_is_not_nested_too_deep_is_read(text: str) -> None:
    assert loads(text) == json.loads(text)
    assert loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [TOO_DEEP, "[" * 9_000 + "]" * 9_000, '{"a":' * 100_000, "]" * 50 + "[" * 101],
    ids=["one too many", "9,000", "100,000 and no end", "closed before it is open"],
)
def test_deep_nesting_is_refused_by_every_python_alike(text: str) -> None:
    """CPython 3.13 reads 9,000 levels, and what walked them failed: a deed in them passed without a finding."""
    with pytest.raises(ValueError, match="nested deeper"):
        loads(text)


def test_what_stands_behind_a_value_is_no_part_of_it() -> None:
    """Brackets behind a request's body left the body unread, and so a deed without a finding."""
    begins = json.JSONDecoder().raw_decode
    assert loads('{"a": 1} ' + "[" * 200, begins) == ({"a": 1}, 8)
    with pytest.raises(ValueError, match="Extra data"):
        loads('{"a": 1} ' + "[" * 200)
    assert is_too_deep('{"a": 1} ' + "[" * 200, several=True)


def test_a_string_that_nothing_ends_is_looked_at_once() -> None:
    """Each of its quotes began a string of its own: 32 KiB took seconds, 2 MiB hours."""
    assert not is_too_deep("[]" * 101 + '"' + '\\"' * (1 << 20), several=True)


def test_no_json_and_no_utf8_are_no_crash() -> None:
    for text in ("", "nonsense", b"\xff\xfe", b'{"a": "\xff"'):
        with pytest.raises(ValueError):  # noqa: PT011 - json's own words
            loads(text)
