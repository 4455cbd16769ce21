"""Reads how a freeze stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, NotFound
from opsconsole.govern import compare, freeze
from opsconsole.govern.identities import ACCOUNT_PREFIX, EVERYBODYS, Identities
from opsconsole.govern.names import (
    BINDING,
    FREEZES,
    FROZEN,
    INSTALLED_FREEZE,
    MANAGED_BY,
    OLDEST,
    OURS,
    PARAMETER,
    PART_OF,
    POLICY,
)
from opsconsole.parallel import beside, in_parallel
from opsconsole.records import JsonObject, Ref
from opsconsole.settings import GovernSettings
from opsconsole.switches.freeze.around import named
from opsconsole.switches.freeze.around.ways import Hole, ask, by_groups, questions
from opsconsole.switches.freeze.facts import FoundObject, FreezeFacts, StandingFreeze
from opsconsole.switches.target.credentials import Credentials
from opsconsole.switches.target.facts import UNNAMED, OptimizerFacts
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.target.rights import Account

KEPT = 60.0
"""Seconds for which an answer about the ways round a freeze is good: rights change seldom, plans are made often."""

_TIMEOUT = 5.0
_KINDS = (POLICY, BINDING)
_GOVERNOR = (*(Ref(kind, "", INSTALLED_FREEZE) for kind in _KINDS), Ref("Namespace", "", PARAMETER))
_FREEZES = f"{MANAGED_BY}={OURS},{PART_OF}=freeze"
_LEFT_OUT = (
    "group {} is left out: people, nodes or the control plane are in it; name accounts and users, or freeze everybody "
    "but one group (break_glass)"
)
_GONE = (
    "{} is not there, and nothing tells as whom it ran: name its service_account, users or groups (table [optimizer])"
)
UNSUPPORTED = f"this API server has no {POLICY} (v1): it needs Kubernetes {OLDEST} or newer"


class FreezeReader:
    """Reads :class:`FreezeFacts`.

    Args:
        api: the connection.
        world: knows the optimizer.
        named: users and groups that the settings name besides its ServiceAccounts.
        ungrouped: users among them of whom no group is named.
        settings: of the governing.
        clock: tells how old an answer is.
    """

    def __init__(
        self,
        api: Api,
        world: TargetReader,
        named: Identities,
        settings: GovernSettings,
        clock: Clock,
        *,
        ungrouped: tuple[str, ...] = (),
    ) -> None:
        self._api = api
        self._world = world
        self._named = named
        self._ungrouped = ungrouped
        self._settings = settings
        self._clock = clock
        self._holes: dict[object, tuple[float, tuple[Hole, ...]]] = {}

    def __call__(self, *, ask: bool = True) -> FreezeFacts:
        """Read how the freeze stands. Blocks.

        Args:
            ask: ask the authorizer which ways round it there are: some fifty questions for each identity.

        Raises:
            ClusterError: the API server can't be reached.
        """
        gaps: list[str] = []
        unknown: list[str] = []
        whom = beside(lambda: self.identities(gaps))
        lists, me = beside(self._every), beside(lambda: self._me(unknown))
        *governor, parameter = in_parallel(self._read, _GOVERNOR)
        identities, why = whom()
        try:
            there = lists()
        except NotFound:
            return FreezeFacts(identities, problem=UNSUPPORTED)
        own, others, foreign, full = self._standing(identities, there)
        facts = FreezeFacts(
            identities=identities,
            ungrouped=self._ungrouped,
            me=me(),
            own=own,
            others=others,
            foreign=foreign,
            full=full,
            governor=_governor(governor),
            governed=freeze.about(governor[0] or {}),
            parameter=Ref("Namespace", "", PARAMETER, str(((parameter or {}).get("metadata") or {}).get("uid", ""))),
            frozen=_frozen(parameter or {}),
            namespaces=_namespaces(identities),
            asked=ask,
            problem="" if identities.known else why,
            gaps=(*gaps, *unknown),
        )
        return msgspec.structs.replace(facts, holes=self.holes(identities, (facts.name,))) if ask else facts

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
        found = Identities(tuple(users), _own(named.groups), self._settings.break_glass)
        gone = [_GONE.format(facts.title) for facts in workloads if facts.absent]
        left_out = [_LEFT_OUT.format(group) for group in named.groups if group in EVERYBODYS]
        problem = next(iter([*left_out, *gone, *(facts.problem for facts in workloads if facts.problem)]), "")
        looked_for = [each for each in workloads if not (each.absent or each.outside or each.problem == UNNAMED)]
        unread = [each.problem for each in looked_for if each.problem]
        gaps += [*left_out, *unread] if found.known else []
        return found, problem or "whom? no identity of the optimizer is known"

    def credentials(self, identities: Identities) -> Credentials:
        """What the tokens of these identities carry, to be sent with questions about them."""
        return self._world.credentials(identities.users)

    def holes(self, identities: Identities, names: Sequence[str]) -> tuple[Hole, ...]:
        """Ask for each identity which ways round the policies of these names it has (SubjectAccessReview)."""
        key = (identities, tuple(names))
        at, known = self._holes.get(key, (float("-inf"), ()))
        if self._clock.monotonic() - at < KEPT:
            return known
        places = _namespaces(identities)
        rbac = named.read(self._api, places, _TIMEOUT)
        carried = self.credentials(identities)
        answers = ask(self._api, questions(identities), names, places, rbac, credentials=carried)
        found = tuple(answer.hole for its in answers for answer in its if answer.hole is not None)
        found += by_groups(self._ungrouped, names, rbac)
        self._holes = {**dict(list(self._holes.items())[-3:]), key: (self._clock.monotonic(), found)}
        return found

    def _standing(
        self, identities: Identities, there: Sequence[StandingFreeze]
    ) -> tuple[StandingFreeze, tuple[StandingFreeze, ...], tuple[Ref, ...], bool]:
        """The freeze of these identities (or the name it would get), the others, and who else's objects are in the way.

        A name is free if nothing has it, or the halves of a freeze that were left without whom they are about.
        """
        mine = next((each for each in there if each.identities and each.identities.same(identities)), None)
        foreign: list[Ref] = []
        names = iter(FREEZES)
        taken = {each.name for each in there if each.policy is not None}
        while mine is None and (name := next(names, None)) is not None:
            theirs = [] if name in taken else self._foreign(name)
            foreign += theirs
            if name not in taken and not theirs:
                mine = next((each for each in there if each.name == name), StandingFreeze(name))
        found = mine or StandingFreeze(FREEZES[0])
        return found, tuple(each for each in there if each.name != found.name), tuple(foreign), mine is None

    def _every(self) -> list[StandingFreeze]:
        """The freezes that are there, by name.

        Raises:
            NotFound: this API server has no such policies.
        """
        policies, bindings = in_parallel(self._ours, _KINDS)
        return [_standing(name, policies.get(name), bindings.get(name)) for name in sorted({*policies, *bindings})]

    def _ours(self, kind: str) -> dict[str, JsonObject]:
        path = paths.collection(*paths.API_KINDS[kind])
        items = json_object(self._api.request("GET", path, query={"labelSelector": _FREEZES})).get("items")
        found = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        return {str((each.get("metadata") or {}).get("name")): each for each in found}

    def _foreign(self, name: str) -> list[Ref]:
        refs = [Ref(kind, "", name) for kind in _KINDS]
        read = zip(refs, in_parallel(self._read, refs), strict=True)
        return [ref for ref, found in read if found is not None and not compare.is_ours(found)]

    def _me(self, gaps: list[str]) -> tuple[str, tuple[str, ...]] | None:
        try:
            return self._world.identify()
        except ClusterError as error:
            gaps.append(f"who we are is not known: {error}")
            return None

    def _read(self, ref: Ref) -> JsonObject | None:
        try:
            body = self._api.request("GET", paths.of_kind(ref.kind, ref.namespace, ref.name))
            found: Any = msgspec.json.decode(body)
        except NotFound:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadAnswer(f"{ref.kind} {ref.name}: the API server's answer is no JSON") from error
        return found if isinstance(found, dict) else None


def _own(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(group for group in groups if group not in EVERYBODYS)


def _accounts(facts: OptimizerFacts) -> Iterable[tuple[str, str]]:
    if facts.account is not None:
        yield facts.account.namespace, facts.account.name
    for pod in facts.pods:
        if pod.account:  # a static pod has none
            yield pod.ref.namespace, pod.account


def _namespaces(identities: Identities) -> tuple[str, ...]:
    """Where rights are asked about that a RoleBinding may give: at home, and where the control plane lives."""
    accounts = (user.removeprefix(ACCOUNT_PREFIX) for user in identities.users if user.startswith(ACCOUNT_PREFIX))
    return tuple(sorted({PARAMETER, *(each.partition(":")[0] for each in accounts)}))


def _standing(name: str, policy: JsonObject | None, binding: JsonObject | None) -> StandingFreeze:
    identities = None if policy is None else freeze.about(policy)
    found = _pair((policy, binding), freeze.on_the_spot(identities or Identities(), name))
    return StandingFreeze(name, found[0], found[1], identities)


def _governor(parts: Sequence[JsonObject | None]) -> tuple[FoundObject, ...]:
    """The installed governor's freeze, as far as it is there; intact where it freezes somebody."""
    found = _pair(parts, freeze.installed(freeze.about(parts[0] or {}) or Identities()))
    return tuple(each for each in found if each is not None)


def _pair(found: Sequence[JsonObject | None], wanted: Sequence[JsonObject]) -> list[FoundObject | None]:
    return [
        None if each is None else _found(ought["kind"], each, intact=compare.same(ought, each))
        for each, ought in zip(found, wanted, strict=True)
    ]


def _found(kind: str, body: JsonObject, *, intact: bool) -> FoundObject:
    metadata = body.get("metadata") or {}
    ours = compare.is_ours(body)
    name, uid = str(metadata.get("name", "")), str(metadata.get("uid", ""))
    return FoundObject(Ref(kind, "", name, uid=uid), ours, ours and intact)


def _frozen(parameter: JsonObject) -> str | None:
    notes = (parameter.get("metadata") or {}).get("annotations")
    value = notes.get(FROZEN) if isinstance(notes, dict) else None
    return value if isinstance(value, str) else None
