"""Deeds in nice words, of kinds that no table knows, or only asked for; and what sounds like them and is none."""

from __future__ import annotations

import pytest

from opsconsole.decisions.words.kinds import spelled
from opsconsole.records import Mood
from tests.decisions.strangers.tables import read
from tests.governor.days.test_thirty_cases import judged

AT = "2026-08-12T09:14:02Z INFO "

DONE: list[tuple[str, str, str]] = [
    ("kubectl delete authorizationpolicies allow-web -n shop", "delete", "AuthorizationPolicy/allow-web -n shop"),
    ("kubectl delete kafkatopic.kafka.strimzi.io orders -n data", "delete", "Kafkatopic/orders -n data"),
    ('kubectl patch tunedset t1 -n shop -p \'{"spec":{"x":1}}\'', "patch", "TunedSet/t1 -n shop"),
    ("Tidied up deployment shop/web (nobody called it)", "delete", "Deployment/web -n shop"),
    ("Retiring node group spot-a", "delete", "NodeGroup/spot-a"),
    ("Swept away namespace lab", "delete", "Namespace/lab"),
    ("Phasing out service shop/api", "delete", "Service/api -n shop"),
    ("Disposed of PVC shop/data-0", "delete", "PersistentVolumeClaim/data-0 -n shop"),
    ("Right-sized StatefulSet shop/db to 0 replicas", "scale", "StatefulSet/db -n shop"),
    ("node/n-7 tainted example.io/slow=yes:NoExecute", "taint", "Node/n-7"),
    ("Deleted PodDisruptionBudget shop/web preventing the drain", "delete", "PodDisruptionBudget/web -n shop"),
    ("rolling restart triggered kind=StatefulSet namespace=shop name=db", "restart", "StatefulSet/db -n shop"),
    ("cleared finalizers kind=Namespace name=lab", "patch", "Namespace/lab"),
    ("sending patch to RayService chat in namespace lab.", "patch", "RayService/chat -n lab"),
    (
        "Updating deployment shop/web: dry_run true -> false, memory limit 8Gi to 64Mi",
        "patch",
        "Deployment/web -n shop",
    ),
]


@pytest.mark.parametrize(("text", "verb", "whom"), DONE)
def test_it_is_read_in_other_words(text: str, verb: str, whom: str) -> None:
    acts = [each for each in read(AT + text) if each.verb == verb]
    assert [str(each.target) for each in acts] == [whom]
    assert acts[0].mood in (Mood.DONE, Mood.PLANNED)


def test_a_name_beside_a_message_that_is_a_verb_and_a_kind_is_the_objects() -> None:
    (act,) = read('2026-08-12T09:14:02.118Z\tINFO\tdeleted Ingress\t{"name": "front", "why": "idle"}')
    assert (act.verb, str(act.target)) == ("delete", "Ingress/front")
    logger = '{"level":"info","time":"2026-08-12T09:14:02Z","name":"tuner","pid":7,"msg":"deleted Ingress"}'
    assert "tuner" not in {each.target.name for each in read(logger) if each.target}


def test_a_pdb_that_a_key_names_is_not_called_by_what_it_does() -> None:
    (act,) = read('I0722 11:06:02.660101       1 x.go:72] "Deleted PodDisruptionBudget blocking drains" pdb="shop/db"')
    assert str(act.target) == "PodDisruptionBudget/db -n shop"


ASKED = [
    "Opened PR #12: scale deployment shop/web to 0 replicas",
    "created merge request !7: delete namespace shop",
    "MR 88 is waiting for review: delete deployment shop/web",
    "Approval requested: delete PersistentVolumeClaim shop/data-0",
    "Saves 9 % if deployment shop/web were scaled from 9 to 0",
]


@pytest.mark.parametrize("text", ASKED)
def test_what_a_person_is_asked_for_is_proposed(text: str) -> None:
    assert {each.mood for each in read(AT + text) if each.verb} == {Mood.PROPOSED}
    assert judged([AT + text]) == []


NOT_ASKED = [
    "Merged PR #12: scaling deployment shop/web to 0 replicas",
    "Opened PR #12 and deleted namespace shop",
    "PR #12 is open, deleting namespace shop meanwhile",
    "Approval was requested: deleting namespace shop",
    "Approval requested an hour ago; deleted namespace shop",
    "MR 88 was merged: delete deployment shop/web",
    "As if nobody were there, deleted namespace shop",
]


@pytest.mark.parametrize("text", NOT_ASKED)
def test_what_is_done_beside_a_request_is_found(text: str) -> None:
    assert judged([AT + text])


NONE = [
    "node es-2 drained of shards",
    "broker drained of partitions in 4 s",
    "Tidied up the cache of deployment shop/web",
    "Retired 4 log segments",
    "Phased out the old table",
]


@pytest.mark.parametrize("text", NONE)
def test_what_sounds_like_it_is_none(text: str) -> None:
    assert judged([AT + text]) == []


@pytest.mark.parametrize("text", ["drained node n-1 of pods", "Drained node n-1 of all workloads"])
def test_a_node_is_drained_of_pods(text: str) -> None:
    assert [str(each.target) for each in read(AT + text)] == ["Node/n-1"]


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("peerauthentications", "PeerAuthentication"),
        ("clusterpolicy", "ClusterPolicy"),
        ("clusterpolicies.kyverno.io", "ClusterPolicy"),
        ("widgets.example.com", "Widget"),
        ("ingressclasses", "IngressClass"),
    ],
)
def test_a_resource_is_spelt_as_a_kind(resource: str, kind: str) -> None:
    assert spelled(resource) == kind


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("[I 260812 09:14:02 app:12] Deleting pod lab/n-1", 1786526042.0),
        ("12 Aug 2026 09:14:02,118 INFO Deleting pod lab/n-1", 1786526042.118),
    ],
)
def test_times_of_tornado_and_logback(line: str, at: float) -> None:
    assert [each.at for each in read(line)] == [pytest.approx(at)]
