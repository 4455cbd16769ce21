"""What a role's rules let somebody do, in words; and who a ServiceAccount is to RBAC. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Role, Subject
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import Record

READING = frozenset({"get", "list", "watch"})
_READING_URLS = frozenset({"get", "head", "options"})

_HARMLESS = {
    "authorization.k8s.io": frozenset(
        {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews", "localsubjectaccessreviews"}
    ),
    "authentication.k8s.io": frozenset({"selfsubjectreviews", "tokenreviews"}),
}
"""Resources whose ``create`` only asks a question."""

_ACTS_BY_READING = frozenset(
    {"nodes/proxy", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"}
)
"""Subresources through which a ``get`` already acts: it opens a tunnel (an upgraded connection) into a pod or node."""

_DANGERS: tuple[tuple[frozenset[str], tuple[str, ...], str], ...] = (
    (frozenset({"bind", "escalate"}), ("roles", "clusterroles"), "gives itself any right (bind, escalate)"),
    (
        frozenset({"impersonate"}),
        ("users", "groups", "serviceaccounts", "uids", "userextras"),
        "acts as somebody else (impersonate)",
    ),
    (frozenset({"create"}), ("serviceaccounts/token",), "makes tokens of other ServiceAccounts"),
    (READING | {"create"}, ("nodes/proxy",), "runs commands through the kubelet (nodes/proxy)"),
    (
        frozenset({"create", "update", "patch"}),
        ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        "changes what others write (webhooks)",
    ),
    (frozenset({"create"}), ("pods",), "creates pods, which may use any other ServiceAccount of the namespace"),
    (READING, ("secrets",), "reads Secrets, other accounts' tokens among them"),
)
"""Verbs on resources, and what somebody who has them can make of them."""


class Account(Record, frozen=True):
    """A ServiceAccount as RBAC sees it: a user name and three groups."""

    namespace: str
    name: str

    @property
    def user(self) -> str:
        """``system:serviceaccount:<namespace>:<name>``."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    @property
    def groups(self) -> tuple[str, str, str]:
        """The groups it is in. A SubjectAccessReview does not add them by itself."""
        return ("system:serviceaccounts", f"system:serviceaccounts:{self.namespace}", "system:authenticated")

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def is_named_by(self, subject: Subject) -> bool:
        """Whether ``subject`` is this account and nobody else."""
        if subject.kind == "ServiceAccount":
            return (subject.namespace, subject.name) == (self.namespace, self.name)
        return subject.kind == "User" and subject.name == self.user

    def is_in(self, subject: Subject) -> bool:
        """Whether ``subject`` is a group that this account is in, with everyone else in it."""
        return subject.kind == "Group" and subject.name in self.groups


def reaching(grant: Grant, account: Account) -> tuple[Subject, ...]:
    """The subjects of ``grant`` through which it reaches ``account``."""
    return tuple(s for s in grant.subjects if account.is_named_by(s) or account.is_in(s))


def powers(role: Role) -> tuple[str, ...]:
    """What ``role`` lets one change, in words, the worst first; empty if it only reads harmless things."""
    if any(_is_everything(rule) for rule in role.rules):
        return dangers(role)
    found = [*dangers(role), *(words for rule in role.rules for words in _writes(rule))]
    return tuple(dict.fromkeys(found))


def dangers(role: Role) -> tuple[str, ...]:
    """The rights of ``role`` that lead to all others, in words."""
    if any(_is_everything(rule) for rule in role.rules):
        return ("everything (verbs * on resources *)",)
    return tuple(
        words
        for verbs, resources, words in _DANGERS
        if any(_allows(rule, verbs, resource) for rule in role.rules for resource in resources)
    )


def questions(role: Role, namespace: str) -> tuple[Access, ...]:
    """For each writing rule of ``role`` one access that it gives, so that a review can tell whether it is gone."""
    found: list[Access] = []
    for rule in role.rules:
        verb = next((v for v in rule.verbs if v not in READING), None)
        written = next((r for r in rule.resources if not _is_harmless(rule, r)), None)
        if verb is None or written is None:
            continue
        resource, _, subresource = written.partition("/")
        group = rule.groups[0] if rule.groups else ""
        name = rule.names[0] if rule.names else ""
        found.append(Access(verb, resource, group, subresource, namespace, name))
    return tuple(dict.fromkeys(found))


def _writes(rule: PolicyRule) -> Iterable[str]:
    verbs = [verb for verb in rule.verbs if verb not in READING]
    for resource in rule.resources:
        acting = list(rule.verbs) if resource in _ACTS_BY_READING else verbs
        if acting and not _is_harmless(rule, resource):
            yield f"{'/'.join(acting)} {_qualified(resource, rule.groups)}"
    urls = [verb for verb in rule.verbs if verb not in _READING_URLS]
    if urls and rule.urls:
        yield f"{'/'.join(urls)} {', '.join(rule.urls)}"


def _qualified(resource: str, groups: tuple[str, ...]) -> str:
    group = groups[0] if len(groups) == 1 else ""
    return f"{resource}.{group}" if group and group != "*" else resource


def _is_harmless(rule: PolicyRule, resource: str) -> bool:
    return bool(rule.groups) and all(resource in _HARMLESS.get(group, ()) for group in rule.groups)


def _is_everything(rule: PolicyRule) -> bool:
    return "*" in rule.verbs and "*" in rule.resources and "*" in rule.groups


def _allows(rule: PolicyRule, verbs: frozenset[str], resource: str) -> bool:
    _, _, subresource = resource.partition("/")
    named = (
        resource in rule.resources or "*" in rule.resources or (subresource and f"*/{subresource}" in rule.resources)
    )
    return bool(named) and ("*" in rule.verbs or not verbs.isdisjoint(rule.verbs))
