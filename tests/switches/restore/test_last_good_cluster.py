"""What is put back, on a real control plane: what was seen live, revisions by number, and nobody else's value."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Kind, Plan
from tests.support.waiting import eventually
from tests.switches.conftest import details
from tests.switches.watching import IT, RESOURCES, Watch, limits

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

HISTORY_SECONDS = 6.0
"""A line this old when the console first looks is about the time before."""

WatchMaker = Callable[[], Watch]


@pytest.fixture
def watching(cluster: TestCluster, namespace: str, journal_dir: Path) -> Iterator[WatchMaker]:
    """Opens consoles one after the other: the second one comes late."""
    made: list[Watch] = []

    def open_one() -> Watch:
        for each in made:
            each.close()
        made[:] = [Watch(cluster, namespace, journal_dir)]
        return made[0]

    yield open_one
    for each in made:
        each.close()


def memory(text: str) -> dict[str, object]:
    return limits(main={"limits": {"memory": text}})


def say(watch: Watch, value: str, at: float) -> None:
    """A line of its log that announces a memory limit of ``web``, as the console reads it."""
    document = {
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": "INFO",
        "message": "Reducing resource allocation.",
        "action": "patch_deployment",
        "target": "web",
        "patch": memory(value),
    }
    decisions = DecisionStream().feed(f"log-{value}-{at}", json.dumps(document), time.time())
    assert decisions
    watch.console.inbox.put(Kind.DECISION, decisions)
    eventually(lambda: all(each.key in watch.console.store.decisions for each in decisions), "it is heard")


def revision(watch: Watch, path: str) -> str:
    """The revision in force, as the Deployment's controller notes it."""
    annotations = watch.get(path)["metadata"].get("annotations") or {}
    return str(annotations.get("deployment.kubernetes.io/revision", ""))


def write(watch: Watch, path: str, value: str, number: str, by: str = IT) -> float:
    """Write a memory limit and wait until it is revision ``number``; returns when it was written."""
    at = time.time()
    watch.persons(path, memory(value), by)
    eventually(lambda: revision(watch, path) == number, f"it is revision {number}")
    return at


def pause() -> None:
    """Let the second pass: a revision's date has whole seconds."""
    begun = time.time()
    eventually(lambda: time.time() > begun + 2.1, "two seconds are over")


def titles(plan: Plan) -> list[str]:
    return [step.title for step in plan.steps]


def late(watching: WatchMaker, *words: tuple[str, float]) -> Watch:
    """A console that is opened when what the words announce is history."""
    eventually(lambda: time.time() > max(at for _, at in words) + HISTORY_SECONDS, "it is history")
    watch = watching()
    for value, at in words:
        say(watch, value, at)
    return watch


def test_a_value_seen_live_wins_over_an_earlier_cut_in_the_revision_history(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    first = write(watch, web, "64Mi", "2")
    write(watch, web, "1Gi", "3", "kubectl-edit")
    watch = late(watching, ("64Mi", first))
    watch.its(web, memory("120Mi"))
    say(watch, "120Mi", time.time())
    plan = watch.plan()
    assert titles(plan) == ["web: memory limit of main 120Mi → 1Gi"]
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert watch.resources(web)["limits"]["memory"] == "1Gi"


def test_the_ordinary_single_cut_goes_back_seen_live_or_told_by_history(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    eventually(lambda: revision(watch, web) == "1", "it is revision 1")
    pause()
    at = time.time()
    watch.its(web, memory("64Mi"))
    say(watch, "64Mi", at + 0.4)
    assert titles(watch.plan()) == ["web: memory limit of main 64Mi → 1000Mi"]
    assert "restored" not in watch.standing("web").values()
    watch = late(watching, ("64Mi", at + 0.4))
    assert titles(watch.plan()) == ["web: memory limit of main 64Mi → 1000Mi"]
    assert "restored" not in watch.standing("web").values()


def test_a_replicaset_that_is_used_again_counts_by_its_number_and_not_by_its_date(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    eventually(lambda: revision(watch, web) == "1", "it is revision 1")
    pause()
    write(watch, web, "2Gi", "2", "kubectl-edit")
    pause()
    write(watch, web, "1000Mi", "3", "kubectl-edit")
    pause()
    at = write(watch, web, "64Mi", "4")
    watch = late(watching, ("64Mi", at))
    plan = watch.plan()
    assert titles(plan) == ["web: memory limit of main 64Mi → 1000Mi"]
    (shown,) = [words for words in plan.notes if words.startswith("REVISIONS")]
    assert "2: 2Gi (made " in shown
    assert "3: 1000Mi (used again)" in shown
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert watch.resources(web) == RESOURCES


def test_a_first_cut_that_a_rotated_log_hides_is_left_to_the_operator(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    eventually(lambda: revision(watch, web) == "1", "it is revision 1")
    pause()
    watch.make(name="aura", replicas=0)
    pause()
    write(watch, web, "128Mi", "2")
    pause()
    at = write(watch, web, "64Mi", "3")
    watch = late(watching, ("64Mi", at))
    plan = watch.plan()
    assert not plan.steps
    assert "could be put back safely" in plan.blocked
    (left,) = [words for words in plan.notes if words.startswith("LEFT OUT")]
    assert "its log reaches back to" in left
    (shown,) = [words for words in plan.notes if words.startswith("REVISIONS")]
    assert "1: 1000Mi" in shown
    assert "2: 128Mi" in shown
    assert f"kubectl -n {watch.namespace} rollout undo deployment/web --to-revision=NUMBER" in shown


def test_what_a_persons_program_set_after_the_optimizer_stays(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    watch.its(web, memory("64Mi"))
    watch.persons(web, memory("2Gi"), "ansible")
    eventually(lambda: "changed since" in watch.standing("web").values(), "it is seen")
    plan = watch.plan()
    assert not plan.steps
    assert any("ansible wrote 2Gi since" in words for words in plan.notes)
    assert watch.resources(web)["limits"]["memory"] == "2Gi"


def test_what_a_persons_program_set_before_the_cut_is_what_goes_back(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=0)
    watch.persons(web, memory("2Gi"), "ansible")
    eventually(lambda: "2Gi" in {row.now for row in watch.damage()}, "it is seen")
    watch.its(web, memory("120Mi"), paths=0)
    eventually(lambda: "120Mi" in {row.now for row in watch.damage()}, "it is seen")
    assert titles(watch.plan()) == ["web: memory limit of main 120Mi → 2Gi"]


def test_a_paused_deployment_gets_its_values_and_is_promised_no_rollout(watching: WatchMaker) -> None:
    watch = watching()
    web = watch.make(replicas=1)
    watch.its(web, memory("64Mi"))
    watch.persons(web, {"spec": {"paused": True}})
    plan = watch.plan()
    assert any("is PAUSED" in words and "rollout resume deployment/web" in words for words in plan.warnings)
    assert not any("as a rollout" in words for words in plan.notes)
    outcome = watch.run(plan)
    assert watch.resources(web) == RESOURCES
    assert not outcome.success
    assert {proof.holds for proof in outcome.proofs} == {True, None}, details(outcome)
