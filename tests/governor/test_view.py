"""What the screen shows of a decision."""

from __future__ import annotations

from opsconsole.alarms import grouped
from opsconsole.governor.decision_view import decision_view
from opsconsole.governor.observed.cluster_index import working_set_key
from opsconsole.records import Metric
from tests.governor.scene import START, Scene, deployment, patch

MEMORY = "containers[auth-container].resources.limits.memory"


def test_a_decision_opened_shows_its_diff_and_its_findings():
    used = Metric(working_set_key(deployment().ref, "auth-container"), "", "", 700 * 2.0**20, "B", START)
    scene = Scene().put(deployment(), used).live("deployments").wait(22)
    decision = scene.say(patch())[0]
    view = decision_view(decision, scene.governor)
    rows = {row.path: row.words for row in view.rows}
    assert rows[MEMORY] == f"{MEMORY}: 1Gi → 64Mi (-94 %), working set 700Mi"
    assert [finding.severity for finding in view.findings] == sorted(
        (finding.severity for finding in view.findings), key=lambda severity: severity.rank
    )
    assert {finding.rule for finding in view.findings} == {"limit-cut", "will-oom"}
    assert view.happened == "announced"
    assert view.confidence == "0.982 (its own word; counts for nothing)"


def test_a_decision_that_was_done_says_when_and_by_whom():
    scene = Scene().put(deployment()).live("deployments").wait(22)
    decision = scene.say(patch())[0]
    scene.wait(3).put(deployment(memory="64Mi", cpu="100m", by=("aura-optimizer", scene.clock.at)))
    view = decision_view(decision, scene.governor)
    assert view.happened == "done, 3 s later, by aura-optimizer"
    assert view.change is not None


def test_what_is_not_known_says_so():
    scene = Scene()
    decision = scene.say(patch())[0]
    rows = {row.path: row.words for row in decision_view(decision, scene.governor).rows}
    assert rows[MEMORY] == f"{MEMORY}: unknown → 64Mi, working set unknown"


def test_a_line_that_announces_nothing_has_an_empty_view():
    scene = Scene()
    view = decision_view(scene.say("[2023-10-27 03:14:05] INFO: fine")[0], scene.governor)
    assert (view.rows, view.findings, view.happened, view.change, view.confidence) == ((), (), "", None, "")


def test_a_refused_decision_says_why():
    scene = Scene().put(deployment()).live("deployments").wait(22)
    decision = scene.say(patch())[0]
    scene.say("[2023-10-27 03:14:23] ERROR: Failed to patch deployment 'auth-service': 409 Conflict")
    assert decision_view(decision, scene.governor).happened == "refused: 409 Conflict (failed: 409 Conflict)"


def test_the_diff_is_against_what_was_there_when_it_was_said():
    scene = Scene().put(deployment()).live("deployments").wait(22)
    decision = scene.say(patch())[0]
    scene.wait(3).put(deployment(memory="64Mi", cpu="100m", by=("aura-optimizer", scene.clock.at)))
    scene.wait(60).put(deployment(memory="2Gi", by=("kubectl-edit", scene.clock.at)))
    assert {row.before for row in decision_view(decision, scene.governor).rows} == {"1Gi", "1"}


def test_a_loops_findings_are_put_together():
    scene = Scene().put(deployment()).wait(22)
    empty = "[2023-10-27 03:14:{:02d}] ERROR: Metric 'x{{service=\"api\"}}' returned no data."
    scene.say(*(empty.format(second) for second in range(0, 60, 10)), patch("1Gi", "100m"))
    groups = grouped(scene.governor.findings)
    assert [(group.finding.rule, group.count) for group in groups if group.count > 1] == [("empty-metric", 6)]
    assert next(group.since for group in groups if group.count > 1) == START
