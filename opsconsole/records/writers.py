"""Who writes to the cluster: what ``managedFields`` tells of an object, and what is known of each writer."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records.base import Record, Ref


class OwnedFields(Record, frozen=True):
    """One entry of ``metadata.managedFields`` with its fields.

    ``manager`` is raw: it is an identity, cleaned where it is drawn. ``fields`` are paths such as
    ``spec.template.spec.containers[web].resources.limits.memory``, sorted; ``cut`` says that there are more than are
    kept.
    """

    manager: str
    operation: str = ""
    subresource: str = ""
    at: float | None = None
    fields: tuple[str, ...] = ()
    cut: bool = False


class Ownership(Record, frozen=True):
    """Who owns which fields of one object, as the API server keeps it."""

    about: Ref
    resource_version: str = ""
    generation: int = 0
    entries: tuple[OwnedFields, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.about.kind}/{self.about.namespace}/{self.about.name}"


class WriterClass(StrEnum):
    """What a writer is taken for, in the order in which the list shows them."""

    SUSPECT = "suspect"
    PERSON = "person"
    UNTRACED = "unknown"
    """Writes of which nothing tells whose they are."""
    SYSTEM = "system"
    OURS = "opsconsole"

    @property
    def rank(self) -> int:
        """0 for what is looked at first."""
        return list(WriterClass).index(self)


class Takeover(Record, frozen=True):
    """A field that passed from one writer to another: ``taker`` wrote it and ``loser`` owned it until then."""

    at: float
    about: Ref
    field: str
    loser: str
    taker: str


Counts = tuple[tuple[str, int], ...]


class ClusterWriter(Record, frozen=True):
    """One that writes to the cluster.

    ``user`` is who the API server says it is; empty where no audit log tells, and then ``managers`` is all that is
    known: a name that any writer may choose. ``why`` says in words what ``sort`` goes by, ``proved`` whether that is a
    fact of the API server. ``per_minute`` is ``None`` until it was watched for long enough. ``took`` counts fields
    taken over from people, ``lost`` those that people took back. ``rights`` are the roles that it is bound to, ``None``
    where that is not known. ``pods`` are those whose tokens were used (a fact of the API server), ``acts_as`` whom it
    impersonated. ``doubt`` says why its name is not believed. ``objects`` are how many it wrote;
    ``examples`` some of them, the newest first. Counts are sorted, the most first.
    """

    key: str
    name: str
    sort: WriterClass
    why: str = ""
    proved: bool = False
    user: str = ""
    managers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    namespaces: Counts = ()
    kinds: Counts = ()
    fields: Counts = ()
    verbs: Counts = ()
    refused: Counts = ()
    objects: int = 0
    examples: tuple[Ref, ...] = ()
    writes: int = 0
    per_minute: float | None = None
    last: float | None = None
    took: int = 0
    lost: int = 0
    takeovers: tuple[Takeover, ...] = ()
    rights: tuple[str, ...] | None = None
    pods: tuple[str, ...] = ()
    acts_as: tuple[str, ...] = ()
    doubt: str = ""
