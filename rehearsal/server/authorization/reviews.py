"""Questions about access that are asked by creating an object: who am I, may I, may they, what may I."""

from __future__ import annotations

from rehearsal.server.authorization.access import AccessRules, Attributes, User
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object

_AUTHENTICATION = "authentication.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"


def find(path: str) -> tuple[str, str] | None:
    """The group and plural of a review served at ``path``, if one is."""
    for group, plurals in GROUPS.items():
        for plural in plurals:
            if path == f"/apis/{group}/v1/{plural}":
                return group, plural
    return None


GROUPS: dict[str, dict[str, str]] = {
    _AUTHENTICATION: {"selfsubjectreviews": "SelfSubjectReview"},
    _AUTHORIZATION: {
        "selfsubjectaccessreviews": "SelfSubjectAccessReview",
        "subjectaccessreviews": "SubjectAccessReview",
        "selfsubjectrulesreviews": "SelfSubjectRulesReview",
    },
}


def answer(rbac: AccessRules, user: User, group: str, plural: str, body: Object) -> Object:
    """Answer a review.

    Raises:
        ApiError: 422 when it asks for nothing; 403 to someone who may not ask about others.
    """
    kind = GROUPS[group][plural]
    review: Object = {"kind": kind, "apiVersion": f"{group}/v1", "metadata": {}} | body
    review["status"] = _ANSWERS[plural](rbac, user, review.get("spec") or {})
    return review


def _who(_rbac: AccessRules, user: User, _spec: Object) -> Object:
    info: Object = {"username": user.name, "groups": list(user.groups)}
    if user.uid:
        info["uid"] = user.uid
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra}
    return {"userInfo": info}


def _may_i(rbac: AccessRules, user: User, spec: Object) -> Object:
    return _decision(rbac, user, _attributes(spec))


def _may_they(rbac: AccessRules, _user: User, spec: Object) -> Object:
    if not spec.get("user") and not spec.get("groups"):
        why = 'Invalid value: "": at least one of user or group must be specified'
        raise _invalid("spec.user", why)
    subject = User(spec.get("user") or "", tuple(spec.get("groups") or ()))
    return _decision(rbac, subject, _attributes(spec))


def _decision(rbac: AccessRules, user: User, wanted: Attributes) -> Object:
    reason = rbac.reason(user, wanted)
    status: Object = {"allowed": reason is not None}
    if reason:
        status["reason"] = reason
    return status


def _attributes(spec: Object) -> Attributes:
    resource: Object | None = spec.get("resourceAttributes")
    path: Object | None = spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _invalid("spec.resourceAttributes", f"Invalid value: null: {why}")
    if resource is None:
        path = path or {}
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(*(resource.get(name) or "" for name in names))


def _invalid(field: str, why: str) -> errors.ApiError:
    """The real server leaves the kind out of these."""
    causes = [{"reason": "FieldValueInvalid", "message": why, "field": field}]
    message = f'.{_AUTHORIZATION} "" is invalid: {field}: {why}'
    return errors.ApiError(422, "Invalid", message, {"group": _AUTHORIZATION, "causes": causes})


def _rules(rbac: AccessRules, user: User, spec: Object) -> Object:
    resource_rules, path_rules = [], []
    for grant in rbac.grants(user, spec.get("namespace") or ""):
        for rule in grant.rules:
            if rule.get("nonResourceURLs"):
                path_rules.append({"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]})
            else:
                names = ("verbs", "apiGroups", "resources", "resourceNames")
                resource_rules.append({name: rule[name] for name in names if name in rule})
    return {"resourceRules": resource_rules, "nonResourceRules": path_rules, "incomplete": False}


_ANSWERS = {
    "selfsubjectreviews": _who,
    "selfsubjectaccessreviews": _may_i,
    "subjectaccessreviews": _may_they,
    "selfsubjectrulesreviews": _rules,
}
