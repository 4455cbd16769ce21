"""The words and keys that tell of values: what one is of, on which side, before or after; and the paths of fields."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.message.document import Leaf
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue

WHATS = {
    "replicas": "replicas",
    "replica": "replicas",
    "replicacount": "replicas",
    "size": "replicas",
    "memory": "memory",
    "mem": "memory",
    "ram": "memory",
    "vmem": "memory",
    "cpu": "cpu",
    "vcpu": "cpu",
    "image": "image",
    "weight": "weight",
    "canaryweight": "weight",
    "trafficweight": "weight",
    "minreplicas": "minReplicas",
    "maxreplicas": "maxReplicas",
    "minreplicacount": "minReplicas",
    "maxreplicacount": "maxReplicas",
    "minavailable": "minAvailable",
    "maxunavailable": "maxUnavailable",
    "concurrency": "concurrency",
    "parallelism": "parallelism",
    "desiredcapacity": "replicas",
}
"""What a value may be of, by its words put together."""

SIDES = {"limit": "limits", "limits": "limits", "request": "requests", "requests": "requests"}
SIDES |= {"lim": "limits", "lims": "limits", "req": "requests", "reqs": "requests"}
"""Of resources: what a container may take, and what is kept for it."""

ARROW = late(r"[-=~]+>|[→⇒➜⟶⟹⇢]")
BEFORE = wordset(
    "from was old before previous previously prev current currently cur original originally existing actual were "
    "instead formerly"
)
AFTER = wordset(
    "to new now after desired target wanted recommended proposed goal final next updated requested becomes become "
    "suggested recommendation recommending proposing suggesting"
)

NUMBER = (
    r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:,\d{2,})?)(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[KMGTPE]i|[numkMGTPE])?B?|"
    r"nan|[+-]?inf(?:inity)?|null|none|<na>|<nil>|undefined"
)

NAMING_WORDS = frozenset(WHATS) | frozenset(SIDES) | {"min", "max"}
"""Words of an action's name that say what its values are of: ``SetMemoryLimit``."""


class ValueKey(NamedTuple):
    """What a key's words say: what it is a value of, on which side, before or after."""

    what: str
    side: str
    role: str


def by_key(words: tuple[str, ...]) -> ValueKey | None:
    """What the words of a key say; ``None``: it is another sort of key."""
    told = _said_by(words)
    if told is None and len(words) > 2:  # "tuner.replicas.before": whose it is, and what
        told = _said_by(words[1:])
        return told if told is not None and told.what and told.role else None
    return told


def _said_by(words: tuple[str, ...]) -> ValueKey | None:
    said = {"what": WHATS.get("".join(words), ""), "side": "", "role": ""}
    if words == ("is",):
        return ValueKey("", "", "after")  # beside "was"
    for bound in ("min", "max"):
        if bound in words and not _COUNTED.isdisjoint(words):
            said["what"] = f"{bound}Replicas"
    for word in words:
        part = _part(word, known=bool(said["what"]))
        if part is None:
            return None
        said |= part
    if not said["what"] and not _OF_A_KIND.isdisjoint(words):
        return None
    return ValueKey(**said) if said["what"] or said["role"] else None


def _part(word: str, *, known: bool) -> dict[str, str] | None:
    """What one word of a key says; ``None``: it is another sort of key."""
    if word in WHATS and not known:
        return {"what": WHATS[word]}
    if word in SIDES:
        return {"side": SIDES[word]}
    if word in BEFORE or word in _BEFORE_IN_KEYS:
        return {"role": "before"}
    if word in AFTER or word in _AFTER_IN_KEYS:
        return {"role": "after"}
    return {} if word in _EMPTY_WORDS or word in WHATS else None


_LATTER = wordset("nachher neu danach depois despues después apres après dopo nuevo nuovo novo nouveau nieuw")
_FORMER = wordset("vorher viejo vecchio velho ancien oud bisher zuvor avant antes anterior prima voorheen")
FOREIGN_ROLES = _LATTER | _FORMER
STANDING = wordset("current currently cur actual existing live have observed")
"""Words of what is there now: before what is wanted, and after what was."""
_OF_A_KIND = wordset("src last observed dst")
"""Words that say so only of what stands beside them: ``last_replicas=3``, but not ``last=…``."""
REMEMBERED = wordset("orig initial initially prior earlier src last observed")
"""Words of what was once: no more than that says what a value was that is the same as the one set."""
ADVISED = wordset("dst rec tuned adjusted optimal optimized")
"""Words of what somebody works out: it is what is set only where nothing else says what is."""
_BEFORE_IN_KEYS = _FORMER | REMEMBERED | wordset("have live")
_AFTER_IN_KEYS = _LATTER | ADVISED | wordset("want")
"""Words that say in keys alone which value it is: ``have=3 want=5``, ``live=3``, ``orig=2Gi rec=1Gi``."""
ROLES = BEFORE | AFTER | _BEFORE_IN_KEYS | _AFTER_IN_KEYS

_COUNTED = frozenset({"replicas", "replica", "size"})

_EMPTY_WORDS = wordset(
    "hard count min max total container containers spec number of scale capacity paused fallback instances instance "
    "pods nodes workers runner runners"
)


def path_of(what: str, side: str, container: str = "") -> str:
    """The path of a field by what it is and on which side: ``containers[app].resources.limits.memory``."""
    if what not in ("memory", "cpu"):
        return f"containers[{container}].{what}" if container and what == "image" else what
    place = f"resources.{side}.{what}" if side else f"resources.{what}"
    return f"containers[{container}].{place}" if container else place


def with_before(field: FieldValue, before: Leaf) -> FieldValue:
    """The field with the value before it, where one is told."""
    if before is None or before == "":
        return field
    old = patches.field(field.path, before)
    return FieldValue(field.path, field.value, field.number, field.problem, old.value, old.number)
