"""Whatever comes: no rule raises, what is told and what is held agree, and nothing depends on confidence."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.governor.account.budget import moved
from opsconsole.governor.observed.fields import diff, values
from opsconsole.records import (
    AnyRecord,
    Binding,
    Container,
    ContainerSpec,
    Decision,
    FieldManager,
    FieldValue,
    Finding,
    Hpa,
    Metric,
    Node,
    Pdb,
    Pod,
    Ref,
    Resources,
    Severity,
    Taint,
    Workload,
)
from tests.governor.scene import START, Scene

NAMES = st.sampled_from(["auth-service", "api", "web", "", "a/b", "[x]", "node-1"])
WORDS = st.one_of(NAMES, st.text(max_size=12))
NUMBERS = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -1.0, 2.0**64 - 1, 64 * 2.0**20, 2.0**30, math.nan, math.inf]),
)
COUNTS = st.one_of(st.none(), st.integers(-(2**64), 2**64), st.integers(0, 20))
TIMES = st.one_of(st.none(), st.floats(START - 100, START + 100), st.sampled_from([0.0, -1e9, 1e12]))
KINDS = st.sampled_from(
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Node", "", "X"]
)
PATHS = st.one_of(
    st.sampled_from(
        ["replicas", "minReplicas", "taints[x].effect", "containers[0].resources.limits.memory", "limits.cpu"]
    ),
    st.builds("containers[{}].resources.limits.memory".format, NAMES),
    WORDS,
)
PAIRS = st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple)
RESOURCES = st.builds(Resources, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
MANAGERS = st.lists(
    st.builds(
        FieldManager, st.sampled_from(["aura-optimizer", "kubectl", "OpenAPI-Generator", "x", ""]), WORDS, WORDS, TIMES
    ),
    max_size=3,
).map(tuple)
REFS = st.builds(Ref, KINDS, NAMES, NAMES, WORDS)
SPECS = st.lists(st.builds(ContainerSpec, NAMES, WORDS, st.booleans(), RESOURCES, PAIRS), max_size=3).map(tuple)


def records(kind: type, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


WORKLOADS = records(
    Workload,
    kind=KINDS,
    namespace=NAMES,
    name=NAMES,
    replicas=COUNTS,
    ready=COUNTS,
    suspended=st.booleans(),
    service_account=NAMES,
    owner=st.none() | REFS,
    selector=PAIRS,
    labels=PAIRS,
    containers=SPECS,
    managers=MANAGERS,
)
PODS = records(
    Pod,
    namespace=NAMES,
    name=NAMES,
    uid=NAMES,
    status=st.sampled_from(["Running", "OOMKilled"]),
    restarts=st.integers(0, 9),
    node=NAMES,
    owner=st.none() | REFS,
    deleted_at=TIMES,
    labels=PAIRS,
    is_ready=st.booleans(),
    partial=st.booleans(),
    containers=st.lists(
        records(
            Container,
            name=NAMES,
            image=WORDS,
            restarts=st.integers(-1, 9),
            last_finished_at=TIMES,
            resources=RESOURCES,
            state=st.sampled_from(["running", "terminated"]),
            reason=st.sampled_from(["", "OOMKilled"]),
            last_reason=st.sampled_from(["", "OOMKilled"]),
        ),
        max_size=2,
    ).map(tuple),
)
NODES = records(
    Node,
    name=NAMES,
    ready=st.none() | st.booleans(),
    unschedulable=st.booleans(),
    cpu=NUMBERS,
    memory=NUMBERS,
    taints=st.lists(st.builds(Taint, WORDS, WORDS, st.sampled_from(["NoSchedule", ""])), max_size=2).map(tuple),
    managers=MANAGERS,
)
DECISIONS = records(
    Decision,
    key=st.integers(0, 30).map("d#{}".format),
    seq=st.integers(0, 30),
    received=st.floats(START - 9, START + 9),
    at=TIMES,
    level=st.sampled_from(["INFO", "ERROR", "FATAL", ""]),
    message=st.one_of(
        WORDS, st.sampled_from(["returned no data", "appears inactive", "409 Conflict", "NaN", "MemoryError"])
    ),
    action=st.sampled_from(["patch_deployment", "scale", "delete_pod", "query", "retry_patch", "taint", ""]),
    target=st.none() | REFS,
    fields=st.lists(st.builds(FieldValue, PATHS, WORDS, NUMBERS, WORDS), max_size=3).map(tuple),
    confidence=NUMBERS,
    query=st.sampled_from(["", 'x{service="api"}', "((("]),
    problems=st.lists(st.sampled_from(["failed: 409", "returned no data", "NaN at x", "appears gone"]), max_size=2).map(
        tuple
    ),
)
HPAS = records(Hpa, namespace=NAMES, name=NAMES, target=REFS, maximum=st.integers(-1, 10**6), managers=MANAGERS)
PDBS = records(Pdb, namespace=NAMES, name=NAMES, selector=PAIRS, allowed=COUNTS, healthy=COUNTS, desired=COUNTS)
METRICS = records(
    Metric,
    key=st.sampled_from(["input/x", "working_set/Deployment/api/web/api", ""]),
    title=WORDS,
    query=WORDS,
    value=NUMBERS,
    state=st.sampled_from(["empty", "nan", "ok", ""]),
    problem=WORDS,
)
BINDINGS = records(
    Binding, kind=WORDS, namespace=NAMES, name=NAMES, role=REFS, subjects=PAIRS.map(lambda p: p[0] if p else ())
)
ANY = st.one_of(WORKLOADS, PODS, NODES, DECISIONS, HPAS, PDBS, METRICS, BINDINGS)
STEPS = st.lists(st.tuples(ANY, st.sampled_from(["put", "put", "put", "drop"]), st.floats(0, 400)), max_size=25)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(STEPS)
def test_no_rule_raises_whatever_comes(steps: list[tuple[AnyRecord, str, float]]) -> None:
    scene = Scene()
    for record, how, seconds in steps:
        scene.wait(seconds)
        (scene.put if how == "put" else scene.drop)(record)  # and told and held agree, each time
        assert not [finding for finding in scene.held.values() if finding.key.startswith("rule-broken")]
    for finding in scene.held.values():
        assert isinstance(finding, Finding)
        assert finding.switch in ("", "revoke", "optimizer", "gpu")
        assert finding.title == finding.title.replace("\x1b", "")
    assert scene.governor.damage() is not None
    assert scene.governor.warming() is not None
    budget = scene.governor.budget
    assert budget.memory >= 0
    assert budget.share is None or budget.share >= 0 or math.isnan(budget.share)


@settings(max_examples=100, deadline=None)
@given(st.lists(DECISIONS, max_size=8), NUMBERS)
def test_confidence_changes_nothing(decisions: list[Decision], confidence: float | None) -> None:
    def keys(given_confidence: dict[str, Any]) -> set[tuple[str, Severity]]:
        scene = Scene()
        scene.put(*(msgspec.structs.replace(each, **given_confidence) for each in decisions))
        return {(finding.key, finding.severity) for finding in scene.held.values()}

    assert keys({"confidence": confidence}) == keys({"confidence": None})


@given(WORKLOADS, WORKLOADS)
def test_what_differs_is_what_has_other_values(before: Workload, after: Workload) -> None:
    after = msgspec.structs.replace(after, kind=before.kind)
    paths = {field.path for field in diff(before, after)}
    old, new = values(before), values(after)
    assert {path for path in old.keys() & new.keys() if old[path][0] != new[path][0]} <= paths
    assert not diff(before, before) or any(number != number for _, number in old.values())


@given(WORKLOADS, st.none() | WORKLOADS)
def test_what_is_moved_is_never_negative_nor_endless(before: Workload, after: Workload | None) -> None:
    for amount in (moved(before, after).memory, moved(before, after).cpu):
        assert amount is None or (amount >= 0 and math.isfinite(amount))
