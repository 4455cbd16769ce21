"""Patterns that are compiled late do all that compiled ones do, and every one of ours can be compiled."""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import opsconsole
from opsconsole.decisions.meaning.prose.basics import tongues
from opsconsole.decisions.meaning.prose.forms.formats import format_row
from opsconsole.patterns import found_by, late


@pytest.mark.parametrize(
    ("text", "flags", "said"),
    [
        (r"\b(?P<what>web|api)\b", 0, "scale web and api, not WEB"),
        (r"\b(?P<what>web|api)\b", re.IGNORECASE, "scale web and api, not WEB"),
        (r"^(?P<what>.*)$", re.MULTILINE | re.DOTALL, "one\ntwo"),
        (r"(?P<what>nothing of it)", 0, "something else"),
        ("(?P<what>)", 0, ""),
    ],
)
def test_it_finds_what_a_compiled_one_finds(text: str, flags: int, said: str) -> None:
    ours, plain = late(text, flags), re.compile(text, flags)
    for _ in range(2):  # the second time nothing is compiled any more
        for name in ("search", "match", "fullmatch"):
            found, ought = getattr(ours, name)(said), getattr(plain, name)(said)
            assert (found and found.groupdict()) == (ought and ought.groupdict())
        assert [match.span("what") for match in ours.finditer(said)] == [each.span() for each in plain.finditer(said)]
        assert ours.findall(said) == plain.findall(said)
        assert ours.sub(r"<\g<what>>", said, count=1) == plain.sub(r"<\g<what>>", said, count=1)
        assert ours.split(said) == plain.split(said)
        assert (ours.pattern, ours.groupindex) == (plain.pattern, plain.groupindex)


def test_it_is_compiled_at_its_first_use_and_what_is_none_is_said_then() -> None:
    broken = late("(")
    assert broken.pattern == "("
    with pytest.raises(re.error):
        broken.search("text")


def test_a_pattern_of_a_plugin_or_of_the_settings_is_looked_at_at_once() -> None:
    with pytest.raises(re.error):
        format_row("mine", "", "(", "scale", "sample")


def test_a_match_knows_the_late_pattern_that_found_it() -> None:
    pods, nodes = late("(?P<kind>pods?)"), late("(?P<kind>nodes?)")
    match = pods.search("two pods")
    assert match is not None
    assert match.re is not pods
    assert (found_by(match, pods), found_by(match, nodes)) == (True, False)


def test_no_pattern_of_the_reader_or_of_the_rules_is_compiled_when_it_is_imported() -> None:
    root = Path(opsconsole.__path__[0])
    paths = [path for part in ("decisions", "governor") for path in (root / part).rglob("*.py")]
    assert len(paths) > 300
    assert [path.name for path in paths if _compiles(ast.parse(path.read_text("utf-8")))] == []


def _compiles(tree: ast.AST) -> bool:
    """Whether ``re.compile`` is called outside of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            return True
        if not isinstance(node, ast.FunctionDef | ast.Lambda) and _compiles(node):
            return True
    return False


def test_no_match_is_asked_for_its_pattern_as_an_object() -> None:
    root = Path(opsconsole.__path__[0])
    asked = [path.name for path in root.rglob("*.py") if re.search(r"\.re (?:is|==|in)\b", path.read_text("utf-8"))]
    assert asked == []


def test_every_late_pattern_of_ours_can_be_compiled() -> None:
    for name in ("decisions", "governor"):
        for module in pkgutil.walk_packages([f"{opsconsole.__path__[0]}/{name}"], f"opsconsole.{name}."):
            importlib.import_module(module.name)
    languages = [(each.sign, *each.rows) for each in tongues.KNOWN]
    assert len(languages) > 10
    kind = type(late(""))
    found = [each for each in gc.get_objects() if isinstance(each, kind) and each.pattern != "("]
    assert len(found) > 500
    for each in found:
        re.compile(each.pattern, each._flags)  # type: ignore[attr-defined]
