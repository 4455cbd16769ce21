"""What a downgrade plans from: the grants, and what the optimizer was seen to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from opsconsole.cluster.questions.reviews import Access, Api, json_object, may_i
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.governor.account.damage import Damage
from opsconsole.records import JsonObject, Record
from opsconsole.switches.downgrade.needs import PLURALS, RBAC, WorkNeeds, WorkWrite, needs
from opsconsole.switches.target.facts import RevokeFacts

_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TIMEOUT = 10.0
_MAKES = ("clusterroles", "clusterrolebindings")
"""What leaves it its reading: without these it would be revoked, not downgraded."""


class DowngradeFacts(Record, frozen=True):
    """The grants as they are, and what is to be left.

    Attributes:
        rights: the grants.
        work: what is to be left.
        seen: what it was seen to write.
        gaps: what could not be read, in words.
        unseen: where else it may have written, which could not be looked at, in words.
        denied: what of the making we may not, as questions that were answered with no.
    """

    rights: RevokeFacts
    work: WorkNeeds
    seen: tuple[WorkWrite, ...] = ()
    gaps: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    denied: tuple[Access, ...] = ()


class DowngradeReader:
    """Reads :class:`DowngradeFacts`.

    Args:
        api: lists what has managed fields.
        rights: reads the grants and asks the authorizer.
        account: the damage; ``None`` where nothing was watched.
        managers: field managers that the settings name.
        roles: what the optimizers are for.
        guarded: the guard's namespace.
        places: namespaces to look in where we may not look in all of them.
        blind: what was not watched everywhere, in words.
    """

    def __init__(
        self,
        api: Api,
        rights: Callable[[], RevokeFacts],
        account: Callable[[], Sequence[Damage]] | None,
        *,
        managers: frozenset[str],
        roles: tuple[str, ...],
        guarded: str,
        places: Sequence[str] = (),
        blind: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._api = api
        self._rights = rights
        self._account = account
        self._managers = managers
        self._roles = roles
        self._guarded = guarded
        self._places = places
        self._blind = blind

    def __call__(self) -> DowngradeFacts:
        """Read what there is. Blocks.

        Raises:
            ClusterError: the API server can't be reached.
        """
        gaps: list[str] = []
        unseen = list(self._blind())
        going = self._going(gaps)
        seen = {each for each in (*self._watched(unseen), *self._owned(unseen)) if each.namespace not in going}
        work = needs(seen, self._roles, self._guarded)
        asked = [Access("create", kind, RBAC) for kind in _MAKES]
        denied = tuple(each for each in asked if may_i(self._api, each, _TIMEOUT).allowed is False)
        return DowngradeFacts(self._rights(), work, tuple(sorted(seen)), tuple(gaps), tuple(unseen), denied)

    def _going(self, gaps: list[str]) -> frozenset[str]:
        """Namespaces that are being deleted: nothing can be made in them, and nothing is left to write there."""
        try:
            body = json_object(self._api.request("GET", "/api/v1/namespaces", accept=_METADATA, timeout=_TIMEOUT))
        except ClusterError as error:
            gaps.append(f"which namespaces are being deleted is not known: {error}")
            return frozenset()
        found = [item.get("metadata") or {} for item in body.get("items") or ()]
        return frozenset(str(each.get("name")) for each in found if each.get("deletionTimestamp"))

    def _watched(self, unseen: list[str]) -> Iterator[WorkWrite]:
        """What the console saw it write, for certain: what only its log says widens nothing."""
        try:
            rows = self._account() if self._account else ()
        except ClusterError as error:
            unseen.append(f"what it was seen to write is not known: {error}")
            return
        for row in rows:
            if row.certain:
                yield WorkWrite(row.about.kind, row.about.namespace)
                if row.path == "replicas":
                    yield WorkWrite(row.about.kind, row.about.namespace, "scale")

    def _owned(self, unseen: list[str]) -> Iterator[WorkWrite]:
        """What fields it owns in the cluster, under the field managers that the settings name."""
        for kind in PLURALS if self._managers else ():
            try:
                yield from self._owned_in(kind, "")
            except NotFound:
                continue
            except Denied as error:
                unseen.append(_unread(kind, error))
                for place in self._places if kind != "Node" else ():
                    try:
                        yield from self._owned_in(kind, place)
                    except ClusterError as further:
                        unseen.append(_unread(kind, further))
            except ClusterError as error:
                unseen.append(_unread(kind, error))

    def _owned_in(self, kind: str, namespace: str) -> list[WorkWrite]:
        group, version, plural = paths.API_KINDS[kind]
        path = paths.collection(group, version, plural, namespace)
        body = json_object(self._api.request("GET", path, accept=_METADATA, timeout=_TIMEOUT))
        return list(_by(self._managers, kind, body.get("items") or ()))


def _unread(kind: str, error: ClusterError) -> str:
    group, plural = PLURALS[kind]
    return f"whether it wrote {plural} of {group or 'the core'} is not known: {error}"


def _by(managers: frozenset[str], kind: str, items: Iterable[JsonObject]) -> Iterator[WorkWrite]:
    for item in items:
        metadata = item.get("metadata") or {}
        for entry in metadata.get("managedFields") or ():
            subresource = str(entry.get("subresource") or "")
            if entry.get("manager") in managers and subresource in {"", "scale"}:
                yield WorkWrite(kind, str(metadata.get("namespace") or ""), subresource)
