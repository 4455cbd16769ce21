"""Reads the optimizer as it stands now: its owners up to the top, its pods, what scales it, who shares its account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from opsconsole.cluster.questions.discovery import custom_scalables
from opsconsole.cluster.questions.patience import PatientReads
from opsconsole.cluster.questions.reviews import Access, Api, decode, whoami
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, ServerError
from opsconsole.cluster.writes import api_of
from opsconsole.names import WorkloadName
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import Ref
from opsconsole.switches.shell import shell
from opsconsole.switches.target import wire as shapes
from opsconsole.switches.target.climb import Climbed, Controllers, climb
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, RevokeFacts, ScalerFact, WorkFact
from opsconsole.switches.target.kinship import named_for, own_pods
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.rights_reader import RightsReader
from opsconsole.switches.target.wire import Owner, PodShape, ScalerShape, WorkShape

UNNAMED = (
    "no optimizer is named: give --optimizer [kind/]namespace/name, or set name in the table [optimizer] of "
    "opsconsole.toml"
)
_TIMEOUT = 10.0
_Shape = TypeVar("_Shape")


class _List(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _Start(NamedTuple):
    """Where the climb begins: what the settings name, and its controlling owner."""

    fact: PodFact | WorkFact
    owner: Owner | None


class TargetReader:
    """Reads what the switches plan from. Every call asks the API server; nothing is kept but who the optimizer was.

    Args:
        api: the connection.
        optimizers: who they are. The rights of all of them are read; what runs the first is what is deleted, and the
            facts name what runs the others.
        timeout: seconds without a byte.
        pause: waits for the seconds given, between two tries of a read; really, by default.
    """

    def __init__(
        self,
        api: Api,
        optimizers: Optimizers,
        timeout: float = _TIMEOUT,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.api: Api = PatientReads(api, pause)
        self._optimizers = optimizers
        self._timeout = timeout
        self._controllers = Controllers(self.api, timeout)
        self._known: Account | None = None
        self._root: Ref | None = None
        all_of_them = optimizers.together
        further = [self._alone(name, pause).optimizer for name in all_of_them.workloads if name not in self._first]
        self._rights = RightsReader(self.api, all_of_them, self._read, self.identify, timeout, further=further)
        self.me: tuple[str, tuple[str, ...]] | None = None
        """Our own name and groups, once :meth:`identify` or :meth:`revocation` has asked."""

    def optimizer(self) -> OptimizerFacts:
        """The first optimizer as it stands now, with the names of what runs the others.

        Raises:
            ClusterError: the API server can't be reached, or does not let us read what must be known.
        """
        return msgspec.structs.replace(self._read(), others=self._others())

    def _others(self) -> tuple[str, ...]:
        """What else runs an optimizer, as ``--optimizer`` takes it, or by its title where only an account is named."""
        named = [str(name) for name in self._optimizers.workloads if name not in self._first]
        return (*named, *(each.title for each in self._optimizers.each[1:] if each.accounts and not each.workloads))

    def _read(self) -> OptimizerFacts:
        workload, account = self._first, self._configured_account()
        if not workload and account is None:
            return OptimizerFacts(self._target.title, problem=UNNAMED)
        starts = self._find(workload[0]) if workload else self._running_as(account)
        climbs = self._climbs(starts or self._remembered())
        if not climbs:
            absent = f"{self._title(account)} is not there: nothing to delete"
            return OptimizerFacts(self._target.title, account=account or self._known, problem=absent, absent=True)
        if len(climbs) > 1:
            problem = _ambiguous(self._title(account), climbs)
            return OptimizerFacts(self._target.title, account=account or self._known, problem=problem)
        facts = self._around(*climbs[0], account)
        self._known = facts.account
        self._root = facts.root.ref if facts.root else None
        return facts

    def revocation(self, *, ask: bool = False, also: Sequence[Access] = ()) -> RevokeFacts:
        """Everything through which the optimizer has rights.

        Args:
            ask: ask the authorizer what it may do, too.
            also: further questions about it.

        Raises:
            ClusterError: the API server can't be reached.
        """
        return self._rights.read(ask=ask, also=also)

    def identify(self) -> tuple[str, tuple[str, ...]]:
        """Ask who we are; asked once.

        Raises:
            ClusterError: the API server does not say.
        """
        if self.me is None:
            self.me = whoami(self.api, self._timeout)
        return self.me

    def pods_of(self, facts: OptimizerFacts) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        """The optimizer's pods now, and the other pods that run as its account.

        Raises:
            ClusterError: they can't be listed.
        """
        jobs = self._jobs(facts.root.ref) if facts.root and facts.root.ref.kind == "CronJob" else ()
        return self._pods(facts, jobs, [])

    def work(self, ref: Ref) -> WorkFact | None:
        """A controller as it stands now; ``None`` if it (the one with this UID) is not there."""
        found = self._controllers.read(ref)
        return found.fact if found is not None and ref.uid in {"", found.fact.ref.uid} else None

    def pod(self, ref: Ref) -> PodFact | None:
        """A pod as it stands now; ``None`` if it (the one with this UID) is not there."""
        found = self._get("Pod", ref.namespace, ref.name, PodShape)
        if found is None or (ref.uid and found.metadata.uid != ref.uid):
            return None
        return shapes.pod_fact(found)

    def scaler(self, ref: Ref) -> ScalerFact | None:
        """An autoscaler as it stands now; ``None`` if it is not there."""
        found = self._get(ref.kind, ref.namespace, ref.name, ScalerShape)
        return shapes.scaler_fact(ref.kind, found) if found else None

    def _alone(self, name: WorkloadName, pause: Callable[[float], object] | None) -> TargetReader:
        """A reader of one further workload."""
        return TargetReader(self.api, Optimizers([Optimizer(str(name), (name,))]), self._timeout, pause)

    @property
    def _target(self) -> Optimizer:
        return next(iter(self._optimizers.each), Optimizer())

    @property
    def _first(self) -> tuple[WorkloadName, ...]:
        return self._target.workloads[:1]

    def _title(self, account: Account | None) -> str:
        return self._target.title if self._target.workloads else f"a running pod of ServiceAccount {account}"

    def _configured_account(self) -> Account | None:
        named = next(iter(self._target.accounts), None)
        return Account(named.namespace, named.name) if named else None

    def _find(self, name: WorkloadName) -> list[_Start]:
        """Everything that is called so, of any kind that it may be of.

        Raises:
            ClusterError: nothing is found, and one of the kinds can't be read.
        """
        found: list[_Start] = []
        denied: Denied | None = None
        for kind in name.kinds if "." not in name.kind else ():
            try:
                found += self._start(Ref(kind, name.namespace, name.name))
            except Denied as error:
                denied = error
        if denied is not None and not found:
            found = self._made_by(name)
            if not found:
                raise denied
        return found or self._custom(name)

    def _custom(self, name: WorkloadName) -> list[_Start]:
        """What is called so of the custom kinds that can be scaled."""
        if name.kind and "." not in name.kind:
            return []
        served = custom_scalables(self.api, self._timeout)
        wanted = [each for each in served if name.kind in {"", str(each), f"{each.plural}.{each.group}"}]
        return [start for each in wanted for start in self._start(Ref(str(each), name.namespace, name.name))]

    def _start(self, ref: Ref) -> list[_Start]:
        if ref.kind == "Pod":
            pod = self._get("Pod", ref.namespace, ref.name, PodShape)
            return [_Start(shapes.pod_fact(pod), shapes.owner_of(pod))] if pod else []
        found = self._controllers.read(ref)
        return [_Start(*found)] if found else []

    def _made_by(self, name: WorkloadName) -> list[_Start]:
        """The pods of a workload that may not be read, by the names that its controllers give."""
        pods = [(each, shapes.owner_of(each)) for each in self._list_pods(name.namespace, {})]
        return [_Start(shapes.pod_fact(each), owner) for each, owner in pods if owner and named_for(owner, name, each)]

    def _remembered(self) -> list[_Start]:
        """The controller that was found before: the pod that the settings name is gone, what makes it may not be."""
        if self._root is None:
            return []
        return [each for each in self._start(self._root) if each.fact.ref.uid == self._root.uid]

    def _running_as(self, account: Account | None) -> list[_Start]:
        if account is None:
            return []
        found = self._list_pods(account.namespace, _runs_as(account))
        return [_Start(fact, shapes.owner_of(each)) for each in found if not (fact := shapes.pod_fact(each)).over]

    def _climbs(self, starts: list[_Start]) -> list[tuple[_Start, Climbed]]:
        """Where each start leads to: one for each workload, and one for all pods of an owner that can't be read."""
        found: dict[str, tuple[_Start, Climbed]] = {}
        for start in starts:
            climbed = climb(start.fact, start.owner, self._controllers)
            top = climbed.root.ref.uid if climbed.root else climbed.above.ref.uid if climbed.above else ""
            found.setdefault(top or start.fact.ref.uid, (start, climbed))
        return list(found.values())

    def _around(self, start: _Start, climbed: Climbed, account: Account | None) -> OptimizerFacts:
        root, above = climbed.root, climbed.above
        account = account or Account(start.fact.ref.namespace, root.account if root else start.fact.account)
        gaps = list(climbed.gaps)
        jobs = self._jobs(root.ref) if root and root.ref.kind == "CronJob" else ()
        facts = OptimizerFacts(
            name=self._target.title,
            root=root,
            chain=climbed.chain,
            foreign=str(above) if above and not climbed.gaps else "",
            above=above.ref if above else None,
            jobs=tuple(job for job in jobs if not job.stopped),
            pods=(start.fact,) if isinstance(start.fact, PodFact) and not root else (),
            account=account,
        )
        pods, sharing = self._pods(facts, jobs, gaps)
        scalers = (*self._hpas(root.ref, gaps), *self._keda(root.ref, gaps)) if root else ()
        return msgspec.structs.replace(facts, pods=pods, sharing=sharing, scalers=scalers, gaps=tuple(gaps))

    def _pods(
        self, facts: OptimizerFacts, jobs: tuple[WorkFact, ...], gaps: list[str]
    ) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        root, account = facts.root, facts.account
        namespace = root.ref.namespace if root else facts.chain[0].namespace
        parents = self._parents(root, jobs, gaps)
        found: dict[str, PodFact] = {}
        queries = [{"labelSelector": root.selector}] if root and root.selector else []
        queries += [{"labelSelector": "job-name"}] if root and root.ref.kind == "CronJob" else []
        queries += [_runs_as(account)] if account and account.namespace == namespace else []
        for query in queries:
            found |= {each.metadata.uid: shapes.pod_fact(each) for each in self._list_pods(namespace, query)}
        own = own_pods(facts, parents, found.values())
        names = {pod.ref.uid for pod in own}
        others = [
            pod
            for pod in found.values()
            if pod.ref.uid not in names and account and pod.account == account.name and not pod.over
        ]
        return tuple(sorted(own, key=_by_name)), tuple(sorted(others, key=_by_name))

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

    def _jobs(self, cron: Ref) -> tuple[WorkFact, ...]:
        found = [shapes.work_fact("Job", each) for each in self._list("Job", cron.namespace, {}, WorkShape)]
        return tuple(job for job in found if job.owner and job.owner.uid == cron.uid)

    def _hpas(self, root: Ref, gaps: list[str]) -> tuple[ScalerFact, ...]:
        return self._scalers("HorizontalPodAutoscaler", root, gaps)

    def _keda(self, root: Ref, gaps: list[str]) -> tuple[ScalerFact, ...]:
        return self._scalers("ScaledObject", root, gaps)

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

    def _get(self, kind: str, namespace: str, name: str, shape: type[_Shape]) -> _Shape | None:
        path = paths.item(*api_of(kind), namespace, name)
        try:
            return decode(self.api.request("GET", path, timeout=self._timeout), shape)
        except NotFound:
            return None

    def _list_pods(self, namespace: str, query: dict[str, str]) -> list[PodShape]:
        return self._list("Pod", namespace, query, PodShape)

    def _list(self, kind: str, namespace: str, query: dict[str, str], shape: type[_Shape]) -> list[_Shape]:
        path = paths.collection(*api_of(kind), namespace)
        body = self.api.request("GET", path, query=query, timeout=self._timeout)
        return [decode(bytes(raw), shape) for raw in decode(body, _List).items or ()]


def _ambiguous(what: str, climbs: list[tuple[_Start, Climbed]]) -> str:
    """Which workloads a name may mean, each as it has to be named to be the one that is meant."""
    refs = [climbed.root.ref if climbed.root else climbed.chain[-1] for _, climbed in climbs]
    each = ", ".join(shell("--optimizer", f"{_word(ref.kind)}/{ref.key}") for ref in refs)
    return f"{what} may be {len(refs)} workloads: {', '.join(map(str, refs))}; say which one: {each}"


def _word(kind: str) -> str:
    """``deployment``; a custom kind without its version: ``rollouts.argoproj.io``."""
    plural, dot, rest = kind.partition(".")
    return f"{plural}.{rest.partition('.')[2]}" if dot else kind.lower()


def _runs_as(account: Account) -> dict[str, str]:
    return {"fieldSelector": f"spec.serviceAccountName={account.name}"}


def _by_name(pod: PodFact) -> str:
    return pod.ref.name
