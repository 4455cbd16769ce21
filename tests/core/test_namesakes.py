"""Objects that have an owner's name and are not it: anybody may write a name, and deleted objects are made again.

Where both UIDs are known they decide; where one is not, the name does as ever.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.questions import optimizer as live
from opsconsole.cluster.questions.optimizer import LiveOwners
from opsconsole.governor.observed.cluster_index import ClusterIndex
from opsconsole.optimizer import NamesakeError, OptimizerMatch, Optimizers, above_in, top_owner
from opsconsole.present.marks import UNICODE
from opsconsole.present.panes.context import FindingIndex, RowContext
from opsconsole.records import Finding, Kind, Pod, Ref, Severity, Workload
from opsconsole.settings import OptimizerSettings
from opsconsole.store import Batch, Delta, Store

NEW, OLD = "uid-new", "uid-old"

UIDS = [
    pytest.param(NEW, NEW, True, id="the same"),
    pytest.param(OLD, NEW, False, id="another"),
    pytest.param("", NEW, True, id="the owner's is not told"),
    pytest.param(OLD, "", True, id="the object's is not known"),
    pytest.param(OLD, None, True, id="no such object is seen"),
]
"""The UID that a child says its owner has, that of the object of this name, and whether it is its owner."""


def store_of(*workloads: Workload | None) -> Store:
    store = Store()
    there = {f"{each.kind}/{each.namespace}/{each.name}": each for each in workloads if each is not None}
    store.apply(Batch({Kind.WORKLOAD: dict(there)}, [], {}))
    return store


def named(kind: str) -> Optimizers:
    return Optimizers.of(OptimizerSettings(name=f"{kind}/ops/aura"))


def made(kind: str, uid: str | None, owner: Ref | None = None, name: str = "aura") -> Workload | None:
    return None if uid is None else Workload(kind, "ops", name, uid=uid, owner=owner)


@pytest.mark.parametrize(("said", "there", "owned"), UIDS)
@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Job", "ReplicaSet"])
def test_a_pod_is_the_optimizers_by_the_uid_of_what_made_it(
    kind: str, said: str, there: str | None, owned: bool
) -> None:
    store = store_of(made(kind, there))
    pod = Pod("ops", "aura-0", owner=Ref(kind, "ops", "aura", said))
    assert OptimizerMatch(named(kind), store.workloads)(pod) is owned


@pytest.mark.parametrize(("said", "there", "owned"), UIDS)
def test_so_is_it_two_owners_up(said: str, there: str | None, owned: bool) -> None:
    sets = made("ReplicaSet", "uid-set", Ref("Deployment", "ops", "aura", said), "aura-7f8d9b6c5")
    store = store_of(sets, made("Deployment", there))
    pod = Pod("ops", "aura-7f8d9b6c5-x7k2p", owner=Ref("ReplicaSet", "ops", "aura-7f8d9b6c5", "uid-set"))
    assert OptimizerMatch(named("Deployment"), store.workloads)(pod) is owned
    assert sets is not None
    assert OptimizerMatch(named("Deployment"), store.workloads)(sets) is owned


@pytest.mark.parametrize(("said", "there", "owned"), UIDS[:4])
def test_live_reads_tell_it_alike(said: str, there: str, owned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    above = Ref("Deployment", "ops", "web", "uid-above")
    monkeypatch.setattr(live, "_get", lambda *_: made("ReplicaSet", there, above))
    connection: Any = None
    owners, ref = LiveOwners(connection), Ref("ReplicaSet", "ops", "aura", said)
    if owned:
        assert owners(ref) == above
    else:
        with pytest.raises(NamesakeError):
            owners(ref)


@pytest.mark.parametrize(("said", "there", "owned"), UIDS)
@pytest.mark.parametrize("asked", ["", NEW])
def test_revisions_are_those_of_the_object_that_is_there(asked: str, said: str, there: str | None, owned: bool) -> None:
    store = store_of(
        made("ReplicaSet", "uid-set", Ref("Deployment", "ops", "aura", said), "aura-7f8d9b6c5"),
        made("Deployment", there),
    )
    index = ClusterIndex(named("Deployment"))
    index.update(store, Delta({}, {}, [], set()), 1.0, whole=True)
    if asked and there in (None, ""):
        owned = said == asked  # then what is asked about has a UID, whatever is seen
    assert bool(index.revisions(Ref("Deployment", "ops", "aura", asked))) is owned


@pytest.mark.parametrize(("said", "there", "owned"), UIDS)
def test_a_pods_row_shows_the_findings_of_what_made_it(said: str, there: str | None, owned: bool) -> None:
    about = Ref("Deployment", "ops", "web", "uid-above")
    store = store_of(made("ReplicaSet", there, about, "web-7f8d9b6c5"))
    finding = Finding("f", "cut", Severity.CRITICAL, "cut", about=about)
    store.apply(Batch({Kind.FINDING: {"f": finding}}, [], {}))
    pod = Pod("ops", "web-7f8d9b6c5-x7k2p", owner=Ref("ReplicaSet", "ops", "web-7f8d9b6c5", said))
    context = RowContext(1.0, FindingIndex.of(store), OptimizerMatch(named("sts"), store.workloads), store, UNICODE)
    assert bool(context.pod_findings(pod)) is owned
    governed = context._replace(governor=SimpleNamespace(owner=lambda pod: top_owner(pod, above_in(store.workloads))))
    assert bool(governed.pod_findings(pod)) is owned


def test_an_account_that_was_named_needs_no_owner() -> None:
    settings = msgspec.structs.replace(OptimizerSettings(name="sts/ops/aura"), service_account="ops/aura-sa")
    match = OptimizerMatch(Optimizers.of(settings), store_of(made("StatefulSet", NEW)).workloads)
    assert match(Pod("ops", "aura-0", owner=Ref("StatefulSet", "ops", "aura", OLD), service_account="aura-sa"))
