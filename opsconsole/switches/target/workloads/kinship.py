"""Whether one object really makes another: what an ``ownerReference`` says is not believed alone. Pure.

Whoever may write an object may write any owner into it, and any owner into a neighbour. An owner is believed where its
selector matches, its kind gives such names, and its template has a container in common with the child.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

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


def is_orphan_of(owner: WorkFact, pod: PodFact, also: Pairs = ()) -> bool:
    """Whether a pod that nothing owns was let go by ``owner``: it took off its labels, and runs the same image.

    Args:
        owner: it.
        pod: the pod.
        also: images that ``owner`` runs besides those of its template, which may be of a rollout that is stuck.
    """
    return pod.owner is None and pod.account == owner.account and _kin((*owner.images, *also), pod.images)


def program(facts: OptimizerFacts, own: Iterable[PodFact] = ()) -> Pairs:
    """The containers that a workload runs: its template's, and those of its pods, which may be of an older one."""
    template = facts.root.images if facts.root else ()
    return tuple(dict.fromkeys([*template, *_ran([template], (*facts.pods, *own))]))


def strays(images: Pairs, found: Iterable[PodFact]) -> list[PodFact]:
    """Pods that run one of its containers and that nothing makes: let go, perhaps, under another account."""
    return [pod for pod in found if not pod.over and _is_unmade(pod) and _kin(images, pod.images)]


def _is_unmade(pod: PodFact) -> bool:
    """Whether nothing can have made it: it has no owner, or says one that makes no pods."""
    if pod.owner is None:
        return True
    kind = pod.owner.kind
    return not makes(kind, "Pod") if kind in KIND_NAMES else kind in API_KINDS


def twins(facts: OptimizerFacts, sharing: Iterable[PodFact]) -> tuple[PodFact, ...]:
    """The others' pods that run the optimizer's image as its account: whoever owns them, they are what it is."""
    images = {_bare(image) for _, image in program(facts)}
    return tuple(pod for pod in sharing if not pod.over and any(_bare(image) in images for _, image in pod.images))


def dependents(facts: OptimizerFacts, sharing: Iterable[PodFact]) -> tuple[PodFact, ...]:
    """The others' pods that say one of its pods owns them: what it has started itself, which is to go with it.

    Whether it made them is not known, so that none is deleted unasked; the garbage collector will.
    """
    own = {pod.ref.uid for pod in facts.pods}
    return tuple(pod for pod in sharing if not pod.over and pod.owner is not None and pod.owner.uid in own)


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
    candidates = list(found)
    made = [pod for pod in candidates if pod.owner is not None and _is_own(root, parents, pod)]
    templates = [root.images, *(each.images for each in (parents or {}).values())]
    also = [pair for template in templates for pair in template] + _ran(templates, made)
    orphans = [pod for pod in candidates if is_orphan_of(root, pod, tuple(also))]
    return [pod for pod in candidates if pod in made or pod in orphans]


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
        return False
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
    return bool(_containers(template) & _containers(images))


def _ran(templates: Sequence[Pairs], pods: Iterable[PodFact]) -> list[tuple[str, str]]:
    """The containers of a workload's pods, without what was put in beside all those of a template.

    A sidecar that a webhook injects is in each pod of a mesh, and makes none of them the optimizer's.
    """
    known = [_containers(each) for each in templates if each]
    put_in: set[tuple[str, str]] = set()
    pods = list(pods)
    for pod in pods:
        whole = _containers(pod.images)
        like = [each for each in known if each <= whole]
        put_in |= whole.difference(*like) if like else set()
    return [pair for pod in pods for pair in pod.images if not _containers([pair]) <= put_in]


def _containers(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(name, _bare(image)) for name, image in pairs}


def _bare(image: str) -> str:
    """``registry.example:5000/team/aura:1@sha256:…`` → ``aura``: a mirror or a new tag is the same program."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
