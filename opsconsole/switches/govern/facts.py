"""What installing the governor plans from: what is wanted, and what of it is in the cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import NotFound
from opsconsole.govern import compare
from opsconsole.govern.governor import Wanted, key, manifests
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import BINDING, GOVERNOR, MANAGED_BY, OURS, PART_OF, POLICY
from opsconsole.govern.rules.builtin import RuleLimits
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.reader import UNSUPPORTED, FreezeReader
from opsconsole.switches.govern.claimed import claims_of
from opsconsole.switches.govern.judged import SeenWriters, seen_in
from opsconsole.switches.govern.unowned import Unowned, unowned
from opsconsole.switches.target.credentials import Credentials

_OURS = f"{MANAGED_BY}={OURS},{PART_OF}=governor"


class Object(Record, frozen=True):
    """One object of the governor in the cluster. ``same``: it says what is wanted."""

    ref: Ref
    ours: bool
    same: bool
    manifest: JsonObject


class GovernFacts(Record, frozen=True):
    """What is wanted and what is there.

    Attributes:
        wanted: what the settings ask for.
        freeze: how the freeze stands, who is governed, and who could get round it.
        there: what is in the cluster under the names that are used, by kind and name.
        surplus: objects of ours that are there and not wanted: of rules that are off in the settings by now.
        others: who else writes what the rules look at, by the audit log; ``None`` where nobody else is judged, or
            nobody asked (:meth:`GovernorReader.others`).
        unowned: what belongs to nobody, so that no rule keeps it from a new workload; empty where nobody asked, too.
    """

    wanted: Wanted
    freeze: FreezeFacts
    there: tuple[Object, ...] = ()
    surplus: tuple[Object, ...] = ()
    others: SeenWriters | None = None
    unowned: tuple[Unowned, ...] = ()

    def find(self, kind: str, name: str) -> Object | None:
        """The object of that name; ``None`` if it is not there."""
        return next((each for each in self.there if (each.ref.kind, each.ref.name) == (kind, name)), None)


class GovernorReader:
    """Reads :class:`GovernFacts`.

    Args:
        api: the connection.
        freeze: reads how the freeze stands.
        settings: what is wanted.
    """

    def __init__(self, api: Api, freeze: FreezeReader, settings: Callable[[], Settings]) -> None:
        self._api = api
        self._freeze = freeze
        self._settings = settings

    def __call__(self) -> GovernFacts:
        """Read what is there. Blocks.

        Raises:
            ClusterError: the API server can't be reached, or does not let us read it.
        """
        freeze = self._freeze()
        wanted = wanted_by(self._settings(), freeze)
        if freeze.problem == UNSUPPORTED:
            return GovernFacts(wanted, freeze)
        # Where nobody is known to be governed nothing is wanted, and all that is there is to be seen all the same.
        ought = {} if freeze.problem else {key(each): each for each in manifests(wanted)}
        there: list[Object] = []
        for (kind, name), manifest in ought.items():
            found = self._get(kind, manifest["metadata"].get("namespace", ""), name)
            if found is not None:
                there.append(_object(kind, found, manifest))
        listed = [_object(kind, each, None) for kind in (BINDING, POLICY) for each in self._list(kind)]
        surplus = tuple(
            each
            for each in listed
            if (each.ref.kind, each.ref.name) not in ought and each.ref.name.startswith(GOVERNOR)
        )
        names = tuple(sorted({name for _, name in ought}))
        freeze = msgspec.structs.replace(freeze, holes=self._freeze.holes(freeze.identities, names))
        return GovernFacts(wanted, freeze, tuple(there), surplus)

    def credentials(self, identities: Identities) -> Credentials:
        """What the tokens of these identities carry, to be sent with questions about them."""
        return self._freeze.credentials(identities)

    def others(self, wanted: Wanted) -> SeenWriters | None:
        """Who else writes what the rules look at; ``None`` where nobody else is judged. Takes a second of a long log.

        Without a log the field managers of what is there tell at least what the writers call themselves.

        For the plan of installing alone: what is read over and over (:meth:`__call__`) does without.
        """
        if not wanted.identities.break_glass:
            return None
        settings = self._settings()
        log = settings.writers.audit_log
        found = seen_in(Path(log) if log else None, wanted)
        if not found.trouble:
            return found
        claims = claims_of(self._api, wanted, settings).in_words()
        return msgspec.structs.replace(found, claims=tuple(claims))

    def unowned(self, freeze: FreezeFacts) -> tuple[Unowned, ...]:
        """What belongs to nobody; for the plan of installing alone, as :meth:`others`."""
        return unowned(self._api, freeze.identities, ungrouped=bool(freeze.ungrouped))

    def _get(self, kind: str, namespace: str, name: str) -> JsonObject | None:
        try:
            return json_object(self._api.request("GET", paths.of_kind(kind, namespace, name)))
        except NotFound:
            return None

    def _list(self, kind: str) -> list[JsonObject]:
        path = paths.collection(*paths.API_KINDS[kind])
        items = json_object(self._api.request("GET", path, query={"labelSelector": _OURS})).get("items")
        return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def wanted_by(settings: Settings, freeze: FreezeFacts) -> Wanted:
    """What the settings ask for, for the identities that were found."""
    govern = settings.govern
    limits = RuleLimits(settings.governor.max_cut_percent, govern.min_replicas, govern.max_replicas)
    modes = tuple(sorted(govern.rules.items()))
    return Wanted(freeze.identities, govern.namespace, govern.approvers, limits, modes, govern.except_users)


def _object(kind: str, found: JsonObject, wanted: JsonObject | None) -> Object:
    metadata = found.get("metadata") or {}
    metadata.pop("managedFields", None)
    ref = Ref(kind, str(metadata.get("namespace") or ""), str(metadata.get("name")), str(metadata.get("uid", "")))
    same = wanted is not None and compare.same(wanted, found)
    return Object(ref, compare.is_ours(found), same, found)
