"""Who really makes whom: what an ownerReference says, beside selectors, names and templates."""

from __future__ import annotations

import pytest

from opsconsole.records import Ref
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.workloads.kinship import (
    is_orphan_of,
    matches,
    own_pods,
    program,
    strays,
    twins,
    why_not,
)

AURA = (("optimizer", "registry.example/team/aura:2"),)
OTHER = (("prometheus", "quay.example/prometheus:v3"),)
HASH = (("app", "aura"), ("pod-template-hash", "abc12"))


def work(kind: str, name: str = "aura", images: tuple[tuple[str, str], ...] = AURA, **more: object) -> WorkFact:
    return WorkFact(Ref(kind, "ops", name, f"uid-{kind}-{name}"), images=images, **more)  # type: ignore[arg-type]


def pod(name: str, images: tuple[tuple[str, str], ...] = AURA, **more: object) -> PodFact:
    return PodFact(Ref("Pod", "ops", name, f"uid-{name}"), images=images, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("owner", "child", "why"),
    [
        (work("StatefulSet", selector="app=aura"), pod("aura-0", labels=HASH), ""),
        (work("StatefulSet", selector="app=aura"), pod("aura", labels=HASH), "gives no such name"),
        (
            work("StatefulSet", "prom", OTHER, selector="app=prom"),
            pod("aura-0", labels=HASH),
            "selector does not match",
        ),
        (work("StatefulSet", "aura", OTHER, selector="app=aura"), pod("aura-0", labels=HASH), "other containers"),
        (
            work("ReplicaSet", "aura-abc12", selector="app=aura"),
            pod("aura-abc12-x", labels=HASH, account="default"),
            "",
        ),
        (
            work("ReplicaSet", "payments-abc12", selector="app=aura", account="payments"),
            pod("payments-abc12-zzzzz", labels=HASH, account="aura"),
            "its template runs as payments, and not as aura",
        ),
        (work("StatefulSet", selector="app=aura", account="new"), pod("aura-0", labels=HASH, account="old"), ""),
        (work("Deployment", selector="app=aura"), work("ReplicaSet", "aura-abc12", labels=HASH), ""),
        (
            work("Deployment", "prom", selector="app=aura"),
            work("ReplicaSet", "aura-abc12", labels=HASH),
            "no such name",
        ),
        (
            work("Deployment", "aura", OTHER, selector="app=aura"),
            work("ReplicaSet", "aura-abc12", labels=HASH),
            "containers",
        ),
        (work("CronJob"), work("Job", "aura-29012345"), ""),
        (work("CronJob", "backup", OTHER), work("Job", "aura-29012345"), "other containers"),
        (work("optimizers.v1.ml.example", images=()), work("Deployment"), "no template"),
    ],
)
def test_an_owner_is_believed_where_selector_name_and_template_agree(
    owner: WorkFact, child: PodFact | WorkFact, why: str
) -> None:
    found = why_not(owner, child)
    assert why in found
    assert bool(found) == bool(why)


def test_a_mirrors_registry_or_a_new_tag_is_the_same_program() -> None:
    old = (("optimizer", "mirror.local:5000/aura@sha256:" + "a" * 64), ("istio-proxy", "istio/proxy:1"))
    assert why_not(work("StatefulSet", selector="app=aura"), pod("aura-0", old, labels=HASH)) == ""


def test_a_pod_that_was_let_go_is_told_by_account_and_image() -> None:
    root = work("Deployment", account="aura")
    assert is_orphan_of(root, pod("aura-abc12-x", account="aura"))
    assert not is_orphan_of(root, pod("worker", OTHER, account="aura"))
    assert not is_orphan_of(root, pod("aura-abc12-x", account="other"))
    assert not is_orphan_of(root, pod("aura-abc12-x", account="aura", owner=Ref("Job", "ops", "j")))


@pytest.mark.parametrize(
    ("selector", "labels", "holds"),
    [
        ("", {}, True),
        ("a=b", {"a": "b"}, True),
        ("a==b", {"a": "b"}, True),
        ("a=b,c=d", {"a": "b"}, False),
        ("a in (b,c),d", {"a": "c", "d": ""}, True),
        ("a in (b,c)", {"a": "d"}, False),
        ("a notin (b, c)", {"a": "d"}, True),
        ("a notin (b)", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("!a", {}, True),
        ("!a", {"a": ""}, False),
        ("a", {}, False),
    ],
)
def test_selectors_are_read_as_the_api_server_reads_them(selector: str, labels: dict[str, str], holds: bool) -> None:
    assert matches(selector, labels) is holds


MESH = ("istio-proxy", "istio/proxyv2:1.22")


def test_a_sidecar_that_a_mesh_puts_into_every_pod_makes_no_bare_pod_the_optimizers() -> None:
    root = work("Deployment", selector="app=aura", account="default")
    parents = {"uid-rs": work("ReplicaSet", "aura-abc12", account="default")}
    owner = Ref("ReplicaSet", "ops", "aura-abc12", "uid-rs")
    own = pod("aura-abc12-x", (*AURA, MESH), account="default", owner=owner, labels=HASH)
    debug = pod("debug", (("shell", "busybox:1"), MESH), account="default")
    assert own_pods(OptimizerFacts("aura", root=root), parents, [own, debug]) == [own]
    facts = OptimizerFacts("aura", root=root, pods=(own,))
    assert program(facts) == AURA
    assert not strays(program(facts), [debug])
    assert not twins(facts, [debug])


def test_what_a_pod_of_an_older_template_runs_is_its_program() -> None:
    """A rollout that is stuck: the template tells what never ran, and the pods have the mesh's sidecar too."""
    root = work("Deployment", images=(("pause", "pause:3"),), selector="app=aura", account="default")
    owner = Ref("ReplicaSet", "ops", "aura-abc12", "uid-rs")
    parents = {"uid-rs": work("ReplicaSet", "aura-abc12", account="default")}
    old = pod("aura-abc12-x", (*AURA, MESH), account="default", owner=owner, labels=HASH)
    let_go = pod("aura-abc12-y", (*AURA, MESH), account="default")
    debug = pod("debug", (("shell", "busybox:1"), MESH), account="default")
    assert own_pods(OptimizerFacts("aura", root=root), parents, [old, let_go, debug]) == [old, let_go]
    assert set(AURA) <= set(program(OptimizerFacts("aura", root=root, pods=(old,))))
