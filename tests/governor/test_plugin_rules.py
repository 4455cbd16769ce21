"""Rules of plugins: whatever shape they have and whatever fields they look at, they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules import BUILT_IN
from opsconsole.records import Change, Decision, Kind, Severity
from tests.governor.scene import Scene, deployment

LINE = '{"action": "scale_deployment", "target": "auth-service", "replicas": 4}'


def finds(subject: Any, view: View) -> Iterable[Verdict]:
    yield Verdict("seen")


@dataclass
class PlainRule:
    name: str = "plain"
    severity: Severity = Severity.WARNING
    kinds: frozenset[Kind] = frozenset({Kind.DECISION, Kind.CHANGE})
    doc: str = "Plain."
    check: Callable[..., Iterable[Verdict]] = field(default=finds)


class StructRule(msgspec.Struct):
    name: str = "plain"
    severity: Severity = Severity.WARNING
    kinds: frozenset[Kind] = frozenset({Kind.DECISION, Kind.CHANGE})
    doc: str = "Plain."
    check: Callable[..., Iterable[Verdict]] = finds


@pytest.mark.parametrize("make", [PlainRule, StructRule])
def test_a_rule_without_a_hash_is_asked(make: Callable[[], Any]) -> None:
    scene = Scene(rules=(*BUILT_IN, make())).put(deployment()).wait(5)
    scene.say(LINE)
    assert "plain" in scene.rules()


@pytest.mark.parametrize("fields", ["weight", "weight colour", "image weight"])
def test_a_rule_that_looks_at_fields_that_no_other_does_is_asked(fields: str) -> None:
    @rule("weighed", Severity.WARNING, Kind.DECISION, fields=fields)
    def weighed(subject: Decision | Change, view: View) -> Iterable[Verdict]:
        """Weights."""
        yield Verdict("weighed")

    scene = Scene(rules=(weighed,))
    scene.say('{"action": "patch_service", "target": "shop/web", "patch": {"spec": {"weight": 10}}}')
    assert "weighed" in scene.rules()
