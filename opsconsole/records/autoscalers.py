"""Autoscalers that are custom objects: VPA with its recommendations, KEDA's ScaledObjects."""

from __future__ import annotations

from opsconsole.records.base import Record, Ref
from opsconsole.records.cluster import FieldManager


class Advice(Record, frozen=True):
    """What a VPA recommends for one container. CPU in cores, memory in bytes; ``None`` where it says nothing."""

    container: str
    cpu: float | None = None
    memory: float | None = None
    least_memory: float | None = None
    most_memory: float | None = None


class Autoscaler(Record, frozen=True):
    """A VerticalPodAutoscaler or a ScaledObject.

    ``mode`` is a VPA's update mode (``Off``: it only recommends), or ``paused`` of a ScaledObject that is. ``minimum``
    and ``maximum`` are a ScaledObject's numbers of replicas; ``metric`` its triggers in words.
    """

    kind: str
    namespace: str
    name: str
    target: Ref
    uid: str = ""
    mode: str = ""
    minimum: int | None = None
    maximum: int | None = None
    metric: str = ""
    advice: tuple[Advice, ...] = ()
    managers: tuple[FieldManager, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.namespace, self.name, self.uid)
