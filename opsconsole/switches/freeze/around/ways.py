"""The ways in which somebody could write although admission refuses it every write, as questions to an authorizer.

Admission never sees a change of what configures it, and it judges a request as whoever the request says that it is. So
a freeze holds for as long as the frozen identity can do neither. Both are rights: an authorizer can be asked for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import TypeAlias

from opsconsole.cluster.questions.rbac import Rbac, Role
from opsconsole.cluster.questions.reviews import Access, Api, Review
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities
from opsconsole.govern.names import GROUP
from opsconsole.parallel import in_parallel
from opsconsole.records import Record
from opsconsole.switches.freeze.around import named
from opsconsole.switches.target.acts_as.groups import by_groups_unnamed
from opsconsole.switches.target.credentials import Credentials, review
from opsconsole.switches.target.rights import Account, Principal

PROBE_USER = "opsconsole-probe"
"""The name under which a group is asked about: a user whom only the group makes anybody."""

_TIMEOUT = 5.0

_BINDINGS = "validatingadmissionpolicybindings"
_POLICIES = "validatingadmissionpolicies"
_MUTATING = ("mutatingadmissionpolicybindings", "mutatingadmissionpolicies")
_CONFIGURATIONS = (_BINDINGS, _POLICIES, *_MUTATING)
"""What no policy is asked about, of 1.30 as of 1.36: a cluster must stay mendable. Webhooks are not asked about
webhook configurations either, but policies are: a freeze refuses them as all else."""

_LISTED = 2
_CHANGES = ("delete", "patch", "update")
_AUTHENTICATION = "authentication.k8s.io"


TAKEN_AWAY = "may not take away or change what refuses its writes"
CONFIGURED = "may write no other configuration of admission (policies, bindings)"
AS_OTHERS = "has no right to act as somebody else (impersonation, Secrets, kubelets)"
CLAIMS = (TAKEN_AWAY, CONFIGURED, AS_OTHERS)
"""How the claims read that a way is closed, behind the name of whomever they are about."""


class Way(Record, frozen=True):
    """One way round. ``claim`` says that it is closed (of whom: ``{}``); ``means``: what it is good for if open."""

    claim: str
    means: str
    questions: tuple[Access, ...]


class Hole(Record, frozen=True):
    """A way that is open to ``who``, or may be: ``allowed`` is ``None`` where that is not known. ``more`` open ones."""

    who: str
    access: Access
    allowed: bool | None
    reason: str = ""
    means: str = ""
    more: int = 0

    def __str__(self) -> str:
        grant = f" ({self.reason})" if self.reason else ""
        if self.allowed is None:
            return f"whether {self.who} may {self.access} is not known{grant}: {self.means} then"
        more = f" and {self.more} more of that kind" if self.more else ""
        return f"{self.who} may {self.access}{more}{grant}: {self.means}; opsconsole kill revoke (1) takes that away"


class WayAnswer(Record, frozen=True):
    """What the authorizer said of one way and one identity: what was asked, and the hole if there is one.

    ``by_rules``: the list of all its rules gives none of what was asked.
    """

    claim: str
    accesses: tuple[Access, ...]
    hole: Hole | None = None
    by_rules: bool = False


def ways(names: Sequence[str], namespaces: Sequence[str]) -> tuple[Way, ...]:
    """The ways round policies and bindings of these names. ``namespaces``: where RoleBindings may give rights."""
    where = f"cluster-wide and in {', '.join(namespaces)}" if namespaces else "cluster-wide"
    what = ", ".join(names) if len(names) <= _LISTED else f"{names[0]} and {len(names) - 1} more"
    return (
        Way(
            f"{{}} {TAKEN_AWAY} ({what})",
            "admission never sees that, so it can take it away itself",
            tuple(_taking_away(names)),
        ),
        Way(
            f"{{}} {CONFIGURED}",
            "admission never sees that write, and it can change or stop what others write",
            tuple(_configuring()),
        ),
        Way(
            f"{{}} {AS_OTHERS}, {where}",
            "as somebody else it is not refused",
            tuple(_acting_as_others(namespaces)),
        ),
    )


def _taking_away(names: Sequence[str]) -> Iterator[Access]:
    for plural in (_BINDINGS, _POLICIES):
        yield from (Access(verb, plural, GROUP, name=name) for verb in _CHANGES for name in names)
        yield Access("deletecollection", plural, GROUP)


def _configuring() -> Iterator[Access]:
    """The rights to configure admission that are not about what refuses its writes."""
    yield from (Access(verb, plural, GROUP) for verb in ("create", *_CHANGES) for plural in _CONFIGURATIONS)
    yield from (Access("deletecollection", plural, GROUP) for plural in _MUTATING)


def _acting_as_others(namespaces: Sequence[str]) -> Iterator[Access]:
    yield from (Access("impersonate", plural) for plural in ("users", "groups", "serviceaccounts"))
    yield from (Access(f"impersonate:{mode}", plural, _AUTHENTICATION) for mode, plural in _CONSTRAINED)
    yield from (Access(verb, "nodes", subresource="proxy") for verb in ("get", "create"))
    yield from (Access(verb, "secrets") for verb in ("get", "list", "watch"))
    for namespace in namespaces:
        yield from _in_a_namespace(namespace)


def _in_a_namespace(namespace: str) -> Iterator[Access]:
    """What a RoleBinding may give that lets one act as others there."""
    yield Access("impersonate", "serviceaccounts", namespace=namespace)
    yield from (Access(verb, "secrets", namespace=namespace) for verb in ("get", "list", "watch"))


_CONSTRAINED = (("user-info", "users"), ("serviceaccount", "serviceaccounts"), ("arbitrary-node", "nodes"))
"""Verbs of constrained impersonation (KEP-5284); an older API server has no use for them, and denies them."""


def judged(way: Way, who: str, answers: Sequence[tuple[Access, Review]], gap: str = "") -> WayAnswer:
    """What the answers to a way's questions come to: the first that is open, else the first that is not known.

    ``gap``: why rights to single objects may have been missed; those are not known then.
    """
    open_ones = [(access, answer) for access, answer in answers if answer.allowed]
    unknown = [(access, answer) for access, answer in answers if answer.allowed is None]
    unknown += [(access, Review(None, gap)) for access, _ in answers if gap and named.can_be_named(access)]
    hole = None
    if open_ones or unknown:
        access, answer = (open_ones or unknown)[0]
        hole = Hole(who, access, answer.allowed, answer.reason, way.means, max(0, len(open_ones) - 1))
    return WayAnswer(way.claim.format(who), tuple(access for access, _ in answers), hole)


Asked: TypeAlias = tuple[str, tuple[str, ...]]
"""User and groups of one identity, as an authorizer is asked about them."""


def ask(
    api: Api,
    whom: Sequence[Asked],
    names: Sequence[str],
    namespaces: Sequence[str],
    rbac: Rbac,
    *,
    credentials: Credentials = MappingProxyType({}),
) -> tuple[tuple[WayAnswer, ...], ...]:
    """Ask the authorizer (SubjectAccessReview) about each way, for each of ``whom`` (:func:`questions`).

    Never raises: unknown is an answer. ``rbac`` gives the names of single objects to ask about (without a name only
    rights to all of them are found), and the namespaces besides ``namespaces`` in which a grant may let an identity act
    as others. ``credentials`` are sent with the questions. All of them go through one queue, so that a hundred
    identities wait for no slowest answer of each.
    """
    gap = f"not by a grant without a name; those with names are not all known: {rbac.gaps[0]}" if rbac.gaps else ""
    asked = [_ways_of(who, names, namespaces, rbac) for who in whom]
    every = list(
        dict.fromkeys((who, each) for who, its in zip(whom, asked, strict=True) for _, some in its for each in some)
    )

    def asked_as(question: tuple[Asked, Access]) -> Review:
        user, groups = question[0]
        who = Principal(user, groups, credentials=credentials.get(user, ()))
        return review(api, who, question[1], _TIMEOUT)

    answers = dict(zip(every, in_parallel(asked_as, every), strict=True))
    return tuple(
        tuple(judged(way, _title(*who), [(each, answers[who, each]) for each in some], gap) for way, some in its)
        for who, its in zip(whom, asked, strict=True)
    )


def _ways_of(
    who: Asked, names: Sequence[str], namespaces: Sequence[str], rbac: Rbac
) -> list[tuple[Way, tuple[Access, ...]]]:
    principal = Principal(*who)
    where = sorted({*namespaces, *named.places(rbac, principal, tuple(_in_a_namespace("")))})
    found = ways(names, where)
    return [(way, (*way.questions, *named.by_name(rbac, principal, way.questions, names))) for way in found]


def by_groups(users: Sequence[str], names: Sequence[str], rbac: Rbac) -> tuple[Hole, ...]:
    """The hole that ``users`` may have by groups that nobody named: no authorizer can be asked about those. Pure."""
    first = ways(names, ("",))
    asked = [access for way in first for access in way.questions]

    def leads_round(role: Role) -> bool:
        return any(named.gives(rule, access) for rule in role.rules for access in asked)

    access, means = first[0].questions[0], first[0].means
    words = by_groups_unnamed(users, rbac, leads_round)
    return tuple(Hole(", ".join(users), access, None, each, means) for each in words)


def _title(user: str, groups: Sequence[str]) -> str:
    """Whom a claim is about. Kubernetes keeps no list of a user's groups: what other ones give him is not asked."""
    if user == PROBE_USER:
        return f"group {groups[0]}"
    return user if user.startswith(ACCOUNT_PREFIX) else f"{user} (in no other group than {', '.join(groups)})"


def questions(identities: Identities) -> list[Asked]:
    """User and groups of each identity, as an authorizer is to be asked about them."""
    asked = [(user, groups_of(user)) for user in identities.users]
    return asked + [(PROBE_USER, (group, "system:authenticated")) for group in identities.groups]


def groups_of(user: str) -> tuple[str, ...]:
    """The groups that a user is in for certain: a ServiceAccount's own, and of others that of everybody."""
    namespace, colon, name = user.removeprefix(ACCOUNT_PREFIX).partition(":")
    if user.startswith(ACCOUNT_PREFIX) and colon:
        return Account(namespace, name).groups
    return ("system:authenticated",)
