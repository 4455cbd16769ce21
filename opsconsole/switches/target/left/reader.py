"""Lists what changes how the cluster works: webhooks, admission policies, custom resources, aggregated APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.objects.meta import FullMetadata, Wire, pairs
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.cluster.transport.times import seconds
from opsconsole.parallel import in_parallel
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.left.leftovers import Answered, Installed, LeftBehind, ServiceFact, left_behind
from opsconsole.switches.target.left.listed import Listed

WAITED = 1.0
"""Seconds that a plan waits for the lists: what stops the optimizer must not wait for what it leaves behind."""

PATIENCE = 10.0
"""Seconds without a byte that one list may take."""

_PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_KINDS = (
    ("ValidatingWebhookConfiguration", _ADMISSION, "v1", "validatingwebhookconfigurations"),
    ("MutatingWebhookConfiguration", _ADMISSION, "v1", "mutatingwebhookconfigurations"),
    ("APIService", "apiregistration.k8s.io", "v1", "apiservices"),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions"),
    ("ValidatingAdmissionPolicy", _ADMISSION, "v1", "validatingadmissionpolicies"),
    ("ValidatingAdmissionPolicyBinding", _ADMISSION, "v1", "validatingadmissionpolicybindings"),
    ("MutatingAdmissionPolicy", _ADMISSION, "v1", "mutatingadmissionpolicies"),
    ("MutatingAdmissionPolicyBinding", _ADMISSION, "v1", "mutatingadmissionpolicybindings"),
)
_BULKY = "CustomResourceDefinition"
"""Of some hundred, schemas are tens of megabytes: their metadata is listed, and only the suspicious are read whole."""

_MOST_READ = 20


class _ServiceRef(Wire):
    namespace: str = ""
    name: str = ""


class _Client(Wire):
    service: _ServiceRef | None = None


class _Rule(Wire):
    operations: list[str] | None = None
    resources: list[str] | None = None


class _Webhook(Wire):
    name: str = ""
    client_config: _Client = msgspec.field(default_factory=_Client)
    failure_policy: str = "Fail"
    rules: list[_Rule] | None = None


class _Item(Wire):
    metadata: FullMetadata
    webhooks: list[_Webhook] | None = None
    spec: dict[str, Any] | None = None


class _List(Wire):
    items: list[_Item] | None = None


class Leftovers:
    """Looks for what the optimizers leave behind, at most once a minute.

    Args:
        api: lists it.
        clock: where the time comes from.
        executor: lists it beside the plan.
        managers: the optimizers' field managers, as the settings name them.
    """

    def __init__(self, api: Api, clock: Clock, executor: ReservedExecutor, managers: Iterable[str] = ()) -> None:
        self._api = api
        self._managers = tuple(managers)
        self._listed = Listed[tuple[list[Installed], list[ServiceFact], list[str]]](clock, executor, WAITED)

    def look(self, workloads: Sequence[OptimizerFacts]) -> LeftBehind:
        """What is left, in words; also where that can't be told."""
        places = tuple(sorted({ref.namespace for each in workloads for ref in each.chain}))
        if not places:
            return LeftBehind()
        listed = self._listed.get(places, lambda: self._list(places))
        if listed is None:
            return LeftBehind((), ("what it leaves behind is being listed",))
        installed, services, gaps = listed
        found = left_behind(workloads, installed, services, self._managers)
        words = f"what else it leaves behind can't be told: {gaps[0]}" if gaps else ""
        return msgspec.structs.replace(found, rest=(*found.rest, *filter(None, [words])))

    def _list(self, places: Sequence[str]) -> tuple[list[Installed], list[ServiceFact], list[str]]:
        gaps: list[str] = []
        services = in_parallel(lambda place: self._or_gap(lambda: self._services(place), gaps), list(places))
        listed = in_parallel(lambda kind: self._or_gap(lambda: self._kind(*kind), gaps), _KINDS)
        return [each for some in listed for each in some], [each for some in services for each in some], gaps

    def _or_gap(self, read: Callable[[], list[Any]], gaps: list[str]) -> list[Any]:
        try:
            return read()
        except NotFound:
            return []  # an older API server does not serve it: there are none
        except ClusterError as error:
            gaps.append(str(error))
            return []

    def _services(self, place: str) -> list[ServiceFact]:
        body = self._api.request("GET", paths.collection("", "v1", "services", place), timeout=PATIENCE)
        return [
            ServiceFact(each.metadata.namespace, each.metadata.name, pairs((each.spec or {}).get("selector")))
            for each in decode(body, _List).items or ()
        ]

    def _kind(self, kind: str, group: str, version: str, plural: str) -> list[Installed]:
        accept = _PARTIAL if kind == _BULKY else "application/json"
        body = self._api.request("GET", paths.collection(group, version, plural), accept=accept, timeout=PATIENCE)
        items = decode(body, _List).items or []
        if kind == _BULKY:
            newest = sorted(items, key=lambda each: each.metadata.creation_timestamp or "")[-_MOST_READ:]
            whole = in_parallel(lambda each: self._whole(group, version, plural, each), newest)
            items = [*(each for each in items if each not in newest), *whole]
        return [_installed(kind, f"{plural}.{group}", each) for each in items]

    def _whole(self, group: str, version: str, plural: str, item: _Item) -> _Item:
        try:
            path = paths.item(group, version, plural, "", item.metadata.name)
            return decode(self._api.request("GET", path, timeout=PATIENCE), _Item)
        except ClusterError:
            return item


def _installed(kind: str, plural: str, item: _Item) -> Installed:
    meta = item.metadata
    return Installed(
        kind=kind,
        plural=plural,
        name=meta.name,
        created=seconds(meta.creation_timestamp),
        managers=tuple(dict.fromkeys(each.manager for each in meta.managed_fields or ())),
        labels=pairs(meta.labels),
        answered=tuple(_answered(kind, item)),
    )


def _answered(kind: str, item: _Item) -> Iterable[Answered]:
    for hook in item.webhooks or ():
        if hook.client_config.service is not None:
            where = hook.client_config.service
            fails = hook.failure_policy != "Ignore"
            yield Answered(where.namespace, where.name, f"webhook {hook.name}", _asks(hook.rules or ()), fails)
    spec = item.spec or {}
    if kind == "APIService" and isinstance(spec.get("service"), dict):
        where = spec["service"]
        asks = (
            f"every request to {spec.get('version')}.{spec.get('group')} (and a namespace that is deleted never ends)"
        )
        yield Answered(str(where.get("namespace")), str(where.get("name")), "the API", asks, fails=True)
    client = ((spec.get("conversion") or {}).get("webhook") or {}).get("clientConfig") or {}
    if kind == _BULKY and isinstance(client.get("service"), dict):
        where = client["service"]
        asks = "every request for its objects in another version than the stored one"
        yield Answered(str(where.get("namespace")), str(where.get("name")), "its conversion", asks, fails=True)


def _asks(rules: Iterable[_Rule]) -> str:
    """``CREATE, UPDATE of pods, deployments``; what is meant for all is said so."""
    verbs = dict.fromkeys(verb for rule in rules for verb in rule.operations or ())
    kinds = dict.fromkeys(kind for rule in rules for kind in rule.resources or ())
    words = "every write" if "*" in verbs else ", ".join(verbs) or "nothing"
    return f"{words} of {'everything' if '*' in kinds else ', '.join(kinds) or 'nothing'} that it is asked about"
