"""Reads pods and what makes them, as they stand now. Every call asks the API server; nothing is kept."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from opsconsole.cluster.objects.meta import Metadata, Wire
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound, ServerError
from opsconsole.cluster.writes import api_of
from opsconsole.records import Ref
from opsconsole.switches.target import wire as shapes
from opsconsole.switches.target.climb import Controllers
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, ScalerFact, WorkFact
from opsconsole.switches.target.kinship import own_pods
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.wire import PodShape, ScalerShape, WorkShape

_Shape = TypeVar("_Shape")


class _Identified(Wire):
    metadata: Metadata


class _List(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


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
        """The optimizer's pods now, and the other pods that run as its account.

        Raises:
            ClusterError: they can't be listed.
        """
        jobs = self.jobs(facts.root.ref) if facts.root and facts.root.ref.kind == "CronJob" else ()
        return self.pods(facts, jobs, [])

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

    def pods(
        self, facts: OptimizerFacts, jobs: tuple[WorkFact, ...], gaps: list[str]
    ) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        """The same, with its jobs known already; ``gaps`` gets what could not be read."""
        root, account = facts.root, facts.account
        namespace = root.ref.namespace if root else facts.chain[0].namespace
        parents = self._parents(root, jobs, gaps)
        found: dict[str, PodFact] = {}
        queries = [{"labelSelector": root.selector}] if root and root.selector else []
        queries += [{"labelSelector": "job-name"}] if root and root.ref.kind == "CronJob" else []
        queries += [runs_as(account)] if account and account.namespace == namespace else []
        for query in queries:
            found |= {each.metadata.uid: shapes.pod_fact(each) for each in self.list_pods(namespace, query)}
        own = own_pods(facts, parents, found.values())
        names = {pod.ref.uid for pod in own}
        others = [
            pod
            for pod in found.values()
            if pod.ref.uid not in names and account and pod.account == account.name and not pod.over
        ]
        return tuple(sorted(own, key=_by_name)), tuple(sorted(others, key=_by_name))

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
        self, root: WorkFact | None, jobs: tuple[WorkFact, ...], gaps: list[str]
    ) -> dict[str, WorkFact] | None:
        """What owns the optimizer's pods directly, by UID; ``None`` where its ReplicaSets may not be read."""
        if root is None:
            return {}
        if root.ref.kind == "CronJob":
            return {job.ref.uid: job for job in jobs}
        if root.ref.kind != "Deployment" and "." not in root.ref.kind:
            return {root.ref.uid: root}
        try:
            below = self._list("ReplicaSet", root.ref.namespace, {"labelSelector": root.selector}, WorkShape)
        except ServerError as error:
            gaps.append(f"its pods are told by their labels and images, since its ReplicaSets can't be read: {error}")
            return None
        sets = [shapes.work_fact("ReplicaSet", each) for each in below]
        made = {each.ref.uid: each for each in sets if each.owner and each.owner.uid == root.ref.uid}
        return made if root.ref.kind == "Deployment" else made | {root.ref.uid: root}

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


def _by_name(pod: PodFact) -> str:
    return pod.ref.name
