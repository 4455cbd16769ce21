"""What belongs to nobody: pods and ReplicaSets that a new workload takes for its own if its selector fits them.

A controller adopts what no controller owns, and may then end it: as one too many, on a node where it wants none, as an
older revision. A rule sees one write and no other objects, so that none can keep it from that; the plan names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.cluster.objects.meta import Metadata, Wire
from opsconsole.cluster.objects.ownership import LIST_ACCEPT
from opsconsole.cluster.questions.reviews import Access, Api, Review, decode, may
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.govern.identities import Identities
from opsconsole.parallel import in_parallel
from opsconsole.records import Record
from opsconsole.switches.freeze.around.ways import questions
from opsconsole.text import clean_line

PAGE, PAGES = 1_000, 20
"""Objects that are read at a time, and how often: of a larger cluster the plan says that there are more."""

NAMED = 8
"""Objects that are named, and namespaces for which is asked who may make such workloads there."""

_TIMEOUT = 10.0
_RUNNING = "status.phase!=Succeeded,status.phase!=Failed"


class _Taken(NamedTuple):
    """Objects of one kind, and the workloads that adopt them."""

    kind: str
    selector: str
    by: tuple[str, ...]


_TAKEN = (_Taken("Pod", _RUNNING, ("daemonsets", "statefulsets")), _Taken("ReplicaSet", "", ("deployments",)))
"""Not ReplicaSets, ReplicationControllers and Jobs: rule ``escapes`` refuses those that adopt. A StatefulSet takes the
pods that are called as its own would be."""


class Unowned(Record, frozen=True):
    """Objects of one kind that nobody owns.

    Attributes:
        kind: theirs.
        keys: ``namespace/name`` of each.
        by: plurals of the workloads that take them.
        may: whether any of the governed may make one of those where they are; ``None``: not known.
        more: not all were read.
        trouble: why they could not be read; empty if they were.
    """

    kind: str
    keys: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    may: bool | None = None
    more: bool = False
    trouble: str = ""

    def __str__(self) -> str:
        if self.trouble:
            return f"whether there are {self.kind}s that belong to nobody is not known: {self.trouble}"
        named = ", ".join(clean_line(each, 200) for each in self.keys[:NAMED])
        rest = f" and {len(self.keys) - NAMED} more" if len(self.keys) > NAMED else ""
        unread = f" (of the first {PAGE * PAGES:,})" if self.more else ""
        which = f"{self.kind}s that belong to nobody{unread}: {named}{rest}"
        if self.may is False:
            return f"{which}; a new workload could take them for its own, and none of the governed may make one there"
        doubt = " it is not known whether it may, and" if self.may is None else ""
        makes = " or ".join(self.by)
        return (
            f"{which}; NO RULE KEEPS THEM:{doubt} a governed identity that makes {makes} whose selector fits "
            "takes them for its own, and so may end them; take create of those from it (RBAC), or give them an owner"
        )


class _Object(Wire):
    metadata: Metadata


class _ListMeta(Wire):
    more: str = msgspec.field(default="", name="continue")


class _Page(Wire):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[_Object] | None = None


def unowned(api: Api, governed: Identities, *, ungrouped: bool = False) -> tuple[Unowned, ...]:
    """Read what belongs to nobody, and ask whether the governed may make what takes it. Blocks; never raises.

    ``ungrouped``: one of them may be in groups that nobody named, so that no is no answer.
    """
    found = in_parallel(lambda each: _look(api, each, governed, ungrouped=ungrouped), _TAKEN)
    return tuple(each for each in found if each.keys or each.trouble)


def _look(api: Api, taken: _Taken, governed: Identities, *, ungrouped: bool) -> Unowned:
    keys: list[str] = []
    more = ""
    try:
        for _ in range(PAGES):
            page = _page(api, taken, more)
            keys += [f"{each.metadata.namespace}/{each.metadata.name}" for each in page.items or () if _is_free(each)]
            more = page.metadata.more
            if not more:
                break
    except ClusterError as error:
        return Unowned(taken.kind, trouble=str(error))
    keys.sort()
    allowed = _may(api, keys, taken.by, governed) if keys else False
    allowed = None if keys and ungrouped and allowed is False else allowed
    return Unowned(taken.kind, tuple(keys), taken.by, allowed, more=bool(more))


def _page(api: Api, taken: _Taken, more: str) -> _Page:
    path = paths.collection(*paths.API_KINDS[taken.kind])
    query = {"limit": PAGE, "continue": more or None, "fieldSelector": taken.selector or None}
    return decode(api.request("GET", path, query=query, accept=LIST_ACCEPT, timeout=_TIMEOUT), _Page)


def _is_free(found: _Object) -> bool:
    owners = found.metadata.owner_references or ()
    return not any(each.controller for each in owners) and found.metadata.deletion_timestamp is None


def _may(api: Api, keys: Sequence[str], plurals: Sequence[str], governed: Identities) -> bool | None:
    """Whether any of the governed may make such a workload; not known where a group is all that they are named by."""
    spaces = list(dict.fromkeys(key.partition("/")[0] for key in keys))
    asked = list(_questions(spaces[:NAMED], plurals, governed))
    answers = [each.allowed for each in in_parallel(lambda each: _ask(api, *each), asked)]
    if any(answers):
        return True
    unknown = None in answers or len(spaces) > NAMED or bool(governed.break_glass) or not asked
    return None if unknown else False


class _Question(NamedTuple):
    user: str
    groups: tuple[str, ...]
    access: Access


def _questions(spaces: Sequence[str], plurals: Sequence[str], governed: Identities) -> Iterator[_Question]:
    for user, groups in questions(governed):
        for space in spaces:
            for plural in plurals:
                yield _Question(user, tuple(groups), Access("create", plural, "apps", namespace=space))


def _ask(api: Api, user: str, groups: tuple[str, ...], access: Access) -> Review:
    return may(api, user, groups, access, _TIMEOUT)
