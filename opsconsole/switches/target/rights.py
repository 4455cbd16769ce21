"""What a role's rules let somebody do, in words; and who the optimizer is to an authorizer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Role, Subject
from opsconsole.cluster.questions.reviews import Access, TokenFields
from opsconsole.optimizer import Optimizer
from opsconsole.records import Record

READING = frozenset({"get", "list", "watch"})
_READING_URLS = frozenset({"get", "head", "options"})

_REVIEWS = frozenset(
    {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews", "localsubjectaccessreviews"}
)
_OPENSHIFT_REVIEWS = _REVIEWS | {
    "subjectrulesreviews",
    "resourceaccessreviews",
    "localresourceaccessreviews",
    "selfsubjectrulesreviews",
}
_HARMLESS = {
    "authorization.k8s.io": _REVIEWS,
    "authentication.k8s.io": frozenset(
        {"selfsubjectreviews", "tokenreviews", "userextras/scopes.authorization.openshift.io"}
    ),
    "authorization.openshift.io": _OPENSHIFT_REVIEWS,
    "": _OPENSHIFT_REVIEWS,
}
"""Resources whose ``create`` only asks a question; OpenShift gives them to everybody (``basic-users``,
``self-access-reviewers``), and lets everybody narrow his own token by its scopes."""


_TUNNELS = frozenset({"proxy", "exec", "attach", "portforward", "console", "vnc"})
"""Subresources through which a ``get`` already acts: it opens a tunnel into a pod, a node, a service or (KubeVirt) a
virtual machine, whose subresources have the same names in an API group of their own."""

NOBODY = frozenset({("Group", "system:unauthenticated"), ("User", "system:anonymous")})
"""Kind and name of the subjects that a request without credentials is: a token can always be left out."""

_EVERYBODY = "system:authenticated"
NAMED = "named in the settings"
"""How an identity is known that the settings name."""

MASTERS = "system:masters"
"""The group that the API server refuses nothing, whatever RBAC says; a certificate or an authenticator names it."""

_EVERYBODYS = frozenset(
    {"system:authenticated", "system:unauthenticated", "system:serviceaccounts", MASTERS, "system:nodes"}
)
"""Groups that are nobody's own, even where the settings say so: people, nodes and Kubernetes' own parts are in them."""

_RBAC = "rbac.authorization.k8s.io"
_HOOKS = "admissionregistration.k8s.io"
CERTIFICATES = "has client certificates made for others (approves certificate requests)"

COMMANDS = "runs commands in pods, as whom those run"
SECRETS = "reads Secrets, other accounts' tokens among them"

_DANGERS: tuple[tuple[frozenset[str], str, tuple[str, ...], str], ...] = (
    (frozenset({"bind", "escalate"}), _RBAC, ("roles", "clusterroles"), "gives itself any right (bind, escalate)"),
    (frozenset({"impersonate"}), "", ("users", "groups", "serviceaccounts"), "acts as somebody else (impersonate)"),
    (frozenset({"create"}), "", ("serviceaccounts/token",), "makes tokens of other ServiceAccounts"),
    (READING | {"create"}, "", ("nodes/proxy",), "runs commands through the kubelet (nodes/proxy)"),
    (
        frozenset({"create", "update", "patch"}),
        _HOOKS,
        ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        "changes what others write (webhooks)",
    ),
    (
        frozenset({"update", "patch"}),
        "certificates.k8s.io",
        ("certificatesigningrequests/approval",),
        CERTIFICATES,
    ),
    (frozenset({"create"}), "", ("pods",), "creates pods, which may use any other ServiceAccount of the namespace"),
    (READING | {"create"}, "", ("pods/exec", "pods/attach"), COMMANDS),
    (frozenset({"update", "patch"}), "", ("pods/ephemeralcontainers",), COMMANDS),
    (READING, "", ("secrets",), SECRETS),
)
"""Verbs on resources of one API group, and what somebody who has them can make of them."""


class UserAndGroups(Protocol):
    """Somebody as an authorizer sees him: a user name and groups."""

    @property
    def user(self) -> str:
        """The user name; empty where only groups are known."""
        ...

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups. A SubjectAccessReview adds none by itself."""
        ...


class Account(Record, frozen=True, order=True):
    """A ServiceAccount as RBAC sees it: a user name and three groups. Its names are as the API server has them."""

    namespace: str
    name: str

    @property
    def user(self) -> str:
        """``system:serviceaccount:<namespace>:<name>``."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups it is in. A SubjectAccessReview does not add them by itself."""
        return ("system:serviceaccounts", f"system:serviceaccounts:{self.namespace}", "system:authenticated")

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Principal(Record, frozen=True):
    """One identity that the optimizer acts as.

    Attributes:
        user: its user name; empty for a group that was named alone.
        groups: every group that it is in.
        own: groups among them that were named as the optimizer's own: a grant to one is a grant to it.
        account: the ServiceAccount that it is, if it is one.
        source: how it is known, in words.
        credentials: what its tokens carry besides, as far as that can be known; empty: nothing is known of that.
    """

    user: str
    groups: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    account: Account | None = None
    source: str = ""
    credentials: tuple[TokenFields, ...] = ()

    def __str__(self) -> str:
        return self.user or f"group {', '.join(self.own)}"


def principal(account: Account, source: str = "") -> Principal:
    """The identity that a ServiceAccount is."""
    return Principal(account.user, account.groups, (), account, source)


def named(optimizer: Optimizer) -> Iterator[Principal]:
    """Whom the settings name: its accounts, and its users with all of its groups; the groups alone without a user."""
    yield from (principal(Account(each.namespace, each.name), NAMED) for each in optimizer.accounts)
    groups = (*optimizer.groups, _EVERYBODY)
    yield from (Principal(user, groups, optimizer.groups, None, NAMED) for user in optimizer.users)
    if optimizer.groups and not optimizer.users:
        yield Principal("", groups, optimizer.groups, None, NAMED)


def is_named_by(who: UserAndGroups, subject: Subject) -> bool:
    """Whether ``subject`` is this identity and nobody else, or a group that was named as its own."""
    if subject.kind == "Group":
        return subject.name in getattr(who, "own", ()) and subject.name not in _EVERYBODYS
    return bool(who.user) and subject.user == who.user


def is_in(who: UserAndGroups, subject: Subject) -> bool:
    """Whether ``subject`` is a group that this identity is in, with everyone else in it; :data:`NOBODY` is one."""
    among = is_nobody(subject) or (subject.kind == "Group" and subject.name in who.groups)
    return among and not is_named_by(who, subject)


def is_somebodys(subject: Subject) -> bool:
    """Whether ``subject`` is a group of people or programs, and none of Kubernetes' own."""
    return subject.kind == "Group" and not subject.name.startswith("system:")


def is_nobody(subject: Subject) -> bool:
    """Whether ``subject`` is whoever shows no credentials: what he may do, everybody may."""
    return (subject.kind, subject.name) in NOBODY


def reaching(grant: Grant, *identities: UserAndGroups) -> tuple[Subject, ...]:
    """The subjects of ``grant`` through which it reaches one of the identities."""
    return tuple(s for s in grant.subjects if any(is_named_by(who, s) or is_in(who, s) for who in identities))


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
    return tuple(dict.fromkeys(_led_to(role)))


def leads_to(role: Role, words: str) -> bool:
    """Whether ``role`` has the right of :func:`dangers` that these words tell, or every right."""
    return words in _led_to(role)


def _led_to(role: Role) -> list[str]:
    return [
        words
        for verbs, group, resources, words in _DANGERS
        if any(_allows(rule, verbs, group, resource) for rule in role.rules for resource in resources)
    ]


def questions(role: Role, namespace: str) -> tuple[Access, ...]:
    """What ``role`` lets one write, as questions to an authorizer: whether each of it is gone.

    Every resource of a rule is asked about with its first writing verb, and every verb with its first resource; the
    words are the rule's own, ``*`` included, which only the same words answer.
    """
    return tuple(dict.fromkeys(chain.from_iterable(_of_rule(rule, namespace) for rule in role.rules)))


def _of_rule(rule: PolicyRule, namespace: str) -> Iterable[Access]:
    written = [each for each in rule.resources if not _is_harmless(rule, each)]
    for place, resource in enumerate(written):
        verbs = [v for v in rule.verbs if v not in READING or _acts_by_reading(resource) or resource == "secrets"]
        for number, verb in enumerate(verbs):
            if place and number:
                break
            for group in rule.groups or ("",):
                name, _, subresource = resource.partition("/")
                yield from (Access(verb, name, group, subresource, namespace, each) for each in rule.names or ("",))


def _writes(rule: PolicyRule) -> Iterable[str]:
    verbs = [verb for verb in rule.verbs if verb not in READING]
    for resource in rule.resources:
        acting = list(rule.verbs) if _acts_by_reading(resource) else verbs
        if acting and not _is_harmless(rule, resource):
            yield f"{'/'.join(acting)} {_qualified(resource, rule.groups)}"
    urls = [verb for verb in rule.verbs if verb not in _READING_URLS]
    if urls and rule.urls:
        yield f"{'/'.join(urls)} {', '.join(rule.urls)}"


def _acts_by_reading(resource: str) -> bool:
    """Whether a ``get`` of it acts; ``*/exec`` is the subresource of everything."""
    return resource.partition("/")[2] in _TUNNELS


def _qualified(resource: str, groups: tuple[str, ...]) -> str:
    group = groups[0] if len(groups) == 1 else ""
    return f"{resource}.{group}" if group and group != "*" else resource


def _is_harmless(rule: PolicyRule, resource: str) -> bool:
    return bool(rule.groups) and all(resource in _HARMLESS.get(group, ()) for group in rule.groups)


def _is_everything(rule: PolicyRule) -> bool:
    return "*" in rule.verbs and "*" in rule.resources and "*" in rule.groups


def _allows(rule: PolicyRule, verbs: frozenset[str], group: str, resource: str) -> bool:
    if "*" not in rule.groups and group not in rule.groups:
        return False
    _, _, subresource = resource.partition("/")
    named = (
        resource in rule.resources or "*" in rule.resources or (subresource and f"*/{subresource}" in rule.resources)
    )
    return bool(named) and ("*" in rule.verbs or not verbs.isdisjoint(rule.verbs))
