"""Whom an action is done to: references in the ways optimizers write names, and objects among an entry's attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.targets.keyplaces import (
    ABOUT,
    BARE,
    KeyPlace,
    acts_on,
    custom_key,
    is_compound,
    place_of,
    ranked_beside,
)
from opsconsole.decisions.message.document import Leaf, Path
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import Ref

Leaves = list[tuple[Path, Leaf]]

_NAMESPACE = re.compile(
    r"\b[Nn]amespace\b['\"]?\s*[:=/]?\s*['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\b|(?:^|\s)-n\s+['\"]?([\w.-]+)"
)
_SHORT = re.compile(r"\(ns[ =:] ?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)[,;)]")
_NAMESPACE_AFTER = re.compile(r"\bin (?:the )?['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)['\"]? namespace\b")
_PLACE = re.compile(
    r"\b(?:pods|deployments|statefulsets|daemonsets|jobs|services|workloads|replicas) in "
    r"([a-z][a-z0-9-]{1,62})(?=$|[,.;:)])"
)
"""``all pods in shop``: objects without a name, and where they are."""

_NAMED_PLACE = re.compile(
    r"\b(?:[Pp]od|[Dd]eployment|[Ss]tateful ?[Ss]et|[Dd]aemon ?[Ss]et|[Jj]ob|[Ss]ervice)"
    r"(?:s?\.[\w.]{1,60}/| ['\"]?)[\w.-]{1,253}['\"]? in "
    r"['\"]?([a-z][a-z0-9-]{1,62})['\"]?(?=$|[,;:)]| to \d| from \d| \d+ replicas?\b)"
)
"""``deployment web in shop to 3 replicas``."""

_NO_PLACES = wordset(
    "total parallel progress order batches sequence cluster place use queue cache memory error turn all"
)
_NAME = re.compile(r"[A-Za-z0-9<][\w.:%<>+/-]{0,300}(?:\[[\d,-]+\])?")
_BRACES = re.compile(r"\{(?P<namespace>[a-z0-9-]{1,63}) (?P<name>[\w.-]{1,253})\}")

_ITEM = re.compile(
    r"\[(?:[\w.-]+/){1,2}(?P<kind>\w{2,60}), namespace: (?P<namespace>[\w.-]*), name: (?P<name>[\w.:-]{1,253})"
)
"""An object as the garbage collector prints it: ``[v1/Pod, namespace: shop, name: web-1, uid: 12ab]``."""

_SPEAKERS = wordset(
    "assistant user system tool tools function developer model ai human agent supervisor planner executor router "
    "interrupt critic reviewer researcher coordinator orchestrator"
)
"""Roles in a conversation, which are none of the cluster's."""

_MEASURE = re.compile(
    r"(?:[\w\[\]]{1,60}\.){0,8}(?:(?:limit|request)s?[._ -])?"
    r"(?:cpu|mem(?:ory)?|replicas|storage)(?:[._ -](?:limit|request)s?)?",
    re.IGNORECASE,
)
"""What a value is of, and no object: ``memory``, ``limits.memory``, ``spec.replicas``."""


PLACED = 6
"""The rank of such a name beside a namespace: an object's, where the message tells a kind."""


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


@SentenceMemory
def namespace_in(message: str) -> str:
    """``… for namespace: production.`` → ``production``; empty when the message names none."""
    if match := _SHORT.search(message) if "(ns" in message else None:
        return match[1]
    if "amespace" not in message and " -n " not in message:
        match = (_PLACE.search(message) or _NAMED_PLACE.search(message)) if " in " in message else None
        return match[1] if match and match[1] not in _NO_PLACES else ""
    match = _NAMESPACE_AFTER.search(message)
    match = match if match and match[1] not in ("the", "its", "this") else _NAMESPACE.search(message)
    found = next((group for group in match.groups() if group), "") if match else ""
    return "" if found in _NO_SPACES else found


def placed(message: str, name: str) -> str:
    """The namespace that a message tells right behind a name: ``killing web-0 in shop (stuck)``; empty: none."""
    at = message.find(f"{name} in ") if " in " in message else -1
    match = _BEHIND_NAME.match(message, at + len(name)) if at >= 0 else None
    return match[1] if match and match[1] not in _NO_PLACES else ""


_BEHIND_NAME = re.compile(
    r" in ['\"]?([a-z][a-z0-9-]{1,62})['\"]?"
    r"(?=$|[,;:)]| \(| to \d| from \d| \d+ replicas?\b| (?:because|due|after|since|as)\b)"
)


_NO_SPACES = wordset(
    "is has was and to for postponed deferred refused skipped blocked deleted created failed suppressed"
)


def reference(text: str, kind: str = "", namespace: str = "") -> Ref | None:
    """Read ``name``, ``namespace/name``, ``kind/name``, ``kind/namespace/name`` or ``{namespace name}``.

    Args:
        text: the name as the optimizer wrote it.
        kind: its kind, if something else than ``text`` tells it.
        namespace: its namespace, likewise; empty: unknown.

    Returns:
        The reference, its kind and namespace empty where nothing tells them, or ``None`` without a name.
    """
    if _PLAIN_NAME.fullmatch(text):  # most are one, in which nothing stands of what is looked for below
        kind = kind or ("Node" if _NODE_NAME.fullmatch(text) else "")
        return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, text)
    if match := _BRACES.fullmatch(text.strip()):
        return Ref(kind, match["namespace"], match["name"])
    parts = _parts_of(text)
    if not parts or parts[-1] in "{[(<":
        return None
    if is_provider_id(text):
        return Ref(kind, "", parts[-1])
    told_kind = len(parts) > 1 and kinds.of_word(parts[0])
    if told_kind:
        kind = told_kind
        parts.pop(0)
    elif len(parts) > 2 and (told := _after_group(parts)):
        kind = told
    if len(parts) > 1:
        namespace = parts[0]
    plural = bool(kinds.of_word(text.strip().partition("/")[0][:-1]))  # "statefulset/status" is one of that name
    if len(parts) == 1 and (apart := _APART.fullmatch(parts[0])) and _is_apart(apart, kind, namespace):
        parts, namespace = [apart["name"]], apart["namespace"]
    if len(parts) == 1 and told_kind and plural and parts[0] in ("scale", "status", "eviction", "resize"):
        return None  # "deployments/scale": a part of an object that is named elsewhere
    kind = kind or ("Node" if len(parts) == 1 and _NODE_NAME.fullmatch(parts[0]) else "")
    return Ref(kind=kind, namespace="" if kind in kinds.CLUSTER_WIDE else namespace, name=parts[-1])


def _parts_of(text: str) -> list[str]:
    """What stands between the slashes of a reference; of ``broker-2/2``, a pod with its number, the name."""
    parts = [part.strip() for part in text.strip().split("/") if part.strip()]
    numbered = len(parts) == 2 and parts[1].isdecimal() and parts[0].endswith(f"-{parts[1]}")
    return parts[:1] if numbered else parts


_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")
_APART = re.compile(r"(?P<name>[a-z][a-z0-9-]{0,62})\.(?P<namespace>[a-z][a-z0-9-]{1,62})")
_IN_SPACES = wordset("Canary Deployment StatefulSet DaemonSet ReplicaSet CronJob Rollout Service VirtualService")
"""Kinds whose objects are written as ``payout.bank``, after the names that services have."""

_NO_SPACE = wordset(
    "com org net io dev local localhost internal lan svc cluster example test apps batch core policy extensions "
    "autoscaling json yaml yml log txt csv gz tar py go js sh png jpg html conf toml lock"
)
"""Ends of hosts, of API groups and of files."""


def _is_apart(apart: re.Match[str], kind: str, namespace: str) -> bool:
    """Are the two words around a dot a name and its namespace?"""
    space = apart["namespace"]
    plain = kind in _IN_SPACES and space not in _NO_SPACE and namespace in ("", space)
    return plain and not kinds.of_word(apart["name"]) and not re.fullmatch(r"v\d\w*", space)


def told_apart(ref: Ref, found: Iterable[Candidate]) -> Ref:
    """``payout-primary.bank`` as a name and its namespace, where an object that attributes name is in the latter."""
    name, _, space = ref.name.rpartition(".")
    if not name or ref.namespace or ref.kind in kinds.CLUSTER_WIDE:
        return ref
    same = next((each.ref for each in found if each.ref.namespace == space), None)
    return ref if same is None else Ref(ref.kind or (same.kind if same.name == name else ""), space, name)


def is_provider_id(text: str) -> bool:
    """Is it a machine as its cloud names it: ``aws:///us-west-2b/i-0f3a9d77``?"""
    return "://" in text and _PROVIDER_ID.fullmatch(text) is not None


_PROVIDER_ID = re.compile(
    r"(?:aws|azure|gce|openstack|vsphere|digitalocean|hcloud|kind|linode|oci|exoscale|equinixmetal|nutanix|ibm|kwok"
    r"|https(?=://www\.googleapis\.com/compute/))"
    r"://(?:/?[\w.:-]{1,100}/){0,12}(?=[\w.:-]*[a-z])[\w.:-]{3,100}"
)


def _after_group(parts: list[str]) -> str:
    """The kind in ``shop/deployment/web``, ``apps/Deployment/shop/web``, ``apps/v1/Deployment/shop/web``.

    It is taken out of the parts, and the API's group and version before it too; a namespace stays.
    """
    at = 2 if len(parts) > 3 and _VERSION.fullmatch(parts[1]) else 1
    kind = kinds.of_word(parts[at])
    if kind and (len(parts) > at + 2 or (parts[at][0].isupper() and _GROUP.fullmatch(parts[0]))):
        del parts[: at + 1]
    elif kind:
        parts.pop(at)
    return kind


_VERSION = re.compile(r"v\d\w{0,8}")
_GROUP = re.compile(r"apps|batch|core|policy|autoscaling|v\d\w{0,8}|[\w-]+(?:\.[\w-]+)+")
"""An API's group, or its version alone."""


def candidates(leaves: Leaves, bare: int = 7) -> list[Candidate]:
    """The objects that attributes name, likeliest first; ``bare`` is the rank of a ``name`` without a kind."""
    placed = _placed(leaves)
    spaces, told = _siblings(placed)
    anywhere = next(iter(spaces.values()), "")
    bare = PLACED if bare == BARE and ("logger",) in [path for path, _ in leaves] else bare
    found: list[Candidate] = []
    for path, leaf, place in placed:
        if len(leaf) < 300:
            if leaf[0] == "[" and not place.inside and (item := _ITEM.match(leaf)):
                kind = kinds.of_word(item["kind"]) or item["kind"]
                found.append(Candidate(0, Ref(kind, item["namespace"], item["name"]), listed=False))
            elif place.names:
                found += _named(path, leaf, place, spaces, told, anywhere, bare)
    found.sort(key=_RANK)
    return found


_RANK = itemgetter(0)


_NODE_NAME = re.compile(
    r"ip-\d{1,3}(?:-\d{1,3}){3}(?:\.[\w.-]+)?|[\w.-]+\.compute\.internal|aks-[\w-]+-vmss[0-9a-z]{6}|gke-[\w-]+-[0-9a-f]{4,8}"
)
"""How clouds name their nodes."""


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
        elif place.tells_kind and _is_kind(place.words, leaf):
            told.setdefault((place.group, place.prefix), leaf)
    return spaces, told


def _named(  # noqa: PLR0917 - an attribute, and what stands beside it
    path: Path, leaf: str, place: KeyPlace, spaces: Siblings, told: Siblings, anywhere: str, bare: int
) -> Iterator[Candidate]:
    group, words, owner = place.group, place.words, place.owner
    if (words == ("role",) and leaf in _SPEAKERS) or (place.tells_space and " " not in leaf):
        return
    kind, rank = _ranked(path, leaf, place, told)
    if kind == "Node" and (leaf in _SPEAKERS or "_" in leaf):
        return  # a node of an agent's graph
    if rank is None or _MEASURE.fullmatch(leaf) or (words == ("target",) and leaf.isdecimal()):
        return
    if path == _REQUESTED:
        rank = 4
    elif rank >= PLACED:
        rank = min(bare, PLACED if (group, ()) in spaces else rank)
    space = spaces.get((group, owner)) or spaces.get((group, ())) or spaces.get((group[:-1], ())) or anywhere
    leaf = _plain(leaf, rank)
    for name in leaf.split(", ") if ", " in leaf else (leaf,):
        if _NAME.fullmatch(name) and not kinds.of_word[name] and not (name.isdecimal() and words[-1].endswith("s")):
            ref = reference(name, kind, space)
            if ref is not None:
                listed, aim = place.listed or ", " in leaf, len(owner) > 1 and owner[0] in _AIMS
                yield Candidate(rank, ref, listed, owner[-1:] == ("workload",), aim, words == ABOUT)


def _plain(leaf: str, rank: int) -> str:
    """``/web`` without its slash, and ``Deployment shop/web`` as a reference."""
    if rank == 4 and acts_on(leaf):
        return leaf.rpartition("/")[0]
    spaced = rank == 0 and leaf.count(" ") == 1 and kinds.of_word(leaf.partition(" ")[0])
    return leaf.replace(" ", "/") if spaced else leaf.removeprefix("/")


_REQUESTED = ("request", "name")
"""What a controller was asked to look at: ``"request": {"name": "web"}``."""
_AIMS = ("target", "victim", "evicted", "preempted", "affected")


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


_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
"""An instance of EC2."""
_DASHED = re.compile(r"[a-z][a-z0-9-]{1,62}")
_ALONE = re.compile(r"/[a-z0-9]{1,63}(?:-[a-z0-9]{1,63}){1,10}")
PLAIN = re.compile(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}")


def _sibling(words: tuple[str, ...], told: Siblings, group: tuple[str, ...]) -> str:
    """The kind that stands beside a key."""
    near = (words[:-1], (), ("resource",), ("controller",), ("target",))
    said = next((told[group, prefix] for prefix in near if (group, prefix) in told), told.get((group[:-1], ()), ""))
    sibling = kinds.of_word(said) or kinds.of_word(said.rpartition("/")[2]) or kinds.of_word(said.rpartition(".")[2])
    plain = kinds.CUSTOM.fullmatch(said) or said in kinds.PLAIN
    return sibling or kinds.of_word(said.partition("/")[0]) or (said if plain else "")
