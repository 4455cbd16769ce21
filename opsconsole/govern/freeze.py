"""The policy that refuses every write of the governed identities, made on the spot or installed beforehand. Pure."""

from __future__ import annotations

from opsconsole.govern.identities import Identities, read_condition
from opsconsole.govern.names import (
    BINDING,
    FREEZE,
    FROZEN,
    FROZEN_WORDS,
    GROUP,
    INSTALLED_FREEZE,
    PARAMETER,
    POLICY,
    labels,
)
from opsconsole.records import JsonObject

_REVIEWS = ["authorization.k8s.io", "authentication.k8s.io"]
"""Groups whose objects only ask a question; nothing of them is kept."""


def policy(name: str, part: str, spec: JsonObject) -> JsonObject:
    """Return a ValidatingAdmissionPolicy of ours."""
    metadata = {"name": name, "labels": labels(part)}
    return {"apiVersion": f"{GROUP}/v1", "kind": POLICY, "metadata": metadata, "spec": spec}


def binding(name: str, part: str, actions: list[str], **spec: object) -> JsonObject:
    """Return the binding of the policy of the same name."""
    metadata = {"name": name, "labels": labels(part)}
    body = {"policyName": name, "validationActions": actions, **spec}
    return {"apiVersion": f"{GROUP}/v1", "kind": BINDING, "metadata": metadata, "spec": body}


def on_the_spot(identities: Identities, name: str = FREEZE) -> tuple[JsonObject, JsonObject]:
    """Return policy and binding of a freeze without a governor: they freeze for as long as they are there.

    Freezes of several optimizers stand side by side, each under a ``name`` of its own (:data:`names.FREEZES`).
    """
    spec = _everything(identities)
    spec["validations"] = [{"expression": "false", "message": FROZEN_WORDS, "reason": "Forbidden"}]
    return policy(name, "freeze", spec), binding(name, "freeze", ["Deny", "Audit"])


def about(policy: JsonObject) -> Identities | None:
    """Whom a policy of ours is about, by its condition; ``None`` if that is not one that we write."""
    conditions = (policy.get("spec") or {}).get("matchConditions")
    first = conditions[0] if isinstance(conditions, list) and len(conditions) == 1 else {}
    return read_condition(str(first.get("expression", "")))


def installed(identities: Identities) -> tuple[JsonObject, JsonObject]:
    """Return policy and binding of the installed freeze, which looks at the parameter: see :data:`PARAMETER`."""
    spec = _everything(identities)
    spec["paramKind"] = {"apiVersion": "v1", "kind": "Namespace"}
    notes = "params.metadata.annotations"
    thawed = f"has({notes}) && '{FROZEN}' in {notes} && {notes}['{FROZEN}'] == 'false'"
    spec["validations"] = [{"expression": thawed, "message": FROZEN_WORDS, "reason": "Forbidden"}]
    reference = {"name": PARAMETER, "parameterNotFoundAction": "Deny"}
    bound = binding(INSTALLED_FREEZE, "governor", ["Deny", "Audit"], paramRef=reference)
    return policy(INSTALLED_FREEZE, "governor", spec), bound


def _everything(identities: Identities) -> JsonObject:
    every: JsonObject = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    reviews: JsonObject = {"apiGroups": _REVIEWS, "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [every], "excludeResourceRules": [reviews]},
        "matchConditions": [{"name": "governed", "expression": identities.condition}],
    }
