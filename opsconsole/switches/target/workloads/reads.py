"""Reads pods and what makes them, as they stand now. Every call asks the API server; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from opsconsole.cluster.objects.meta import Metadata, Wire
from opsconsole.cluster.questions.pages import PAGE, read_list
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound, ServerError
from opsconsole.cluster.writes import api_of
from opsconsole.parallel import in_parallel
from opsconsole.records import Ref
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, ScalerFact, WorkFact
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.workloads import wire as shapes
from opsconsole.switches.target.workloads.climb import Controllers, Found
from opsconsole.switches.target.workloads.kinship import own_pods, program, strays
from opsconsole.switches.target.workloads.wire import PodShape, ScalerShape, WorkShape

_PAGES = 100
"""Pages of its namespace's pods that are looked through for what it has let go: no query can ask for those."""

_Shape = TypeVar("_Shape")


class _Identified(Wire):
    metadata: Metadata


class _List(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class TooManyPodsError(ClusterError):
    """There are more pods than are looked through. ``found`` is what is known: its own, and others, by name."""

    def __init__(self, namespace: str, found: tuple[tuple[PodFact, ...], tuple[PodFact, ...]]) -> None:
        what = f"{namespace} has more than {PAGE * _PAGES} pods"
        super().__init__(f"{what}: whether it let one of them go, which runs on, is not known")
        self.found = found


class Reads:
    """What there is to read about workloads.

    Args:
        api: the connection.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, timeout: float) -> None:
        self.api = api
        self.timeout = timeout
        self.controllers = Controllers(api, timeout)

    def pods_of(self, facts: OptimizerFacts) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        """The optimizer's pods now; and others that run as its account, or that nothing makes and that run its image.

        Raises:
            ClusterError: they can't be listed, or not all of them.
        """
        gaps: list[str] = []
        return self.pods(facts, self.made_by(facts.root, gaps), gaps)

    def work(self, ref: Ref) -> WorkFact | None:
        """A controller as it stands now; ``None`` if it (the one with this UID) is not there."""
        found = self.controllers.read(ref)
        return found.fact if found is not None and ref.uid in {"", found.fact.ref.uid} else None

    def pod(self, ref: Ref) -> PodFact | None:
        """A pod as it stands now; ``None`` if it (the one with this UID) is not there."""
        found = self.get("Pod", ref.namespace, ref.name, PodShape)
        if found is None or (ref.uid and found.metadata.uid != ref.uid):
            return None
        return shapes.pod_fact(found)

    def made_by(self, root: WorkFact | None, gaps: list[str]) -> tuple[WorkFact, ...] | None:
        """What a workload makes that makes pods in turn: a CronJob's Jobs, all below a custom owner, in any depth.

        ``None`` where what a custom owner makes may not be read; ``gaps`` say why.

        Raises:
            ClusterError: Jobs can't be listed, or nothing can be asked.
        """
        if root is None or (root.ref.kind != "CronJob" and "." not in root.ref.kind):
            return ()
        if root.ref.kind == "CronJob":
            return self.jobs(root.ref)
        try:
            works = [each.fact for each in self.works(root.ref.namespace)]
        except ServerError as error:
            gaps.append(f"its pods are told by their labels and images, since what it makes can't be read: {error}")
            return None
        above = {root.ref.uid}
        while more := {each.ref.uid for each in works if each.owner and each.owner.uid in above} - above:
            above |= more
        return tuple(each for each in works if each.ref.uid in above)

    def pods(
        self, facts: OptimizerFacts, made: tuple[WorkFact, ...] | None, gaps: list[str]
    ) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        """The same, with :meth:`made_by` known already; ``gaps`` gets what could not be read.

        Raises:
            TooManyPodsError: not all were looked through for what it let go.
            ClusterError: they can't be listed.
        """
        root, account = facts.root, facts.account
        namespace = root.ref.namespace if root else facts.chain[0].namespace
        parents = self._parents(root, made, gaps)
        found: dict[str, PodFact] = {}
        queries = [{"labelSelector": root.selector}] if root and root.selector else []
        queries += [{"labelSelector": "job-name"}] if root and root.ref.kind == "CronJob" else []
        queries += [runs_as(account)] if account and account.namespace == namespace else []
        for query in queries:
            found |= {each.metadata.uid: shapes.pod_fact(each) for each in self.list_pods(namespace, query)}
        # What was named itself may run as nobody, and be in no list of an account's: a static pod does.
        unlisted = [pod.ref for pod in (() if root else facts.pods) if pod.ref.uid not in found]
        found |= {ref.uid: pod for ref in unlisted if (pod := self.pod(ref)) is not None}
        own = own_pods(facts, parents, found.values())
        names = {pod.ref.uid for pod in own}
        sharing = {
            uid: pod
            for uid, pod in found.items()
            if uid not in names and account == Account(namespace, pod.account) and not pod.over
        }
        if root and root.images:
            sharing |= {
                pod.ref.uid: pod for pod in self._let_go(namespace, facts, own, sharing) if pod.ref.uid not in names
            }
        return _in_order(own, sharing)

    def _let_go(
        self, namespace: str, facts: OptimizerFacts, own: Iterable[PodFact], sharing: Mapping[str, PodFact]
    ) -> list[PodFact]:
        """Pods of a namespace that run its container and that nothing makes.

        Raises:
            TooManyPodsError: not all were looked through.
            ClusterError: they can't be listed.
        """
        images = program(facts, own)

        def stop(pages: int) -> None:
            if pages >= _PAGES:
                raise TooManyPodsError(namespace, _in_order(own, sharing))

        def keep(raw: bytes) -> Iterable[PodFact]:
            return strays(images, [shapes.pod_fact(decode(raw, PodShape))])

        path = paths.collection(*api_of("Pod"), namespace)
        return read_list(self.api, path, keep, timeout=self.timeout, before_page=stop)

    def scalers_of(self, root: Ref, gaps: list[str]) -> tuple[ScalerFact, ...]:
        """The autoscalers on a controller."""
        return (
            *self._scalers("HorizontalPodAutoscaler", root, gaps),
            *self._scalers("ScaledObject", root, gaps),
        )

    def uid(self, path: str) -> str:
        """The UID of the object at ``path``.

        Raises:
            NotFound: there is none.
            ClusterError: it can't be read.
        """
        return decode(self.api.request("GET", path, timeout=self.timeout), _Identified).metadata.uid

    def jobs(self, cron: Ref) -> tuple[WorkFact, ...]:
        """The Jobs of a CronJob."""
        found = [shapes.work_fact("Job", each) for each in self._list("Job", cron.namespace, {}, WorkShape)]
        return tuple(job for job in found if job.owner and job.owner.uid == cron.uid)

    def works_as(self, account: Account) -> list[Found]:
        """Controllers of pods in its namespace that want some, and whose template runs as ``account``.

        Raises:
            ClusterError: one of their kinds can't be listed.
        """
        found = self.works(account.namespace)
        return [each for each in found if each.fact.account == account.name and not each.fact.stopped]

    def works(self, namespace: str) -> list[Found]:
        """Every controller of pods of Kubernetes' own kinds in a namespace.

        Raises:
            ClusterError: one of their kinds can't be listed.
        """
        kinds = [kind for _, kind in sorted(shapes.CONTROLLERS)]
        listed = in_parallel(lambda kind: self._list(kind, namespace, {}, WorkShape), kinds)
        return [
            Found(shapes.work_fact(kind, each), shapes.owner_of(each))
            for kind, items in zip(kinds, listed, strict=True)
            for each in items
        ]

    def get(self, kind: str, namespace: str, name: str, shape: type[_Shape]) -> _Shape | None:
        """One object; ``None`` if it is not there."""
        path = paths.item(*api_of(kind), namespace, name)
        try:
            return decode(self.api.request("GET", path, timeout=self.timeout), shape)
        except NotFound:
            return None

    def list_pods(self, namespace: str, query: dict[str, str]) -> list[PodShape]:
        """The pods of a namespace that a query selects."""
        return self._list("Pod", namespace, query, PodShape)

    def _parents(
        self, root: WorkFact | None, made: tuple[WorkFact, ...] | None, gaps: list[str]
    ) -> dict[str, WorkFact] | None:
        """What owns the optimizer's pods directly, by UID; ``None`` where its ReplicaSets may not be read."""
        if root is None:
            return {}
        if root.ref.kind == "CronJob" or "." in root.ref.kind:
            own = (root,) if root.ref.kind != "CronJob" else ()
            return None if made is None else {each.ref.uid: each for each in (*own, *made)}
        if root.ref.kind != "Deployment":
            return {root.ref.uid: root}
        try:
            below = self._list("ReplicaSet", root.ref.namespace, {"labelSelector": root.selector}, WorkShape)
        except ServerError as error:
            gaps.append(f"its pods are told by their labels and images, since its ReplicaSets can't be read: {error}")
            return None
        sets = [shapes.work_fact("ReplicaSet", each) for each in below]
        return {each.ref.uid: each for each in sets if each.owner and each.owner.uid == root.ref.uid}

    def _scalers(self, kind: str, root: Ref, gaps: list[str]) -> tuple[ScalerFact, ...]:
        """Autoscalers of ``root``. KEDA that is not installed is no gap: there is nothing to miss."""
        try:
            found = self._list(kind, root.namespace, {}, ScalerShape)
        except NotFound:
            return ()
        except ClusterError as error:
            gaps.append(f"{kind}s can't be read: {error}")
            return ()
        return tuple(shapes.scaler_fact(kind, each) for each in found if shapes.scales(each, root))

    def _list(self, kind: str, namespace: str, query: dict[str, str], shape: type[_Shape]) -> list[_Shape]:
        path = paths.collection(*api_of(kind), namespace)
        body = self.api.request("GET", path, query=query, timeout=self.timeout)
        return [decode(bytes(raw), shape) for raw in decode(body, _List).items or ()]


def runs_as(account: Account) -> dict[str, str]:
    """The query for the pods that run as ``account``."""
    return {"fieldSelector": f"spec.serviceAccountName={account.name}"}


def _in_order(
    own: Iterable[PodFact], sharing: Mapping[str, PodFact]
) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
    return tuple(sorted(own, key=_by_name)), tuple(sorted(sharing.values(), key=_by_name))


def _by_name(pod: PodFact) -> str:
    return pod.ref.name
