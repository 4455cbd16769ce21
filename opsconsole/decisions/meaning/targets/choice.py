"""The objects that attributes name, likeliest first, and which of them an action is done to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from opsconsole.decisions.meaning.targets.keyplaces import (
    ABOUT,
    AIMS,
    BARE,
    PLACED,
    KeyPlace,
    acts_on,
    custom_key,
    is_compound,
    place_of,
    ranked_beside,
)
from opsconsole.decisions.meaning.targets.references import reference
from opsconsole.decisions.message.document import Leaf, Leaves, Path
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.quantity import number
from opsconsole.records import Ref

_NAME = late(r"[A-Za-z0-9<][\w.:%<>+/-]{0,300}(?:\[[\d,-]+\])?")

_ITEM = late(
    r"\[(?:[\w.-]+/){1,2}(?P<kind>\w{2,60}), namespace: (?P<namespace>[\w.-]*), name: (?P<name>[\w.:-]{1,253})"
)
"""An object as the garbage collector prints it: ``[v1/Pod, namespace: shop, name: web-1, uid: 12ab]``."""

_SPEAKERS = wordset(
    "assistant user system tool tools function developer model ai human agent supervisor planner executor router "
    "interrupt critic reviewer researcher coordinator orchestrator"
)
"""Roles in a conversation, which are none of the cluster's."""

_MEASURE = late(
    r"(?:[\w\[\]]{1,60}\.){0,8}(?:(?:limit|request)s?[._ -])?"
    r"(?:cpu|mem(?:ory)?|replicas|storage)(?:[._ -](?:limit|request)s?)?",
    re.IGNORECASE,
)
"""What a value is of, and no object: ``memory``, ``limits.memory``, ``spec.replicas``."""


ALONE = PLACED - 1
"""The rank of such a name where nothing else is called so: an object's, whatever the message tells."""


class Candidate(NamedTuple):
    """An object that attributes name; the lower the rank, the likelier the action is done to it."""

    rank: int
    ref: Ref
    listed: bool
    workload: bool = False
    """Is its kind only said to be one that runs pods?"""
    aim: bool = False
    """Does its key say that it is the one that something is done to: ``targetWorkload`` beside ``workload``?"""
    owner: bool = False
    """Is it only told whose the objects of a message are: ``[shop/web] Deleting deployment``?"""
    app: bool = False
    """Is it called an app, which no pod and no node is?"""


def told_apart(ref: Ref, found: Iterable[Candidate]) -> Ref:
    """``payout-primary.bank`` as a name and its namespace, where an object that attributes name is in the latter."""
    name, _, space = ref.name.rpartition(".")
    if not name or ref.namespace or ref.kind in kinds.CLUSTER_WIDE:
        return ref
    same = next((each.ref for each in found if each.ref.namespace == space), None)
    return ref if same is None else Ref(ref.kind or (same.kind if same.name == name else ""), space, name)


_GONE_ON = (("called",), ("named",))


def candidates(leaves: Leaves, bare: int = 7) -> list[Candidate]:
    """The objects that attributes name, likeliest first; ``bare`` is the rank of a ``name`` without a kind."""
    if any(path == ("name",) for path, _ in leaves):  # what a message goes on with is told by a name of its own
        leaves = [each for each in leaves if each[0] not in _GONE_ON]
    placed = _placed(leaves)
    spaces, told = _siblings(placed)
    anywhere = next(iter(spaces.values()), "")
    bare = _rank_of_name(bare, leaves)
    found: list[Candidate] = []
    programs = _of_programs(leaves)
    for path, leaf, place in placed:
        if path in programs:
            continue
        if len(leaf) < 300:
            if leaf[0] == "[" and not place.inside and (item := _ITEM.match(leaf)):
                kind = kinds.of_word(item["kind"]) or item["kind"]
                found.append(Candidate(0, Ref(kind, item["namespace"], item["name"]), listed=False))
            elif place.names:
                found += _named(path, leaf, place, spaces, told, anywhere, bare)
    if any(each.workload and not each.ref.kind for each in found) and any(_of_kueue(*each) for each in leaves):
        found = [each._replace(ref=_kueues(each.ref)) if each.workload else each for each in found]
    found.sort(key=_RANK)
    return found


def _of_programs(leaves: Leaves) -> set[Path]:
    """The keys that name who writes, and not to whom something is done.

    A ``name`` is the logger's where host and process stand beside it, as bunyan and pino write them, and no kind and
    namespace with which it is an object's. An ``app`` is the
    writer where a name and a namespace are told too. A ``service`` is one where nothing else is told, as Winston adds
    it to each line, or where its name is none that an object may have.
    """
    told = {path: leaf for path, leaf in leaves if len(path) == 1}
    found: set[Path] = set()
    spaced = not _SPACE_KEYS.isdisjoint(told)
    if (
        _NAME_KEY in told
        and told.keys() >= _OF_PROCESS
        and not (spaced and _KIND_KEY in told and _COUNT_KEY not in told)
    ):
        found.add(_NAME_KEY)
    elif _NAME_KEY in told and spaced:
        found.add(_APP_KEY)
    service = told.get(_SERVICE_KEY)
    if isinstance(service, str) and ("_" in service or (len(told) == len(leaves) and told.keys() <= _BESIDE_SERVICE)):
        found.add(_SERVICE_KEY)
    return found


_APP_KEY, _SERVICE_KEY, _KIND_KEY, _COUNT_KEY = ("app",), ("service",), ("kind",), ("count",)
_BESIDE_SERVICE: frozenset[Path] = frozenset(
    (key,)
    for key in wordset(
        "service level severity time ts timestamp @timestamp hostname pid host v logger env environment version thread "
        "traceId trace_id spanId span_id requestId request_id correlationId correlation_id dd.trace_id dd.span_id"
    )
)
_NAME_KEY = ("name",)
_OF_PROCESS = frozenset({("hostname",), ("pid",)})


def _of_kueue(path: Path, leaf: Leaf) -> bool:
    """Does an attribute name a queue of Kueue's, or its controller of workloads, which are objects of that kind?"""
    if path in _WRITERS:
        return isinstance(leaf, str) and _OF_WORKLOADS.search(leaf) is not None
    return bool(path) and str(path[0]) in _QUEUES


_WRITERS = (("logger",), ("caller",))
_OF_WORKLOADS = late(r"(?:^|/)workload[-_](?:reconciler|controller)\b")


_QUEUES = ("clusterQueue", "ClusterQueue", "localQueue", "LocalQueue")


def _kueues(ref: Ref) -> Ref:
    return ref if ref.kind else Ref("Workload", ref.namespace, ref.name)


def _rank_of_name(bare: int, leaves: Leaves) -> int:
    """The rank of a ``name`` beside a namespace: an object's, where nothing is called so but the program itself."""
    if bare != BARE:
        return bare
    paths = {path for path, _ in leaves}
    if ("name",) in paths and not paths.isdisjoint(_SPACES) and _BY_LOGGERS.isdisjoint(paths):
        return ALONE
    return PLACED if ("logger",) in paths else bare


_SPACES = (("namespace",), ("ns",))
_SPACE_KEYS: frozenset[Path] = frozenset(_SPACES)
_BY_LOGGERS = frozenset(
    (key,)
    for key in wordset(
        "level severity time ts timestamp @timestamp hostname pid host v app application thread kind controller "
        "controllerGroup reconcileID generateName service"
    )
)
"""Keys beside which a ``name`` may be the logger's, or that of what a controller was asked to look at."""
_RANK = itemgetter(0)


def namespace_of(leaves: Leaves) -> str:
    """The namespace that attributes name, the plain key first."""
    placed = _placed(leaves)
    spaces, _ = _siblings(placed)
    return spaces.get(((), ())) or next(iter(spaces.values()), "") or _of_queue(placed)


def _of_queue(placed: list[tuple[Path, str, KeyPlace]]) -> str:
    """The namespace of what a controller has in its queue by a key of its own: ``"knative.dev/key": "shop/web-7"``."""
    keys = (leaf for _, leaf, place in placed if place.queued and len(place.words) > 1 and PLAIN.fullmatch(leaf))
    return next((leaf.partition("/")[0] for leaf in keys), "")


_PLACES = wordset("Namespace ClusterQueue LocalQueue PriorityClass StorageClass ServiceAccount ConfigMap Secret")
"""Kinds that nothing is evicted of: they tell where, or by what."""

_POOLS = {"NodeGroup": ("MachineDeployment", "MachineSet", "MachinePool", "NodePool")}
"""What a node group is where machines are objects."""


def choose(found: Iterable[Candidate], verb: str, kind: str) -> tuple[Ref, ...]:
    """The objects of an action: those of the kind that the message names, else of the verb's, else the first."""
    found = list(found)
    wanted = kind or kinds.OF_VERB.get(verb, "")
    fitting: list[Candidate] = []
    if wanted:
        fit = (wanted, *_POOLS.get(wanted, ()))
        fitting = [each for each in found if each.ref.kind in fit]
    if not fitting and wanted:
        fitting = [
            each._replace(ref=Ref(wanted, "" if wanted in kinds.CLUSTER_WIDE else each.ref.namespace, each.ref.name))
            for each in found
            if not each.ref.kind
            and each.rank < (BARE if kind else PLACED)
            and not (each.workload and not kind)
            and not each.owner
            and not (each.app and wanted in _NO_APPS)
        ]
        if not fitting and kind:
            return ()
    fitting = fitting or [
        each for each in found if each.rank < PLACED and not (verb == "evict" and each.ref.kind in _PLACES)
    ]
    if not fitting:
        return ()
    best = fitting[0]
    if len(fitting) > 1:
        best = min(fitting, key=lambda each: (each.rank, not each.aim, _place(each.ref.kind)))
    if not best.listed:
        return (best.ref,)
    same = [each.ref for each in fitting if each.listed and each.rank == best.rank and each.ref.kind == best.ref.kind]
    return tuple(dict.fromkeys(same))


_NO_APPS = wordset("Pod Node Job Machine NodeClaim NodeGroup NodePool PersistentVolumeClaim ConfigMap Secret")


def _place(kind: str) -> int:
    return kinds.ORDER.index(kind) if kind in kinds.ORDER else len(kinds.ORDER) if kind else -1


Siblings = dict[tuple[tuple[str, ...], tuple[str, ...]], str]
"""Values by the group and the prefix of their keys: ``HPA.Namespace`` → ((), (hpa,))."""


def _is_kind(words: tuple[str, ...], leaf: str) -> bool:
    known = kinds.of_word(leaf.rpartition("/")[2].rpartition(".")[2] or leaf) or kinds.of_word(leaf.partition("/")[0])
    return bool(known) or (words[-1] == "kind" and (kinds.CUSTOM.fullmatch(leaf) is not None or leaf in kinds.PLAIN))


def _placed(leaves: Leaves) -> list[tuple[Path, str, KeyPlace]]:
    """The attributes that are texts, with what their paths tell."""
    return [(path, leaf, place_of[path]) for path, leaf in leaves if isinstance(leaf, str) and leaf]


def _siblings(placed: list[tuple[Path, str, KeyPlace]]) -> tuple[Siblings, Siblings]:
    """The namespaces and the kinds that attributes name."""
    spaces: Siblings = {}
    told: Siblings = {}
    for _, leaf, place in placed:
        if place.tells_space and " " not in leaf:
            spaces.setdefault((place.group, place.prefix), leaf)
        elif place.words[-1:] == _GVK and "Kind=" in leaf:
            told.setdefault((place.group, ()), leaf.rpartition("Kind=")[2])
        elif place.tells_kind and _is_kind(place.words, leaf):
            told.setdefault((place.group, place.prefix), leaf)
    return spaces, told


_GVK = ("gvk",)
"""Ends a key of a kind with its group and version, as Go prints it: ``request_gvk="apps/v1, Kind=StatefulSet"``."""


def _named(  # noqa: PLR0917 - an attribute, and what stands beside it
    path: Path, leaf: str, place: KeyPlace, spaces: Siblings, told: Siblings, anywhere: str, bare: int
) -> Iterator[Candidate]:
    group, words, owner = place.group, place.words, place.owner
    if (words == ("role",) and leaf in _SPEAKERS) or (place.tells_space and " " not in leaf):
        return
    kind, rank = _ranked(path, leaf, place, told)
    if kind == "Node" and (leaf in _SPEAKERS or "_" in leaf):
        return  # a node of an agent's graph
    if (
        rank is None
        or _MEASURE.fullmatch(leaf)
        or (words == ("target",) and (number(leaf) is not None or leaf in _SORTS))
    ):
        return
    if path == _REQUESTED:
        rank = 4
    elif rank >= PLACED:
        rank = min(bare, PLACED if (group, ()) in spaces else rank)
    space = spaces.get((group, owner)) or spaces.get((group, ())) or spaces.get((group[:-1], ())) or anywhere
    leaf = _plain(leaf, rank)
    for name in _LISTED.split(leaf) if "," in leaf else (leaf,):
        plain = _NAME.fullmatch(name) and "::" not in name  # a module of Rust's, which tracing calls the target too
        if plain and not _is_kinds_word(name, place) and not (name.isdecimal() and _counts(words[-1])):
            ref = reference(name, kind, space)
            if ref is not None:
                listed, aim = place.listed or "," in leaf, len(owner) > 1 and owner[0] in AIMS
                yield Candidate(
                    rank, ref, listed, owner[-1:] == ("workload",), aim, words == ABOUT, app=path == _APP_KEY
                )


_LISTED = late(", ?")


def _is_kinds_word(name: str, place: KeyPlace) -> bool:
    """Does a value say what kind it is, and not its name? One under a key of another kind is called so: a pool."""
    kind = kinds.of_word[name]
    return bool(kind) and not (place.alone[0] in _POOL_KINDS and kind != place.alone[0])


_POOL_KINDS = frozenset({"NodePool", "NodeGroup"})
"""Kinds that are often named after what runs on them: ``nodepool=ingress``."""


def _is_no_object(text: str) -> bool:
    """Does ``target`` tell what becomes of something (``"target": "512Mi"``), or as Nomad's autoscaler its sort?"""
    return number(text) is not None or text in _SORTS


_SORTS = ("nomad-target", "aws-asg", "gce-mig", "azure-vmss", "do-droplets", "os-nova")


def _counts(word: str) -> bool:
    """Is a number beside a key how many there are, or a return code: ``pods=3``, ``rc=0``?"""
    return word.endswith("s") or len(word) < 4


def _plain(leaf: str, rank: int) -> str:
    """``/web`` without its slash, and ``Deployment shop/web`` as a reference."""
    if rank == 4 and acts_on(leaf):
        return leaf.rpartition("/")[0]
    spaced = rank == 0 and leaf.count(" ") == 1 and kinds.of_word(leaf.partition(" ")[0])
    return leaf.replace(" ", "/") if spaced else leaf.removeprefix("/")


_REQUESTED = ("request", "name")
"""What a controller was asked to look at: ``"request": {"name": "web"}``."""


def _ranked(path: Path, leaf: str, place: KeyPlace, told: Siblings) -> tuple[str, int | None]:
    sibling = _sibling(place.words, told, place.group) if told else ""
    kind, rank = ranked_beside[(sibling, *path)] if sibling else place.alone
    if rank is not None:
        return kind, rank
    if place.queued and (PLAIN.fullmatch(leaf) or _ALONE.fullmatch(leaf) or acts_on(leaf)):
        return _sibling(place.words, told, place.group), 4
    return _otherwise(path, leaf, place.words) if place.may_be_custom else ("", None)


def _otherwise(path: Path, leaf: str, words: tuple[str, ...]) -> tuple[str, int | None]:
    """An instance by its id, or a key that is a kind no table knows: ``KubeadmControlPlane="fleet/cp-a"``."""
    if words[-2:] in (("instance", "id"), ("provider", "id")) or (words == ("id",) and _INSTANCE.fullmatch(leaf)):
        return "", 5
    if words == ("instance",) and ":" not in leaf and "-" in leaf:
        return "", 5
    if words == ("mig",) and _DASHED.fullmatch(leaf):
        return "NodeGroup", 1  # Google's managed instance group, and not NVIDIA's 1g.10gb
    if words == ("release",) and _DASHED.fullmatch(leaf):
        return "HelmRelease", 4
    key = custom_key(path)
    if isinstance(key, str) and is_compound(key):
        return ("", 5) if PLAIN.fullmatch(leaf) else ("", None)
    custom = isinstance(key, str) and kinds.CUSTOM.fullmatch(key) is not None
    return (str(key), 3) if custom and (path[-1] == "name" or PLAIN.fullmatch(leaf)) else ("", None)


_INSTANCE = late(r"i-[0-9a-f]{8,17}")
"""An instance of EC2."""
_DASHED = late(r"[a-z][a-z0-9-]{1,62}")
_ALONE = late(r"/[a-z0-9]{1,63}(?:-[a-z0-9]{1,63}){1,10}")
PLAIN = late(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}")


def _sibling(words: tuple[str, ...], told: Siblings, group: tuple[str, ...]) -> str:
    """The kind that stands beside a key."""
    near = (words[:-1], (), ("resource",), ("controller",), ("target",))
    said = next((told[group, prefix] for prefix in near if (group, prefix) in told), told.get((group[:-1], ()), ""))
    sibling = kinds.of_word(said) or kinds.of_word(said.rpartition("/")[2]) or kinds.of_word(said.rpartition(".")[2])
    plain = kinds.CUSTOM.fullmatch(said) or said in kinds.PLAIN
    return sibling or kinds.of_word(said.partition("/")[0]) or (said if plain else "")
