"""The rules of an identity as its authorizer tells them to it (SelfSubjectRulesReview): one question for fifty.

Only a complete list counts: an authorizer that can't name all rules says so, and then each question is asked by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from opsconsole.cluster.questions.rbac import PolicyRule
from opsconsole.cluster.questions.reviews import Access, decode
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.switches.freeze.around.named import gives
from opsconsole.switches.freeze.around.ways import Asked
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi, impersonating

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
_TIMEOUT = 5.0


class _Rule(msgspec.Struct, rename="camel"):
    verbs: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    resource_names: tuple[str, ...] | None = None


class _Rules(msgspec.Struct, rename="camel"):
    incomplete: bool = True
    evaluation_error: str = ""
    resource_rules: tuple[_Rule, ...] | None = None


class _Review(msgspec.Struct):
    status: _Rules


def denying(api: ImpersonatingApi) -> Callable[[Asked, Sequence[Access], Sequence[str]], bool]:
    """Return what tells whether all rules of an identity, in each of these namespaces, give none of the questions.

    ``False`` where that can't be told: we may not impersonate it, the list is not complete, or a rule may give one.
    """

    def denied(who: Asked, questions: Sequence[Access], namespaces: Sequence[str]) -> bool:
        try:
            return all(not _gives(_read(api, who, place), questions, place) for place in namespaces or ("default",))
        except ClusterError:
            return False

    return denied


def _read(api: ImpersonatingApi, who: Asked, namespace: str) -> _Rules:
    """The rules in a namespace; those that hold cluster-wide are among them.

    Raises:
        ClusterError: they can't be had.
    """
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    further = impersonating(*who)
    return decode(
        api.request("POST", _PATH, body=body, timeout=_TIMEOUT, impersonate=False, further=further), _Review
    ).status


def _gives(rules: _Rules, questions: Sequence[Access], namespace: str) -> bool:
    if rules.incomplete or rules.evaluation_error:
        return True
    asked = [access for access in questions if access.namespace in {"", namespace}]
    return any(_gives_one(rule, access) for rule in rules.resource_rules or () for access in asked)


def _gives_one(rule: _Rule, access: Access) -> bool:
    names = rule.resource_names or ()
    known = PolicyRule(rule.verbs or (), rule.api_groups or (), rule.resources or (), names)
    return gives(known, access) and (not names or not access.name or access.name in names)
