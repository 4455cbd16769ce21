"""A label, a taint, a list or a collector's key beside a deed: the object that goes is still told, and still judged."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words

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


@pytest.mark.parametrize(("message", "rule"), CHOSEN_BY_A_TAG)
def test_an_object_is_not_its_tag(message: str, rule: str) -> None:
    assert rule in alarms(words(message))


@pytest.mark.parametrize("message", ONLY_A_TAG)
def test_a_tag_that_goes_takes_no_object_with_it(message: str) -> None:
    assert "object-deleted" not in alarms(words(message))
