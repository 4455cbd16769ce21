"""The world as rules see it: the store, and a few indexes over it that are kept up to date by what changed."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from opsconsole.governor.measures import BlastMeasure
from opsconsole.governor.observed.labels import fitting
from opsconsole.governor.observed.peaks import Peaks
from opsconsole.governor.observed.pods.workload_pods import PodIndex
from opsconsole.names import AccountName
from opsconsole.optimizer import OptimizerMatch, Optimizers
from opsconsole.records import AnyRecord, Binding, Kind, Node, Pdb, Pod, Ref, State, Workload
from opsconsole.store import Delta, Store

_KINDS = {"HorizontalPodAutoscaler": Kind.HPA, "PodDisruptionBudget": Kind.PDB, "Node": Kind.NODE, "Pod": Kind.POD}
_CUSTOM = frozenset({"VerticalPodAutoscaler", "ScaledObject"})
_MEANT = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet")
"""What a bare name means, the likeliest first."""

_SERVING = ("Deployment", "StatefulSet", "DaemonSet")
"""Workloads that are counted as services."""

_WATCHED = frozenset({"", *_KINDS, *_MEANT})
"""Kinds whose objects the console sees. A Service is looked for among the workloads, and never said to be missing."""

_FUZZY_NAMES = 500
"""Names that are compared letter by letter; in larger clusters only whole parts of a name are."""

_REMEMBERED = 512
"""Answers about unknown names that are kept, so that a flood of one bad line is worked out once."""


def working_set_key(about: Ref, container: str) -> str:
    """Key of the Metric record that holds a container's highest memory working set of the last hour, in bytes.

    ``about`` is a workload (or a bare pod): ``working_set/Deployment/production/auth-service/auth-container``.
    """
    return f"working_set/{about.kind}/{about.namespace}/{about.name}/{container}"


class ClusterIndex:
    """Answers rules' questions about the cluster. Read by rules, brought up to date by the governor alone."""

    def __init__(self, optimizer: Optimizers) -> None:
        self.since: float | None = None
        """When the first object was seen: what was before that is not known."""
        self.pods = PodIndex()
        self._store = Store()
        self._optimizers = optimizer
        self._match = OptimizerMatch(optimizer)
        self._matched: tuple[Workload | Pod | None, bool] = (None, False)
        """The newest answer of :meth:`is_optimizer` in this pump: several rules ask for the same one."""
        self._found: dict[tuple[str, str, str], AnyRecord | None] = {}
        """Answers of :meth:`find` in this pump: a line asks for its target half a dozen times."""
        self._known: dict[tuple[str, str], bool] = {}
        """Answers of :meth:`knows` in this pump, which tells of a kind and a namespace alone."""
        self._fleet: dict[BlastMeasure, int | None] = {}
        """Answers of :meth:`fleet` in this pump: every write asks."""
        self._names: dict[str, dict[str, None]] = {}
        self._parts: dict[str, set[str]] = {}
        self._namespaces: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._guards: dict[str, list[Pdb]] = {}
        self._remembered: dict[str, tuple[str, ...]] = {}
        self._takers = 0
        self._peaks = Peaks()
        self._largest = (0.0, 0.0)

    def update(self, store: Store, delta: Delta, now: float, *, whole: bool) -> set[str]:
        """Follow ``delta``; with ``whole``, read everything that the store holds instead.

        Returns:
            Keys of the workloads whose pods changed.
        """
        self._matched = (None, False)
        self._fleet.clear()
        self._found.clear()
        self._known.clear()
        if store is not self._store:
            self._store, self._match = store, OptimizerMatch(self._optimizers, store.workloads)
        workloads = store.workloads.keys() if whole else delta.touched(Kind.WORKLOAD)
        for key in workloads:
            self._index(key, store.workloads.get(key))
        owners = self.pods.update(store, store.pods.keys() if whole else delta.touched(Kind.POD), now)
        if whole or delta.touched(Kind.PDB):
            self._guards = {}
            for pdb in store.pdbs.values():
                self._guards.setdefault(pdb.namespace, []).append(pdb)
        if whole or delta.touched(Kind.NODE):
            nodes = store.nodes.values()
            self._takers = sum(_takes_pods(node) for node in nodes)
            self._peaks.note(now, self._takers)
            memory, cpu = (node.memory or 0.0 for node in nodes), (node.cpu or 0.0 for node in nodes)
            self._largest = max(memory, default=0.0), max(cpu, default=0.0)
        if self.since is None and (store.workloads or store.nodes):
            self.since = now
        self._known.clear()
        self._found.clear()  # what was asked for while the indexes were half way
        return owners

    def find(self, ref: Ref) -> AnyRecord | None:
        """See :meth:`opsconsole.governor.rule.View.find`."""
        asked = ref.kind, ref.namespace, ref.name
        if asked not in self._found:
            self._found[asked] = self._find(ref)
        return self._found[asked]

    def _find(self, ref: Ref) -> AnyRecord | None:
        if ref.kind in _CUSTOM:
            return self._store.table(Kind.AUTOSCALER).get(f"{ref.kind}/{ref.key}")
        kind = _KINDS.get(ref.kind, Kind.WORKLOAD)
        if kind is Kind.POD and not ref.namespace:
            key = self.pods.key_of(ref.name)
            return self._store.pods.get(key) if key else None
        if kind is not Kind.WORKLOAD:
            return self._store.table(kind).get(ref.key)
        found = [self._store.workloads[key] for key in self._names.get(ref.name, ()) if _is(key, ref)]
        if len(found) < 2:
            return found[0] if found else None
        found.sort(key=lambda workload: _MEANT.index(workload.kind) if workload.kind in _MEANT else len(_MEANT))
        kinds = [workload for workload in found if workload.kind == found[0].kind]
        return kinds[0] if len(kinds) == 1 else None

    def knows(self, ref: Ref) -> bool:
        """See :meth:`opsconsole.governor.rule.View.knows`."""
        asked = ref.kind, ref.namespace
        if asked not in self._known:
            self._known[asked] = self._knows(ref)
        return self._known[asked]

    def _knows(self, ref: Ref) -> bool:
        kind = _KINDS.get(ref.kind, Kind.WORKLOAD)
        health = self._store.health.get(f"{ref.kind or 'Deployment'}s".lower())
        if ref.kind not in _WATCHED or (kind is Kind.POD and not ref.namespace):
            return False
        if (health is not None and not health.covers(ref.namespace)) or (
            health is None and not self._store.table(kind)
        ):
            return False
        if health is None and ref.kind in _MEANT and not self._kinds[ref.kind]:
            return False
        return kind is Kind.NODE or not ref.namespace or ref.namespace in self._namespaces or len(self._namespaces) > 1

    def similar(self, ref: Ref) -> tuple[str, ...]:
        """See :meth:`opsconsole.governor.rule.View.similar`."""
        return self._once(f"{ref.kind}/{ref.name}", lambda: self._similar(ref))

    def labels_that_fit(self, query: str) -> tuple[str, ...]:
        """See :meth:`opsconsole.governor.rule.View.labels_that_fit`."""
        metric = self._store.metrics.get(f"input/{query}")
        if metric is not None and metric.hints:
            return metric.hints
        return self._once(f"?{query}", lambda: fitting(query, self._store.workloads.values()))

    def owned(self, ref: Ref) -> Sequence[Pod]:
        """The pods of a workload."""
        pods = self._store.pods
        return [pods[key] for key in self.pods.of(ref) if key in pods]

    def revisions(self, ref: Ref) -> Sequence[Workload]:
        """The ReplicaSets of a Deployment: its revision history. One of its name that was there before has its own."""
        there = self.find(ref)
        uid = ref.uid or (there.uid if isinstance(there, Workload) else "")
        return [
            each
            for each in self._store.workloads.values()
            if each.kind == "ReplicaSet"
            and each.namespace == ref.namespace
            and each.owner is not None
            and (each.owner.kind, each.owner.name) == (ref.kind, ref.name)
            and (not uid or each.owner.uid in ("", uid))
        ]

    def siblings(self, about: Ref) -> Sequence[Workload]:
        """See :meth:`opsconsole.governor.rule.View.siblings`."""
        stem = about.name.rpartition("-")[0]
        names = self._parts.get(stem.rpartition("-")[2], ()) if stem else ()
        keys = (f"ReplicaSet/{about.namespace}/{name}" for name in names if name != about.name)
        same = (key for key in keys if key.rpartition("/")[2].rpartition("-")[0] == stem)
        return [each for key in same if (each := self._store.workloads.get(key)) is not None]

    def guards(self, namespace: str, labels: tuple[tuple[str, str], ...]) -> Sequence[Pdb]:
        """See :meth:`opsconsole.governor.rule.View.guards`."""
        have = set(labels)
        return [pdb for pdb in self._guards.get(namespace, ()) if have.issuperset(pdb.selector)]

    def bindings(self) -> Sequence[Binding]:
        """See :meth:`opsconsole.governor.rule.View.bindings`."""
        accounts = {each.user for each in self._optimizers.accounts} or set(self._of_templates())
        accounts.update(self._optimizers.users)
        found = [each for each in self._store.table(Kind.BINDING).values() if isinstance(each, Binding)]
        return [binding for binding in found if accounts.intersection(binding.subjects)]

    def optimizer_users(self) -> frozenset[str]:
        """Every user that the optimizer is known to act as: those that were named, and its pod templates' accounts."""
        named = (*(each.user for each in self._optimizers.accounts), *self._optimizers.users)
        return frozenset((*named, *self._of_templates()))

    def _of_templates(self) -> Iterator[str]:
        """The users that the pods of the optimizer's workloads are."""
        for workload in self._store.workloads.values() if self._optimizers.workloads else ():
            if workload.service_account and self.is_optimizer(workload):
                yield AccountName(workload.namespace, workload.service_account).user

    def rename(self, optimizer: Optimizers) -> None:
        """Take others for the optimizers from now on."""
        self._optimizers = optimizer
        self._match, self._matched = OptimizerMatch(optimizer, self._store.workloads), (None, False)

    def is_optimizer(self, record: Workload | Pod) -> bool:
        """See :meth:`opsconsole.governor.rule.View.is_optimizer`."""
        if record is not self._matched[0]:
            self._matched = record, self._match(record)
        return self._matched[1]

    def optimizer_since(self) -> float | None:
        """When the first of the optimizer's workloads was made; ``None`` where none is seen."""
        return min(
            (
                each.created
                for each in self._store.workloads.values()
                if each.owner is None and each.created is not None and self.is_optimizer(each)
            ),
            default=None,
        )

    def schedulable_nodes(self) -> int:
        """See :meth:`opsconsole.governor.rule.View.schedulable_nodes`."""
        return self._takers

    def most_nodes(self, now: float) -> int:
        """See :meth:`opsconsole.governor.rule.View.most_nodes`."""
        return self._peaks.most(now)

    def fleet(self, sort: BlastMeasure) -> int | None:
        """See :meth:`opsconsole.governor.rule.View.fleet`."""
        if sort not in self._fleet:
            self._fleet[sort] = self._count_fleet(sort)
        return self._fleet[sort]

    def _count_fleet(self, sort: BlastMeasure) -> int | None:
        if sort is BlastMeasure.PODS:
            return len(self._store.pods) or None
        if sort is BlastMeasure.NODES:
            return len(self._store.nodes) or None
        return sum(self._kinds[kind] for kind in _SERVING) or None

    def nodes(self) -> Sequence[Node]:
        """See :meth:`opsconsole.governor.rule.View.nodes`."""
        return list(self._store.nodes.values())

    def largest_node(self) -> tuple[float, float]:
        """See :meth:`opsconsole.governor.rule.View.largest_node`."""
        return self._largest

    def working_set(self, about: Ref, container: str) -> float | None:
        """See :meth:`opsconsole.governor.rule.View.working_set`."""
        pod = self._store.pods.get(about.key) if about.kind == "Pod" else None
        measured = self.pods.owner(pod) or about if pod is not None else about
        metric = self._store.metrics.get(working_set_key(measured, container))
        return metric.value if metric is not None else None

    def hears(self) -> bool:
        """See :meth:`opsconsole.governor.rule.View.hears`."""
        health = self._store.health.get("decisions")
        return health.state is State.LIVE if health is not None else bool(self._store.decisions)

    def _similar(self, ref: Ref) -> tuple[str, ...]:
        kind = _KINDS.get(ref.kind, Kind.WORKLOAD)
        if kind is Kind.WORKLOAD:
            names, parts = list(self._names), sorted(self._parts.get(ref.name, ()))
        else:
            names, parts = [key.rpartition("/")[2] for key in self._store.table(kind)], []
        close = difflib.get_close_matches(ref.name, names, 3, 0.7) if len(names) <= _FUZZY_NAMES else []
        return tuple(dict.fromkeys([*parts, *close]))[:3]

    def _once(self, question: str, work: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        answer = self._remembered.get(question)
        if answer is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            answer = self._remembered[question] = work()
        return answer

    def _index(self, key: str, workload: Workload | None) -> None:
        kind, _, rest = key.partition("/")
        namespace, _, name = rest.partition("/")
        keys = self._names.setdefault(name, {})
        if workload is not None and key not in keys:
            keys[key] = None
            for part in (name, *name.split("-")):
                self._parts.setdefault(part, set()).add(name)
            self._count(kind, namespace, 1)
        elif workload is None and keys.pop(key, key) is None:
            self._count(kind, namespace, -1)
        if not keys:
            del self._names[name]
            for part in {name, *name.split("-")}:
                self._parts[part].discard(name)
                if not self._parts[part]:
                    del self._parts[part]

    def _count(self, kind: str, namespace: str, number: int) -> None:
        for counter, word in ((self._kinds, kind), (self._namespaces, namespace)):
            counter[word] += number
            if not counter[word]:
                del counter[word]
        self._remembered.clear()


def _takes_pods(node: Node) -> bool:
    kept_off = any(taint.effect in ("NoSchedule", "NoExecute") for taint in node.taints)
    return node.ready is True and not node.unschedulable and not kept_off


def _is(key: str, ref: Ref) -> bool:
    kind, _, rest = key.partition("/")
    return ref.kind in ("", "Service", kind) and ref.namespace in ("", rest.partition("/")[0])
