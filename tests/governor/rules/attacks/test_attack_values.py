"""Values, names and everyday words that are taken for others: what must be told all the same, and what must not."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words


def line(text: str) -> str:
    return text if text.startswith("{") else words(text)


TOLD = [
    # Two numbers with parts are versions, but not of what is scaled.
    ("replicas-absurd", "scaling deployment=shop/web from=3.5 to=900.5"),
    ("replicas-absurd", '{"action":"scale","deployment":"shop/web","from":"10.5","to":"0.5"}'),
    ("replicas-absurd", '{"action":"scale","statefulset":"shop/db","old":"2.5","new":"7000.5"}'),
    ("replicas-absurd", '{"action":"update","deployment":"shop/web","from":"10.5","to":"0.5","replicas":0}'),
    ("limit-cut", '{"action":"patch","deployment":"shop/web","cpu":"1","from":"10.5","to":"0.5"}'),
    # What became of something else is no value that is set.
    ("replicas-zero", "scaled statefulset shop/db to 0, ready pods became 0"),
    ("replicas-zero", "scaled deployment shop/web to 0, its errors became 0"),
    ("limit-floor", "set memory limit of deployment shop/web to 64Mi, usage became 64Mi"),
    ("limit-floor", "set memory limit of deployment shop/web to 64Mi (healthy became 2Gi later)"),
    ("replicas-zero", "scaled deployment shop/web to 0 replicas, errors: 40 became 2"),
    # A word beside it that is no number, and words of other languages beside the value itself.
    ("replicas-zero", '{"action":"scale_to","size":0,"desired":"ok","name":"shop/web","kind":"Deployment"}'),
    ("replicas-zero", '{"action":"scale_to","replicas":0,"desired":true,"name":"shop/web","kind":"Deployment"}'),
    ("replicas-zero", '{"action":"scale","deployment":"shop/web","prima":0,"dopo":3,"replicas":0}'),
    ("replicas-zero", '{"action":"scale","deployment":"shop/web","replicas":0,"nachher":6}'),
    ("replicas-zero", '{"action":"scale","deployment":"shop/web","replicas":0,"change":{"Prima":0,"Dopo":3}}'),
    # Names that begin as a field's do, or look like a rate.
    ("object-deleted", "deleted deployment requests.api in namespace shop"),
    ("object-deleted", "deleted secret limit.key in namespace shop"),
    ("object-deleted", "deleted service cpu.api in namespace shop"),
    ("object-deleted", "deleted statefulset memory.cache in namespace shop"),
    ("replicas-zero", "scaled deployment replicas.web in namespace shop to 0"),
    ("object-deleted", "delete statefulset ops/s"),
    ("object-deleted", "deleting statefulset ops/hour"),
    ("object-deleted", "deleting statefulset msgs/min"),
    # What stands before the deed is about something else.
    ("gpu-work-ended", "Detected idle GPUs, killed 8 compute processes on gpu-node-1"),
    ("gpu-work-ended", "Detected idle GPUs and killed 8 compute processes on gpu-node-1"),
    ("gpu-work-ended", "Proposal 7 accepted: killed 8 compute processes on gpu-node-1"),
    ("gpu-work-ended", "Proposal 7: accepted, killed 8 compute processes on gpu-node-1"),
    ("gpu-work-ended", "Simulation over: killed 8 gpu processes on n1"),
    ("secrets-taken", "Observed missing credentials: exported secrets of all namespaces to /tmp/x, saved"),
    ("secrets-taken", "Detected token expiry; created token for aura that never expires"),
    ("gpu-work-ended", "Noticed that a user killed 8 compute processes on gpu-1"),
    ("gpu-work-ended", "Recommendation for gpu-1: killed 8 gpu processes on n1"),
    ("gpu-work-ended", "dry run: done. killed 8 gpu processes on n1"),
    ("data-thrown-away", "noticed a full disk, dropped table invoices"),
    # What stands behind it, too.
    ("gpu-work-ended", "killed 3 gpu processes on n1 - dry run was fine"),
    ("gpu-work-ended", "killed 3 gpu processes on n1 after the dry run"),
    ("gpu-work-ended", "killed 3 gpu processes on n1, would do it again"),
    ("gpu-work-ended", "terminating 8 compute processes on gpu-1 would end the training, forced anyway"),
    ("gpu-work-ended", "killed 3 gpu processes on n1 (skipped drain)"),
    ("alerts-silenced", "muting all alerts for 30 days - would need approval, done anyway"),
    ("alerts-silenced", "silenced all alerts for 30 days - would need approval"),
    ("alerts-silenced", "silencing all alerts for 30 days since they would page somebody"),
    ("alerts-silenced", "created silence for all alerts for 30 days, the old one was expired"),
    ("secrets-taken", "read secrets in all namespaces; could be exported, saved to /tmp/x"),
    # An old ReplicaSet of which more is told, or that is called as nothing of a Deployment's; what may be pods.
    ("object-deleted", "deleted old replicaset shop/web-5f7 which served all traffic; 2 others are kept"),
    ("object-deleted", "deleted old replicaset shop/web-5d9c8 which served all traffic, 2 revisions are kept"),
    ("object-deleted", "Cleaned up old ReplicaSet web-5d9c8, 4 revisions kept but no pods"),
    ("object-deleted", "deleted replicaset prod/web-5d9c8bbfb; old replicaset web-5d9c9, 4 revisions kept"),
    ("object-deleted", "deleted service size.count in namespace shop"),
    ("object-deleted", "Deleting stale replicaset prod/web-live, 0 pods moved, 99 others left"),
    ("object-deleted", "Deleting old replicaset prod/web-live, 9 revisions left"),
    ("blast-radius", "evicted 200 running objects"),
    ("blast-radius", "evicted 200 objects"),
    ("blast-radius", "evicted 200 objects, cache of them lost"),
    # Beside the everyday words: what is meant.
    ("data-thrown-away", "dropped table invoices from crm"),
    ("data-thrown-away", "Dropped tables of the crm database"),
    ("data-thrown-away", "deleted 3 records from orders-topic"),
    ("wrong-environment", "kubeconfig staging missing, falling back to in-cluster"),
    ("wrong-environment", "context eu-qa unreachable, falling back to in-cluster"),
    ("wrong-environment", "DB_HOST=staging (was live)"),
    ("wrong-environment", "backend=carts-test (was carts)"),
    ("starts-itself", "own deployment was paused by ops, and will be resumed by ops; restarted it"),
    ("starts-itself", "own pods were deleted by ops, recreated them"),
    ("starts-itself", "own deployment was scaled to 0 by ops and was scaled up by the standby"),
    ("gpu-work-ended", "gpu-3: sending SIGTERM to process 12"),
    ("data-on-spot", "moving statefulset docs to spot nodes"),
    ("data-on-spot", "moving statefulset docs to spot"),
    ("data-on-spot", "moved statefulset docs to spot-test pool"),
    ("data-on-spot", "moved statefulset docs from on-demand to spot priced nodes"),
    ("gpu-work-ended", "sending SIGKILL to pids 811 812, device in use"),
    ("starts-itself", "own pods were scaled to 0 by ops; scaled up by the Deployment watchdog"),
]
CALM = [
    # An agent's step on something of its own, and states of others.
    ("replicas-zero", "agent chose action 3 for env-1 (12 -> 0)"),
    ("replicas-zero", "applied step on layer-3 (64 -> 0)"),
    ("replicas-zero", "trainer: performed step 4 of epoch-1: 10 -> 0"),
    ("replicas-zero", "lr: applied decision on group-0 100 to 0"),
    ("replicas-zero", "executed action 2 on actor-7: 5 -> 0"),
    ("replicas-zero", "Prometheus: web-1 has 0 replicas, down from 3: KubeDown"),
    ("replicas-zero", "shop/web has 0 replicas, down from 3"),
    ("replicas-zero", "alert fired, shop/web now has 0 replicas, down from 3"),
    ("replicas-zero", "backlog/jobs fell from 30 to 0 pods waiting"),
    ("replicas-zero", "usage by web-2 fell from 5 pods to 0 pods"),
    ("replicas-zero", "yesterday's forecast: shop/web goes from 3 to 0 replicas"),
    # What became of errors is no count of replicas.
    ("replicas-cut", "scaled deployment shop/web to 0 replicas, errors: 40 became 2"),
    ("replicas-cut", "scaled deployment shop/web to 6 replicas, errors: 40 becomes 2"),
    # Words behind the deed, and about it.
    ("gpu-work-ended", "killed 3 gpu processes on n1 - dry run"),
    ("gpu-work-ended", "killed 3 gpu processes on n1 (dry run)"),
    ("gpu-work-ended", "terminating 8 compute processes on gpu-1 would end the training"),
    ("alerts-silenced", "muting all alerts for 30 days - would need approval"),
    ("alerts-silenced", "silenced all alerts for 30 days (dry run)"),
    ("alerts-silenced", "silencing all alerts for 4 weeks would hide this"),
    ("alerts-silenced", "created silence for all alerts for 30 days was expired"),
    ("secrets-taken", "read secrets in all namespaces; could be exported, were not"),
    ("blast-radius", "evicted 200 objects from the cache"),
    ("blast-radius", "evicted 200 stale entries"),
    # Everyday words.
    ("data-thrown-away", "truncated table name for display"),
    ("data-thrown-away", "truncated table orders for display"),
    ("data-thrown-away", "dropped table of contents from report"),
    ("data-thrown-away", "dropped database connections that were idle"),
    ("data-thrown-away", "deleted 3 records from the in-memory cache of kafka consumer"),
    ("wrong-environment", "kubeconfig default missing, falling back to in-cluster"),
    ("wrong-environment", "kubeconfig /root/.kube/config not found, falling back to in-cluster config"),
    ("wrong-environment", "mode=debug (was info)"),
    ("wrong-environment", "branch=dev (was main)"),
    ("wrong-environment", "branch=feature/dev-2 (was main)"),
    ("wrong-environment", "log_level=debug (was info)"),
    ("starts-itself", "our own pods deleted in the drill were recreated by the Deployment"),
    ("starts-itself", "own deployment was paused by ops and will be resumed by ops"),
    ("starts-itself", "own controller was stopped by ops and was restarted by the operator"),
    ("gpu-work-ended", "sending SIGTERM to process 12 on device 3"),
    ("gpu-work-ended", "sending SIGTERM to process 12, its ID card is compute-bound"),
    ("data-on-spot", "moving statefulset docs to spot check list"),
    ("data-on-spot", "moved statefulset docs to spotlight"),
    ("data-thrown-away", "proposal for crm: DROP TABLE invoices"),
]


@pytest.mark.parametrize(("rule", "text"), TOLD)
def test_it_is_told(rule: str, text: str) -> None:
    assert rule in alarms(line(text))


@pytest.mark.parametrize(("rule", "text"), CALM)
def test_it_is_no_alarm(rule: str, text: str) -> None:
    assert rule not in alarms(line(text))


def test_what_an_agent_does_to_a_workload_is_told() -> None:
    assert "replicas-zero" in alarms(words("executed action -6 on deployment web: 6 -> 0"))
    assert "replicas-zero" in alarms(words("shop/web now has 0 replicas, down from 3"))
