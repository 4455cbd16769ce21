"""What freezing and thawing plan from: who is to be frozen, what is there already, and who could thaw it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, Api, Review, may
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, NotFound
from opsconsole.govern import compare, freeze
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities
from opsconsole.govern.names import FREEZE, FROZEN, GROUP, INSTALLED_FREEZE, OLDEST, PARAMETER, POLICY
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.settings import GovernSettings
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.target.rights import Account

PROBE_USER = "opsconsole-probe"
"""The name under which a group is asked about: a user whom only the group makes anybody."""

KEPT = 60.0
"""Seconds for which an answer about the ways round a freeze is good: rights change seldom, plans are made often."""

_TIMEOUT = 5.0
_POLICIES = ("validatingadmissionpolicybindings", "validatingadmissionpolicies")
_THAWING = tuple(
    Access(verb, plural, GROUP, name=name)
    for plural in _POLICIES
    for verb in ("delete", "patch", "update")
    for name in (FREEZE, INSTALLED_FREEZE)
)
_ESCAPES = (*_THAWING, Access("impersonate", "users"), Access("impersonate", "groups"))
"""What admission does not see: changes of the policies, and acting as somebody else."""


class FoundObject(Record, frozen=True):
    """An object of a name that we use. ``ours``: we made it; ``intact``: it says what we would have it say."""

    ref: Ref
    ours: bool = False
    intact: bool = False


class Hole(Record, frozen=True):
    """A way in which ``who`` could act in spite of a freeze. ``allowed`` is ``None`` where that is not known."""

    who: str
    access: Access
    allowed: bool | None
    reason: str = ""


class FreezeFacts(Record, frozen=True):
    """How the freeze stands.

    Attributes:
        identities: who is to be frozen.
        me: our own user name and groups, to see whether we would freeze ourselves.
        policy: the policy of a freeze on the spot, if one of that name is there.
        binding: its binding.
        governor: the installed governor's freeze policy and binding, as far as they are there.
        parameter: the object whose annotation they look at.
        frozen: what that says; ``None`` if it says nothing.
        holes: ways round the freeze that are open, or may be.
        problem: why nothing can be planned; empty otherwise.
        gaps: what could not be read, in words.
    """

    identities: Identities = Identities()
    me: tuple[str, tuple[str, ...]] | None = None
    policy: FoundObject | None = None
    binding: FoundObject | None = None
    governor: tuple[FoundObject, ...] = ()
    parameter: Ref = Ref("Namespace", "", PARAMETER)
    frozen: str | None = None
    holes: tuple[Hole, ...] = ()
    problem: str = ""
    gaps: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether the installed governor is whole, and is about these identities."""
        return len(self.governor) == 2 and all(each.intact for each in self.governor)

    @property
    def by_governor(self) -> bool:
        """Whether the installed governor freezes now."""
        return self.installed and self.frozen != "false"

    @property
    def on_the_spot(self) -> bool:
        """Whether a freeze without the governor is in force now."""
        return all(each is not None and each.intact for each in (self.policy, self.binding))


class FreezeReader:
    """Reads :class:`FreezeFacts`.

    Args:
        api: the connection.
        world: knows the optimizer.
        named: users and groups that the settings name besides its ServiceAccounts.
        settings: of the governing.
        clock: tells how old an answer is.
    """

    def __init__(
        self, api: Api, world: TargetReader, named: Identities, settings: GovernSettings, clock: Clock
    ) -> None:
        self._api = api
        self._world = world
        self._named = named
        self._settings = settings
        self._clock = clock
        self._holes: tuple[float, Identities, tuple[Hole, ...]] = (float("-inf"), Identities(), ())

    def __call__(self) -> FreezeFacts:
        """Read how the freeze stands. Blocks.

        Raises:
            ClusterError: the API server can't be reached.
        """
        gaps: list[str] = []
        identities, why = self.identities(gaps)
        if not self._has_policies():
            return FreezeFacts(identities, problem=UNSUPPORTED)
        wanted = freeze.on_the_spot(identities)
        governor = [self._find(each) for each in freeze.installed(identities)]
        parameter = self._read("Namespace", "", PARAMETER) or {}
        return FreezeFacts(
            identities=identities,
            me=self._me(gaps),
            policy=self._find(wanted[0]),
            binding=self._find(wanted[1]),
            governor=tuple(each for each in governor if each is not None),
            parameter=Ref("Namespace", "", PARAMETER, str((parameter.get("metadata") or {}).get("uid", ""))),
            frozen=_frozen(parameter),
            holes=self.holes(identities),
            problem="" if identities.known else why,
            gaps=tuple(gaps),
        )

    def identities(self, gaps: list[str]) -> tuple[Identities, str]:
        """Whom a freeze covers, and why that is nobody.

        The ServiceAccounts are those that the settings name and those that the optimizer's pods really run as: the
        template may have been changed since they were started.
        """
        named = self._named
        try:
            workloads = self._world.optimizers()
        except ClusterError as error:
            gaps.append(f"the optimizer's pods can't be read: {error}")
            workloads = ()
        accounts = [Account(*each) for facts in workloads for each in _accounts(facts)]
        users = sorted({*named.users, *(account.user for account in accounts)})
        found = Identities(tuple(users), named.groups, self._settings.break_glass)
        problem = next((facts.problem for facts in workloads if facts.problem), "")
        gaps += [facts.problem for facts in workloads if facts.problem and not facts.absent] if found.known else []
        return found, problem or "whom? no identity of the optimizer is known"

    def holes(self, identities: Identities) -> tuple[Hole, ...]:
        """Ask for each identity which ways round a freeze it has (SubjectAccessReview). One of a kind is enough."""
        at, about, known = self._holes
        if about == identities and self._clock.monotonic() - at < KEPT:
            return known
        found: list[Hole] = []
        for user, groups in questions(identities):
            asked = ((access, may(self._api, user, groups, access, _TIMEOUT)) for access in _ESCAPES)
            found.extend(_worst(user, groups, asked))
        self._holes = (self._clock.monotonic(), identities, tuple(found))
        return tuple(found)

    def _has_policies(self) -> bool:
        try:
            self._api.request("GET", paths.collection(GROUP, "v1", "validatingadmissionpolicies"), query={"limit": 1})
        except NotFound:
            return False
        return True

    def _me(self, gaps: list[str]) -> tuple[str, tuple[str, ...]] | None:
        try:
            return self._world.identify()
        except ClusterError as error:
            gaps.append(f"who we are is not known: {error}")
            return None

    def _find(self, wanted: JsonObject) -> FoundObject | None:
        found = self._read(wanted["kind"], "", wanted["metadata"]["name"])
        return None if found is None else _found(wanted["kind"], "", found, intact=compare.same(wanted, found))

    def _read(self, kind: str, namespace: str, name: str) -> JsonObject | None:
        try:
            body = self._api.request("GET", paths.of_kind(kind, namespace, name))
            found: Any = msgspec.json.decode(body)
        except NotFound:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadAnswer(f"{kind} {name}: the API server's answer is no JSON") from error
        return found if isinstance(found, dict) else None


UNSUPPORTED = f"this API server has no {POLICY} (v1): it needs Kubernetes {OLDEST} or newer"


def questions(identities: Identities) -> list[tuple[str, tuple[str, ...]]]:
    """User and groups of each identity, as an authorizer is to be asked about them."""
    asked = [(user, _groups_of(user)) for user in identities.users]
    return asked + [(PROBE_USER, (group, "system:authenticated")) for group in identities.groups]


def _groups_of(user: str) -> tuple[str, ...]:
    namespace, colon, name = user.removeprefix(ACCOUNT_PREFIX).partition(":")
    if user.startswith(ACCOUNT_PREFIX) and colon:
        return Account(namespace, name).groups
    return ("system:authenticated",)


def _accounts(facts: OptimizerFacts) -> Iterable[tuple[str, str]]:
    if facts.account is not None:
        yield facts.account.namespace, facts.account.name
    for pod in facts.pods:
        yield pod.ref.namespace, pod.account or "default"


def _worst(user: str, groups: Sequence[str], asked: Iterable[tuple[Access, Review]]) -> list[Hole]:
    """For each resource the first way that is open; where none is, the first that could not be asked about."""
    who = user if user != PROBE_USER else f"group {groups[0]}"
    holes: dict[str, Hole] = {}
    for access, answer in asked:
        known = holes.get(access.resource)
        if answer.allowed is False or (known is not None and known.allowed):
            continue
        if known is None or answer.allowed:
            holes[access.resource] = Hole(who, access, answer.allowed, answer.reason)
    return list(holes.values())


def _found(kind: str, namespace: str, body: JsonObject, *, intact: bool) -> FoundObject:
    metadata = body.get("metadata") or {}
    ours = compare.is_ours(body)
    name, uid = str(metadata.get("name", "")), str(metadata.get("uid", ""))
    return FoundObject(Ref(kind, namespace, name, uid=uid), ours, ours and intact)


def _frozen(parameter: JsonObject) -> str | None:
    notes = (parameter.get("metadata") or {}).get("annotations")
    value = notes.get(FROZEN) if isinstance(notes, dict) else None
    return value if isinstance(value, str) else None
