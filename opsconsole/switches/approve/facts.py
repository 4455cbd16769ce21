"""What approving plans from: what is asked for beside the live objects, who we are, and what refuses it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import json_object, may_i
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.govern import compare
from opsconsole.govern.approvals.listed import SCALABLE, lines, named_once, scaling
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities
from opsconsole.govern.names import BINDING, POLICY
from opsconsole.govern.rules.builtin import NAMES, RuleLimits, manifests, name_of
from opsconsole.govern.rules.builtin import SELF_APPROVAL as _SELF
from opsconsole.govern.rules.lapsed import SINCE
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.settings import GovernSettings
from opsconsole.switches.approve.requests import (
    ApprovalAsk,
    ApprovalRenewal,
    ApprovalRequest,
    can_be_listed,
    may_list,
    place_of,
    puts_for,
    request_id,
)
from opsconsole.switches.approve.tries import DryRun, telling, tried_by, ways_to_write
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.reader import FreezeReader
from opsconsole.switches.freeze.trying.clock import ask_clock
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi
from opsconsole.switches.restore.fields import Put, UnfitError, value

MOST = 20
"""Requests that are looked at: each costs an object and a dry run."""

KEPT = 120.0
"""Seconds for which the answer to a dry run is good, of an object that has not changed: webhooks hear of each."""

_TIMEOUT = 5.0


class ApproveFacts(Record, frozen=True):
    """What is asked for, and whether we may sign it.

    Attributes:
        requests: what is asked for, the newest first.
        identities: who the optimizer is.
        approvers: the group whose people may approve.
        me: our user name.
        problem: why nothing can be approved; empty otherwise.
        gaps: what could not be read, in words.
        unread: what may be asked for besides: the log, or an object that it names, can't be read, in words.
        clocked: an approved delete, and scaling by ``/scale``, end by a clock; ``None``: that is not known.
    """

    requests: tuple[ApprovalRequest, ...] = ()
    identities: Identities = Identities()
    approvers: str = ""
    me: str = ""
    problem: str = ""
    gaps: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    clocked: bool | None = False


_Services = Callable[[str], "list[JsonObject] | str"]


class ApprovalReader:
    """Reads :class:`ApproveFacts`.

    Args:
        api: reads, and tries writes as the optimizer without doing them.
        freeze: knows who is governed, and who we are.
        asked: what the log asks for, the newest first.
        denied: ids of what was denied.
        settings: of the governing.
        clock: tells how old an answer is.
        unheard: why the log is not read; empty where it is.
    """

    def __init__(
        self,
        api: ImpersonatingApi,
        freeze: FreezeReader,
        *,
        asked: Callable[[], Sequence[ApprovalAsk]],
        denied: Callable[[], frozenset[str]],
        settings: GovernSettings,
        clock: Clock,
        unheard: Callable[[], str] = str,
    ) -> None:
        self._api = api
        self._freeze = freeze
        self._unheard = unheard
        self._asked = asked
        self._denied = denied
        self._settings = settings
        self._clock = clock
        self._tried: dict[tuple[str, str], tuple[float, DryRun]] = {}
        self._clock_asked = float("-inf")
        self._clock_runs: bool | None = None
        self.further: tuple[ApprovalAsk, ...] = ()
        """What a person asks for on the command line, in the optimizer's stead."""

    def __call__(self) -> ApproveFacts:
        """Read what is asked for. Blocks.

        Raises:
            ClusterError: the API server can't be reached.
        """
        freeze = self._standing()
        me = freeze.me[0] if freeze.me else ""
        problem = freeze.problem or self._ungoverned(freeze) or self._no_approver(freeze)
        found: dict[str, ApprovalRequest] = {}
        services = cache(self._services_in)
        gaps, asks = list(freeze.gaps), [*self.further, *self._asked()]
        unheard = self._unheard()
        unread = [f"its log is not read, and may ask for more: {unheard}"] if unheard else []
        if len(asks) > MOST:
            gaps.append(f"of {len(asks)} requests the newest {MOST} are looked at; the others are not")
        for ask in asks[:MOST]:
            try:
                request = self._request(ask, freeze.identities, services)
            except ClusterError as error:
                unread.append(f"{ask.about} can't be read: {error}")
                continue
            if request is not None:
                found.setdefault(request.id, request)
        denied = self._denied()  # by people: what a person asks for now is his to sign
        asked = tuple(each for each in found.values() if each.id not in denied or each.asked in self.further)
        words = (tuple(gaps), tuple(dict.fromkeys(unread)))
        clocked = any(each.deletes or each.listed_by is not None for each in asked) and self._clocked()
        return ApproveFacts(asked, freeze.identities, self._settings.approvers, me, problem, *words, clocked=clocked)

    def _clocked(self) -> bool | None:
        """Whether rule ``lapsed`` sees Leases that are renewed, asked twice a minute while a plan is looked at."""
        ticks = self._clock.monotonic()
        if ticks - self._clock_asked > SINCE:
            self._clock_runs, self._clock_asked = ask_clock(self._api, self._clock.now()).runs, ticks
        return self._clock_runs

    def _standing(self) -> FreezeFacts:
        """How the freeze stands; where we may not read that, who the optimizer is, and why nothing can be approved."""
        try:
            return self._freeze()
        except Denied as error:
            gaps: list[str] = []
            identities, _ = self._freeze.identities(gaps)
            return FreezeFacts(identities, problem=self._untold(error), gaps=tuple(gaps))

    def _untold(self, error: Denied) -> str:
        return (
            f"whether anybody but {self._settings.approvers} could approve can't be told: {error}; let somebody "
            "approve who has the roles of examples/rbac/responder.yaml, or have them bound to you for the whole cluster"
        )

    def _ungoverned(self, freeze: FreezeFacts) -> str:
        """Why somebody else than an approver could approve; empty if the rule against it is whole and refuses."""
        approvers = self._settings.approvers
        whom = freeze.governed or freeze.identities
        ((_, _, *wanted),) = manifests(whom, RuleLimits(), approvers, {name: "off" for name in NAMES if name != _SELF})
        try:
            for kind, ought in zip((POLICY, BINDING), wanted, strict=True):
                found = json_object(self._api.request("GET", paths.of_kind(kind, "", name_of(_SELF)), timeout=_TIMEOUT))
                if not compare.is_ours(found) or not compare.same(ought, found):
                    return (
                        f"rule self-approval is not as it would be installed for group {approvers}: somebody else may "
                        f"be able to approve ({kind}: opsconsole govern status)"
                    )
        except NotFound:
            return "rule self-approval is not installed, so that anybody could approve (opsconsole govern install)"
        except Denied as error:
            return self._untold(error)
        return ""

    def _no_approver(self, freeze: FreezeFacts) -> str:
        if freeze.me is None:
            return "who we are is not known, so that it is not known either whether we may approve"
        user, groups = freeze.me
        if user.startswith(ACCOUNT_PREFIX) or self._settings.approvers not in groups:
            return f"you ({user}) are not in group {self._settings.approvers}: a person in it has to approve"
        if freeze.identities.cover(user, groups):
            return f"you ({user}) are governed yourself: somebody else has to approve"
        return ""

    def _request(self, ask: ApprovalAsk, identities: Identities, services: _Services) -> ApprovalRequest | None:
        """The request; ``None`` if it is so already, or the object is gone."""
        about = ask.about
        try:
            path = paths.item(*api_of(about.kind), about.namespace, about.name)
            found = json_object(self._api.request("GET", path, timeout=_TIMEOUT), about)
        except KeyError:
            return None
        except NotFound:
            return None
        target = Ref(about.kind, about.namespace, about.name, str(found["metadata"].get("uid", "")))
        try:
            puts = () if ask.deletes else puts_for(ask, found)
        except UnfitError as error:
            return ApprovalRequest(request_id(target, ask.deletes, ()), target, ask, problem=str(error))
        if not ask.deletes and not puts:
            return None
        place = self._listed_by(target, ask.deletes, puts)
        request = ApprovalRequest(
            request_id(target, ask.deletes, puts), target, ask, puts, listed_by=place, unique=named_once(found)
        )
        request = msgspec.structs.replace(request, renews=self._renewal(request, found))
        tried = self._try(request, found, identities)
        reach = _reach(target, found, services)
        return msgspec.structs.replace(request, refused=tried.refused, why_unknown=tried.why, reach=reach)

    def _listed_by(self, target: Ref, deletes: bool, puts: Sequence[Put]) -> Ref | None:
        """The Namespace that an approval is to be listed by; none where that is no use, or we may not change it."""
        if not can_be_listed(target, deletes, puts):
            return None
        allowed = may_i(self._api, may_list(target.namespace), _TIMEOUT).allowed
        return place_of(target) if allowed is not False else None

    def _renewal(self, request: ApprovalRequest, found: JsonObject) -> ApprovalRenewal | None:
        """The approval of its replicas that stands, where a grant written on the object would void it.

        Whoever may not read the Namespace can't list it anew: what he signs is his all the same.
        """
        target = request.target
        if request.deletes or request.listed_by is not None or target.kind not in SCALABLE:
            return None
        place, now = place_of(target), self._clock.now()
        try:
            space = json_object(self._api.request("GET", paths.of_kind("Namespace", "", place.name), timeout=_TIMEOUT))
        except Denied:
            return None
        for line in lines(space):
            if (to := scaling(line, found, now)) is not None:
                put = Put("replicas", value(target.kind, "replicas", found), to[0])
                return ApprovalRenewal(place, (put,), (to[1] - now) / 60)
        return None

    def _try(self, request: ApprovalRequest, found: JsonObject, identities: Identities) -> DryRun:
        now, key = self._clock.monotonic(), (request.id, str(found["metadata"].get("resourceVersion")))
        self._tried = {each: kept for each, kept in self._tried.items() if now - kept[0] < KEPT}
        if key not in self._tried:
            listed = can_be_listed(request.target, request.deletes, request.puts)
            ways = ways_to_write(request.target, found, request.puts, listed=listed)
            self._tried[key] = (now, telling(tried_by(self._api, identities, ways)))
        return self._tried[key][1]

    def _services_in(self, namespace: str) -> list[JsonObject] | str:
        """The services of a namespace, or why they are not known."""
        path = paths.collection("", "v1", "services", namespace)
        try:
            items = json_object(self._api.request("GET", path, timeout=_TIMEOUT)).get("items")
        except ClusterError as error:
            return str(error)
        return list(items or ())


def _reach(target: Ref, found: JsonObject, services: _Services) -> str:
    """Who is hit, in words. ``services`` lists those of a namespace, once for all requests of a look."""
    status, spec = found.get("status") or {}, found.get("spec") or {}
    if target.kind == "Node":
        return "every pod on the node"
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not isinstance(labels, dict):
        return ""
    pods = int(status.get("replicas") or status.get("currentNumberScheduled") or 0)
    known = services(target.namespace)
    if isinstance(known, str):
        return f"{_count(pods, 'pod')}; its services are not known: {known}"
    serving = sorted(_serving(known, labels))
    behind = f" behind {', '.join(serving[:5])}" if serving else " behind no service"
    return _count(pods, "pod") + behind


def _serving(services: Sequence[JsonObject], labels: Mapping[str, str]) -> Iterator[str]:
    for each in services:
        selector = (each.get("spec") or {}).get("selector")
        if isinstance(selector, dict) and selector and selector.items() <= labels.items():
            yield str((each.get("metadata") or {}).get("name"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
