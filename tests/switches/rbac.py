"""Makes bindings and roles on the test cluster, for one account, and takes them away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.rights import wait_for_role

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"


class Rbac:
    """Names that are cluster-wide get the namespace behind them, so that tests don't meet."""

    def __init__(self, cluster: TestCluster, namespace: str, account: str) -> None:
        self._api = cluster.api
        self._namespace = namespace
        self._made: list[str] = []
        self.me = {"kind": "ServiceAccount", "name": account, "namespace": namespace}

    def binding(
        self,
        name: str,
        subjects: list[dict[str, Any]],
        role: str = "cluster-admin",
        *,
        known: bool = True,
        **extra: Any,
    ) -> str:
        """Make a ClusterRoleBinding and wait until the authorizer knows of it, unless it is not to be ``known``."""
        name = f"{name}-{self._namespace}"
        self._made.append(f"{RBAC}/clusterrolebindings/{name}")
        self._api.post(f"{RBAC}/clusterrolebindings", _binding("ClusterRoleBinding", name, subjects, role, extra))
        if known:
            wait_for_role(self._api, subjects, role)
        return name

    def role_binding(self, name: str, subjects: list[dict[str, Any]], role: str = "edit", **extra: Any) -> str:
        """Make a RoleBinding in the namespace and wait until the authorizer knows of it."""
        body = _binding("RoleBinding", name, subjects, role, extra)
        self._api.post(f"{RBAC}/namespaces/{self._namespace}/rolebindings", body)
        wait_for_role(self._api, subjects, role, self._namespace)
        return name

    def account_of_a_secret(self, name: str, secret: str) -> None:
        """Another account with every right, whose token is in a Secret: a pod that has that can act as it."""
        core = f"/api/v1/namespaces/{self._namespace}"
        self._api.post(f"{core}/serviceaccounts", objects.service_account(name))
        metadata = {"name": secret, "annotations": {"kubernetes.io/service-account.name": name}}
        self._api.post(f"{core}/secrets", {"metadata": metadata, "type": "kubernetes.io/service-account-token"})
        made = f"{core}/secrets/{secret}"
        eventually(lambda: "token" in self._api.get(made).get("data", {}), "the token is made")
        self.binding(name, [self.me | {"name": name}])

    def role(self, name: str, rules: list[dict[str, Any]], **extra: Any) -> str:
        name = f"{name}-{self._namespace}"
        self._made.append(f"{RBAC}/clusterroles/{name}")
        metadata = {"name": name, "labels": extra.pop("labels", {})}
        body = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules}
        self._api.post(f"{RBAC}/clusterroles", body | extra)
        return name

    def remove(self) -> None:
        for path in self._made:
            self._api.remove(path)


def group(name: str) -> dict[str, Any]:
    return {"kind": "Group", "name": name, "apiGroup": GROUP}


def user(name: str) -> dict[str, Any]:
    return {"kind": "User", "name": name, "apiGroup": GROUP}


def _binding(kind: str, name: str, subjects: list[dict[str, Any]], role: str, extra: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, **extra},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    }
