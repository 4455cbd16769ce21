"""What the authorizer of a test cluster knows: it learns of roles and bindings by a watch, a moment later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tests.support.waiting import DEADLINE, eventually

if TYPE_CHECKING:
    from tests.testbed.api import Api, Object

RBAC = "/apis/rbac.authorization.k8s.io/v1"
_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def wait_for_role(
    api: Api, subjects: Sequence[Object], role: str, namespace: str = "", seconds: float = DEADLINE
) -> None:
    """Wait until the authorizer gives ``subjects`` what the ClusterRole gives, in the whole cluster or a namespace.

    Raises:
        TimeoutError: it does not within ``seconds``.
    """
    rules = api.get(f"{RBAC}/clusterroles/{role}").get("rules") or ()
    wait_for_rules(api, subjects, rules, namespace, seconds)


def wait_for_rules(
    api: Api, subjects: Sequence[Object], rules: Sequence[Object], namespace: str = "", seconds: float = DEADLINE
) -> None:
    """Wait until the authorizer gives ``subjects``, as a binding names them, the first right of each of ``rules``.

    Raises:
        TimeoutError: it does not within ``seconds``.
    """
    for subject in subjects:
        for asked in _questions(rules, namespace):
            spec = {**_as_whom(subject, namespace), **asked}
            eventually(partial(_allowed, api, spec), f"the authorizer allows {spec}", seconds)


def _allowed(api: Api, spec: Object) -> bool:
    return bool(api.post(_REVIEWS, {"spec": spec})["status"]["allowed"])


def _as_whom(subject: Object, namespace: str) -> Object:
    name = subject["name"]
    if subject["kind"] == "Group":
        return {"user": "whoever", "groups": [name]}
    if subject["kind"] == "ServiceAccount":
        name = f"system:serviceaccount:{subject.get('namespace', namespace)}:{name}"
    return {"user": name}


def _questions(rules: Sequence[Object], namespace: str) -> Iterator[Object]:
    for rule in rules:
        verb = rule["verbs"][0]
        if rule.get("nonResourceURLs"):
            yield {"nonResourceAttributes": {"verb": verb, "path": rule["nonResourceURLs"][0]}}
        else:
            resource, _, part = rule["resources"][0].partition("/")
            access = {"verb": verb, "group": rule["apiGroups"][0], "resource": resource, "subresource": part}
            access |= {"name": rule.get("resourceNames", [""])[0], "namespace": namespace}
            yield {"resourceAttributes": {key: value for key, value in access.items() if value}}
