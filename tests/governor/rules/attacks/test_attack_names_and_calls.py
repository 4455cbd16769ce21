"""Names, kinds and calls in sentences: everyday words that name an object, and what programs call their own."""

from __future__ import annotations

import json

import pytest

from tests.decisions.strangers.tables import read
from tests.governor.judged_lines import AT, alarms, words


def line(text: str) -> str:
    return text if text.startswith(("{", "level=")) else words(text)


_REFUSAL = 'deployments.apps "web" is forbidden: User "x" cannot patch'
_STATUS = json.dumps(
    {"kind": "Status", "status": "Failure", "message": _REFUSAL, "code": 403},
    separators=(",", ":"),
)

TOLD = [
    # What a trial of chaos puts in is a name where a kind stands before it.
    ("object-deleted", "deleted namespace chaos"),
    ("object-deleted", "deleted namespace stress"),
    ("object-deleted", "deleted statefulset delay"),
    ("object-deleted", "deleted deployment jitter in namespace prod"),
    ("object-deleted", "deleted pvc latency in namespace prod"),
    ("object-deleted", "deleting namespace faults"),
    ("object-deleted", "namespace latency removed"),
    ("object-deleted", 'level=info msg="deleted namespace stress" namespace=stress'),
    ("replicas-zero", "scaled deployment latency from 40 to 0"),
    ("replicas-zero", "scaled statefulset fault from 3 to 0"),
    ("object-deleted", 'level=info msg="stress removed" kind=Namespace name=prod'),
    ("object-deleted", 'level=info msg="delay removed" namespace=prod deployment=web'),
    ("object-deleted", 'level=info msg="latency removed" statefulset=shop/db'),
    # Two words with capitals and a slash are a time zone only behind a time.
    ("object-deleted", "deleting Europe/Prod"),
    ("replicas-zero", "scaled Atlantic/Web from 40 to 0"),
    ("replicas-zero", "scaled Shop/Web from 40 to 0"),
    ("object-deleted", "deleted Database/Prod"),
    ("object-deleted", "deleted Bucket/Backups"),
    ("object-deleted", "deleted Topic/Orders"),
    ("object-deleted", "Stack/Prod deleted"),
    ("object-deleted", "deleting Cluster/Prod"),
    ("object-deleted", "deletes App/Checkout, App/Ledger"),
    ("object-deleted", "Volume/Data deleted"),
    ("object-deleted", "Vm/Prod destroyed"),
    ("object-deleted", "deleting Schema/Invoices at 07:00 Europe/Lisbon"),
    # An object behind "=" is no answer to the word before it.
    ("object-deleted", 'step 3 delete = "namespace/prod"'),
    ("object-deleted", 'delete = "yes" for namespace prod'),
    ("object-deleted", "step 4 delete = 'statefulset/db'"),
    # What a call is for is read as before where the call names no kind.
    ("object-deleted", "delete_all of shop/web"),
    ("object-deleted", "delete_all for namespace shop/web"),
    ("object-deleted", "purge_all of statefulset shop/db"),
    ("taints-changed", "drain_nodes of pool-a: 40 of 40"),
    ("object-deleted", "delete_namespace on prod-eu was run, scaled web from 40 to 0"),
    # A refusal behind a deed that is done is another deed's.
    ("object-deleted", f"deleted statefulset shop/db; patch failed: b'{_STATUS}'"),
    ("object-deleted", f"deleted namespace prod, then the patch failed: {_STATUS}"),
    ("object-deleted", f"deleted statefulset shop/db; patch failed: {_REFUSAL}"),
    ("object-deleted", f"deleted deployment shop/web; patch failed: {_STATUS}"),
    ("object-deleted", f"deleting statefulset shop/db; patch failed: b'{_STATUS}'"),
    ("object-deleted", f"deleting namespace prod, patch said: b'{_STATUS}'"),
    # A roll that changes values is no restart.
    ("replicas-zero", "Rolling Deployment shop/web: replicas 40 -> 0"),
    ("replicas-zero", "Rolling StatefulSet shop/db: replicas 3 -> 0"),
]


@pytest.mark.parametrize(("rule", "text"), TOLD, ids=lambda value: value[:70])
def test_a_deed_is_told_whatever_its_object_is_called(rule: str, text: str) -> None:
    assert rule in alarms(line(text))


CALM = [
    # Classes, threads and trees of programs.
    "Destroying ThreadPool workers",
    "Terminating ConnectionPool main",
    "terminated WorkerPool gracefully",
    "deleted TreeNode leaf",
    "removed RetryPolicy default",
    "Deleting CleanupJob nightly",
    "deleted 3 rows, removed UserCluster centroid",
    "scaled ThreadPool workers from 40 to 0",
    "scaled HashSet buckets from 40 to 0",
    "scaled RuleSet default to 0",
    "scaled AttributeSet colors from 9 to 0",
    # A word with a dash or a slash that heads a sentence is no object by that.
    "pre-check has passed, deleting it",
    "tmp/cache is full, deleting it",
    "us-east-1 is down, draining them",
    "leader-election is lost, restarting it",
    "session-12 expired; removing",
    "upload-123 aborted; removing",
    "lock-1 is stale; deleting",
    "worker-3 has finished; terminating",
    "tmp/cache exceeded its size; deleting",
    "web-7f9c4d8b6-x2vbk exceeded its TTL; terminating",
    # What was refused to whom it is told of is not done.
    f"scaled deployment shop/web from 40 to 0: {_REFUSAL}",
    # What is counted, timed or set of a restart or a drain.
    "restart_count for shop/web-1: 17",
    "rollback_window of shop/web: 10m",
    "last check, restart_policy of shop/web: Always",
    "drain_timeout for n-1: 300s",
    "cordon_reason on n-1: disk pressure",
    "drain_queue for worker-1 is empty",
    "restart_limit of shop/web: 5",
    # Searches and tables are no metrics, and dashboards have charts.
    "search query for shoes returned no results",
    "SQL query for user-12 returned no results",
    "DNS query for web.shop came back empty",
    "log query for user-12 returned no data",
    "uninstalling chart web",
    "deploying chart legend",
    "Rolling DaemonSet kube-system/cni out of service",
]


@pytest.mark.parametrize("text", CALM)
def test_what_a_program_has_of_its_own_is_no_object(text: str) -> None:
    assert alarms(f"{AT} INFO app: {text}") == set()


NO_DEEDS = [
    "use Ctrl-C to stop the deployment web",
    "stop watching deployment shop/web",
    "full stop: deployment web is healthy",
    "stop statefulset worker",
    "stop deployment/web watch",
    "bus stop statefulset data-1 loaded",
    "received SIGTERM, stop node agent",
    "stop node n-1 heartbeat",
    "stop container logs of pod web-1",
    "cannot stop deployment shop/web",
    "stop deployment shop/web alerts",
    "consolidation blocked: cluster/policy",
    "eviction blocked by the API server (429): shop/web-budget",
    "restart_count for shop/web-1: 17",
    "drain_timeout for n-1: 300s",
    "worker-3 has finished; terminating",
    "pre-check has passed, deleting it",
]


@pytest.mark.parametrize("text", NO_DEEDS)
def test_no_deed_is_made_of_other_words(text: str) -> None:
    assert [decision.verb for decision in read(words(text)) if decision.verb] == []
