"""Systems and libraries that no table of the reader names: what each line says, and no more than it says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, FieldValue

TABLE = Path(__file__).with_name("systems.txt")
SAYS = "    => "


class Said(NamedTuple):
    """A line; what it says: ``verb kind who mood``, empty where it names no action; ``path before after`` of values."""

    line: str
    says: str
    values: tuple[str, ...]


def table() -> list[Said]:
    found: list[Said] = []
    rows = [row for row in TABLE.read_text(encoding="utf-8").splitlines() if row and not row.startswith("# ")]
    for line, says in zip(rows[::2], rows[1::2], strict=True):
        said, *values = says.removeprefix(SAYS).split("; ")
        text = line.replace("\\\\n", "\0").replace("\\n", "\n").replace("\0", "\\n").replace("\\t", "\t")
        found.append(Said(text, "" if said == "nothing" else said, tuple(values)))
    return found


def read(text: str) -> list[Decision]:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"), today=1786525000.0)
    found = [each for line in text.split("\n") for each in stream.feed("log", line, 100.0)]
    return [each for each in found + stream.flush(100.0, force=True) if each.verb not in ("", "query")]


@pytest.mark.parametrize("said", table(), ids=lambda said: said.line[:70])
def test_line_of_a_system_that_no_table_names(said: Said) -> None:
    found = read(said.line)
    if not said.says:
        assert [(each.verb, str(each.target), each.mood) for each in found] == []
        return
    verb, kind, who, mood = said.says.split()
    if not found:
        assert "-" in verb.split("|"), "no action was read"
        return
    decision = found[0]
    assert decision.verb in verb.split("|")
    assert decision.mood in mood.split("|")
    _check_targets(decision, kind, who)
    fields = {field.path: field for each in found for field in each.fields}
    for value in said.values:
        _check_value(list(fields.values()), *value.split())


def _check_targets(decision: Decision, kind: str, who: str) -> None:
    for choice in who.split("|"):
        if choice.startswith("x") and decision.count == int(choice[1:]):
            return
        if choice == "-":
            return
        if sorted(choice.split(",")) == sorted(_name(decision, index) for index in range(len(decision.targets))):
            allowed = kind.split("|")
            assert {ref.kind or "-" for ref in decision.targets} <= {*allowed, "-"}
            return
    pytest.fail(f"targets {decision.targets}, count {decision.count}, not {who}")


def _name(decision: Decision, index: int) -> str:
    ref = decision.targets[index]
    return f"{ref.namespace or '-'}/{ref.name or '-'}" if ref.namespace else ref.name or "-"


def _check_value(fields: list[FieldValue], path: str, before: str, after: str) -> None:
    told = [(field.before or "-", field.value) for field in fields if field.path.endswith(path)]
    assert any(one in before.split("|") and two in after.split("|") for one, two in told), told
