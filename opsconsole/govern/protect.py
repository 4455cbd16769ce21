"""The policy that keeps the governed from what they are governed by. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.govern.freeze import binding, policy
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities, literal, namespace_of
from opsconsole.govern.names import PARAMETER, PROTECT, RUN_PODS
from opsconsole.records import JsonObject

_SYSTEM = [PARAMETER, "kube-public"]
_OWN = ["configmaps", "secrets", "services", "networkpolicies", "resourcequotas", "limitranges"]


def _theirs(judged: Identities, kept: Sequence[str]) -> tuple[list[str], str]:
    """The namespaces of the accounts that no rule judges, and CEL: whom the rules judge writes what runs there.

    By another command or variable of its pods such an account writes what it is told to, and no rule looks.
    """
    spaces = sorted({space for user in judged.excepted if (space := namespace_of(user))} - set(kept))
    return spaces, (
        f"has(request.namespace) && request.namespace in {literal(spaces)}"
        f" && request.resource.resource in {literal(list(RUN_PODS))} && request.operation in ['CREATE', 'UPDATE']"
        " && (!has(request.subResource) || request.subResource in ['', 'ephemeralcontainers'])"
        f" && ({judged.condition})"
    )


def manifests(
    identities: Identities, namespace: str, judged: Identities | None = None
) -> tuple[JsonObject, JsonObject]:
    """Return policy and binding: the governed write nothing in the guard's namespace, nor the parameter.

    Nor, but for what runs there itself, do they write what the cluster's own parts are configured by: DNS, the network,
    on some clouds who is an administrator (``aws-auth``), and whom nodes that join believe (``kube-public``); nor what
    leads to those parts and lets their pods be made (the Service of DNS, quotas). Nor what runs in the namespaces of
    those whom no rule judges (the exceptions of ``judged``).
    """
    every = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    here = (
        "request.resource.resource == 'namespaces'"
        f" || has(request.namespace) && (request.namespace == {literal(namespace)}"
        f" || request.namespace in {_SYSTEM} && request.resource.resource in {_OWN}"
        " && (!has(request.subResource) || request.subResource != 'proxy')"
        f" && !request.userInfo.username.startsWith('{ACCOUNT_PREFIX}{PARAMETER}:'))"
    )
    spaces, theirs = _theirs(judged or identities, [namespace, *_SYSTEM])
    if spaces:
        itself = f"request.resource.resource == 'namespaces' && request.name in {literal(spaces)}"
        here = f"!({itself}) && ({here} || {theirs})"
    spec: JsonObject = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [every]},
        "matchConditions": [{"name": "governed", "expression": identities.condition}],
        "validations": [
            {
                "expression": f"!({here})",
                "message": "opsconsole: protect: it may not write what it is governed by",
                "reason": "Forbidden",
            }
        ],
        "auditAnnotations": [{"key": "rule", "valueExpression": f"{here} ? 'protect' : ''"}],
    }
    within = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [namespace, *_SYSTEM, *spaces]}
    selector = {"namespaceSelector": {"matchExpressions": [within]}}
    bound = binding(PROTECT, "governor", ["Deny", "Audit"], matchResources=selector)
    return policy(PROTECT, "governor", spec), bound
