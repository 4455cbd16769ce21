"""What a downgrade plans from: the grants, and what the optimizer was seen to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.governor.account.damage import Damage
from opsconsole.records import JsonObject, Record
from opsconsole.switches.downgrade.needs import PLURALS, WorkNeeds, WorkWrite, needs
from opsconsole.switches.target.facts import RevokeFacts

_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TIMEOUT = 10.0


class DowngradeFacts(Record, frozen=True):
    """The grants as they are, and what is to be left."""

    rights: RevokeFacts
    work: WorkNeeds
    seen: tuple[WorkWrite, ...] = ()
    gaps: tuple[str, ...] = ()


class DowngradeReader:
    """Reads :class:`DowngradeFacts`.

    Args:
        api: lists what has managed fields.
        rights: reads the grants and asks the authorizer.
        account: the damage; ``None`` where nothing was watched.
        managers: field managers that the settings name.
        roles: what the optimizers are for.
        guarded: the guard's namespace.
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
    ) -> None:
        self._api = api
        self._rights = rights
        self._account = account
        self._managers = managers
        self._roles = roles
        self._guarded = guarded

    def __call__(self) -> DowngradeFacts:
        """Read what there is. Blocks.

        Raises:
            ClusterError: the API server can't be reached.
        """
        gaps: list[str] = []
        going = self._going(gaps)
        seen = {each for each in (*self._watched(gaps), *self._owned(gaps)) if each.namespace not in going}
        work = needs(seen, self._roles, self._guarded)
        return DowngradeFacts(self._rights(), work, tuple(sorted(seen)), tuple(gaps))

    def _going(self, gaps: list[str]) -> frozenset[str]:
        """Namespaces that are being deleted: nothing can be made in them, and nothing is left to write there."""
        try:
            body = json_object(self._api.request("GET", "/api/v1/namespaces", accept=_METADATA, timeout=_TIMEOUT))
        except ClusterError as error:
            gaps.append(f"which namespaces are being deleted is not known: {error}")
            return frozenset()
        found = [item.get("metadata") or {} for item in body.get("items") or ()]
        return frozenset(str(each.get("name")) for each in found if each.get("deletionTimestamp"))

    def _watched(self, gaps: list[str]) -> Iterator[WorkWrite]:
        """What the console saw it write, for certain: what only its log says widens nothing."""
        try:
            rows = self._account() if self._account else ()
        except ClusterError as error:
            gaps.append(f"what it was seen to write is not known: {error}")
            return
        for row in rows:
            if row.certain:
                yield WorkWrite(row.about.kind, row.about.namespace)
                if row.path == "replicas":
                    yield WorkWrite(row.about.kind, row.about.namespace, "scale")

    def _owned(self, gaps: list[str]) -> Iterator[WorkWrite]:
        """What fields it owns in the cluster, under the field managers that the settings name."""
        for kind, (group, plural) in PLURALS.items() if self._managers else ():
            path = paths.collection(*paths.API_KINDS[kind])
            try:
                body = json_object(self._api.request("GET", path, accept=_METADATA, timeout=_TIMEOUT))
            except NotFound:
                continue
            except ClusterError as error:
                gaps.append(f"whether it wrote {plural} of {group or 'the core'} is not known: {error}")
                continue
            yield from _by(self._managers, kind, body.get("items") or ())


def _by(managers: frozenset[str], kind: str, items: Iterable[JsonObject]) -> Iterator[WorkWrite]:
    for item in items:
        metadata = item.get("metadata") or {}
        for entry in metadata.get("managedFields") or ():
            subresource = str(entry.get("subresource") or "")
            if entry.get("manager") in managers and subresource in {"", "scale"}:
                yield WorkWrite(kind, str(metadata.get("namespace") or ""), subresource)
