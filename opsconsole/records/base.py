"""What every record stands on: the base, the kinds of the store, the name of an object."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """Base of every record: frozen, compared by value, invisible to the garbage collector.

    ``gc=False`` is safe since records hold only strings, numbers, tuples and other records, never a cycle.
    """


class Kind(StrEnum):
    """What a record in the store is about; with a key it names one record."""

    POD = "pod"
    EVENT = "event"
    WORKLOAD = "workload"
    NODE = "node"
    HPA = "hpa"
    PDB = "pdb"
    GPU = "gpu"
    GPU_PROCESS = "gpu_process"
    GPU_NODE = "gpu_node"
    DECISION = "decision"
    METRIC = "metric"
    CHANGE = "change"
    FINDING = "finding"
    BINDING = "binding"
    OWNERSHIP = "ownership"
    WRITER = "writer"
    AUDIT = "audit"
    AUTOSCALER = "autoscaler"


class Ref(Record, frozen=True, order=True):
    """Names one object of the cluster (or of a host, with an empty namespace). ``uid`` is empty when unknown."""

    kind: str
    namespace: str
    name: str
    uid: str = ""

    @property
    def key(self) -> str:
        """``namespace/name``, or the bare name of a cluster-wide object: the key its record has in the store."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" + (f" -n {self.namespace}" if self.namespace else "")
