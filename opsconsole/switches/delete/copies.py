"""Copies of the optimizer elsewhere: pods of the same image that the plan does not touch, looked for and listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.objects.meta import Metadata, Wire, owner
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import Pod, Ref
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.left.listed import Listed
from opsconsole.text import clean_line

PATIENCE = 20.0
"""Seconds that listing may take."""

WAITED = 0.3
"""Seconds that a plan waits for the list: what stops the optimizer must not wait for what it left behind."""

_PAGE = 500
_SHOWN = 5


class PodCopy(NamedTuple):
    """A pod as far as it matters: where it is, what made it, what it runs."""

    uid: str
    namespace: str
    maker: str
    images: frozenset[str]
    over: bool


class _Container(Wire):
    image: str = ""


class _Spec(Wire):
    containers: list[_Container] | None = None


class _Status(Wire):
    phase: str = ""


class _Pod(Wire):
    metadata: Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _ListMeta(msgspec.Struct, rename="camel"):
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct):
    items: list[_Pod] | None = None
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


class Copies:
    """Looks for pods that run one of the optimizer's images, and are not its own.

    Args:
        api: lists all pods where nobody watches them.
        clock: where the time comes from.
        executor: lists them.
        watched: the pods that a console watches; ``None`` while it does not.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        executor: ReservedExecutor,
        watched: Callable[[], Iterable[Pod] | None] = lambda: None,
    ) -> None:
        self._api = api
        self._clock = clock
        self._watched = watched
        self._listed = Listed[list[PodCopy]](clock, executor, WAITED)

    def in_words(self, workloads: Sequence[OptimizerFacts]) -> tuple[str, ...]:
        """What runs the image of one of them and is left, in words; also where that can't be told."""
        images = {image for each in workloads for _, image in _images(each)}
        if not images:
            return ()
        own = {pod.ref.uid for each in workloads for pod in (*each.pods, *each.sharing)}
        looks, trouble = self._look()
        found = sorted(
            {
                f"{each.namespace}/{each.maker}"
                for each in looks
                if not each.over and each.uid not in own and each.images & images
            }
        )
        return (*_left(found), *([f"whether copies of it run elsewhere can't be told: {trouble}"] if trouble else []))

    def _look(self) -> tuple[list[PodCopy], str]:
        watched = self._watched()
        if watched is not None:
            return [_look_at(pod) for pod in watched], ""
        try:
            found = self._listed.get("all pods", lambda: [look for page in self._pages() for look in page])
        except ClusterError as error:
            return [], str(error)
        return ([], "all pods are being listed") if found is None else (found, "")

    def _pages(self) -> Iterator[list[PodCopy]]:
        """All pods, page by page.

        Raises:
            ClusterError: they can't be listed, or not in :data:`PATIENCE`.
        """
        deadline, after = self._clock.monotonic() + PATIENCE, ""
        while True:
            query = {"limit": _PAGE, "continue": after or None}
            body = self._api.request("GET", paths.collection("", "v1", "pods"), query=query, timeout=PATIENCE)
            page = decode(body, _Page)
            yield [_look_at_shape(each) for each in page.items or ()]
            after = page.metadata.continue_
            if not after:
                return
            if self._clock.monotonic() > deadline:
                raise ClusterError(f"not all pods were listed within {PATIENCE:g} s")


def _images(facts: OptimizerFacts) -> Iterable[tuple[str, str]]:
    return facts.root.images if facts.root else [pair for pod in facts.pods for pair in pod.images]


def _left(found: list[str]) -> Iterator[str]:
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"left running: the same image elsewhere, in {', '.join(found[:_SHOWN])}{more}"


def _look_at(pod: Pod) -> PodCopy:
    images = frozenset(each.image for each in pod.containers if not each.init)
    maker = _maker(pod.owner, pod.name)
    return PodCopy(pod.uid, pod.namespace, maker, images, pod.phase in {"Succeeded", "Failed"})


def _look_at_shape(pod: _Pod) -> PodCopy:
    meta = pod.metadata
    images = frozenset(clean_line(each.image) for each in pod.spec.containers or ())
    maker = _maker(owner(meta), clean_line(meta.name))
    return PodCopy(meta.uid, clean_line(meta.namespace), maker, images, pod.status.phase in {"Succeeded", "Failed"})


def _maker(made_by: Ref | None, name: str) -> str:
    return made_by.name if made_by else name
