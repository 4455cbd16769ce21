"""What rules declare to be about: nothing that one of them would flag is kept from it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import FunctionRule, Rule, Verdict, View, rule
from opsconsole.governor.rules import BUILT_IN
from opsconsole.records import Change, Decision, Kind, Severity
from tests.governor.scene import Scene, deployment, limits, patch
from tests.governor.story.healthy import HealthyDay

CORPUS = Path(__file__).parent.parent / "corpus"


def asked_about_everything() -> tuple[Rule, ...]:
    """The built-in rules as if they had declared nothing of lines and writes."""
    nothing = frozenset[str]()
    return tuple(
        msgspec.structs.replace(each, fields=nothing, written=nothing, lines=(), own=False)
        if isinstance(each, FunctionRule)
        else each
        for each in BUILT_IN
    )


def logs() -> Iterator[Path]:
    for folder in ("mad", "harmless", "logs"):
        yield from sorted(path for path in (CORPUS / folder).iterdir() if not path.name.endswith(".expect.json"))


def text_of(path: Path) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def found(scene: Scene) -> list[tuple[str, str, str, str]]:
    return sorted((each.key, each.severity.value, each.title, each.detail) for each in scene.held.values())


@pytest.mark.parametrize("path", list(logs()), ids=lambda path: path.name)
def test_a_log_has_the_findings_of_rules_that_are_asked_about_every_line(path: Path) -> None:
    declared, everything = Scene(), Scene(rules=asked_about_everything())
    for scene in (declared, everything):
        scene.say(text_of(path))
        scene.wait(60.0)
    assert found(declared) == found(everything)


def test_a_day_has_the_findings_of_rules_that_are_asked_about_every_write() -> None:
    declared, everything = Scene(), Scene(rules=asked_about_everything())
    for scene in (declared, everything):
        HealthyDay(scene, 3).play(4.0)
        scene.put(deployment("service-1", replicas=0, by=("aura-optimizer", scene.clock.at)))
        scene.put(deployment("service-2", memory="10Mi", by=("kubectl", scene.clock.at)))
    assert found(declared) == found(everything)


def says(**what: Any) -> str:
    return msgspec.json.encode({"level": "INFO", "message": "", **what}).decode()


LINES = [
    (Interest(announces=True), patch(), says(message="all is well")),
    (Interest(sets=True), patch(), says(action="delete_pod", target="Pod/shop/web-1")),
    (Interest(verbs=frozenset({"delete"})), says(action="delete_pod", target="Pod/shop/web-1"), patch()),
    (Interest(fields=frozenset({"memory"})), patch(), says(action="scale_deployment", target="web", replicas=3)),
    (Interest(targets=frozenset({"Pod"})), says(action="delete_pod", target="Pod/shop/web-1"), patch()),
    (Interest(actions=("token",)), says(action="create_Token", target="shop/web"), patch()),
    (Interest(words=("account",)), says(message="gives the service ACCOUNT more"), says(message="gives it more")),
    (Interest(words=("kernel panic",)), says(message="\u212aernel PANIC"), says(message="kernel")),
    (Interest(details=("hostPID",)), says(message="runs it", spec={"hostPID": True}), says(message="hostpid")),
    (Interest(keys=("percentchange",)), says(message="cuts it", Percent_Change="10"), says(message="percentchange")),
    (Interest(has=("attributes", "query")), says(message="x", load=3), "[2023-10-27 03:14:05] INFO: cycle"),
    (Interest(levels=frozenset({"FATAL"})), says(level="FATAL", message="x"), says(message="FATAL")),
    (Interest(announces=True, words=("resource",)), patch(), says(message="Reducing resources")),
]


@pytest.mark.parametrize(("line", "concerns", "other"), LINES)
def test_a_rule_is_asked_about_the_lines_that_it_declares_and_no_others(
    line: Interest, concerns: str, other: str
) -> None:
    asked: list[str] = []

    @rule("probe", Severity.INFO, Kind.DECISION, lines=(line,))
    def probe(subject: Decision, view: View) -> list[Verdict]:
        """A probe."""
        asked.append(subject.message)
        return []

    scene = Scene(rules=(probe,))
    scene.say(other)
    assert not asked
    scene.say(concerns)
    assert asked


@pytest.mark.parametrize(("own", "by", "asked"), [(True, "kubectl", 0), (False, "kubectl", 1), (True, "aura", 1)])
def test_a_rule_about_its_own_writes_is_not_asked_about_a_persons(own: bool, by: str, asked: int) -> None:
    seen: list[str] = []

    @rule("probe", Severity.INFO, Kind.CHANGE, fields="memory", own=own)
    def probe(subject: Change, view: View) -> list[Verdict]:
        """A probe."""
        seen.append(subject.key)
        return []

    scene = Scene(rules=(probe,)).put(deployment()).wait(5)
    spec = msgspec.structs.replace(deployment().containers[0], resources=limits("900Mi", "1"))
    scene.put(deployment(by=(by, scene.clock.at), containers=(spec,)))
    assert len(seen) == asked
