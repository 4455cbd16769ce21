"""What restoring plans from an account and live objects, without a cluster; and what its patch may never touch."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cluster.transport.errors import TimedOut
from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.quantity import exact
from opsconsole.records import Outcome, Plan, Proof, Ref, StepOutcome, StepState
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.effects import PutFields, Puts, puts_of
from opsconsole.switches.restore.fields import Put, UnfitError, patch, place, present, quantity, value
from opsconsole.switches.restore.ownership import owner_of
from opsconsole.switches.restore.plan import Goal, RestoreFacts
from opsconsole.switches.restore.proofs import Restoration, pods
from opsconsole.switches.restore.revisions import KeptRevision
from opsconsole.switches.restore.triage import Victim
from opsconsole.switches.restore.words import command
from opsconsole.switches.undo import fields as undo_fields
from tests.support.clock import ManualClock
from tests.switches.fakeapi import FakeApi, _apply

WEB = Ref("Deployment", "production", "web", "u-1")
NODE = Ref("Node", "", "n1", "u-2")
MEMORY = "containers[main].resources.limits.memory"
Object = dict[str, Any]


def deployment(**more: Any) -> Object:
    resources = {"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"memory": "16Mi"}}
    containers = [{"name": "helper", "image": "h:1"}, {"name": "main", "image": "web:1", "resources": resources}]
    metadata = {"name": "web", "namespace": "production", "uid": "u-1", "resourceVersion": "7", "generation": 3}
    spec = {"replicas": 2, "template": {"spec": {"containers": containers, "nodeSelector": {"a": "b"}}}}
    return {"kind": "Deployment", "metadata": {**metadata, **more.pop("metadata", {})}, "spec": {**spec, **more}}


def row(path: str = MEMORY, before: str = "512Mi", now: str = "64Mi", **more: Any) -> Damage:
    numbers = {
        "before_number": _number(before) if "before_number" not in more else None,
        "now_number": _number(now),
    }
    kept = {
        "about": WEB,
        "standing": DamageState.DAMAGED,
        "certain": True,
        "first_at": 1.0,
        "last_at": 2.0,
        "writes": 1,
    }
    return Damage(path=path, before=before, now=now, **{**numbers, **kept, **more})


def _number(text: str) -> float | None:
    try:
        return float(exact(text))
    except ValueError:
        return None


def plan(*rows: Damage, found: Object | None = None, **facts: Any) -> Plan:
    owners = facts.pop("owners", {})
    about = rows[0].about
    victim = Victim(about, rows, deployment() if found is None and about is WEB else found, owners)
    return restore.plan(RestoreFacts((victim,), **facts), 100.0)


def left(made: Plan) -> str:
    assert not made.steps
    (words,) = [words for words in made.notes if words.startswith("LEFT OUT")]
    return words


@pytest.mark.parametrize(
    ("given_row", "why"),
    [
        (row(before=""), "never guessed"),
        (row(standing=DamageState.CHANGED_SINCE, now_by="kubectl-edit", now="800Mi"), "kubectl-edit wrote 800Mi since"),
        (row(certain=False, now_by="OpenAPI-Generator"), "calls itself OpenAPI-Generator"),
        (row(now="32Mi"), "it is 64Mi by now"),
        (row("containers[gone].image", "a:1", "a:2"), "no container gone"),
        (row("containers[main].image", "unset", "web:1"), "not taken out here"),
        (row("containers[main].image", "web:1\u241b[2J", "web:1"), "no image's name"),
        (row("containers[main].image", "web" * 9 + "\u2026", "web:1"), "no image's name"),
        (row("replicas", "3", "2", doubtful=True), "may be its own doing"),
        (row("replicas", "-1", "2"), "no count"),
        (row("selector", "app=web", "app=x"), "matchLabels"),
        (row("object", "there", "deleted"), "another object"),
        (row(before_number=float("nan"), before="NaN"), "no quantity"),
    ],
)
def test_what_is_not_certain_is_left_out_with_why(given_row: Damage, why: str) -> None:
    assert why in left(plan(given_row))


@pytest.mark.parametrize(
    ("owner", "stays"),
    [
        ("kubectl-edit", True),
        ("argocd-controller", True),
        ("opsconsole", True),
        ("OpenAPI-Generator", False),
        ("", False),
    ],
)
def test_what_only_the_log_tells_is_put_back_unless_somebody_else_is_noted(owner: str, stays: bool) -> None:
    made = plan(row(certain=False, announced="64Mi"), owners={MEMORY: owner})
    if stays:
        assert f"{owner} wrote it last" in left(made)
    else:
        assert len(made.steps) == 1
        assert "not seen being written" in made.warnings[0]


def test_a_doubtful_number_is_put_back_from_zero_and_said() -> None:
    made = plan(row("replicas", "3", "0", doubtful=True), found=deployment(replicas=0))
    assert made.steps[0].title == "web: replicas 0 → 3"
    assert any("may be the optimizer's own doing" in words for words in made.warnings)
    assert any("3 pods more start at the same time" in words for words in made.warnings)


def test_of_a_node_s_taints_only_those_go_that_the_log_announced() -> None:
    its, others = "aura/x=1:NoSchedule", "dedicated=gpu:NoExecute"
    taints = [
        {"key": "dedicated", "value": "gpu", "effect": "NoExecute"},
        {"key": "aura/x", "value": "1", "effect": "NoSchedule"},
    ]
    found = {
        "metadata": {"uid": "u-2"},
        "spec": {"taints": [*taints, {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}]},
    }
    now = ", ".join(sorted((its, others)))
    given_row = row("taints", "", now, about=NODE, certain=False, announced=its)
    made = plan(given_row, found=found)
    (put,) = puts_of(made.steps[0])
    assert put.want == [others]
    done = apply("Node", found, [put])
    assert [taint["key"] for taint in done["spec"]["taints"]] == ["dedicated", "node.kubernetes.io/not-ready"]


@pytest.mark.parametrize(
    ("number", "binary", "text"),
    [
        (1300 * 2**20, True, "1300Mi"),
        (1000 * 2**20, True, "1000Mi"),
        (2.0**31, True, "2Gi"),
        (1e9, True, "1000000000"),
        (0.0, True, "0"),
        (1181116006.4, True, "1181116006400m"),
        (0.1, False, "100m"),
        (1.5, False, "1500m"),
        (2.0, False, "2"),
    ],
)
def test_a_quantity_is_written_exactly(number: float, binary: bool, text: str) -> None:
    assert quantity(number, binary=binary) == text
    assert float(exact(text)) == number


@given(st.integers(0, 2**50), st.booleans())
def test_every_whole_quantity_comes_back(number: int, binary: bool) -> None:
    assert exact(quantity(float(number), binary=binary)) == number


def test_it_warns_loudly_who_managers_are_and_what_recreate_means() -> None:
    found = deployment(
        metadata={
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:production/web"},
            "ownerReferences": [{"kind": "Shop", "name": "main", "controller": True}],
        },
        strategy={"type": "Recreate"},
    )
    made = plan(row(), found=found, writer="it still runs: press 2 first")
    assert made.warnings[0].startswith("IT MAY WRITE AGAIN: it still runs: press 2 first")
    told = "\n".join(made.warnings)
    assert "Argo CD (application shop)" in told
    assert "its owner Shop/main may set it again" in told
    assert "all of its pods end before the new ones start" in told


def test_commands_are_those_that_a_person_would_type() -> None:
    def of(ref: Ref, *puts: Put) -> str:
        return command(ref, puts)

    cron = Ref("CronJob", "batch", "nightly")
    assert of(WEB, Put("replicas", 0, 3)) == "kubectl -n production scale deployment/web --replicas=3"
    both = (Put(MEMORY, "64Mi", "1Gi"), Put("containers[main].resources.requests.cpu", "1m", "1"))
    assert of(WEB, *both) == (
        "kubectl -n production set resources deployment/web -c main --limits=memory=1Gi --requests=cpu=1"
    )
    gone = of(WEB, Put(MEMORY, "64Mi", None), Put("replicas", 0, 1))
    main = '{"name":"main","resources":{"limits":{"memory":null}}}'
    body = f'{{"spec":{{"replicas":1,"template":{{"spec":{{"containers":[{main}]}}}}}}}}'
    assert gone == f"kubectl -n production patch deployment/web --type=strategic -p '{body}'"
    assert '{"spec":{"suspend":false}}' in of(cron, Put("suspend", seen=True, want=False))
    assert of(NODE, Put("taints", ["a=b:NoSchedule"], [])) == "kubectl taint node n1 a:NoSchedule-"
    assert of(NODE, Put("unschedulable", seen=True, want=False)) == "kubectl uncordon n1"


def test_the_owner_of_a_field_is_its_newest_writer() -> None:
    def entry(manager: str, time: str, fields: Object) -> Object:
        return {"manager": manager, "time": time, "fieldsV1": {"f:spec": fields}}

    def resources(name: str) -> Object:
        inner = {"f:resources": {"f:limits": {"f:memory": {}}}}
        return {
            "f:template": {
                "f:spec": {"f:containers": {json.dumps({"name": name}): {}, f'k:{{"name":"{name}"}}': inner}}
            }
        }

    found = deployment(
        metadata={
            "managedFields": [
                entry("kubectl", "2026-01-01T00:00:00Z", resources("main")),
                entry("aura", "2026-01-02T00:00:00Z", resources("main")),
                entry("other", "2026-01-03T00:00:00Z", resources("helper")),
                "nonsense",
                {"manager": "x", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{": {}}}}}}},
            ]
        }
    )
    assert owner_of("Deployment", MEMORY, found) == "aura"
    assert owner_of("Deployment", "replicas", found) == ""


# --- the patch -----------------------------------------------------------------------------------------------------


def apply(kind: str, found: Object, puts: list[Put]) -> Object:
    draft = copy.deepcopy(found)
    for operation in patch(kind, found, puts):
        assert _apply(draft, operation) == "", operation
    return draft


_QUANTITIES = st.sampled_from(["64Mi", "1000Mi", "1", "100m", "0", None])
_RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        group: st.dictionaries(st.sampled_from(["cpu", "memory", "ephemeral-storage"]), st.sampled_from(["1", "2Gi"]))
        for group in ("limits", "requests")
    },
)
_CONTAINERS = st.lists(
    st.fixed_dictionaries({"image": st.sampled_from(["a:1", "b:2"])}, optional={"resources": _RESOURCES}), max_size=3
).map(lambda found: [{"name": f"c{number}", **each} for number, each in enumerate(found)])
_PATHS = st.sampled_from(
    ["replicas", *(f"containers[c{n}].image" for n in range(3))]
    + [
        f"{kind}[c{n}].resources.{group}.{name}"
        for kind in ("containers", "initContainers")
        for n in range(3)
        for group in ("limits", "requests")
        for name in ("cpu", "memory")
    ]
)


@given(st.data())
def test_whatever_is_put_back_nothing_else_differs(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "CronJob"]))
    template = {"spec": {"containers": data.draw(_CONTAINERS), "initContainers": data.draw(_CONTAINERS), "x": [1]}}
    spec: Object = {"template": template, "other": {"kept": [1, 2]}, "replicas": data.draw(st.integers(0, 5))}
    spec = {"jobTemplate": {"spec": spec}, "suspend": True} if kind == "CronJob" else spec
    found = {"metadata": {"name": "w", "uid": "u", "resourceVersion": "1"}, "spec": spec}
    puts = []
    for path in data.draw(st.lists(_PATHS, unique=True, max_size=6)):
        want = data.draw(_wanted(path))
        try:
            puts.append(Put(path, value(kind, path, found), want))
        except UnfitError:
            continue
    after = apply(kind, found, puts)
    for put in puts:
        assert value(kind, put.path, after) == put.want
    _take(kind, found, puts)
    _take(kind, after, puts)
    assert _pruned(after) == _pruned(found)


def _wanted(path: str) -> st.SearchStrategy[Any]:
    if path == "replicas":
        return st.integers(0, 9)
    return st.sampled_from(["a:1", "z:9"]) if path.endswith("image") else _QUANTITIES


def _take(kind: str, found: Object, puts: list[Put]) -> None:
    """Take the plan's own fields out, so that what is left can be compared."""
    for put in puts:
        pointer = place(kind, put.path, found)
        holder = present(found, pointer[:-1])
        if isinstance(holder, dict):
            holder.pop(pointer[-1], None)


def _pruned(found: Any) -> Any:
    """Without empty objects: those that held a field, or came to hold it."""
    if isinstance(found, dict):
        kept = {key: _pruned(each) for key, each in found.items()}
        return {key: each for key, each in kept.items() if each != {}}
    return [_pruned(each) for each in found] if isinstance(found, list) else found


_TAINTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b/c", "node.kubernetes.io/not-ready"]),
        st.sampled_from(["", "1"]),
        st.sampled_from(["NoSchedule", "NoExecute"]),
    ),
    unique=True,
    max_size=5,
)


@given(_TAINTS, _TAINTS)
def test_taints_become_those_wanted_and_kubernetes_own_stay(there: list[Any], want: list[Any]) -> None:
    def as_json(taint: tuple[str, str, str]) -> Object:
        key, content, effect = taint
        return {"key": key, "effect": effect, **({"value": content} if content else {})}

    def text(taint: tuple[str, str, str]) -> str:
        key, content, effect = taint
        return f"{key}={content}:{effect}" if content else f"{key}:{effect}"

    found = {
        "metadata": {"resourceVersion": "1"},
        "spec": {"taints": [as_json(each) for each in there], "podCIDR": "x"},
    }
    wanted = sorted(text(each) for each in want if not each[0].startswith("node."))
    after = apply("Node", found, [Put("taints", value("Node", "taints", found), wanted)])
    assert value("Node", "taints", after) == wanted
    system = [as_json(each) for each in there if each[0].startswith("node.")]
    assert [each for each in after["spec"].get("taints", []) if each["key"].startswith("node.")] == system
    assert after["spec"]["podCIDR"] == "x"


def test_a_field_that_is_not_there_is_guarded_by_the_version() -> None:
    found = deployment()
    del found["spec"]["template"]["spec"]["containers"][1]["resources"]["limits"]
    operations = patch("Deployment", found, [Put(MEMORY, None, "1Gi")])
    assert operations[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert operations[-1]["op"] == "add"


# --- the proofs and the way back -----------------------------------------------------------------------------------


def status(**given: Any) -> Object:
    return {**deployment(replicas=3), "status": given}


@pytest.mark.parametrize(
    ("found", "holds", "words"),
    [
        (status(observedGeneration=2, readyReplicas=3, updatedReplicas=3), None, "not seen the new values"),
        (status(), None, "not seen the new values"),
        (status(observedGeneration=3, readyReplicas=1, updatedReplicas=1), None, "1 of 3"),
        (
            status(observedGeneration=3, readyReplicas=3, updatedReplicas=1),
            None,
            "3 ready, 1 with the new values, of 3",
        ),
        (status(observedGeneration=3, readyReplicas=3, updatedReplicas=3), True, "3 of 3"),
    ],
)
def test_pods_are_counted_and_what_is_not_known_is_unknown(found: Object, holds: bool | None, words: str) -> None:
    proof = pods(WEB, found)
    assert proof.holds is holds
    assert words in proof.detail


def test_a_field_that_does_not_stay_is_final_when_patience_is_over() -> None:
    clock, found = ManualClock(), deployment(replicas=3)
    goal = Goal(WEB, (Put(MEMORY, "64Mi", "512Mi"),))
    looks = Restoration([goal], lambda _: found, clock).proofs(Outcome("restore", 0.0), 5.0, 60.0)
    for _ in range(6):  # a look takes a second: six of them are the patience
        assert [proof.holds for proof in next(looks)] == [None, None]
        clock.at += 1
    (last,) = next(looks)
    assert last.holds is False
    assert last.detail == "memory limit of main is 64Mi, not 512Mi"
    assert next(looks, None) is None


def test_pods_that_are_not_ready_in_time_are_unknown_and_not_failed() -> None:
    clock, found = ManualClock(), status(observedGeneration=3, readyReplicas=1, updatedReplicas=3)
    goal = Goal(WEB, (Put(MEMORY, "32Mi", "64Mi"),))
    looks = Restoration([goal], lambda _: found, clock).proofs(Outcome("restore", 0.0), 5.0, 60.0)
    assert [proof.holds for proof in next(looks)] == [True, None]
    clock.at += 59
    assert [proof.holds for proof in next(looks)] == [True, None]
    clock.at += 1
    last = next(looks)
    assert [(proof.holds, proof.detail) for proof in last][1] == (None, "1 ready, 3 with the new values, of 3")
    assert next(looks, None) is None


def test_what_can_not_be_read_is_unknown_and_what_is_gone_is_said() -> None:
    def lost(_: Ref) -> Object:
        raise TimedOut("no answer")

    goal, outcome = Goal(WEB, (Put(MEMORY, "64Mi", "512Mi"),)), Outcome("restore", 0.0)
    (unknown,) = next(Restoration([goal], lost, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert (unknown.holds, unknown.detail) == (None, "unknown: no answer")
    (gone,) = next(Restoration([goal], lambda _: None, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert (gone.holds, gone.detail) == (False, "it is gone")
    anew = deployment(metadata={"uid": "u-9"})
    (other,) = next(Restoration([goal], lambda _: anew, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert other.detail == "another object has its name"


def test_undo_leaves_what_somebody_has_set_since() -> None:
    done = restore.put_step(WEB, [Put(MEMORY, "64Mi", "512Mi"), Put("replicas", 0, 3)])
    before = msgspec.json.encode(Puts(puts_of(done)))
    now = {MEMORY: "800Mi", "replicas": 3}
    step = undo_fields.step(done, before, now, "run/key")
    assert step is not None
    assert step.title == "Undo web: replicas 3 → 0"
    (words,) = undo_fields.changed_since(done, before, now)
    assert "memory limit of main is 800Mi by now" in words
    assert undo_fields.is_back(undo_fields.trimmed(before, now), {MEMORY: "800Mi", "replicas": 0})
    assert undo_fields.step(done, before, {MEMORY: "1Gi"}, "run/key") is None


def test_an_old_answer_of_the_server_is_no_reason_to_write_over_a_person() -> None:
    """The plan says 64Mi; by the time of the patch a person has written 800Mi."""
    api = FakeApi()
    found = deployment()
    made = api.add("Deployment", "production", "web", spec=found["spec"])
    ref = Ref("Deployment", "production", "web", made["metadata"]["uid"])
    step = restore.put_step(ref, [Put(MEMORY, "64Mi", "512Mi")])
    made["spec"]["template"]["spec"]["containers"][1]["resources"]["limits"]["memory"] = "800Mi"
    seen = PutFields(_writer(api)).read(step)
    assert isinstance(seen, StepOutcome)
    assert seen.state is StepState.SKIPPED
    assert "was changed to 800Mi meanwhile" in seen.detail
    assert api.writes == []


def _writer(api: FakeApi) -> Any:
    import random

    from opsconsole.cluster.writes import Writer
    from opsconsole.permit import Mint

    return Writer(api, Mint(), lambda _: None, random.Random(1))


def test_nothing_known_and_nothing_left_are_two_things() -> None:
    assert restore.plan(RestoreFacts(), 1.0).blocked.startswith("nothing known to restore")
    fine = plan(row(standing=DamageState.RESTORED, now="512Mi"))
    assert fine.blocked == "nothing to restore: 1 field as before already"
    assert restore.plan(RestoreFacts(problem="why"), 1.0).blocked == "why"
    assert Proof("x").holds is None


# --- whose value it is ---------------------------------------------------------------------------------------------


def looked(given: Damage, **facts: Any) -> Plan:
    return restore.plan(RestoreFacts((Victim(WEB, (given,), deployment(), **facts),)), 10.0)


@pytest.mark.parametrize(
    ("given", "owner", "at", "left"),
    [
        (row(now_by="aura"), "aura", 2.0, ""),
        (row(now_by="aura"), "", 0.0, ""),
        (row(now_by="aura"), "ansible", 9.0, "ansible is noted as its last writer"),
        (row(now_by=""), "kubectl-edit", 9.0, "kubectl-edit is noted as its last writer"),
        (row(now_by=""), "OpenAPI-Generator", 2.0, ""),
        (row(now_by="", its_manager="aura"), "aura", 2.0, ""),
        (row(now_by="", its_manager="aura"), "ansible", 2.0, "ansible is noted as its last writer"),
        (row(now_by="", its_manager="aura"), "", 0.0, "is noted nowhere"),
        (row(certain=False, announced="64Mi"), "OpenAPI-Generator", 3.0, ""),
        (row(certain=False, announced="64Mi"), "OpenAPI-Generator", 9.0, "has written since its last word"),
        (row(certain=False, announced="64Mi"), "kubectl-edit", 1.0, "kubectl-edit wrote it last"),
        (row(before="", why="its log reaches back to noon only"), "aura", 2.0, "reaches back to noon only"),
    ],
)
def test_a_value_that_somebody_else_set_last_is_never_put_over(given: Damage, owner: str, at: float, left: str) -> None:
    made = looked(given, owners={MEMORY: owner}, written={MEMORY: at})
    assert bool(made.steps) == (not left)
    assert left in "\n".join(made.notes)


def test_every_revisions_value_is_shown_so_that_a_person_can_choose() -> None:
    revisions = (KeptRevision(1, 0.0, {MEMORY: "1Gi"}), KeptRevision(7, None, {MEMORY: "128Mi"}))
    made = looked(row(before=""), revisions=revisions)
    assert any(
        "memory limit of main is 64Mi; 1: 1Gi (made 1970-01-01 00:00:00Z), 7: 128Mi (used again)" in words
        and "kubectl -n production rollout undo deployment/web --to-revision=NUMBER" in words
        for words in made.notes
    )


def test_a_paused_deployment_is_not_promised_a_rollout_and_its_pods_are_not_waited_for() -> None:
    victim = Victim(WEB, (row(),), deployment(paused=True))
    made = restore.plan(RestoreFacts((victim,)), 10.0)
    assert any("is PAUSED" in words and "rollout resume deployment/web" in words for words in made.warnings)
    assert not any("as a rollout" in words for words in made.notes)
    proof = pods(WEB, deployment(paused=True))
    assert proof.holds is None
    assert "paused" in proof.detail
