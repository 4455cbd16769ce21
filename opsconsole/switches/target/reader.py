"""Reads the optimizer as it stands now: its owners up to the top, its pods, what scales it, who shares its account."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata
from opsconsole.cluster.questions.rbac import read_rbac
from opsconsole.cluster.questions.reviews import Api, decode, whoami
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.names import WorkloadName, makes
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import Ref
from opsconsole.switches.target import wire as shapes
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, RevokeFacts, ScalerFact, WorkFact
from opsconsole.switches.target.rights import Account, reaching
from opsconsole.switches.target.wire import Owner, PodShape, ScalerShape, WorkShape
from opsconsole.text import clean_line

UNNAMED = (
    "no optimizer is named: give --optimizer [kind/]namespace/name, or set name in the table [optimizer] of "
    "opsconsole.toml"
)
_TIMEOUT = 10.0
_DEEPEST = 8
_PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TOKENS = "kubernetes.io/service-account-token"
_TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 - the name of an annotation
_Shape = TypeVar("_Shape")


class _List(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _Partial(msgspec.Struct):
    metadata: FullMetadata


class _Start(NamedTuple):
    """Where the climb begins: what the settings name."""

    ref: Ref
    work: WorkFact | None
    pod: PodFact | None
    owner: Owner | None


class World:
    """Reads what the switches plan from. Every call asks the API server; nothing is kept but who the optimizer was.

    Args:
        api: the connection.
        optimizers: who they are. The first of them is the target.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, optimizers: Optimizers, timeout: float = _TIMEOUT) -> None:
        self.api = api
        self._optimizers = optimizers
        self._timeout = timeout
        self._known: Account | None = None
        self._root: Ref | None = None
        self.me: tuple[str, tuple[str, ...]] | None = None
        """Our own name and groups, once :meth:`identify` or :meth:`revocation` has asked."""

    def optimizer(self) -> OptimizerFacts:
        """The optimizer as it stands now.

        Raises:
            ClusterError: the API server can't be reached, or does not let us read what must be known.
        """
        workload, account = self._target.workloads[:1], self._configured_account()
        if not workload and account is None:
            return OptimizerFacts(self._target.title, problem=UNNAMED)
        start = (self._find(workload[0]) if workload else self._first_of(account)) or self._remembered()
        if start is None:
            absent = f"{self._title(account)} is not there: nothing to delete"
            return OptimizerFacts(self._target.title, account=account or self._known, problem=absent)
        facts = self._around(start, account)
        self._known = facts.account
        self._root = facts.root.ref if facts.root else None
        return facts

    def revocation(self) -> RevokeFacts:
        """Everything through which the optimizer's account has rights.

        Raises:
            ClusterError: the API server can't be reached.
        """
        gaps: list[str] = []
        optimizer = self._or_gap(self.optimizer, gaps)
        account = self._configured_account() or (optimizer.account if optimizer else self._known)
        if account is None:
            why = optimizer.problem if optimizer else gaps[0]
            return RevokeFacts(None, problem=f"whose rights? {why}; or set service_account in the table [optimizer]")
        rbac = read_rbac(self.api, self._timeout)
        me = self._or_gap(self.identify, gaps)
        grants = tuple(grant for grant in rbac.grants if reaching(grant, account))
        named = {(grant.role.kind, grant.role.key) for grant in grants}
        return RevokeFacts(
            account=account,
            grants=grants,
            roles=tuple(role for role in rbac.roles if (role.ref.kind, role.ref.key) in named),
            blind=rbac.blind,
            sharing=optimizer.sharing if optimizer else (),
            user=me[0] if me else "",
            groups=me[1] if me else (),
            tokens=self._tokens(account),
            gaps=(*rbac.gaps, *gaps),
        )

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
        return self._pods(facts, jobs)

    def work(self, ref: Ref) -> WorkFact | None:
        """A controller as it stands now; ``None`` if it (the one with this UID) is not there."""
        found = self._get(ref.kind, ref.namespace, ref.name, WorkShape)
        if found is None or (ref.uid and found.metadata.uid != ref.uid):
            return None
        return shapes.work_fact(ref.kind, found)

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

    @property
    def _target(self) -> Optimizer:
        return next(iter(self._optimizers.each), Optimizer())

    def _title(self, account: Account | None) -> str:
        return self._target.title if self._target.workloads else f"a running pod of ServiceAccount {account}"

    def _configured_account(self) -> Account | None:
        named = next(iter(self._target.accounts), None)
        return Account(named.namespace, named.name) if named else None

    def _find(self, name: WorkloadName) -> _Start | None:
        for kind in name.kinds:
            shape: type[PodShape] | type[WorkShape] = PodShape if kind == "Pod" else WorkShape
            found = self._get(kind, name.namespace, name.name, shape)
            if found is not None:
                return _start(kind, found)
        return None

    def _remembered(self) -> _Start | None:
        """The controller that was found before: the pod that the settings name is gone, what makes it may not be."""
        if self._root is None:
            return None
        found = self._get(self._root.kind, self._root.namespace, self._root.name, WorkShape)
        return _start(self._root.kind, found) if found and found.metadata.uid == self._root.uid else None

    def _first_of(self, account: Account | None) -> _Start | None:
        if account is None:
            return None
        running = [
            pod for pod in self._list_pods(account.namespace, _runs_as(account)) if pod.status.phase == "Running"
        ]
        return _start("Pod", running[0]) if running else None

    def _around(self, start: _Start, account: Account | None) -> OptimizerFacts:
        root, chain, foreign = self._climb(start)
        template = root.account if root else start.pod.account if start.pod else "default"
        account = account or Account(start.ref.namespace, template)
        gaps: list[str] = []
        jobs = self._jobs(root.ref) if root and root.ref.kind == "CronJob" else ()
        facts = OptimizerFacts(
            name=self._target.title,
            root=root,
            chain=chain,
            foreign=str(foreign) if foreign else "",
            above=foreign.ref if foreign else None,
            jobs=tuple(job for job in jobs if not job.stopped),
            pods=(start.pod,) if start.pod and not root else (),
            account=account,
        )
        pods, sharing = self._pods(facts, jobs)
        scalers = (*self._hpas(root.ref, gaps), *self._keda(root.ref, gaps)) if root else ()
        return msgspec.structs.replace(facts, pods=pods, sharing=sharing, scalers=scalers, gaps=tuple(gaps))

    def _climb(self, start: _Start) -> tuple[WorkFact | None, tuple[Ref, ...], Owner | None]:
        """Follow the controlling owners up. Ends at the topmost that is there and of a kind that we know.

        An owner is believed only where its kind makes the kind below: whoever may write an object may write any
        owner into it.
        """
        root, owner, chain = start.work, start.owner, [start.ref]
        while owner is not None and owner.known and len(chain) < _DEEPEST:
            above = self._get(owner.ref.kind, owner.ref.namespace, owner.ref.name, WorkShape)
            made = makes(owner.ref.kind, chain[-1].kind)
            if above is None or above.metadata.uid != owner.ref.uid or not made:
                return root, tuple(chain), None
            root = shapes.work_fact(owner.ref.kind, above)
            chain.append(root.ref)
            owner = shapes.owner_of(above)
        return root, tuple(chain), owner

    def _pods(
        self, facts: OptimizerFacts, jobs: tuple[WorkFact, ...]
    ) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        root, account = facts.root, facts.account
        namespace = root.ref.namespace if root else facts.chain[0].namespace
        parents = self._parents(root, jobs) | ({facts.above.uid} if facts.above and not root else set())
        themselves = {pod.ref.uid for pod in facts.pods} if root is None else set()
        found: dict[str, PodFact] = {}
        queries = [{"labelSelector": root.selector}] if root and root.selector else []
        queries += [{"labelSelector": "job-name"}] if root and root.ref.kind == "CronJob" else []
        queries += [_runs_as(account)] if account and account.namespace == namespace else []
        for query in queries:
            found |= {each.metadata.uid: shapes.pod_fact(each) for each in self._list_pods(namespace, query)}
        own = [p for p in found.values() if p.ref.uid in themselves or (p.owner and p.owner.uid in parents)]
        names = {pod.ref.uid for pod in own}
        others = [
            pod
            for pod in found.values()
            if pod.ref.uid not in names and account and pod.account == account.name and not pod.over
        ]
        return tuple(sorted(own, key=_by_name)), tuple(sorted(others, key=_by_name))

    def _parents(self, root: WorkFact | None, jobs: tuple[WorkFact, ...]) -> set[str]:
        """UIDs of the objects that own the optimizer's pods directly."""
        if root is None:
            return set()
        if root.ref.kind == "CronJob":
            return {job.ref.uid for job in jobs}
        if root.ref.kind != "Deployment":
            return {root.ref.uid}
        below = self._list("ReplicaSet", root.ref.namespace, {"labelSelector": root.selector}, WorkShape)
        owners = [(each.metadata.uid, shapes.owner_of(each)) for each in below]
        return {uid for uid, owner in owners if owner and owner.ref.uid == root.ref.uid}

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

    def _tokens(self, account: Account) -> tuple[str, ...] | None:
        """Secrets with a token of the account, by their metadata alone: the tokens themselves never come here."""
        path = paths.collection("", "v1", "secrets", account.namespace)
        query = {"fieldSelector": f"type={_TOKENS}"}
        try:
            body = self.api.request("GET", path, query=query, accept=_PARTIAL, timeout=self._timeout)
            found = [decode(bytes(raw), _Partial).metadata for raw in decode(body, _List).items or ()]
        except ClusterError:
            return None
        return tuple(clean_line(m.name) for m in found if (m.annotations or {}).get(_TOKEN_OF) == account.name)

    def _or_gap(self, read: Callable[[], _Shape], gaps: list[str]) -> _Shape | None:
        try:
            return read()
        except ClusterError as error:
            gaps.append(str(error))
            return None

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


def _start(kind: str, found: PodShape | WorkShape) -> _Start:
    owner = shapes.owner_of(found)
    if isinstance(found, PodShape):
        pod = shapes.pod_fact(found)
        return _Start(pod.ref, None, pod, owner)
    work = shapes.work_fact(kind, found)
    return _Start(work.ref, work, None, owner)


def _runs_as(account: Account) -> dict[str, str]:
    return {"fieldSelector": f"spec.serviceAccountName={account.name}"}


def _by_name(pod: PodFact) -> str:
    return pod.ref.name
