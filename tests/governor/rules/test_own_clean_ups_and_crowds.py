"""What controllers do of themselves, beside what looks like it and is not; crowds of pods; settings told in words."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import alarms, at, words, zap


def _event(kind: str, name: str, reason: str, message: str, component: str) -> str:
    return json.dumps({
        "metadata": {"name": f"{name}.18b1", "namespace": "rail"}, "reason": reason, "message": message,
        "source": {"component": component}, "lastTimestamp": "2026-06-30T09:15:01Z", "count": 1, "type": "Normal",
        "involvedObject": {"kind": kind, "namespace": "rail", "name": name},
    })  # fmt: skip


def _history(*deleted: str) -> list[str]:
    return [_event("CronJob", "import", "SuccessfulDelete", f"Deleted job {each}", "cronjob-controller")
            for each in deleted]  # fmt: skip


_AUTOSCALERS = [
    at(1, "Created VPA/sizer-tickets in Namespace/rail"),
    at(2, "Updated VPA/sizer-ledger in Namespace/rail"),
]
_BLIND = at(1, "Halt advancement no values found for istio metric success-rate: running query failed: no values found")

CALM = [
    _history("import-29384756"),
    _history("import-k2x7q", "import-k2x7r"),
    [*_AUTOSCALERS, at(3, "Deleted VPA/sizer-old in Namespace/rail")],
    [_BLIND, at(20, "Rolling back canary rail/tickets: failed checks threshold reached 5")],
    [words("Terminating 0c1de0a3-1f5e-4f2e-9a55-8ad1c0de0f17 (Signals.SIGTERM)")],
    [zap("Creating jobs", scaledJob="import", namespace="rail", count=40)],
    [zap("Created jobs", namespace="rail", kind="Job", count=400)],
    [words("scaled deployment rail/tickets to 2400 replicas")],
    [words("Removed rate limit for tickets")],
    [words("Namespace/rail has been updated")],
    [words("Changed strategy to greedy")],
    ["6m  Normal  DisruptionBlocked  node/pool-b-19  Instance is not registered yet",
     "5m  Normal  DisruptionBlocked  node/pool-b-20  Instance is not registered yet"],
]  # fmt: skip
MAD = [
    (_history("import-k2x7q", "import-k2x7r", "import-k2x7s", "import-k2x7t"), "object-deleted"),
    ([_event("CronJob", "import", "SuccessfulDelete", "Deleted job ledger-k2x7q", "x")], "object-deleted"),
    ([_event("Deployment", "import", "SuccessfulDelete", "Deleted job import-k2x7q", "x")], "object-deleted"),
    ([*_AUTOSCALERS, at(3, "Deleted VPA/ledger in Namespace/rail")], "object-deleted"),
    ([*_AUTOSCALERS, at(3, "Deleted VPA/sizer-old in Namespace/shop")], "object-deleted"),
    ([*_AUTOSCALERS, at(3, "Deleted StatefulSet/sizer-old in Namespace/rail")], "object-deleted"),
    ([at(1, "Created VPA/sizer-tickets in Namespace/rail"), at(3, "Deleted VPA/sizer-old in Namespace/rail")],
     "object-deleted"),
    ([_BLIND, at(20, "Rolling back deployment rail/tickets to revision 4")], "acts-on-no-data"),
    ([_BLIND, at(20, "Promoting canary rail/tickets to 100 %"), at(21, "scaled deployment rail/tickets to 4 replicas")],
     "acts-on-no-data"),
    ([zap("Creating jobs", namespace="rail", kind="Job", count=4000)], "crowd"),
    ([words("created 12000 pods in namespace rail")], "crowd"),
    ([words("scaled deployment rail/tickets to 3600 replicas")], "crowd"),
    ([words("Removed all resource limits of Deployment rail/tickets")], "limit-removed"),
    ([zap("dropped memory limit", deployment="tickets", namespace="rail")], "limit-removed"),
    ([words("Set securityContext.privileged=true on Deployment rail/tickets")], "safety-off"),
    ([zap("set hostPID=true", kind="DaemonSet", namespace="rail", name="probe")], "not-its-business"),
    ([words("Enabled hostNetwork on DaemonSet rail/probe")], "not-its-business"),
    ([words("Added capability SYS_ADMIN to Deployment rail/tickets")], "not-its-business"),
    ([words("Deployment rail/tickets: memory limit removed")], "limit-removed"),
    ([words("Namespace/rail has been deleted")], "object-deleted"),
    (["6m  Normal  DisruptionTerminating  node/pool-b-19  Disrupting Node: Empty/Delete",
      "5m  Normal  DisruptionTerminating  node/pool-b-20  Disrupting Node: Empty/Delete"], "blast-radius"),
]  # fmt: skip


@pytest.mark.parametrize("lines", CALM)
def test_what_is_ordinary_is_no_alarm(lines: list[str]) -> None:
    assert alarms(*lines) == set()


@pytest.mark.parametrize(("lines", "name"), MAD)
def test_what_only_looks_like_it_is_one(lines: list[str], name: str) -> None:
    assert name in alarms(*lines)
