"""PodDisruptionBudgets and HorizontalPodAutoscalers: their status, and what an autoscaler does."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.server.objects.selectors import matches_labels
from rehearsal.times import stamp
from rehearsal.world import pods as pod
from rehearsal.world.control import Control, owned_by
from rehearsal.world.events import Recorder


class Budgets:
    """Keeps ``status.disruptionsAllowed`` of every budget."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")

    def step(self) -> None:
        """Count the healthy pods of each."""
        for budget in self._control.all("PodDisruptionBudget"):
            namespace = budget["metadata"]["namespace"]
            own = [
                each
                for each in self._control.all("Pod", namespace)
                if not pod.is_over(each)
                and matches_labels(budget["spec"].get("selector") or {}, each["metadata"].get("labels") or {})
            ]
            healthy = sum(1 for each in own if pod.is_ready(each) and pod.is_active(each))
            expected = max(len([each for each in own if pod.is_active(each)]), self._scale_of(own))
            wanted = desired(budget["spec"], expected)
            allowed = max(healthy - wanted, 0) if expected else 0
            status = {
                "observedGeneration": budget["metadata"]["generation"],
                "disruptionsAllowed": allowed,
                "currentHealthy": healthy,
                "desiredHealthy": wanted,
                "expectedPods": expected,
            }
            self._control.set_status(budget, status)

    def _scale_of(self, own: list[Object]) -> int:
        """How many pods their controllers want: the budget counts against that, not against what is there."""
        sets = {owner["name"]: each for each in own for owner in each["metadata"].get("ownerReferences") or []}
        total = 0
        for name, each in sets.items():
            found = self._control.get("ReplicaSet", each["metadata"]["namespace"], name)
            total += found["spec"]["replicas"] if found else 0
        return total


def desired(spec: Object, expected: int) -> int:
    """How many healthy pods a budget demands of ``expected``."""
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None:
        return _number(least, expected)
    return max(expected - _number(most if most is not None else 0, expected), 0)


def _number(value: int | str, of: int) -> int:
    return value if isinstance(value, int) else math.ceil(of * float(value.rstrip("%")) / 100)


class Autoscalers:
    """Scales Deployments by CPU utilisation, at most once in 15 s, down only after the load has been low for 5 min."""

    INTERVAL, CALM = 15.0, 300.0

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "horizontal-pod-autoscaler")
        self._next = 0.0
        self._recent: dict[str, list[tuple[float, int]]] = {}

    def step(self, utilization: Mapping[str, float]) -> None:
        """Look at each; ``utilization`` is CPU in use over CPU requested by pod UID, 1.0 is all of it."""
        if self._control.now < self._next:
            return
        self._next = self._control.now + self.INTERVAL
        for each in self._control.all("HorizontalPodAutoscaler"):
            self._reconcile(each, utilization)

    def _reconcile(self, scaler: Object, utilization: Mapping[str, float]) -> None:
        target = scaler["spec"]["scaleTargetRef"]
        workload = self._control.get(target["kind"], scaler["metadata"]["namespace"], target["name"])
        if workload is None:
            return
        current = workload["spec"]["replicas"]
        low, high = scaler["spec"].get("minReplicas", 1), scaler["spec"]["maxReplicas"]
        used = self._used(workload, utilization)
        wanted = current
        if current == 0:
            condition = (
                "ScalingActive",
                "False",
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            )
        elif used is None:
            condition = (
                "ScalingActive",
                "False",
                "FailedGetResourceMetric",
                "did not receive metrics for any ready pods",
            )
            wanted = min(max(current, low), high)
        else:
            condition = (
                "ScalingActive",
                "True",
                "ValidMetricFound",
                "the HPA was able to successfully calculate a replica count",
            )
            wanted = self._wanted(scaler, current, used)
        if wanted != current:
            self._control.change(workload, lambda each: each["spec"].update(replicas=wanted))
            why = (
                "All metrics below target"
                if wanted < current
                else "cpu resource utilization (percentage of request) above target"
            )
            self._recorder.normal(scaler, "SuccessfulRescale", f"New size: {wanted}; reason: {why}")
        self._status(scaler, current, wanted, used, condition)

    def _used(self, workload: Object, utilization: Mapping[str, float]) -> float | None:
        namespace = workload["metadata"]["namespace"]
        sets = [each for each in self._control.all("ReplicaSet", namespace) if owned_by(each, workload)]
        values = [
            utilization[each["metadata"]["uid"]]
            for each in self._control.all("Pod", namespace)
            if each["metadata"]["uid"] in utilization
            and pod.is_ready(each)
            and any(owned_by(each, one) for one in sets)
        ]
        return sum(values) / len(values) if values else None

    def _wanted(self, scaler: Object, current: int, used: float) -> int:
        goal = _goal(scaler) / 100
        ratio = used / goal
        raw = current if abs(ratio - 1) <= 0.1 else math.ceil(current * ratio)
        raw = min(max(raw, scaler["spec"].get("minReplicas", 1)), scaler["spec"]["maxReplicas"])
        history = self._recent.setdefault(scaler["metadata"]["uid"], [])
        history.append((self._control.now, raw))
        history[:] = [(at, size) for at, size in history if self._control.now - at <= self.CALM]
        return raw if raw > current else min(max(size for _, size in history), current)

    def _status(
        self, scaler: Object, current: int, wanted: int, used: float | None, condition: tuple[str, str, str, str]
    ) -> None:
        kind, word, reason, message = condition
        old: Object = next(
            (each for each in (scaler.get("status") or {}).get("conditions") or [] if each["type"] == kind), {}
        )
        since = old["lastTransitionTime"] if old.get("status") == word else stamp(self._control.now)
        status: Object = {
            "currentReplicas": current,
            "desiredReplicas": wanted,
            "conditions": [
                {"type": kind, "status": word, "reason": reason, "message": message, "lastTransitionTime": since}
            ],
        }
        if used is not None:
            current_value = {"averageUtilization": round(used * 100), "averageValue": "0"}
            status["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": current_value}}]
        self._control.set_status(scaler, status)


def _goal(scaler: Object) -> float:
    for metric in scaler["spec"].get("metrics") or []:
        target = metric.get("resource", {}).get("target", {})
        if "averageUtilization" in target:
            return float(target["averageUtilization"])
    return 80.0
