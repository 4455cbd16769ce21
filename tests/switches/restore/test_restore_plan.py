"""What restoring plans from an account and live objects, without a cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.quantity import exact
from opsconsole.records import Plan, Ref
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.effects import puts_of
from opsconsole.switches.restore.fields import Put, quantity
from opsconsole.switches.restore.live.ownership import owner_of
from opsconsole.switches.restore.live.revisions import KeptRevision
from opsconsole.switches.restore.plan import RestoreFacts
from opsconsole.switches.restore.proofs import pods
from opsconsole.switches.restore.triage import Victim
from opsconsole.switches.restore.words import command
from tests.switches.restore.damaged import MEMORY, NODE, WEB, Object, apply, deployment, plan, row


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
    assert any("the optimizer may have set it" in words for words in made.warnings)
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
