"""What is refused of a restore, by RBAC or by an admission policy: it is said before, and fails alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsconsole.records import StepState
from tests.support.waiting import eventually
from tests.switches.conftest import details
from tests.switches.rbac import RBAC
from tests.switches.watching import CUT, RESOURCES, Watch, limits
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


def test_a_refused_step_fails_alone_and_is_said_before(
    cluster: TestCluster, namespace: str, journal_dir: Path, own_node: str
) -> None:
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        cluster.api.patch(f"{RBAC}/clusterroles/opsconsole-restore", {"rules": _without_nodes(cluster)})
        watch = Watch(cluster, namespace, journal_dir, cluster.kubeconfig_for_user("ripley", ["incident-responders"]))
        try:
            web = watch.make(replicas=0)
            watch.its(web, limits(main=CUT), paths=2)
            watch.its(f"/api/v1/nodes/{own_node}", {"spec": {"unschedulable": True}})
            plan = watch.plan()
            assert ["may not patch nodes" in step.refused for step in plan.steps] == [True, False]
            outcome = watch.run(plan)
            assert [step.state for step in outcome.steps] == [StepState.FAILED, StepState.DONE]
            assert "403" in outcome.steps[0].detail
            assert watch.resources(web) == RESOURCES
        finally:
            watch.close()


def test_with_exactly_the_responder_role_it_is_all_put_back(
    cluster: TestCluster, namespace: str, journal_dir: Path, own_node: str
) -> None:
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        watch = Watch(cluster, namespace, journal_dir, cluster.kubeconfig_for_user("ripley", ["incident-responders"]))
        try:
            web, stateful = watch.make(replicas=1), watch.make("StatefulSet", "db", serviceName="db", replicas=1)
            daemon, cron = watch.make("DaemonSet", "agent"), watch.make("CronJob", "nightly", suspend=False)
            target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
            hpa = watch.create("HorizontalPodAutoscaler", "web", {"scaleTargetRef": target, "maxReplicas": 6})
            eventually(lambda: f"{namespace}/web" in watch.console.store.hpas, "the HPA is seen")
            for path in (web, stateful, daemon):
                watch.its(path, limits(main=CUT), paths=2)
            watch.its(hpa, {"spec": {"maxReplicas": 1}})
            watch.its(cron, {"spec": {"suspend": True}})
            watch.its(f"/api/v1/nodes/{own_node}", {"spec": {"unschedulable": True}})
            plan = watch.plan()
            assert len(plan.steps) == 6
            assert not [step.refused for step in plan.steps if step.refused]
            since = cluster.audit.position()
            outcome = watch.run(plan)
            assert outcome.success, details(outcome)
            asked = cluster.audit.requests(since, user="ripley")
            assert not [each for each in asked if each.status == 403 and each.verb == "patch"]
        finally:
            watch.close()


def test_an_admission_policy_that_refuses_is_said_by_the_dry_run(watch: Watch) -> None:
    web = watch.make(replicas=0)
    watch.its(web, limits(main=CUT), paths=2)
    policy = _deny_policy(watch)
    try:
        eventually(lambda: bool(watch.plan().steps[0].refused), "the policy acts")
        assert "hands off web" in watch.plan().steps[0].refused
    finally:
        for path in policy:
            watch.cluster.api.delete(path)


def _without_nodes(cluster: TestCluster) -> list[Any]:
    rules = cluster.api.get(f"{RBAC}/clusterroles/opsconsole-restore")["rules"]
    return [rule for rule in rules if rule["resources"] != ["nodes"]]


def _deny_policy(watch: Watch) -> list[str]:
    """An admission policy that takes no update of ``web`` in this namespace by anybody."""
    root = "/apis/admissionregistration.k8s.io/v1"
    name = f"hands-off-{watch.namespace}"
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "object.metadata.name != 'web'", "message": "hands off web"}],
    }
    selected = {
        "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": watch.namespace}}}
    }
    binding = {"policyName": name, "validationActions": ["Deny"], **selected}
    watch.cluster.api.post(f"{root}/validatingadmissionpolicies", {"metadata": {"name": name}, "spec": spec})
    watch.cluster.api.post(f"{root}/validatingadmissionpolicybindings", {"metadata": {"name": name}, "spec": binding})
    return [f"{root}/validatingadmissionpolicybindings/{name}", f"{root}/validatingadmissionpolicies/{name}"]
