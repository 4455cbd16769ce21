"""By which volumes pods reach the credentials of their node: a claim's volume may be a directory of the node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.parallel import in_parallel
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.workloads.on_node import by_path
from opsconsole.text import clean_line


class _Directory(Wire):
    path: str = ""


class _Spec(Wire):
    volume_name: str = ""
    volume_mode: str = ""
    host_path: _Directory | None = None
    local: _Directory | None = None


class _Shape(Wire):
    """A PersistentVolumeClaim or a PersistentVolume."""

    spec: _Spec = msgspec.field(default_factory=_Spec)


class NodeVolumes:
    """Asks what the claims of pods stand for.

    Args:
        api: reads.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, timeout: float) -> None:
        self._api = api
        self._timeout = timeout

    def within(self, optimizers: Iterable[OptimizerFacts], unsure: list[str]) -> list[OptimizerFacts]:
        """``optimizers`` with what their pods reach by their claims; ``unsure`` gets what can't be told, in words."""
        return [msgspec.structs.replace(each, pods=self.looked_up(each.pods, unsure)) for each in optimizers]

    def looked_up(self, pods: Sequence[PodFact], unsure: list[str]) -> tuple[PodFact, ...]:
        """``pods`` with what those that run reach by their claims."""
        wanted = {key: pod for pod in pods if not pod.over for key in _keys(pod)}
        asked = in_parallel(lambda each: self._reached(each[1], *each[0][1:]), list(wanted.items()))
        found = dict(zip(wanted, asked, strict=True))
        for ((_, name, _), pod), error in zip(wanted.items(), asked, strict=True):
            if isinstance(error, ClusterError):
                unsure.append(
                    f"whether {pod.ref} reaches the credentials of its node by the volume of claim {clean_line(name)} "
                    f"is not known: {error}"
                )

        def with_its(pod: PodFact) -> PodFact:
            words = [found.get(key) for key in _keys(pod)]
            more = tuple(each for each in words if isinstance(each, str) and each)
            return msgspec.structs.replace(pod, on_node=(*pod.on_node, *more)) if more else pod

        return tuple(map(with_its, pods))

    def _reached(self, pod: PodFact, claim: str, writable: bool) -> str | ClusterError:
        """By what a claim reaches a node's credentials, in words; empty where it does not; or why that is unknown."""
        try:
            asked = self._read(paths.item("", "v1", "persistentvolumeclaims", pod.ref.namespace, claim))
            if (
                asked is None or not asked.volume_name
            ):  # no pod starts with it; one that runs had it, and has its volume
                return ClusterError("it is not there, or has no volume") if pod.phase == "Running" else ""
            volume = self._read(paths.item("", "v1", "persistentvolumes", "", asked.volume_name))
        except ClusterError as error:
            return error
        if volume is None:
            return ClusterError(f"its PersistentVolume {clean_line(asked.volume_name)} is not there")
        return _in_words(clean_line(claim), volume, writable=writable)

    def _read(self, path: str) -> _Spec | None:
        try:
            return decode(self._api.request("GET", path, timeout=self._timeout), _Shape).spec
        except NotFound:
            return None


def _keys(pod: PodFact) -> list[tuple[str, str, bool]]:
    """Namespace and name of each of its claims, and whether it may write there."""
    return [(pod.ref.namespace, name, name not in pod.claims_read_only) for name in pod.claims]


def _in_words(claim: str, volume: _Spec, *, writable: bool) -> str:
    kind, place = ("hostPath", volume.host_path) if volume.host_path else ("local", volume.local)
    if place is None:
        return ""
    disk = volume.volume_mode == "Block" and volume.local is not None  # a disk of the node, with whatever is on it
    found = f"{kind} {place.path}" if disk else by_path(kind, place.path, writable=writable)
    return f"claim {claim} on {clean_line(found)}" if found else ""
