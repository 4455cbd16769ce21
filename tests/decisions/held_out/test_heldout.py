"""Formats that no table names: what each line says, and that the lines that name no action claim none."""

from __future__ import annotations

import pytest

from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision
from tests.decisions.held_out.heldout import DEEDS, NOTHING, Held


def read(line: str) -> list[Decision]:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"), today=1775124000.0)
    return stream.feed("log", line, 100.0) + stream.flush(100.0, force=True)


@pytest.mark.parametrize("held", NOTHING, ids=lambda held: held.line[:60])
def test_a_line_that_names_no_action_claims_none(held: Held) -> None:
    for decision in read(held.line):
        assert (decision.verb, decision.fields) == ("", ())
        assert decision.level == held.level


@pytest.mark.parametrize("held", DEEDS, ids=lambda held: held.line[:60])
def test_a_line_in_another_form_is_read(held: Held) -> None:
    (decision,) = read(held.line)
    (target,) = decision.targets
    assert decision.verb == held.verb
    assert (target.namespace, target.name) == (held.namespace, held.name)
    assert target.kind in held.kind.split("|")
    assert decision.mood in held.mood.split("|")
    assert decision.level == held.level
    assert decision.count == held.count
    for path, (before, after) in held.fields.items():
        field = next(field for field in decision.fields if field.path.endswith(path))
        assert (field.before, field.value) == (before or "", after)
