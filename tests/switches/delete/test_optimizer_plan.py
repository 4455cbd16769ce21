"""Tables of cases for the planner of the deletion, the fields it sets, and undo's planner."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.questions.rbac import parse_grant
from opsconsole.records import Plan, Ref, Step
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete.effects import Field, patch_for, value_at
from opsconsole.switches.delete.plan import plan
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, ScalerFact, WorkFact
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.workloads.wire import WorkShape, work_fact
from opsconsole.switches.undo.items import UndoFacts, UndoItem
from opsconsole.switches.undo.plan import plan as undo_plan

SETTINGS = SwitchSettings()
ACCOUNT = Account("ops", "aura")


def work(kind: str = "Deployment", **more: Any) -> WorkFact:
    replicas = more.pop("replicas", 1 if kind in {"Deployment", "StatefulSet", "ReplicaSet"} else None)
    return WorkFact(Ref(kind, "ops", "aura", "uid-root"), replicas=replicas, **more)


def pod(name: str = "aura-1", **more: Any) -> PodFact:
    return PodFact(Ref("Pod", "ops", name, f"uid-{name}"), phase=more.pop("phase", "Running"), node="node-1", **more)


def facts(root: WorkFact | None, *pods: PodFact, **more: Any) -> OptimizerFacts:
    chain = (root.ref,) if root else tuple(each.ref for each in pods[:1])
    return OptimizerFacts("ops/aura", root, more.pop("chain", chain), pods=pods, account=ACCOUNT, **more)


def planned(found: OptimizerFacts, settings: SwitchSettings, now: float) -> Plan:
    return plan([found], settings, now)


def effects(made: Plan) -> list[str]:
    return [step.effect for step in made.steps]


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("Deployment", "kubectl scale deployment/aura -n ops --replicas=0"),
        ("StatefulSet", "kubectl scale statefulset/aura -n ops --replicas=0"),
        ("ReplicaSet", "kubectl scale replicaset/aura -n ops --replicas=0"),
        ("CronJob", """kubectl patch cronjob aura -n ops --type=merge -p '{"spec": {"suspend": true}}'"""),
        ("Job", """kubectl patch job aura -n ops --type=merge -p '{"spec": {"suspend": true}}'"""),
        ("DaemonSet", "nodeSelector"),
    ],
)
def test_each_kind_of_owner_is_stopped_its_own_way_before_its_pods_go(kind: str, command: str) -> None:
    made = planned(facts(work(kind), pod()), SETTINGS, 0.0)
    assert effects(made) == ["evidence.collect", "workload.set", "pod.delete", "pod.force"]
    assert command in made.steps[1].command


def test_an_owner_that_is_stopped_already_is_left_and_its_last_pods_still_go() -> None:
    made = planned(facts(work(replicas=0, stopped=True), pod()), SETTINGS, 0.0)
    assert effects(made) == ["evidence.collect", "pod.delete", "pod.force"]
    assert any("wants no pods already" in words for words in made.notes)


def test_nothing_left_is_blocked_with_words() -> None:
    made = planned(facts(work(replicas=0, stopped=True)), SETTINGS, 0.0)
    assert not made.steps
    assert made.blocked.startswith("nothing to delete")


def test_finished_pods_are_left_alone() -> None:
    made = planned(facts(work("Job"), pod("over", phase="Succeeded"), pod("runs")), SETTINGS, 0.0)
    assert {step.target.name for step in made.steps if step.effect.startswith("pod.")} == {"runs"}


def test_a_static_pod_is_said_to_be_out_of_reach() -> None:
    made = planned(facts(None, pod(mirror=True)), SETTINGS, 0.0)
    assert not [step for step in made.steps if step.effect.startswith("pod.")]
    assert any("static pod" in words for words in made.warnings)


def test_keda_is_paused_before_the_owner_is_scaled() -> None:
    scaler = ScalerFact(Ref("ScaledObject", "ops", "aura", "uid-s"))
    made = planned(facts(work(), pod(), scalers=(scaler,)), SETTINGS, 0.0)
    assert [step.target.kind for step in made.steps if step.effect == "workload.set"] == ["ScaledObject", "Deployment"]
    assert "autoscaling.keda.sh/paused-replicas=0" in made.steps[1].command
    paused = msgspec.structs.replace(scaler, paused="0")
    made = planned(facts(work(), pod(), scalers=(paused,)), SETTINGS, 0.0)
    assert [step.target.kind for step in made.steps if step.effect == "workload.set"] == ["Deployment"]


def test_an_hpa_that_may_scale_from_zero_is_warned_of() -> None:
    low, usual = (ScalerFact(Ref("HorizontalPodAutoscaler", "ops", n, n), minimum=m) for n, m in (("a", 0), ("b", 2)))
    made = planned(facts(work(), pod(), scalers=(low, usual)), SETTINGS, 0.0)
    assert any("minimum of 0" in words for words in made.warnings)
    assert any("HorizontalPodAutoscaler/b" in words for words in made.notes)


def test_by_force_at_once_has_no_second_step_and_names_the_node_to_ask() -> None:
    made = planned(facts(work(), pod()), msgspec.structs.replace(SETTINGS, grace_seconds=0.0), 0.0)
    assert effects(made) == ["evidence.collect", "workload.set", "pod.delete"]
    assert "--grace-period=0 --force" in made.steps[-1].command
    assert any("ask node node-1" in words for words in made.warnings)


def test_the_facts_of_a_plan_do_not_change_with_the_time() -> None:
    assert planned(facts(work(), pod()), SETTINGS, 1.0).facts == planned(facts(work(), pod()), SETTINGS, 2.0).facts
    assert planned(facts(work(), pod()), SETTINGS, 1.0).facts != planned(facts(work(), pod("new")), SETTINGS, 1.0).facts


@pytest.mark.parametrize(
    ("kind", "body", "stopped"),
    [
        ("Deployment", {"spec": {}}, False),
        ("Deployment", {"spec": {"replicas": 0}}, True),
        ("CronJob", {"spec": {"suspend": True}}, True),
        ("Job", {"spec": {}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}}, True),
        ("Job", {"spec": {}, "status": {"conditions": [{"type": "Complete", "status": "False"}]}}, False),
        ("DaemonSet", {"spec": {"template": {"spec": {"nodeSelector": {"opsconsole.io/stopped": "true"}}}}}, True),
        ("DaemonSet", {"spec": {"template": {"spec": {}}}}, False),
    ],
    ids=str,
)
def test_what_wants_no_pods(kind: str, body: dict[str, Any], stopped: bool) -> None:
    shape = msgspec.convert({"metadata": {"name": "x"}, **body}, WorkShape)
    assert work_fact(kind, shape).stopped is stopped


@pytest.mark.parametrize(
    ("found", "path", "value", "patch"),
    [
        ({"spec": {}}, ["spec", "replicas"], 0, [{"op": "add", "path": "/spec/replicas", "value": 0}]),
        (
            {"metadata": {}},
            ["metadata", "annotations", "a/b"],
            "0",
            [{"op": "add", "path": "/metadata/annotations", "value": {"a/b": "0"}}],
        ),
        (
            {"metadata": {"annotations": {"x": "y"}}},
            ["metadata", "annotations", "a/b~c"],
            "0",
            [{"op": "add", "path": "/metadata/annotations/a~1b~0c", "value": "0"}],
        ),
        (
            {"metadata": {"annotations": {"a": "0"}}},
            ["metadata", "annotations", "a"],
            None,
            [{"op": "remove", "path": "/metadata/annotations/a"}],
        ),
    ],
    ids=str,
)
def test_the_patch_makes_missing_parents_and_escapes(
    found: dict[str, Any], path: list[str], value: Any, patch: list[dict[str, Any]]
) -> None:
    assert patch_for(found, Field(path, value)) == patch


def test_a_scale_without_replicas_is_zero_and_other_missing_fields_are_unknown() -> None:
    assert value_at({"spec": {}}, ["spec", "replicas"]) == 0
    assert value_at({"spec": {}}, ["spec", "suspend"]) is None


# --- undo ----------------------------------------------------------------------------------------------------------

BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "one", "uid": "uid-1"},
    "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "aura", "namespace": "ops"}, {"kind": "User", "name": "eve"}],
}


def item(effect: str, ours: list[int], now: list[int] | None) -> UndoItem:
    subjects = parse_grant(json.dumps(BINDING).encode()).subjects
    arguments = {"name": "one", "subjects": msgspec.to_builtins([subjects[i] for i in ours])}
    step = Step("k", "t", effect, Ref("ClusterRoleBinding", "", "one", "uid-1"), msgspec.json.encode(arguments))
    grant = None
    if now is not None:
        body = BINDING | {"subjects": [BINDING["subjects"][i] for i in now]}  # type: ignore[index]
        grant = parse_grant(json.dumps(body).encode())
    return UndoItem("run/k", step, json.dumps(BINDING).encode(), there=now is not None, grant=grant)


@pytest.mark.parametrize(
    ("effect", "ours", "now", "expected"),
    [
        ("rbac.delete", [0, 1], None, ["rbac.recreate"]),
        ("rbac.delete", [0, 1], [0, 1], []),
        ("rbac.delete", [0, 1], [1], ["rbac.return-subject"]),
        ("rbac.remove-subject", [0], [1], ["rbac.return-subject"]),
        ("rbac.remove-subject", [0], [0, 1], []),
        ("rbac.remove-subject", [0], None, []),
        ("rbac.remove-subject", [0], [], ["rbac.return-subject"]),
    ],
)
def test_undo_puts_back_what_was_taken_and_no_more(
    effect: str, ours: list[int], now: list[int] | None, expected: list[str]
) -> None:
    made = undo_plan(UndoFacts("run", "x", (item(effect, ours, now),)), 0.0)
    assert effects(made) == expected
    assert bool(made.blocked) == (not expected)
    if expected == ["rbac.return-subject"]:
        put_back = json.loads(made.steps[0].arguments)["subjects"]
        assert [each["name"] for each in put_back] == [
            BINDING["subjects"][i]["name"] for i in ours if i not in (now or [])
        ]  # type: ignore[index]


def field_item(before: Any, now: Any, planned: Any = 0, *, there: bool = True) -> UndoItem:
    arguments = msgspec.json.encode({"path": ["spec", "replicas"], "value": planned, "subresource": "scale"})
    step = Step("k", "t", "workload.set", Ref("Deployment", "ops", "aura", "u"), arguments)
    return UndoItem("run/k", step, msgspec.json.encode({"value": before}), there=there, value=now)


def test_undo_says_when_somebody_changed_it_since_and_leaves_it_unless_it_is_chosen() -> None:
    made = undo_plan(UndoFacts("run", "x", (field_item(3, 1),)), 0.0)
    assert [(step.title, step.chosen) for step in made.steps] == [("Set Deployment/aura -n ops back to 3", False)]
    assert any("was changed since" in words for words in made.warnings)
    made = undo_plan(UndoFacts("run", "x", (field_item(3, 0),)), 0.0)
    assert made.steps[0].chosen
    assert not any("was changed since" in words for words in made.warnings)
    assert undo_plan(UndoFacts("run", "x", (field_item(3, 3),)), 0.0).blocked
    gone = undo_plan(UndoFacts("run", "x", (field_item(3, None, there=False),)), 0.0)
    assert gone.blocked
    assert any("gone: not undone" in words for words in gone.notes)


def test_undo_steps_name_what_they_undo() -> None:
    made = undo_plan(UndoFacts("run", "x", (field_item(3, 0),)), 0.0)
    assert made.steps[0].undoes == "run/k"
    assert made.steps[0].effect == "workload.set"
