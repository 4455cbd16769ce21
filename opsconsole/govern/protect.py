"""The policy that keeps the governed from what they are governed by. Pure."""

from __future__ import annotations

from opsconsole.govern.freeze import binding, policy
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities, literal
from opsconsole.govern.names import PARAMETER, PROTECT
from opsconsole.records import JsonObject

_SYSTEM = [PARAMETER, "kube-public"]
_OWN = ["configmaps", "secrets", "services", "networkpolicies", "resourcequotas", "limitranges"]


def manifests(identities: Identities, namespace: str) -> tuple[JsonObject, JsonObject]:
    """Return policy and binding: the governed write nothing in the guard's namespace, nor the parameter.

    Nor, but for what runs there itself, do they write what the cluster's own parts are configured by: DNS, the network,
    on some clouds who is an administrator (``aws-auth``), and whom nodes that join believe (``kube-public``); nor what
    leads to those parts and lets their pods be made (the Service of DNS, quotas).
    """
    every = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    here = (
        "request.resource.resource == 'namespaces'"
        f" || has(request.namespace) && (request.namespace == {literal(namespace)}"
        f" || request.namespace in {_SYSTEM} && request.resource.resource in {_OWN}"
        " && (!has(request.subResource) || request.subResource != 'proxy')"
        f" && !request.userInfo.username.startsWith('{ACCOUNT_PREFIX}{PARAMETER}:'))"
    )
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
    within = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [namespace, *_SYSTEM]}
    selector = {"namespaceSelector": {"matchExpressions": [within]}}
    bound = binding(PROTECT, "governor", ["Deny", "Audit"], matchResources=selector)
    return policy(PROTECT, "governor", spec), bound
