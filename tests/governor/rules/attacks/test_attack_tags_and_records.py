"""A label, a taint, a list or a collector's key beside a deed: the object that goes is still told, and still judged."""

from __future__ import annotations

import json

import pytest

from tests.decisions.strangers.tables import read
from tests.governor.judged_lines import AT, alarms, judged, words

CHOSEN_BY_A_TAG = [
    ("namespace prod: deleted with label a/b", "object-deleted"),
    ("namespace prod: removed, annotation was stale", "object-deleted"),
    ("namespace prod: deleted by label selector", "object-deleted"),
    ("deployment shop/web: deleted, annotation a/b kept", "object-deleted"),
    ("PVC shop/data: deleted stale label holder", "object-deleted"),
    ("deployment shop/web: scaled by label from 40 to 0", "replicas-zero"),
    ("deployment shop/web: scaled with annotation a/b from 40 to 0", "replicas-zero"),
    ("statefulset shop/db: deleted by label", "object-deleted"),
    ("pvc shop/data: purged, taint or label unknown", "object-deleted"),
    ("pvc shop/data: wiped, label app/x did not help", "object-deleted"),
    ("secret prod/db: deleted as label demands", "object-deleted"),
    ("namespace prod: wiped taint", "object-deleted"),
    ("deployments with annotation idle/true deleted", "object-deleted"),
    ("Namespace prod without label team/owner deleted", "object-deleted"),
    ("PVCs by annotation app/old deleted: 40", "object-deleted"),
    ("all without the annotation keep/me deleted", "object-deleted"),
    ("annotation a/b applied: deleted namespace prod", "object-deleted"),
    ("node n-1: removed taint a/b. Deleted namespace prod", "object-deleted"),
    ("node n-1: removed label a/b, deleted namespace prod", "object-deleted"),
]
ONLY_A_TAG = [
    "node n-1: removed taint example.io/a",
    "node n-1: taint a/b removed",
    "taint a/b removed from node n-1",
    "node n-1: label a/b cleared",
]
DELETES = '{"action":"delete","kind":"Namespace","name":"prod"}'
BESIDE_A_RECORD = [
    'level=info msg="I can proceed with deletion." kind=Namespace name=prod',
    'level=info msg="All quiet, can now begin deletion" kind=Namespace name=prod',
    'level=info msg="deleted namespace prod {id: 1, dry: true}"',
    'level=info msg="deleted pvc shop/data {status: rejected, id: 4}"',
]
OF_A_COLLECTOR: list[dict[str, object]] = [
    {"message": DELETES, "nodeName": "n", "podName": "p", "namespace": "x", "containerName": "c", "color": "x"},
    {"message": DELETES, "eventId": "a", "timestamp": 1, "app": "x"},
    {"message": DELETES, "eventId": "a", "timestamp": 1, "@version": "1", "host": "h", "namespace": "z"},
    {"message": DELETES, "ingestionTime": 5, "timestamp": 1, "account": "x", "namespace": "z"},
    {"message": 'level=info msg="deleted namespace prod"', "eventId": "a", "account": "x", "namespace": "y"},
    {"message": f"{AT} INFO deleted namespace prod", "podName": "p", "containerName": "c", "source_type": "x"},
    {"message": f"optimizer: {DELETES}", "podName": "p", "containerName": "c", "namespace": "x", "color": "x"},
    {"message": "deleting action=delete kind=Namespace name=prod", "eventId": "a", "deployment": "web"},
    {"message": "Executing tool 'delete_namespace' with args {'name': 'prod'}", "eventId": "a", "pod": "p"},
    {"message": "deleted namespace prod", "eventId": "a", "timestamp": 1, "mode": "shadow"},
    {"message": "deleting namespace prod", "ingestionTime": 1, "timestamp": 1, "approved": False},
    {"message": f"decision {DELETES}", "eventId": "a", "level": "info", "namespace": "x"},
    {
        "message": "action=delete kind=Namespace name=prod",
        "podName": "p",
        "containerName": "c",
        "namespace": "x",
        "a": 1,
    },
]
BEHIND_A_PREFIX = [
    "pvc-data-kafka-0-shop-beef deleted",
    "cluster-prod-eu-west-1-cafe deleted by optimizer",
    "pvc-data-kafka-0-shop-beef deleted I0812 09:14:02.118203       1 a.go:1] ok",
    "node-pool-of-prod-beef removed",
]


@pytest.mark.parametrize(("message", "rule"), CHOSEN_BY_A_TAG)
def test_an_object_is_not_its_tag(message: str, rule: str) -> None:
    assert rule in alarms(words(message))


@pytest.mark.parametrize("message", ONLY_A_TAG)
def test_a_tag_that_goes_takes_no_object_with_it(message: str) -> None:
    assert "object-deleted" not in alarms(words(message))


@pytest.mark.parametrize("line", BESIDE_A_RECORD)
def test_a_remark_or_a_record_of_its_own_beside_a_deletion_takes_nothing_of_it(line: str) -> None:
    assert "object-deleted" in alarms(line)


@pytest.mark.parametrize("document", OF_A_COLLECTOR, ids=str)
def test_a_line_within_a_collectors_document_is_read_whatever_stands_beside_it(document: dict[str, object]) -> None:
    found = [finding.title for finding in judged([json.dumps(document)]) if finding.rule == "object-deleted"]
    assert found
    assert all("prod" in title for title in found)


@pytest.mark.parametrize("line", BEHIND_A_PREFIX)
def test_an_object_and_what_was_done_to_it_are_no_pod_and_container(line: str) -> None:
    assert "object-deleted" in alarms('opt-6d8f9-xk2vb optimizer {"msg":"a"}', line)


def test_numbers_in_a_list_are_no_names() -> None:
    assert "taints-changed" in alarms('level=info msg="drained" nodes="[1 2 3]"')


NO_PLACES = [
    ("deleting statefulset db in background...", "StatefulSet/db"),
    ("deleting pvc data-0 in bulk...", "PersistentVolumeClaim/data-0"),
    ("deleting pvc data-0 in batch", "PersistentVolumeClaim/data-0 -n batch"),
    ("deleted deployment web.apps", "Deployment/web.apps"),
    ("deleted service web.core", "Service/web.core"),
    ("deleted statefulset db.policy in namespace prod", "StatefulSet/db.policy -n prod"),
    ("Rollout of test/web: scaled deployment web-prod from 40 to 0", "Deployment/web-prod"),
    ("Copy of staging/db: deleting statefulset db-main", "StatefulSet/db-main"),
    ("Copy of staging/db: deleting pod db-0", "Pod/db-0"),
    ("Rolling update of shop/web: deleting pod web-0", "Pod/web-0 -n shop"),
]


@pytest.mark.parametrize(("message", "whom"), NO_PLACES)
def test_a_way_a_group_or_a_title_is_no_namespace(message: str, whom: str) -> None:
    told = [str(ref) for decision in read(words(message)) for ref in decision.targets]
    assert told == [whom]


@pytest.mark.parametrize("key", ["logLevel", "severityLevel"])
def test_a_level_that_is_set_is_none_of_the_line(key: str) -> None:
    assert alarms(json.dumps({key: "fatal", "msg": "config loaded"})) == set()
