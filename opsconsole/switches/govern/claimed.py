"""Who may write what the rules look at, where no audit log tells users: the field managers of what is there now.

A field manager is a name that its writer chose, so that none of them tells an identity, and nobody is excepted by one.
Deletes, evictions and shells leave none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.cluster.feeds.ownership import WRITTEN
from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.meta import FullMetadata, ManagedFields, Wire
from opsconsole.cluster.objects.ownership import LIST_ACCEPT
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.govern.governor import Wanted
from opsconsole.optimizer import Optimizers
from opsconsole.parallel import in_parallel
from opsconsole.records import Record, WriterClass
from opsconsole.settings import Settings
from opsconsole.switches.govern.judged import NAMED, Looks
from opsconsole.text import clean_line
from opsconsole.writers.names import by_manager

MOST = 500
"""Objects of each kind that are read."""

_TIMEOUT = 5.0


class ClaimedWriter(Record, frozen=True):
    """Somebody who calls itself so, and has set fields of what rules look at.

    Attributes:
        manager: the name that it chose.
        objects: that have fields of it.
        rules: that look at such writes, those of the most objects first.
        last: when it wrote last, as far as the API server keeps it.
        people: by its name it is a tool that people type.
    """

    manager: str
    objects: int
    rules: tuple[str, ...] = ()
    last: str = ""
    people: bool = False

    def __str__(self) -> str:
        last = f", last {clean_line(self.last[:10], 10)}" if self.last else ""
        typed = ", a tool that people type by that name" if self.people else ""
        objects = "1 object" if self.objects == 1 else f"{self.objects} objects"
        return f"{clean_line(self.manager, 100)} ({objects}, by {', '.join(self.rules)}{last}{typed})"


class Claims(Record, frozen=True):
    """What the field managers tell.

    Attributes:
        writers: programs of which nothing is known first, then tools of people's.
        system: how many more are called as the cluster's own parts are.
        unread: kinds that could not be read.
        cut: kinds of which only some objects were.
    """

    writers: tuple[ClaimedWriter, ...] = ()
    system: int = 0
    unread: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    def in_words(self) -> Iterator[str]:
        """Lines for people."""
        named = "; ".join(map(str, self.writers[:NAMED]))
        more = len(self.writers) - NAMED
        rest = f"; and {more} more" if more > 0 else ""
        parts = f" ({self.system} more are called as the cluster's own parts are)" if self.system else ""
        yield (
            "field managers that have set fields of what the rules look at, names that the writers chose and NOT KNOWN "
            f"WHOSE IDENTITY: {named or 'none'}{rest}{parts}; deletes, evictions and shells leave none. except_users "
            "takes users, not these names"
        )
        if self.unread:
            yield f"field managers could not be read of {', '.join(self.unread)}"
        if self.cut:
            yield f"field managers were read of the first {MOST} of {', '.join(self.cut)} alone"


class _Object(Wire):
    metadata: FullMetadata


class _ListMeta(Wire):
    more: str = msgspec.field(default="", name="continue")


class _Objects(Wire):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[_Object] | None = None


class Managed(NamedTuple):
    """The ``managedFields`` of one kind's objects; ``None``: they could not be read."""

    resource: Resource
    objects: Sequence[Sequence[ManagedFields]] | None
    cut: bool = False


def claims_of(api: Api, wanted: Wanted, settings: Settings) -> Claims:
    """Read them. Blocks, for some seconds at most; never raises."""
    return claimed(in_parallel(lambda each: _managed(api, each), WRITTEN), wanted, settings)


def claimed(found: Iterable[Managed], wanted: Wanted, settings: Settings) -> Claims:
    """What they tell of who else may be judged. Pure."""
    looks = Looks(wanted)
    own = {manager for each in Optimizers.of(settings).each for manager in each.managers}
    tallies: dict[str, Counter[str]] = {}
    objects: Counter[str] = Counter()
    last: dict[str, str] = {}
    kinds = list(found)
    for resource, entries in ((kind.resource, entries) for kind in kinds for entries in kind.objects or ()):
        for manager, rules in _rules(looks, resource, entries).items():
            objects[manager] += 1
            tallies.setdefault(manager, Counter()).update(rules)
        for entry in entries:
            last[entry.manager] = max(last.get(entry.manager, ""), entry.time or "")
    sorts = {manager: by_manager(manager, settings.writers).sort for manager in objects if manager not in own}
    named = [name for name, _ in objects.most_common() if sorts.get(name) not in {None, *_NOT_NAMED}]
    named.sort(key=lambda name: sorts[name] is WriterClass.PERSON)
    return Claims(
        tuple(
            ClaimedWriter(
                name,
                objects[name],
                tuple(rule for rule, _ in tallies[name].most_common()),
                last[name],
                sorts[name] is WriterClass.PERSON,
            )
            for name in named
        ),
        system=sum(sort is WriterClass.SYSTEM for sort in sorts.values()),
        unread=tuple(kind.resource.plural for kind in kinds if kind.objects is None),
        cut=tuple(kind.resource.plural for kind in kinds if kind.cut),
    )


_NOT_NAMED = frozenset({WriterClass.SYSTEM, WriterClass.OURS, WriterClass.UNTRACED})


def _rules(looks: Looks, kind: Resource, entries: Sequence[ManagedFields]) -> dict[str, set[str]]:
    """The rules that look at what each manager has written of one object."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        if by := looks("patch", kind.group, kind.plural, entry.subresource):
            found.setdefault(entry.manager, set()).update(by)
    return found


def _managed(api: Api, kind: Resource) -> Managed:
    try:
        body = api.request("GET", kind.path(), query={"limit": MOST}, accept=LIST_ACCEPT, timeout=_TIMEOUT)
        found = decode(body, _Objects)
    except NotFound:  # a custom kind that this cluster has not
        return Managed(kind, ())
    except ClusterError:
        return Managed(kind, None)
    objects = [each.metadata.managed_fields or () for each in found.items or ()]
    return Managed(kind, objects, cut=bool(found.metadata.more))
