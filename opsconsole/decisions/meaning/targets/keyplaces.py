"""What the path of an attribute tells by itself: of whom it is the name, the kind or the namespace."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.message.document import Path
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_INSIDE = wordset(
    "patch patches containers env template volumes labels annotations usage tools functions metrics rules "
    "requests limits status conditions error exception process host thread"
)
"""Keys under which names are no objects of the action: a patch's containers, a list of tools."""
_MEASURES = wordset("limit cpu memory replicas")
_OF_A_VALUE = frozenset((word,) for word in wordset("to from target new old current desired"))
"""Keys of values, where they stand under what these are of: ``"memory": {"from": "2Gi", "to": "1Gi"}``."""

_KIND_KEYS = frozenset({("kind",), ("resource", "type"), ("target", "kind"), ("object", "kind"), ("resource", "kind")})
_KIND_KEYS |= {("controller", "kind"), ("workload", "kind"), ("type",), ("resource",), ("involved", "object", "kind")}


BARE = 7
"""The rank of a name whose kind nothing tells: more often than not a logger's or a thread's."""
PLACED = BARE - 1
"""The rank of such a name beside a namespace: an object's, where the message tells a kind."""


KeyRank: TypeAlias = tuple[str, int | None]
"""The kind of object that a key's value names, where it tells one, and the rank; ``None``: it names no object."""


class KeyPlace(NamedTuple):
    """What the path of an attribute tells by itself.

    ``group`` is where its key stands, which it shares with its siblings, and ``words`` are those of the key. ``prefix``
    are the words before *namespace* or *kind*, ``owner`` those before *name*: of whom it is the namespace or the name.
    ``inside``: it stands where names are no objects of the action; ``listed``: in a list. ``tells_space`` and
    ``tells_kind``: its key is one whose value is a namespace, or may be a kind.

    ``alone`` is what it names where no kind stands beside it. ``queued``: it is what a controller has in its queue;
    ``may_be_custom``: its value tells whether it names an object. ``names``: it may name one at all.
    """

    group: tuple[str, ...]
    words: tuple[str, ...]
    prefix: tuple[str, ...]
    owner: tuple[str, ...]
    inside: bool
    listed: bool
    tells_space: bool
    tells_kind: bool
    alone: KeyRank
    queued: bool
    may_be_custom: bool
    names: bool


@KeyMemory
def place_of(path: Path) -> KeyPlace:
    """What the words of a path say, and where it stands."""
    names = tuple(part for part in path if isinstance(part, str) and part != "metadata")
    group = tuple(str(part) for part in path[:-1] if part != "metadata") if names else ()
    group = () if len(group) == 1 and group[0].lower() in _GIVEN else group
    words = verbs.parts(names[-1]) if names else ()
    words = words[1:] if len(words) > 1 and words[0] in _GIVEN else _ENGLISH.get(words, words)
    words = (*words[:-1], "names") if words[-1:] == ("list",) and kinds.of_word("".join(words[:-1])) else words
    inside = not _INSIDE.isdisjoint(path[:-1]) or (words[-1:] in _OF_A_VALUE and not _MEASURES.isdisjoint(path[:-1]))
    listed = any(isinstance(part, int) for part in path)
    space = words[-1:] in (("namespace",), ("ns",)) or words[-2:] == ("namespace", "name")
    kind = (
        words in _KIND_KEYS
        or words[-2:] == ("resource", "type")
        or (len(words) == 1 and len(group) == 1)
        or (len(words) > 1 and words[-1] == "kind")
    )
    owner = _owner(words, group)
    queued = words[-1:] in _QUEUED and words[0] != "cache"
    alone, custom = _ranked(owner, words, group, ""), _may_be_custom(path, words)
    ranked = alone[1] is not None or _ranked(owner, words, group, _ANY)[1] is not None
    may_name = bool(words) and words != ("kind",) and not inside and (ranked or queued or custom)
    return KeyPlace(group, words, _prefix(words), owner, inside, listed, space, kind, alone, queued, custom, may_name)


AIMS = ("target", "victim", "evicted", "preempted", "affected")
"""Words before a kind that say that its object is the one that something is done to: ``victimPod``."""
ABOUT = ("about",)
"""The key of an object that a message is about, where it stands before it: ``[shop/web] Patching with …``."""
_GIVEN = ("req", "request", "input", "args", "params")
"""Words before the keys of what a call is given: ``req.namespace``, ``"Input": {"Name": "web"}``."""

_ENGLISH: dict[tuple[str, ...], tuple[str, ...]] = {
    (word,): ("name",) for word in wordset("nom nombre nome naam nazwa имя 名称 名前 이름")
}
_ENGLISH |= {
    (word,): ("namespace",) for word in wordset("namensraum espace espacio espaço naamruimte 命名空间 名前空間")
}
_ENGLISH |= {(word,): ("node",) for word in wordset("knoten noeud nœud nodo nó knooppunt узел węzeł 节点 ノード 노드")}
_ENGLISH |= {(word,): ("deployment",) for word in wordset("déploiement deploiement despliegue wdrożenie развертывание")}
_ENGLISH |= {("espace", "de", "noms"): ("namespace",), ("espacio", "de", "nombres"): ("namespace",)}
"""Keys of other languages."""

_ANY = "Pod"
"""A kind beside a key, where only its being there counts."""


@KeyMemory
def ranked_beside(told: tuple[str | int, ...]) -> KeyRank:
    """What a key names beside a kind: ``told`` is the kind, and the path of the key."""
    kind, *path = told
    place = place_of[tuple(path)]
    return _ranked(place.owner, place.words, place.group, str(kind))


def _may_be_custom(path: Path, words: tuple[str, ...]) -> bool:
    """Is it an instance's id, or a kind that no table knows, if its value looks like one?"""
    if words[-2:] in (("instance", "id"), ("provider", "id")) or words in _TOLD_BY_VALUE:
        return True
    key = custom_key(path)
    return isinstance(key, str) and (kinds.CUSTOM.fullmatch(key) is not None or is_compound(key))


@KeyMemory
def is_compound(key: str) -> bool:
    """Is it spelt as a kind that no table knows in small letters: ``elasticset``, as controllers name their objects?"""
    return _COMPOUND.fullmatch(key) is not None and key not in _NO_COMPOUNDS


_COMPOUND = late(r"[a-z]{3,30}(?:set|service|deployment|workload|rollout|runner|scaler|fleet|cluster|job|pool|machine)")
_NO_COMPOUNDS = wordset(
    "dataset ruleset changeset asset offset subset reset charset recordset resultset toolset skillset mindset fileset "
    "bitset preset threadpool connectionpool subcluster"
)


_TOLD_BY_VALUE = (("id",), ("instance",), ("mig",), ("release",))


def custom_key(path: Path) -> str | int:
    """The key of a path that may be a kind: the last one, or the one before ``name``."""
    return (path[-2] if len(path) > 1 and path[-1] == "name" else path[-1]) if path else ""


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


_QUEUED = (("key",), ("request",))
"""Keys of what a controller has in its queue: ``maps/tiles-4``, ``/workers-b``."""
_ACTED = late(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}/(?P<action>[a-z]{2,20}[A-Z]\w{1,40})")


def acts_on(leaf: str) -> bool:
    """``shop/web-1/deletePod``: is it a queue's key of an object and what is to be done to it?"""
    match = _ACTED.fullmatch(leaf) if leaf.count("/") == 2 else None
    return match is not None and verbs.of_name(match["action"]) is not None


_KEYS_OF_OBJECTS = ("objectkey", "namespacedname", "resourcekey")
"""What Go's libraries call a name with its namespace: ``"objectKey": {"name": "web", "namespace": "shop"}``."""
_IDS = (("id",), ("ident",), ("identifier",), ("title",), ("which",))
"""Keys of a name beside a kind: ``{"art": "deployment", "id": "web"}``."""


_NAMED = (("resource", "name"), ("target", "name"), ("object", "name"), ("with", "name"))
_CALLED = (("named",), ("called",))
"""Keys of a name; some go on with the sentence before them: ``Deleting Pod`` beside ``"with name": "a-1"``."""


def _ranked(  # noqa: PLR0911 - one return for each way to write it
    owner: tuple[str, ...], words: tuple[str, ...], group: tuple[str, ...], sibling: str
) -> KeyRank:
    joined = "".join(owner)
    if words == ("service", "name"):
        return "", None  # OpenTelemetry's and ECS's name of the program that logs
    of_object = joined in _KEYS_OF_OBJECTS and words == ("name",)
    if joined in kinds.GENERIC or joined.removesuffix("s") in kinds.GENERIC or of_object:
        return sibling, 0
    if owner and owner[0] == "target" and owner[-1] in kinds.GENERIC:
        return sibling, 0
    if joined.removesuffix("s") == "scaletarget":
        return "", 0
    kind, rank = _of_owner(owner, words)
    if kind:
        return kind, rank
    if (words in _IDS and sibling and group) or (words == ("name",) and (not group or sibling)):
        return sibling, 2 if sibling else BARE
    if words[-2:] in _NAMED or words in _CALLED:
        return sibling, BARE + 1 if words in _CALLED else 0  # a key that says that it is the name goes before
    if words == ABOUT:
        return sibling, 4
    if words in (("group",), ("pool",)):
        return ("NodeGroup", 1) if words == ("group",) else ("NodePool", 5)
    return "", None


def _of_owner(owner: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, int]:
    """The kind that the words before *name* say, and how likely an object of it is the action's."""
    if words == _NODE_ID:
        return "Node", PLACED
    kind = kinds.of_word("".join(owner))
    if not kind and owner and owner[-1] != "name":
        known = [word for word in ("".join(owner[-2:]), owner[-1]) if kinds.of_word(word)]
        plain = known and owner[0] in ("k8s", "k", "kube", "kubernetes", "disrupted", *AIMS)
        if known and not plain and words[-1:] == ("name",) and owner[0] not in _OTHERS:
            return kinds.of_word(known[0]), 5  # "slurmNodeName": somebody's own word before it
        kind = kinds.of_word(known[0]) if plain else ""
    own = kind in ("Service", "ScaledObject", "Namespace", "Application", "Revision", "Role")
    return kind, 5 if own else 1


_NODE_ID = ("node", "id")
"""The key of a node by its id, which a program may write with each of its lines: where a node is meant."""


_OTHERS = wordset(
    "preemptor preempting preemptive owner parent source caller controller by leader operator daemon scheduler self my "
    "own host current other old origin from new to dest destination template service account storage priority"
)
"""Words before a kind of an object that nothing is done to, or that is only one of two."""
