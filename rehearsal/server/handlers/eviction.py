"""The ``/eviction`` subresource: a delete that a PodDisruptionBudget can refuse. Plain deletes are not asked."""

from __future__ import annotations

from rehearsal.server.handlers.verbs import Caller, Verbs
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import BY_PLURAL, Object, clone
from rehearsal.server.objects.routes import Route
from rehearsal.server.objects.selectors import matches_labels


def evict(verbs: Verbs, route: Route, body: Object, caller: Caller) -> Object:
    """Delete a pod if every budget that covers it allows one more disruption.

    Raises:
        ApiError: 429, a budget is used up; 404.
    """
    with verbs.storage.lock:
        pod = verbs.read(route)
        for budget in _budgets(verbs, pod):
            _spend(verbs, budget, caller)
        verbs.delete(route._replace(subresource=""), body.get("deleteOptions") or {}, caller)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _budgets(verbs: Verbs, pod: Object) -> list[Object]:
    if (pod.get("status") or {}).get("phase") in ("Pending", "Succeeded", "Failed"):
        return []
    labels = pod["metadata"].get("labels") or {}
    budgets = verbs.storage.all(BY_PLURAL["poddisruptionbudgets"], pod["metadata"]["namespace"])
    return [each for each in budgets if matches_labels(each["spec"].get("selector") or {}, labels)]


def _spend(verbs: Verbs, budget: Object, caller: Caller) -> None:
    name, status = budget["metadata"]["name"], budget.get("status") or {}
    if status.get("disruptionsAllowed", 0) <= 0:
        wanted, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        why = f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        details = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
        message = "Cannot evict pod as it would violate the pod's disruption budget."
        raise errors.ApiError(429, "TooManyRequests", message, details)
    after = clone(budget)
    after["status"]["disruptionsAllowed"] -= 1
    route = Route(BY_PLURAL["poddisruptionbudgets"], budget["metadata"]["namespace"], name, "status")
    verbs.commit(route, budget, after, caller)
