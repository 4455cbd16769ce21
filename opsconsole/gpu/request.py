"""What a node is told of the cluster, since it has no rights there: the JSON that ``opsconsole node`` takes.

It is what ``kubectl get pods -A -o json`` prints, and may have further keys beside ``items``:

``targets``     processes to clean up, as a report listed them: ``[{"pid": 4711, "start_ticks": 325235}]``
``over_since``  pod UID → seconds since the epoch from which on it was seen gone or terminal (a report's own word)
``killed``      UIDs of the killed optimizer's pods
``as_of``       seconds since the epoch at which the list was made
``complete``    true: whoever made the list knows that it has every pod of the cluster
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from opsconsole.clock import Clock
from opsconsole.decoding import decode_as
from opsconsole.gpu.pods import PodView
from opsconsole.records import Pod
from opsconsole.text import clean_line

FRESH_SECONDS = 60.0
"""A list of pods older than this says nothing about who lives now."""

HOW = "kubectl get pods -A -o json | ssh NODE opsconsole node report --pods -"


class RequestError(Exception):
    """What was given is not what is asked for; the text says what is wrong and where."""


class PodMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """Of a pod, or of the list: then ``continue`` says that there are more pages."""

    uid: str = ""
    name: str = ""
    namespace: str = ""
    deletion_timestamp: str | None = None
    rest: str = msgspec.field(default="", name="continue")


class Status(msgspec.Struct, frozen=True):
    """Of a pod."""

    phase: str = ""


class Item(msgspec.Struct, frozen=True):
    """One pod. Nothing else of it is read: its environment stays in the pipe."""

    metadata: PodMetadata
    status: Status = Status()
    kind: str = "Pod"


class Asked(msgspec.Struct, frozen=True):
    """A process to clean up."""

    pid: int
    start_ticks: int


class Request(msgspec.Struct, frozen=True):
    """The whole of it; see the module's docstring."""

    items: list[Item] | None = None
    metadata: PodMetadata = PodMetadata()
    targets: list[Asked] = []
    over_since: dict[str, float] = {}
    killed: list[str] = []
    as_of: float | None = None
    complete: bool = False


def decode(data: bytes, made_at: float) -> Request:
    """Read a request; ``made_at`` is when its list was made, unless it says so itself.

    Raises:
        RequestError: it is not such JSON.
    """
    try:
        request = decode_as(data, Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"not the JSON of a list of pods: {clean_line(str(error), 200)}") from error
    if any(item.kind != "Pod" for item in request.items or ()):
        raise RequestError("the list holds something else than pods")
    return request if request.as_of is not None else msgspec.structs.replace(request, as_of=made_at)


class RequestPods:
    """A :data:`~opsconsole.gpu.pods.PodSource` that knows what the request says."""

    def __init__(self, request: Request, clock: Clock) -> None:
        self._request = request
        self._clock = clock
        self._pods: Mapping[str, Pod] = {item.metadata.uid: _pod(item) for item in request.items or ()}

    def __call__(self, uids: frozenset[str]) -> PodView:
        """The pods of ``uids``, and whether one that is missing is known not to be."""
        why = self._incomplete()
        return PodView({uid: self._pods[uid] for uid in uids & self._pods.keys()}, complete=not why, why=why)

    def _incomplete(self) -> str:
        request, age = self._request, self._age()
        if request.items is None:
            return f"no list of pods was given: {HOW}"
        if abs(age) > FRESH_SECONDS:
            when = f"{age:.0f} s old" if age > 0 else f"from {-age:.0f} s in the future: set the clocks"
            return f"the list of pods is {when}"
        if request.metadata.rest or "" in self._pods:
            return "the list of pods is not whole: it has further pages, or pods without a UID"
        if not request.complete and len({pod.namespace for pod in self._pods.values()}) < 2:
            return f"the list has pods of one namespace at most, all of them are needed: {HOW}"
        return ""

    def _age(self) -> float:
        made = self._request.as_of
        return float("inf") if made is None else self._clock.now() - made


def _pod(item: Item) -> Pod:
    meta = item.metadata
    return Pod(
        namespace=clean_line(meta.namespace, 256),
        name=clean_line(meta.name, 256),
        uid=meta.uid,
        phase=item.status.phase,
        deleted_at=None if meta.deletion_timestamp is None else 0.0,
    )
