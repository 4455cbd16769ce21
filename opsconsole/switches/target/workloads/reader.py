"""Reads one of the optimizers' workloads as it stands now: its owners up to the top, its pods, what scales it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from opsconsole.cluster.questions.about.discovery import custom_scalables
from opsconsole.cluster.transport.errors import ClusterError, Denied
from opsconsole.names import WorkloadName
from opsconsole.optimizer import SHARED_ACCOUNT, generated
from opsconsole.records import Ref
from opsconsole.switches.shell import shell
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.workloads import wire as shapes
from opsconsole.switches.target.workloads.climb import Climbed, climb
from opsconsole.switches.target.workloads.kinship import named_for
from opsconsole.switches.target.workloads.reads import Reads, TooManyPodsError, runs_as
from opsconsole.switches.target.workloads.wire import Owner, PodShape

_SHOWN = 8
"""Workloads that are listed to be named."""


class _Start(NamedTuple):
    """Where the climb begins: what the settings name, and its controlling owner."""

    fact: PodFact | WorkFact
    owner: Owner | None


class WorkloadReader:
    """Reads one workload. It remembers whom it ran as and what made it: the pod that was named may be gone by now.

    Args:
        reads: asks the API server.
        title: what it is called.
        name: the workload; ``None``: whatever runs as ``account``.
        account: the ServiceAccount that the settings name for it; ``None``: that of its pods.
    """

    def __init__(self, reads: Reads, title: str, name: WorkloadName | None, account: Account | None = None) -> None:
        self._reads = reads
        self.title = title
        self._name = name
        self._account = account
        self._known: Account | None = None
        self._root: Ref | None = None
        self._unread = ""

    @property
    def is_named(self) -> bool:
        """Whether a workload was named, so that who it runs as has to be read."""
        return self._name is not None

    def read(self) -> OptimizerFacts:
        """The workload as it stands now.

        Raises:
            ClusterError: the API server can't be reached, or does not let us read what must be known.
        """
        account, self._unread = self._account, ""
        starts = self._find(self._name) if self._name else self._running_as(account)
        climbs = self._climbs(starts or self._remembered())
        title = self.title if self._name else f"a running pod of ServiceAccount {account}"
        if not climbs:
            return self._absent(title, account or self._known)
        if self._name is None and account is not None and account.name == SHARED_ACCOUNT:
            return OptimizerFacts(self.title, account=account, problem=_anybodys(account, climbs))
        if len(climbs) > 1:
            problem = _ambiguous(title, climbs)
            return OptimizerFacts(self.title, account=account or self._known, problem=problem)
        facts = self._around(*climbs[0], account)
        self._known = facts.account
        self._root = facts.root.ref if facts.root else None
        return facts

    def _absent(self, title: str, account: Account | None) -> OptimizerFacts:
        """Nothing is called so; pods that are called as its own would be may be what is left of it."""
        left = self._called_alike(self._name) if self._name else []
        if not left:
            return OptimizerFacts(
                self.title, account=account, problem=f"{title} is not there: nothing to delete", absent=True
            )
        each = ", ".join(shell("--optimizer", f"pod/{ref.key}") for ref in left)
        pods = ", ".join(map(str, left))
        problem = f"{title} is not there, but {pods} may be left of it, called as its own are; name what is: {each}"
        return OptimizerFacts(self.title, account=account, problem=problem)

    def _called_alike(self, name: WorkloadName) -> list[Ref]:
        """Pods that nothing owns and that are called as the controllers of such a workload call theirs."""
        pods = [shapes.pod_fact(each) for each in self._reads.list_pods(name.namespace, {})]
        return [pod.ref for pod in pods if pod.owner is None and not pod.over and generated(name, pod.ref.name)]

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
        return found or self._custom(name) or self._made_by(name)

    def _custom(self, name: WorkloadName) -> list[_Start]:
        """What is called so of the custom kinds that can be scaled."""
        if name.kind and "." not in name.kind:
            return []
        served = custom_scalables(self._reads.api, self._reads.timeout)
        wanted = [each for each in served if name.kind in {"", str(each), f"{each.plural}.{each.group}"}]
        return [start for each in wanted for start in self._start(Ref(str(each), name.namespace, name.name))]

    def _start(self, ref: Ref) -> list[_Start]:
        if ref.kind == "Pod":
            pod = self._reads.get("Pod", ref.namespace, ref.name, PodShape)
            return [_Start(shapes.pod_fact(pod), shapes.owner_of(pod))] if pod else []
        found = self._reads.controllers.read(ref)
        return [_Start(*found)] if found else []

    def _made_by(self, name: WorkloadName) -> list[_Start]:
        """The pods of a workload that may not be read, by the names that its controllers give."""
        pods = [(each, shapes.owner_of(each)) for each in self._reads.list_pods(name.namespace, {})]
        return [_Start(shapes.pod_fact(each), owner) for each, owner in pods if owner and named_for(owner, name, each)]

    def _remembered(self) -> list[_Start]:
        """The controller that was found before: the pod that the settings name is gone, what makes it may not be."""
        if self._root is None:
            return []
        return [each for each in self._start(self._root) if each.fact.ref.uid == self._root.uid]

    def _running_as(self, account: Account | None) -> list[_Start]:
        """What runs as an account, and what would: a CronJob has no pods between two runs.

        Raises:
            ClusterError: no pod of it runs, and what would run as it can't all be read.
        """
        if account is None:
            return []
        pods = self._reads.list_pods(account.namespace, runs_as(account))
        found = [_Start(fact, shapes.owner_of(each)) for each in pods if not (fact := shapes.pod_fact(each)).over]
        try:
            works = self._reads.works_as(account)
        except ClusterError as error:
            if not found:
                raise
            works, self._unread = [], f"what else runs as {account}, without a pod just now, can't be told: {error}"
        return [*found, *(_Start(each.fact, each.owner) for each in works)]

    def _climbs(self, starts: list[_Start]) -> list[tuple[_Start, Climbed]]:
        """Where each start leads to: one for each workload, and one for all pods of an owner that can't be read."""
        found: dict[str, tuple[_Start, Climbed]] = {}
        for start in starts:
            climbed = climb(start.fact, start.owner, self._reads.controllers)
            top = climbed.root.ref.uid if climbed.root else climbed.above.ref.uid if climbed.above else ""
            found.setdefault(top or start.fact.ref.uid, (start, climbed))
        return list(found.values())

    def _around(self, start: _Start, climbed: Climbed, account: Account | None) -> OptimizerFacts:
        root, above = climbed.root, climbed.above
        near = account is not None and account.namespace == start.fact.ref.namespace
        account = account if near else _account_of(root, start.fact)  # no pod of it runs as one from elsewhere
        gaps = [*climbed.gaps, *filter(None, [self._unread])]
        made = self._reads.made_by(root, gaps)
        facts = OptimizerFacts(
            name=self.title,
            root=root,
            chain=climbed.chain,
            foreign=str(above) if above and not climbed.gaps else "",
            above=self._reads.controllers.whole(above) if above else None,
            jobs=tuple(each for each in made or () if not each.stopped and each.ref.kind != "ReplicaSet"),
            pods=(start.fact,) if isinstance(start.fact, PodFact) and not root else (),
            account=account,
        )
        unlisted = ""
        try:
            pods, sharing = self._reads.pods(facts, made, gaps)
        except Denied as error:  # what makes them can be stopped all the same
            pods, sharing, unlisted = facts.pods, (), str(error)
            gaps.append(
                f"its pods can't be listed, so none is deleted here, and they end with what makes them: {error}"
            )
        except TooManyPodsError as error:
            (pods, sharing), unlisted = error.found, str(error)
            gaps.append(unlisted)
        scalers = self._reads.scalers_of(root.ref, gaps) if root else ()
        account = account or next((_account_of(None, pod) for pod in pods), None)
        return msgspec.structs.replace(
            facts, account=account, pods=pods, sharing=sharing, scalers=scalers, gaps=tuple(gaps), unlisted=unlisted
        )


def _account_of(root: WorkFact | None, start: PodFact | WorkFact) -> Account | None:
    """Whom a workload runs as; ``None`` where its template is not to be seen."""
    name = (root.account if root else "") or start.account
    return Account(start.ref.namespace, name) if name else None


def _anybodys(account: Account, climbs: list[tuple[_Start, Climbed]]) -> str:
    """Why nothing is stopped by the account that every pod has that names none: an innocent would be."""
    return (
        f"{account} is the account of every pod that names none, and does not tell which is the optimizer's; "
        f"name it: {_each_as_named(climbs)}"
    )


def _ambiguous(what: str, climbs: list[tuple[_Start, Climbed]]) -> str:
    """Which workloads a name may mean, each as it has to be named to be the one that is meant."""
    refs = _refs(climbs)
    each = ", ".join(map(str, refs[:_SHOWN])) + (", …" if len(refs) > _SHOWN else "")
    return f"{what} may be {len(refs)} workloads: {each}; say which one: {_each_as_named(climbs)}"


def _refs(climbs: list[tuple[_Start, Climbed]]) -> list[Ref]:
    return [climbed.root.ref if climbed.root else climbed.chain[-1] for _, climbed in climbs]


def _each_as_named(climbs: list[tuple[_Start, Climbed]]) -> str:
    refs = _refs(climbs)
    each = ", ".join(shell("--optimizer", f"{_word(ref.kind)}/{ref.key}") for ref in refs[:_SHOWN])
    return each + (f" and {len(refs) - _SHOWN} more" if len(refs) > _SHOWN else "")


def _word(kind: str) -> str:
    """``deployment``; a custom kind without its version: ``rollouts.argoproj.io``."""
    plural, dot, rest = kind.partition(".")
    return f"{plural}.{rest.partition('.')[2]}" if dot else kind.lower()
