"""Changed fields below a line: they are its object's only where that line says one change of it, and none is lost."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, judged, severities, words

HEAD = words("patching deployment/shop/web:")
WITH = words("patching deployment/shop/web with")
CUT = "  replicas: 8 -> 0"
NOT_ITS_HEADS = [
    "patching deployment/shop/web failed once, retried with:",
    "not patching deployment/shop/web, patching statefulset/shop/db:",
    "proposed patch of deployment/shop/web, now applied:",
    "evicting pods, see patch of deployment/shop/web:",
    "patching deployment/shop/web is refused, changing statefulset/shop/db:",
    "recommended patch of deployment/shop/web was accepted, applying:",
    "failed: patching deployment/shop/web:",
    "skipped.patching deployment/shop/web, changed by hand:",
    "patching deployment failed, changed with:",
    "dry-run patch of deployment/shop/web is over, changing with:",
    "cordoned node/n1, patched deployment/shop/web earlier, patching with:",
]
CRITICAL = [
    *((words(head), CUT) for head in NOT_ITS_HEADS),
    (HEAD, "  replicas: 8 -> 7", CUT),
    (HEAD, "  replicas: 8 -> 7", "  spec.replicas: 8 -> 0"),
    (HEAD, "  replicas: 8 -> 7", "  - replicas: 8 -> 0"),
    (HEAD, CUT),
    (HEAD, "- replicas: 8", "+ replicas: 0"),
    (HEAD, "  cpu: 3 -> 4", "  memory: 3Gi -> 1Mi"),
    (HEAD, "  replicas: 8 -> 7", "  memory: 3Gi -> 1Mi", "  memory: 3Gi -> 2Gi"),
    (HEAD, "  replicas: 8 -> 7", "  limits.memory: 3Gi -> 1Mi"),
    (HEAD, "- limits.memory: 2Gi", "+ limits.memory: 1Mi", "- replicas: 3", "+ replicas: 2"),
    (HEAD, "- replicas: 3", "+ replicas: 2", "- limits.memory: 2Gi", "+ limits.memory: 1Mi"),
    (HEAD, "- replicas: 3", "+ replicas: 2", "- memory: 2Gi", "+ memory: 1Mi"),
    (WITH, "--- a", "+++ b", "-  replicas: 3", "+  replicas: 0", "  cpu: 3 -> 4"),
    (WITH, "--- a", "+++ b", "-  replicas: 3", "+  replicas: 0", "  replicas: 3 -> 2"),
    (HEAD, "- replicas: -1"),
    (HEAD, "  replicas: 8 -> 7", "  deleted namespace prod"),
    (HEAD, "- replicas: 8", "+ replicas: 7", "+ deleted namespace prod"),
    ("Recommended action:", "  kubectl delete namespace prod"),
    ("Recommended commands:", "- kubectl delete namespace prod"),
    ("Proposed step:", "  kubectl delete namespace prod"),
    ("Suggested command:", "  kubectl delete namespace prod"),
    ("Suggested fix:", "  kubectl delete namespace prod", "kubectl delete namespace prod"),
]
ORDINARY = [
    (HEAD, "  replicas: 8 -> 7"),
    (HEAD, "- replicas: 8", "+ replicas: 7"),
    (words("would patch deployment/shop/web:"), CUT),
    (words("patching deployment/shop/web (dry-run):"), CUT),
    (words("removed limits.memory from deployment shop/web"),),
    (words("removing resources.limits.cpu from deployment shop/web"),),
    (words("deleted spec.replicas on deployment shop/web"),),
    (words("dropped requests.memory from statefulset shop/db"),),
    (words("deleting containers[app].resources.limits.memory of deployment shop/web"),),
    ("Suggested fix:", "  kubectl delete namespace prod"),
    ("Recommended action (not executed):", "  kubectl delete namespace prod"),
]


@pytest.mark.parametrize("lines", CRITICAL, ids=lambda lines: " | ".join(lines)[:150])
def test_nothing_below_a_line_is_lost_in_it(lines: tuple[str, ...]) -> None:
    assert Severity.CRITICAL in severities(*lines).values()


@pytest.mark.parametrize("lines", ORDINARY, ids=lambda lines: " | ".join(lines)[:150])
def test_an_ordinary_change_is_no_alarm(lines: tuple[str, ...]) -> None:
    assert not alarms(*lines)


@pytest.mark.parametrize("field", ["statefulset.replicas 3 -> 0", "db.replicas: 3 -> 0", "limits: 8 -> 0"])
def test_a_field_of_something_else_is_not_claimed_of_the_object(field: str) -> None:
    found = judged((words("patching deployment/shop/web:"), f"  {field}"))
    assert not [each for each in found if "web" in each.title]
