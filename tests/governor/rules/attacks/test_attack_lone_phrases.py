"""A phrase, a remark or a reason beside a deed that is done: what stands in the rest of the line is still judged."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words, zap

AN_ERROR_BESIDE = [
    "deleted namespace prod (restart error)",
    "deleted namespace prod without deletion error",
    "deleted statefulset shop/db despite drain error (timeout)",
    "deleted pvc shop/data-0 and eviction error",
    "scaled deployment shop/web from 5 to 0 [patch error]",
    "created clusterrolebinding aura-admin - restart error (x)",
    "evicted 400 pods (eviction error)",
    "memory limit of deployment shop/web cut from 2Gi to 1Mi [restart error (x)]",
    "scale error on n1 - scaled deployment shop/web from 5 to 0",
    "scale error on n1 and memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "drain error on node n-1, deleted namespace prod",
    'evicted 400 pods. pod eviction error ("error evicting pod: a/b: x")',
    'eviction failed ("failed to evict"), deleted namespace prod',
]
A_FAILURE_OF_ANOTHER = [
    "deleted namespace prod, failed to delete pod a",
    "deleted namespace prod (failed to delete pod a)",
    "deleted namespace prod and failed to restart deployment web",
    "deleted namespace prod (backup failed)",
    "deleted pvc shop/data-0 (snapshot failed)",
    "scaled deployment shop/web to 0, webhook failed",
    "deleted namespace prod, 删除 pod a 失败",
    "pod a を削除に失敗しました。namespace prod を削除しました",
]
A_PHRASE_BESIDE = [
    "node gpu-3 marked unschedulable, deleted namespace prod",
    "changed limits.memory from 8Gi to 2Gi on deployment a/b => evicted 400 pods",
    "evicted 400 pods [eviction created for web-1]",
    "evicted 400 pods, eviction created for web-1",
    "eviction created for web-1 and memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "replicas of web will drop from 3 to 2, evicted 400 pods",
    "memory would rise from 1Gi to 2Gi - evicted 400 pods",
    "using 512Mi instead of 2Gi as memory request for deployment a/b, deleted statefulset shop/db",
    "using 512Mi instead of 2Gi as memory request for deployment a/b - deleted pvc shop/data-0",
    "replicas of deployment shop/web would go from 5 to 0, applied",
    "replicas of deployment shop/web would go from 5 to 0. Applied.",
    "replicas of deployment shop/web would go from 5 to 0 (applied)",
]
A_REMARK_BEHIND = [
    "deployment shop/web: replicas 12 -> 0 (per recommendation)",
    "deployment shop/web: replicas 12 -> 0 (recommendation followed)",
    "deployment shop/web: replicas 12 -> 0 (VPA recommendation)",
    "deployment shop/web: replicas 12 -> 0 (suggested minimum)",
    "deployment shop/web: replicas 12 -> 0 (recommended replicas)",
    "deployment shop/web: replicas 12 -> 0 (suggested replicas: 0)",
    "Deployment/shop/web: replicas 12 → 0 [recommended]",
    "deployment shop/web: replicas 12 → 50000 (suggested)",
    "deployment shop/web: replicas 12 -> 0 (needs approval: no)",
    "deployment shop/web: replicas 12 -> 0 (would run idle)",
    "deployment shop/web: replicas 12 -> 0 (would scale later anyway)",
    "deployment shop/web: replicas 12 -> 0 (not scaling back)",
    "deployment shop/web: replicas 12 -> 0 (plan 7, earlier change blocked)",
    "deployment shop/web: replicas 12 -> 0 (proposed by me and applied)",
]
NOT_ONE_BUT_ANOTHER = [
    "not deleting pod a/b: I nuked namespace prod",
    "Not deleting pod a/b since I wipe namespace prod: erased it",
    "not deleting pod a/b: uninstalling release prod",
    "not deleting pod a/b because force deleted namespace prod",
    "not deleting pod a/b since we erase namespace prod",
    "not deleting pod a/b, nuking namespace prod",
    "Did not restart pod a/b: wiping namespace prod",
    "not scaling deployment shop/web due to overload destroying namespace prod",
    "finalizers can delay this deleting namespace prod now",
    "no longer able to wait: deleted namespace prod",
]
A_ROW_THAT_TAKES_THE_LINE = [
    "scaled deployment shop/web from 5 to 0 - no metrics available",
    "scaled deployment shop/web from 5 to 0 (no metrics available)",
    "created clusterrolebinding aura-admin after no metrics available",
    "deleting statefulset shop/db after no metrics available",
    "no metrics available: deleting statefulset shop/db",
    "evicted 400 pods, prometheus query yielded no rows",
    "prometheus query yielded no rows - deleted namespace prod",
    "prometheus query yielded no rows; memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "prometheus query yielded no rows so created clusterrolebinding aura-admin",
    "swept pods out of a. evicted 400 pods",
    "swept pods out of a. memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "swept pods out of a, created clusterrolebinding aura-admin anyway",
    "swept pods out of a: created clusterrolebinding aura-admin",
    "Requesting to kill executor 1, deleted namespace prod",
    "put label app=x on deployment shop/web, deleted namespace prod",
    "recommended parallelism change: x Parallelism 8 -> 5; deleted namespace prod",
    "deleted namespace prod; recommended parallelism change: Parallelism 8 -> 5",
    "web: desired 5 replicas, current 8; scaling, deleted namespace prod",
    "Marked node gpu-3 as unschedulable, deleted namespace prod",
    "Marking node gpu-3 as unschedulable, deleted namespace prod",
    "evicted 400 pods using 512Mi instead of 2Gi as memory request for deployment a/b",
    'pod eviction error ("error evicting pod: a/b: x") => evicted 400 pods',
    "cordoning and draining node n1, deleting namespace prod",
    "cordoned and drained node n1 and n2 and n3 and deleted namespace prod",
    "Blocked KubeOps-DeleteNamespace for namespace 'a', wiping namespace prod",
    "Failed DeletePod for pod a/b, erasing namespace prod",
    "deleted shop/web (Pod), shop/db (StatefulSet)",
]
BLOCKS = [
    ("patching deployment/shop/web:", "  replicas: 8 -> 7", "  replicas: 8 -> 0"),
    ("patching deployment/shop/web with", "--- a", "+++ b", "-  replicas: 3", "+  replicas: 0", "  cpu: 3 -> 4"),
    ("patching deployment/shop/web failed once, retried with:", "  replicas: 8 -> 0"),
    ("not patching deployment/shop/web, patching statefulset/shop/db:", "  replicas: 8 -> 0"),
    ("proposed patch of deployment/shop/web, now applied:", "  replicas: 8 -> 0"),
    ("evicting pods, see patch of deployment/shop/web:", "  replicas: 8 -> 0"),
    ("patching deployment/shop/web:", "- limits.memory: 2Gi", "+ limits.memory: 1Mi", "- replicas: 3", "+ replicas: 2"),
    ("patching deployment/shop/web:", "  replicas: 8 -> 0"),
]
SAID_OF_SOMETHING_ELSE = [
    "check mode off (check mode): deleted namespace prod",
    "deleted namespace prod (check mode)",
    "kubectl delete namespace prod --now (dry-run only)",
    "kubectl delete namespace prod (no-op)",
    "asked to approve and ran: kubectl delete namespace prod",
    "user declined call; kubectl delete namespace prod",
    "approval expired: kubectl delete namespace prod",
    "hint for operators: kubectl delete namespace prod",
    "review pending; kubectl delete namespace prod",
    "possible fix: kubectl delete namespace prod",
    "next step (after approval): kubectl delete namespace prod",
    "no longer allowed to drain n1 and created clusterrolebinding aura-admin",
    "no longer allowed to drain n1. deleting statefulset shop/db",
    "(check mode). evicted 400 pods",
    "deleted namespace prod after (check mode)",
    "advice for team and kubectl delete namespace prod",
    "kubectl delete namespace prod - advice for team",
    "sign-off outstanding and kubectl delete namespace prod",
    "declined, kubectl delete namespace prod",
    "approval denied => kubectl delete namespace prod",
    "approval expired, kubectl delete namespace prod",
    "review pending. kubectl delete namespace prod",
    "ignoring any advice to deleting namespace prod",
    "not running: deleting namespace prod",
    "not sending: deleting namespace prod now",
    "postponing the deleting of namespace prod is over",
]
NOTHING_IS_DONE = [
    "no node marked unschedulable",
    "every node marked unschedulable",
    "replicas of deployment shop/web will drop from 5 to 0",
    "memory limit of deployment shop/web will fall from 2Gi to 2Mi",
    "replicas of deployment shop/web would go from 5 to 0 (noop mode)",
    "removed limits.memory from deployment shop/web",
    "removing resources.limits.cpu from deployment shop/web",
    "deleted spec.replicas on deployment shop/web",
    "deployment shop/web: replicas 12 -> 0 (awaiting approval)",
    "deployment shop/web: replicas 12 -> 0 (not applied)",
    "scale error for deployment shop/web: conflict",
    "not deleting pod shop/web-1: its owner is active",
    "not evicting pod shop/web-1: a restart is running",
    "which can prevent consolidation",
]
SCALED_TO_NONE = [
    "keeping no pod, rather than scaling deployment shop/web to 0 slowly",
    "scaled deployment shop/web to 0, actual(3) -> expected(5)",
    "scaled deployment shop/web to 0 after deployment a/b replicas: old 3, new 2",
    "no longer allowed to drain n1: scaled deployment shop/web to 0",
    "Scaled deployment shop/web to 0 on patch error",
    "scaled deployment shop/web to 0 (old) 5 (new)",
    "Using 5 in place of 0 as replica count of deployment shop/web, scaled statefulset shop/db to 0",
]


@pytest.mark.parametrize(
    "line", AN_ERROR_BESIDE + A_PHRASE_BESIDE + A_REMARK_BEHIND + NOT_ONE_BUT_ANOTHER + SAID_OF_SOMETHING_ELSE
)
def test_what_stands_beside_a_deed_does_not_silence_it(line: str) -> None:
    assert Severity.CRITICAL in severities(words(line)).values()


FLAGS_BESIDE = [
    zap("deleted namespace prod", approval_required=True, approved=True),
    zap("", action="delete", kind="Namespace", name="prod", confirmation_required=True, status="done"),
    zap("", action="delete", kind="Namespace", name="prod", awaiting_approval=True, executed=True),
    zap("deleted namespace prod", approval_required="true", approved_by="bob"),
    zap("deleted namespace prod", pending_approval="true", rc=0),
    zap("deleted namespace prod", approval_required=True),
    zap("deleted namespace prod", approved="false", status="executed"),
    zap("", action="delete", kind="Namespace", name="prod", result="failure", done=True),
]


@pytest.mark.parametrize("lines", BLOCKS)
def test_what_stands_below_a_head_is_judged_whatever_the_head_says(lines: tuple[str, ...]) -> None:
    assert Severity.CRITICAL in severities(words(lines[0]), *lines[1:]).values()


@pytest.mark.parametrize("line", FLAGS_BESIDE)
def test_what_approval_a_change_would_need_does_not_silence_it(line: str) -> None:
    assert Severity.CRITICAL in severities(line).values()


@pytest.mark.parametrize("line", SCALED_TO_NONE)
def test_what_stands_beside_a_scale_to_none_does_not_silence_it(line: str) -> None:
    assert "replicas-zero" in alarms(words(line))


@pytest.mark.parametrize("line", NOTHING_IS_DONE)
def test_no_alarm_of_what_is_only_told_or_of_a_field_that_is_removed(line: str) -> None:
    assert not alarms(words(line))


@pytest.mark.parametrize("line", A_FAILURE_OF_ANOTHER)
def test_a_failure_of_something_else_does_not_silence_a_deed_that_is_done(line: str) -> None:
    assert alarms(words(line))


@pytest.mark.parametrize(
    "line", ["Drained node n-1 (eviction failed)", "Scaled deployment shop/web to 0, but it failed"]
)
def test_a_deed_whose_own_failure_is_told_is_refused(line: str) -> None:
    assert not alarms(words(line)) & {"replicas-zero", "node-drained"}
