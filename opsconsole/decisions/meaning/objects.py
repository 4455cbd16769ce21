"""Whom an action is done to: references in the ways optimizers write names, and objects among an entry's attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.message.document import Leaf, Path
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import Ref

Leaves = list[tuple[Path, Leaf]]

_NAMESPACE = re.compile(
    r"\b[Nn]amespace\b['\"]?\s*[:=/]?\s*['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\b|(?:^|\s)-n\s+['\"]?([\w.-]+)"
)
_NAMESPACE_AFTER = re.compile(r"\bin (?:the )?['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)['\"]? namespace\b")
_PLACE = re.compile(
    r"\b(?:pods|deployments|statefulsets|daemonsets|jobs|services|workloads|replicas) in "
    r"([a-z][a-z0-9-]{1,62})(?=$|[,.;:)])"
)
"""``all pods in shop``: objects without a name, and where they are."""

_NAMED_PLACE = re.compile(
    r"\b(?:[Pp]od|[Dd]eployment|[Ss]tateful ?[Ss]et|[Dd]aemon ?[Ss]et|[Jj]ob|[Ss]ervice) ['\"]?[\w.-]{1,253}['\"]? in "
    r"([a-z][a-z0-9-]{1,62})(?=$|[,;:)]| to \d| from \d)"
)
"""``deployment web in shop to 3 replicas``."""

_NO_PLACES = wordset(
    "total parallel progress order batches sequence cluster place use queue cache memory error turn all"
)
_NAME = re.compile(r"[A-Za-z0-9<][\w.:%<>+@/-]{0,300}(?:\[[\d,-]+\])?")
_BRACES = re.compile(r"\{(?P<namespace>[a-z0-9-]{1,63}) (?P<name>[\w.-]{1,253})\}")

_ITEM = re.compile(
    r"\[(?:[\w.-]+/){1,2}(?P<kind>\w{2,60}), namespace: (?P<namespace>[\w.-]*), name: (?P<name>[\w.:-]{1,253})"
)
"""An object as the garbage collector prints it: ``[v1/Pod, namespace: shop, name: web-1, uid: 12ab]``."""

_INSIDE = wordset(
    "patch patches containers env template volumes labels annotations usage tools functions metrics rules "
    "requests limits status conditions error exception process host thread"
)
"""Keys under which names are no objects of the action: a patch's containers, a list of tools."""

_KIND_KEYS = frozenset({("kind",), ("resource", "type"), ("target", "kind"), ("object", "kind"), ("resource", "kind")})
_KIND_KEYS |= {("controller", "kind"), ("workload", "kind"), ("type",), ("resource",), ("involved", "object", "kind")}
_SPEAKERS = wordset("assistant user system tool function developer model ai human agent")
"""Roles in a conversation, which are none of the cluster's."""

_MEASURES = wordset("memory cpu mem replicas storage")


BARE = 7
"""The rank of a name whose kind nothing tells: more often than not a logger's or a thread's."""


PLACED = 6
"""The rank of such a name beside a namespace: an object's, where the message tells a kind."""


class Candidate(NamedTuple):
    """An object that attributes name; the lower the rank, the likelier the action is done to it."""

    rank: int
    ref: Ref
    listed: bool


def namespace_in(message: str) -> str:
    """``… for namespace: production.`` → ``production``; empty when the message names none."""
    if "amespace" not in message and " -n " not in message:
        match = (_PLACE.search(message) or _NAMED_PLACE.search(message)) if " in " in message else None
        return match[1] if match and match[1] not in _NO_PLACES else ""
    match = _NAMESPACE_AFTER.search(message) or _NAMESPACE.search(message)
    found = next((group for group in match.groups() if group), "") if match else ""
    return "" if found in ("is", "has", "was", "and", "to", "for") else found


def reference(text: str, kind: str = "", namespace: str = "") -> Ref | None:
    """Read ``name``, ``namespace/name``, ``kind/name``, ``kind/namespace/name`` or ``{namespace name}``.

    Args:
        text: the name as the optimizer wrote it.
        kind: its kind, if something else than ``text`` tells it.
        namespace: its namespace, likewise; empty: unknown.

    Returns:
        The reference, its kind and namespace empty where nothing tells them, or ``None`` without a name.
    """
    if match := _BRACES.fullmatch(text.strip()):
        return Ref(kind, match["namespace"], match["name"])
    parts = [part.strip() for part in text.strip().split("/") if part.strip()]
    if not parts:
        return None
    told_kind = len(parts) > 1 and kinds.of_word(parts[0])
    if told_kind:
        kind = told_kind
        parts.pop(0)
    elif len(parts) > 2 and (told := kinds.of_word(parts[1])):
        kind = told
        parts.pop(1)
    if len(parts) > 1:
        namespace = parts[0]
    plural = bool(kinds.of_word(text.strip().partition("/")[0][:-1]))  # "statefulset/status" is one of that name
    if len(parts) == 1 and told_kind and plural and parts[0] in ("scale", "status", "eviction", "resize"):
        return None  # "deployments/scale": a part of an object that is named elsewhere
    return Ref(kind=kind, namespace="" if kind in kinds.CLUSTER_WIDE else namespace, name=parts[-1])


def candidates(leaves: Leaves, bare: int = 7) -> list[Candidate]:
    """The objects that attributes name, likeliest first; ``bare`` is the rank of a ``name`` without a kind."""
    spaces, told = _siblings(leaves)
    anywhere = next(iter(spaces.values()), "")
    found: list[Candidate] = []
    for path, leaf in leaves:
        if isinstance(leaf, str) and leaf and len(leaf) < 300 and not _keys[path].inside:
            found += _named(path, leaf, spaces, told, anywhere)
    found = [each._replace(rank=min(bare, each.rank)) if each.rank in (BARE, PLACED) else each for each in found]
    return sorted(found, key=lambda each: each.rank)


def namespace_of(leaves: Leaves) -> str:
    """The namespace that attributes name, the plain key first."""
    spaces, _ = _siblings(leaves)
    return spaces.get(((), ())) or next(iter(spaces.values()), "")


_PLACES = wordset("Namespace ClusterQueue LocalQueue PriorityClass StorageClass ServiceAccount ConfigMap Secret")
"""Kinds that nothing is evicted of: they tell where, or by what."""

_POOLS = {"NodeGroup": ("MachineDeployment", "MachineSet", "MachinePool", "NodePool")}
"""What a node group is where machines are objects."""


def choose(found: Iterable[Candidate], verb: str, kind: str) -> tuple[Ref, ...]:
    """The objects of an action: those of the kind that the message names, else of the verb's, else the first."""
    found = list(found)
    wanted = kind or kinds.OF_VERB.get(verb, "")
    fitting = [each for each in found if wanted and each.ref.kind in (wanted, *_POOLS.get(wanted, ()))]
    if not fitting and wanted:
        fitting = [
            each._replace(ref=Ref(wanted, "" if wanted in kinds.CLUSTER_WIDE else each.ref.namespace, each.ref.name))
            for each in found
            if not each.ref.kind and each.rank < (BARE if kind else PLACED)
        ]
        if not fitting and kind:
            return ()
    fitting = fitting or [
        each for each in found if each.rank < PLACED and not (verb == "evict" and each.ref.kind in _PLACES)
    ]
    if not fitting:
        return ()
    best = min(fitting, key=lambda each: (each.rank, _place(each.ref.kind)))
    if not best.listed:
        return (best.ref,)
    same = [each.ref for each in fitting if each.listed and each.rank == best.rank and each.ref.kind == best.ref.kind]
    return tuple(dict.fromkeys(same))


def _place(kind: str) -> int:
    return kinds.ORDER.index(kind) if kind in kinds.ORDER else len(kinds.ORDER) if kind else -1


class KeyPlace(NamedTuple):
    """What the path of an attribute tells by itself.

    ``group`` is where its key stands, which it shares with its siblings, and ``words`` are those of the key. ``prefix``
    are the words before *namespace* or *kind*, ``owner`` those before *name*: of whom it is the namespace or the name.
    ``inside``: it stands where names are no objects of the action; ``listed``: in a list.
    """

    group: tuple[str, ...]
    words: tuple[str, ...]
    prefix: tuple[str, ...]
    owner: tuple[str, ...]
    inside: bool
    listed: bool


Siblings = dict[tuple[tuple[str, ...], tuple[str, ...]], str]
"""Values by the group and the prefix of their keys: ``HPA.Namespace`` → ((), (hpa,))."""


@KeyMemory
def _keys(path: Path) -> KeyPlace:
    names = tuple(part for part in path if isinstance(part, str) and part != "metadata")
    group = tuple(str(part) for part in path[:-1] if part != "metadata") if names else ()
    words = verbs.parts(names[-1]) if names else ()
    inside = not _INSIDE.isdisjoint(path[:-1])
    listed = any(isinstance(part, int) for part in path)
    return KeyPlace(group, words, _prefix(words), _owner(words, group), inside, listed)


def _prefix(words: tuple[str, ...]) -> tuple[str, ...]:
    if words[-2:] == ("namespace", "name"):
        return words[:-2]
    return words[:-1] if words and words[-1] in ("namespace", "ns", "kind", "type") else ()


def _owner(words: tuple[str, ...], group: tuple[str, ...]) -> tuple[str, ...]:
    if not words or words[-1] not in ("name", "names") or words[:-1]:
        return words[:-1] if words and words[-1] in ("name", "names") else words
    if group and group[-1].isdigit():
        return verbs.parts(group[-2]) if len(group) > 1 else ()
    return verbs.parts(group[-1].rstrip("0123456789")) if group else ()


def _is_namespace(words: tuple[str, ...], leaf: str) -> bool:
    return (words[-1] in ("namespace", "ns") or words[-2:] == ("namespace", "name")) and " " not in leaf


def _is_kind(words: tuple[str, ...], leaf: str) -> bool:
    if words not in _KIND_KEYS:
        return False
    known = kinds.of_word(leaf.rpartition("/")[2].rpartition(".")[2] or leaf) or kinds.of_word(leaf.partition("/")[0])
    return bool(known) or (words[-1] == "kind" and kinds.CUSTOM.fullmatch(leaf) is not None)


def _siblings(leaves: Leaves) -> tuple[Siblings, Siblings]:
    """The namespaces and the kinds that attributes name."""
    spaces: Siblings = {}
    told: Siblings = {}
    for path, leaf in leaves:
        if isinstance(leaf, str) and leaf and (place := _keys[path]).words:
            if _is_namespace(place.words, leaf):
                spaces.setdefault((place.group, place.prefix), leaf)
            elif _is_kind(place.words, leaf):
                told.setdefault((place.group, place.prefix), leaf)
    return spaces, told


def _named(path: Path, leaf: str, spaces: Siblings, told: Siblings, anywhere: str) -> Iterator[Candidate]:
    if leaf[0] == "[" and (item := _ITEM.match(leaf)):
        kind = kinds.of_word(item["kind"]) or item["kind"]
        yield Candidate(0, Ref(kind, item["namespace"], item["name"]), listed=False)
        return
    place = _keys[path]
    group, words, owner, listed = place.group, place.words, place.owner, place.listed
    if not words or _is_namespace(words, leaf) or words == ("kind",) or (words == ("role",) and leaf in _SPEAKERS):
        return
    kind, rank = _ranked(path, leaf, place, told)
    if rank is None or leaf.lower() in _MEASURES:
        return
    if rank == BARE and (group, ()) in spaces:
        rank = PLACED
    space = spaces.get((group, owner)) or spaces.get((group, ())) or spaces.get((group[:-1], ())) or anywhere
    for name in leaf.split(", ") if ", " in leaf else (leaf,):
        if _NAME.fullmatch(name) and not kinds.of_word(name):
            ref = reference(name, kind, space)
            if ref is not None:
                yield Candidate(rank, ref, listed or ", " in leaf)


def _ranked(path: Path, leaf: str, place: KeyPlace, told: Siblings) -> tuple[str, int | None]:
    kind, rank = _kind_and_rank(place.owner, place.words, told, place.group)
    return (kind, rank) if rank is not None else _otherwise(path, leaf, place.words)


def _otherwise(path: Path, leaf: str, words: tuple[str, ...]) -> tuple[str, int | None]:
    """An instance by its id, or a key that is a kind no table knows: ``KubeadmControlPlane="fleet/cp-a"``."""
    if words[-2:] == ("instance", "id"):
        return "", 5
    key = path[-2] if len(path) > 1 and path[-1] == "name" else path[-1]
    told = isinstance(key, str) and kinds.CUSTOM.fullmatch(key) is not None
    return (str(key), 3) if told and (path[-1] == "name" or _PLAIN.fullmatch(leaf)) else ("", None)


_PLAIN = re.compile(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}")


def _sibling(words: tuple[str, ...], told: Siblings, group: tuple[str, ...]) -> str:
    """The kind that stands beside a key."""
    near = (words[:-1], (), ("resource",), ("controller",), ("target",))
    said = next((told[group, prefix] for prefix in near if (group, prefix) in told), told.get((group[:-1], ()), ""))
    sibling = kinds.of_word(said) or kinds.of_word(said.rpartition("/")[2]) or kinds.of_word(said.rpartition(".")[2])
    return sibling or kinds.of_word(said.partition("/")[0]) or (said if kinds.CUSTOM.fullmatch(said) else "")


def _kind_and_rank(  # noqa: PLR0911 - one return for each way to write it
    owner: tuple[str, ...],
    words: tuple[str, ...],
    told: Siblings,
    group: tuple[str, ...],
) -> tuple[str, int | None]:
    joined = "".join(owner)
    sibling = _sibling(words, told, group) if told else ""
    if words == ("service", "name"):
        return "", None  # OpenTelemetry's and ECS's name of the program that logs
    if joined in kinds.GENERIC or joined.removesuffix("s") in kinds.GENERIC:
        return sibling, 0
    if owner and owner[0] == "target" and owner[-1] in kinds.GENERIC:
        return sibling, 0
    if joined.removesuffix("s") == "scaletarget":
        return "", 0
    kind = kinds.of_word(joined)
    if not kind and owner and owner[-1] != "name":
        known = [word for word in ("".join(owner[-2:]), owner[-1]) if kinds.of_word(word)]
        plain = known and owner[0] in ("k8s", "k", "kube", "kubernetes", "disrupted", "target", "affected", "evicted")
        kind = kinds.of_word(known[0]) if plain else ""
    if kind:
        own = kind in ("Service", "ScaledObject", "Namespace", "Application", "Revision", "Role", "Checkpoint")
        return kind, 5 if own and kind != "Checkpoint" else 1
    if words == ("name",) and (not group or sibling):
        return sibling, 2 if sibling else BARE
    if words[-2:] in (("resource", "name"), ("target", "name"), ("object", "name")):
        return sibling, 0
    if words == ("group",):
        return "NodeGroup", 1
    return "", None
