"""Whether one object really makes another: what an ``ownerReference`` says is not believed alone. Pure.

Whoever may write an object may write any owner into it, and any owner into a neighbour. An owner is believed where its
selector matches, its kind gives such names, and its template has a container in common with the child.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from opsconsole.cluster.transport.paths import API_KINDS
from opsconsole.names import KIND_NAMES, WorkloadName, makes
from opsconsole.optimizer import HASH_LABEL
from opsconsole.switches.target.facts import OptimizerFacts, Pairs, PodFact, WorkFact
from opsconsole.switches.target.workloads.wire import Owner, PodShape

_FIXED = frozenset({"ReplicaSet", "Job"})
"""Kinds whose pods all have the account of the template: the others' may be of an older one."""

_TERM = re.compile(r"\s*((?:[^,()]|\([^)]*\))+)")
_SET = re.compile(r"(?P<key>\S+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)")


def why_not(owner: WorkFact, child: PodFact | WorkFact) -> str:
    """Why ``owner`` has not made ``child``, whatever that says of itself; empty where it has."""
    labels = dict(child.labels)
    if owner.selector and not matches(owner.selector, labels):
        return "its selector does not match"
    if not _named_by(owner, child.ref.name, labels):
        return f"a {owner.ref.kind} gives no such name"
    if not owner.images:
        return "it has no template by which that could be told"
    if isinstance(child, PodFact) and owner.ref.kind in _FIXED and owner.account != child.account:
        return f"its template runs as {owner.account}, and not as {child.account}"
    return "" if _kin(owner.images, child.images) else "its template has other containers"


def is_orphan_of(owner: WorkFact, pod: PodFact) -> bool:
    """Whether a pod that nothing owns was let go by ``owner``: it took off its labels, and runs the same image."""
    return pod.owner is None and pod.account == owner.account and _kin(owner.images, pod.images)


def strays(facts: OptimizerFacts, found: Iterable[PodFact]) -> list[PodFact]:
    """Pods that run its container and that nothing makes: let go, perhaps, while its template had another account."""
    images = facts.root.images if facts.root else ()
    return [pod for pod in found if not pod.over and _is_unmade(pod) and _kin(images, pod.images)]


def _is_unmade(pod: PodFact) -> bool:
    """Whether nothing can have made it: it has no owner, or says one that makes no pods."""
    if pod.owner is None:
        return True
    kind = pod.owner.kind
    return not makes(kind, "Pod") if kind in KIND_NAMES else kind in API_KINDS


def twins(facts: OptimizerFacts, sharing: Iterable[PodFact]) -> tuple[PodFact, ...]:
    """The others' pods that run the optimizer's image as its account: whoever owns them, they are what it is."""
    named = facts.root.images if facts.root else [pair for pod in facts.pods for pair in pod.images]
    images = {_bare(image) for _, image in named}
    return tuple(pod for pod in sharing if not pod.over and any(_bare(image) in images for _, image in pod.images))


def own_pods(facts: OptimizerFacts, parents: Mapping[str, WorkFact] | None, found: Iterable[PodFact]) -> list[PodFact]:
    """The optimizer's own among the pods that were found.

    Args:
        facts: of the optimizer, with its root and the pods that were named.
        parents: what owns its pods directly, by UID; ``None`` where that may not be read: labels and images tell.
        found: the pods that its selector matches, or that run as its account.
    """
    root = facts.root
    if root is None:
        named = {pod.ref.uid for pod in facts.pods}
        above = facts.above.uid if facts.above else ""
        return [pod for pod in found if pod.ref.uid in named or (above and pod.owner and pod.owner.uid == above)]
    return [pod for pod in found if _is_own(root, parents, pod)]


def named_for(owner: Owner, name: WorkloadName, pod: PodShape) -> bool:
    """Whether a pod's owner is called as a workload of that name calls what it makes, or is that workload."""
    digest = (pod.metadata.labels or {}).get(HASH_LABEL, "")
    if owner.ref.kind == "ReplicaSet" and digest and name.kind in {"", "Deployment"}:
        return owner.ref.name == f"{name.name}-{digest}"
    if owner.ref.kind == "Job" and owner.known and name.kind in {"", "CronJob"}:
        named = re.fullmatch(rf"{re.escape(name.name)}-\d{{5,12}}", owner.ref.name) is not None
        return named or (not name.kind and owner.ref.name == name.name)
    return owner.known and owner.ref.name == name.name and name.kind in {"", owner.ref.kind}


def _is_own(root: WorkFact, parents: Mapping[str, WorkFact] | None, pod: PodFact) -> bool:
    if pod.owner is None:
        return is_orphan_of(root, pod)
    if parents is None:
        named = f"{root.ref.name}-{dict(pod.labels).get(HASH_LABEL, '')}"
        of_it = pod.owner.kind == "ReplicaSet" and (pod.owner.name == named or "." in root.ref.kind)
        return of_it and matches(root.selector, dict(pod.labels)) and _kin(root.images, pod.images)
    parent = parents.get(pod.owner.uid)
    return parent is not None and (not parent.images or _kin(parent.images, pod.images))


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether a selector in the query's form (``a=b,c in (d,e),!f``) matches."""
    return all(_holds(term, labels) for term in _terms(selector))


def _terms(selector: str) -> Iterator[str]:
    return (found[1].strip() for found in _TERM.finditer(selector))


def _holds(term: str, labels: Mapping[str, str]) -> bool:
    if found := _SET.fullmatch(term):
        values = {each.strip() for each in found["values"].split(",")}
        return (labels.get(found["key"]) in values) == (found["word"] == "in")
    if "!=" in term:
        key, _, value = term.partition("!=")
        return labels.get(key.strip()) != value.strip()
    if "=" in term:
        key, _, value = term.replace("==", "=").partition("=")
        return labels.get(key.strip()) == value.strip()
    return term[1:].strip() not in labels if term.startswith("!") else term in labels


def _named_by(owner: WorkFact, name: str, labels: Mapping[str, str]) -> bool:
    """Whether the owner's controller gives its children such names. A Job made by hand from a CronJob has any name."""
    if owner.ref.kind == "Deployment":
        return name == f"{owner.ref.name}-{labels.get(HASH_LABEL, '')}"
    if owner.ref.kind == "StatefulSet":
        return re.fullmatch(rf"{re.escape(owner.ref.name)}-\d+", name) is not None
    return True


def _kin(template: Pairs, images: Pairs) -> bool:
    """Whether two sets of containers have one in common: its name, and its image but for registry and tag."""
    return bool({(name, _bare(image)) for name, image in template} & {(name, _bare(image)) for name, image in images})


def _bare(image: str) -> str:
    """``registry.example:5000/team/aura:1@sha256:…`` → ``aura``: a mirror or a new tag is the same program."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
