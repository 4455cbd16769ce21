"""The one object that attributes name under a key which no table knows."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.meaning.targets import choice, references
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref


def lone(leaves: Leaves) -> tuple[Ref, ...]:
    """The one object that attributes name under a key which no table knows, by its namespace: ``sandbox=agents/s-4``.

    Nothing where several may be meant, or where the key says that it is none: ``branch=feature/x-1``.
    """
    found = []
    for path, leaf in leaves:
        key = path[0] if path and isinstance(path[0], str) else ""
        if not isinstance(leaf, str) or not key or not _NO_OBJECTS.isdisjoint(verbs.parts(key)):
            continue
        if len(path) == 1 and choice.PLAIN.fullmatch(leaf) and not leaf.replace("/", "").isdecimal():
            found.append(leaf)
        elif len(path) == 2 and path[1] == "name" and (space := dict(leaves).get((key, "namespace"))):
            found.append(f"{space}/{leaf}")
    ref = references.reference(found[0]) if len(found) == 1 else None if found else _beside_space(leaves)
    return (ref,) if ref is not None else ()


def meant(ref: Ref, found: Sequence[choice.Candidate], leaves: Leaves) -> Ref:
    """Whom a word means that is an attribute's key, or its kind: ``scaling sandbox`` beside ``sandbox=agents/s-41``."""
    if ref.kind or ref.namespace:
        return choice.told_apart(ref, found) if "." in ref.name else ref
    if ref.name[:1].isupper() and (same := [each.ref for each in found if each.ref.kind == ref.name]):
        return same[0]  # "Kafka(bus/trades): Scaling Kafka up"
    own = ("name",) if ref.name[:1].isupper() else ()  # "web" may be a key of anything
    named = (leaf for path, leaf in leaves if ref.name in (path[-2:-1] if own and path[-1:] == own else path[-1:]))
    said = next((leaf for leaf in named if isinstance(leaf, str)), "")
    return (references.reference(said) if said and " " not in said else None) or choice.told_apart(ref, found)


def _beside_space(leaves: Leaves) -> Ref | None:
    """``broker=broker-east namespace=bus``: the one name beside a namespace that begins with its key."""
    said = {path[0]: leaf for path, leaf in leaves if len(path) == 1 and isinstance(path[0], str)}
    space = said.pop("namespace", None) or said.pop("ns", None)
    names = [
        leaf
        for key, leaf in said.items()
        if isinstance(leaf, str)
        and leaf.startswith(f"{key}-")
        and _DASHED.fullmatch(leaf)
        and (_NO_OBJECTS | _WHERE).isdisjoint(verbs.parts(key))
    ]
    return Ref("", space, names[0]) if isinstance(space, str) and space and len(names) == 1 else None


_WHERE = wordset(
    "hostname pid name cluster region zone env environment pod container app application component service instance "
    "node agent program tenant policy rule strategy mode status state result outcome kind class profile level plan"
)
"""Words of keys that tell where and by whom a line was written, or how something is done."""
_DASHED = late(r"[a-z][a-z0-9]{0,40}(?:-[a-z0-9]{1,40}){1,6}")


def by_id(leaves: Leaves, kind: str, namespace: str) -> tuple[Ref, ...]:
    """The object of a kind that an ``id`` alone names: ``cordoned node`` beside ``id=worker-55``."""
    said = next((leaf for path, leaf in leaves if path in _IDS), None)
    if not isinstance(said, str) or not _OBJECTS_ID.fullmatch(said):
        return ()
    return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, said),)


def by_word(leaves: Leaves, word: str, kind: str, namespace: str) -> tuple[Ref, ...]:
    """The object that is called as the message ends: ``created ephemeral runner`` beside ``runner=a-runner-8w``."""
    if kinds.of_word(word) or word in _NO_OBJECTS:
        return ()
    said = [leaf for path, leaf in leaves if path in ((word,), (word, "name"))]
    if len(said) != 1 or not isinstance(said[0], str) or not _OBJECTS_ID.fullmatch(said[0]):
        return ()
    return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, said[0]),)


_IDS = (("id",), ("uid",))
_OBJECTS_ID = late(r"(?=[^-]{0,40}[a-z])[a-z0-9]{1,40}(?:[-.][a-z0-9]{1,60}){1,10}")
"""A name that an object may have, and no number."""


def container(leaves: Leaves) -> tuple[Ref, ...]:
    """The container that is named after its owner: ``removed container`` beside ``service=pdf container=pdf.2.k8w0q``.

    One with a name of its own, ``app``, is a part of its pod or its Deployment, which is meant.
    """
    said = {path[0]: leaf for path, leaf in leaves if len(path) == 1 and isinstance(leaf, str)}
    name = said.pop("container", "")
    owners = [leaf for key, leaf in said.items() if key == "app" or kinds.of_word(str(key)) in _OWNING]
    if any(kinds.of_word(str(key)) in ("StatefulSet", "DaemonSet") for key in said):
        return ()
    if not any(owner and name.startswith(f"{owner}{mark}") for owner in owners for mark in "._-"):
        return ()
    return (Ref("", said.get("namespace", ""), name),)


_OWNING = ("Service", "Job", "Deployment", "Application")


def counted(leaves: Leaves) -> tuple[Ref, ...]:
    """The objects of which attributes tell only the kind and how many they are: ``kind=Job count=17 ns=ci``."""
    said = {path[0]: leaf for path, leaf in leaves if len(path) == 1}
    kind = kinds.of_word(str(said.get("kind") or "")) or _as_kind(said.get("kind"))
    number = next((int(str(said[key])) for key in _NUMBERS if str(said.get(key)).isdecimal()), 0)
    if not kind or not 0 < number < _MOST:
        return ()
    space = next((leaf for key in ("namespace", "ns") if isinstance(leaf := said.get(key), str)), "")
    return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else space, ""),)


def by_reason(leaves: Leaves, kind: str, namespace: str) -> tuple[Ref, ...]:
    """The objects that are left, listed by why: ``"failed_predicates": {"is_last_of_its_tier": ["db-2", "db-0"]}``."""
    names = [
        leaf
        for path, leaf in leaves
        if len(path) == 3
        and not _WHYS.isdisjoint(verbs.parts(str(path[0])))
        and isinstance(path[2], int)
        and isinstance(leaf, str)
        and _OBJECTS_ID.fullmatch(leaf)
    ]
    kind = "" if kind in kinds.CLUSTER_WIDE else kind  # a "node" of a database is in a namespace
    return tuple(Ref(kind, namespace, name) for name in dict.fromkeys(names)) if namespace else ()


def are_stored(leaves: Leaves) -> bool:
    """Are objects none of the cluster, by the attributes: ``deleted 42 stale objects`` beside ``bucket=thumbs``?"""
    keys = {part for path, _ in leaves if path for part in verbs.parts(str(path[0]))}
    named = any(path[0] in _STORES and not str(leaf).isdecimal() for path, leaf in leaves if len(path) == 1)
    return named and keys.isdisjoint(_OF_CLUSTERS)


_STORES = ("bucket", "table", "cache", "collection")
_OF_CLUSTERS = wordset("namespace ns namespaces kind kinds api cluster clusters context ctx resource resources")
_WHYS = wordset("predicates predicate reasons reason blocked skipped refused")


def _as_kind(leaf: object) -> str:
    return leaf if isinstance(leaf, str) and kinds.CUSTOM.fullmatch(leaf) else ""


_NUMBERS = ("count", "total", "number", "num")
_MOST = 1_000_000

_NO_OBJECTS = wordset(
    "path file filename folder dir directory image repo repository branch tag ref topic url uri link bucket dataset "
    "table key keys cache queue index object blob model checkpoint artifact commit message msg caller logger source "
    "src owner user users team group channel route endpoint method type version query id trace span thread func "
    "function module package library lib mount volume label annotation taint reason controller manager parent by from "
    "cause err error origin prefix partition shard layer snapshot session record row document doc item entry chunk "
    "metric rule alert template lock lease host log stream"
)
"""Words of keys whose values have a slash and are no objects of the cluster."""
