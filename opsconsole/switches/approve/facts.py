"""What approving plans from: what is asked for beside the live objects, who we are, and what refuses it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, ServerError
from opsconsole.cluster.writes import api_of
from opsconsole.govern import compare
from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities
from opsconsole.govern.names import BINDING, POLICY
from opsconsole.govern.rules import NAMES, RuleLimits, manifests, name_of
from opsconsole.govern.rules import SELF_APPROVAL as _SELF
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.settings import GovernSettings
from opsconsole.switches.approve.requests import ApprovalAsk, ApprovalRequest, puts_for, request_id
from opsconsole.switches.freeze.around.ways import questions
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.reader import FreezeReader
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi, impersonating, is_of_impersonation
from opsconsole.switches.restore.fields import UnfitError, patch

MOST = 20
"""Requests that are looked at: each costs an object and a dry run."""

KEPT = 120.0
"""Seconds for which the answer to a dry run is good, of an object that has not changed: webhooks hear of each."""

_TIMEOUT = 5.0
_RULE = "opsconsole: "


class ApproveFacts(Record, frozen=True):
    """What is asked for, and whether we may sign it.

    Attributes:
        requests: what is asked for, the newest first.
        identities: who the optimizer is.
        approvers: the group whose people may approve.
        me: our user name.
        problem: why nothing can be approved; empty otherwise.
        gaps: what could not be read, in words.
    """

    requests: tuple[ApprovalRequest, ...] = ()
    identities: Identities = Identities()
    approvers: str = ""
    me: str = ""
    problem: str = ""
    gaps: tuple[str, ...] = ()


_Services = Callable[[str], "list[JsonObject] | str"]


class _DryRun(NamedTuple):
    refused: str | None
    why: str = ""


class ApprovalReader:
    """Reads :class:`ApproveFacts`.

    Args:
        api: reads, and tries writes as the optimizer without doing them.
        freeze: knows who is governed, and who we are.
        asked: what the log asks for, the newest first.
        denied: ids of what was denied.
        settings: of the governing.
        clock: tells how old an answer is.
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
    ) -> None:
        self._api = api
        self._freeze = freeze
        self._asked = asked
        self._denied = denied
        self._settings = settings
        self._clock = clock
        self._tried: dict[tuple[str, str], tuple[float, _DryRun]] = {}
        self.further: tuple[ApprovalAsk, ...] = ()
        """What a person asks for on the command line, in the optimizer's stead."""

    def __call__(self) -> ApproveFacts:
        """Read what is asked for. Blocks.

        Raises:
            ClusterError: the API server can't be reached.
        """
        freeze = self._freeze()
        me = freeze.me[0] if freeze.me else ""
        problem = freeze.problem or self._ungoverned(freeze) or self._no_approver(freeze)
        found: dict[str, ApprovalRequest] = {}
        services = cache(self._services_in)
        gaps, asks = list(freeze.gaps), [*self.further, *self._asked()]
        if len(asks) > MOST:
            gaps.append(f"of {len(asks)} requests the newest {MOST} are looked at; the others are not")
        for ask in asks[:MOST]:
            try:
                request = self._request(ask, freeze.identities, services)
            except ClusterError as error:
                gaps.append(f"{ask.about} can't be read: {error}")
                continue
            if request is not None:
                found.setdefault(request.id, request)
        denied = self._denied()  # by people: what a person asks for now is his to sign
        asked = tuple(each for each in found.values() if each.id not in denied or each.asked in self.further)
        return ApproveFacts(asked, freeze.identities, self._settings.approvers, me, problem, tuple(gaps))

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
        request = ApprovalRequest(request_id(target, ask.deletes, puts), target, ask, puts)
        tried = self._try(request, path, found, identities)
        reach = _reach(target, found, services)
        return ApprovalRequest(request.id, target, ask, puts, tried.refused, tried.why, reach)

    def _try(self, request: ApprovalRequest, path: str, found: JsonObject, identities: Identities) -> _DryRun:
        now, key = self._clock.monotonic(), (request.id, str(found["metadata"].get("resourceVersion")))
        self._tried = {each: kept for each, kept in self._tried.items() if now - kept[0] < KEPT}
        if key not in self._tried:
            self._tried[key] = (now, self._dry_run(request, path, found, identities))
        return self._tried[key][1]

    def _dry_run(self, request: ApprovalRequest, path: str, found: JsonObject, identities: Identities) -> _DryRun:
        """The write as each identity of the optimizer: the first that a rule refuses tells."""
        answers = [
            as_optimizer(self._api, path, None if request.deletes else patch(request.target.kind, found, request.puts),
                         who)
            for who in questions(identities)
        ]  # fmt: skip
        refused = next((each for each in answers if each.refused), None)
        unknown = next((each for each in answers if each.refused is None), None)
        return refused or unknown or next(iter(answers), _DryRun(None, "it has no identity"))

    def _services_in(self, namespace: str) -> list[JsonObject] | str:
        """The services of a namespace, or why they are not known."""
        path = paths.collection("", "v1", "services", namespace)
        try:
            items = json_object(self._api.request("GET", path, timeout=_TIMEOUT)).get("items")
        except ClusterError as error:
            return str(error)
        return list(items or ())


def as_optimizer(
    api: ImpersonatingApi, path: str, change: Sequence[JsonObject] | None, who: tuple[str, Sequence[str]]
) -> _DryRun:
    """Try a write (``None``: a delete) as the optimizer with ``dryRun=All``: what refuses it, empty if nothing does."""
    try:
        api.request(
            "DELETE" if change is None else "PATCH",
            path,
            query={"dryRun": "All"},
            body=None if change is None else list(change),
            content_type="application/json-patch+json",
            timeout=_TIMEOUT,
            impersonate=False,
            further=impersonating(*who),
        )
    except Denied as error:
        if is_of_impersonation(error):
            return _DryRun(None, "you may not impersonate it")
        return _DryRun(_rule_in(error.reason))
    except ServerError as error:
        return _DryRun(None, f"the write itself is not taken: {error}")
    except ClusterError as error:
        return _DryRun(None, str(error))
    return _DryRun("")


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


def _rule_in(reason: str) -> str:
    """What of a refusal a person needs: the rule's own words."""
    _, found, words = reason.rpartition(_RULE)
    return words if found else reason


def _serving(services: Sequence[JsonObject], labels: Mapping[str, str]) -> Iterator[str]:
    for each in services:
        selector = (each.get("spec") or {}).get("selector")
        if isinstance(selector, dict) and selector and selector.items() <= labels.items():
            yield str((each.get("metadata") or {}).get("name"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
