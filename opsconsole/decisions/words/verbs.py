"""The actions that optimizers name, by the stems of the words they use; one row a word."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

_STEMS: dict[str, tuple[str, ...]] = {
    "scale": (
        "scale",
        "upscale",
        "downscale",
        "rescale",
        "autoscale",
        "resize",
        "downsize",
        "upsize",
        "grow",
        "shrink",
        "activate",
        "deactivate",
    ),
    "evict": ("evict", "preempt"),
    "delete": (
        *("delete", "remove", "terminate", "kill", "destroy", "prune", "reap", "decommission", "reclaim", "purge"),
        *("cull", "erase", "wipe", "nuke", "uninstall", "revoke"),
    ),
    "patch": (
        *(
            "patch",
            "update",
            "set",
            "modify",
            "apply",
            "annotate",
            "label",
            "upgrade",
            "adjust",
            "suspend",
            "unsuspend",
        ),
        *(
            "change",
            "configure",
            "rightsize",
            "tune",
            "reduce",
            "increase",
            "decrease",
            "lower",
            "raise",
            "bump",
            "trim",
        ),
        *("cut", "edit", "mutate", "pause", "unpause", "resume", "promote", "shift", "override", "relabel", "replace"),
        *("expand", "limit", "throttle", "boost", "halve", "double", "triple", "drop", "optimize", "optimise", "slash"),
        *("disable", "enable", "reconfigure", "switch", "swap", "redirect", "clear", "reset", "extend", "tighten"),
        "strip",
    ),
    "cordon": ("cordon",),
    "uncordon": ("uncordon",),
    "drain": ("drain",),
    "taint": ("taint",),
    "untaint": ("untaint",),
    "create": ("create", "launch", "provision", "add", "grant", "deploy", "spawn", "schedule", "inject", "bind"),
    "restart": ("restart", "reboot", "recreate", "bounce", "recycle"),
    "rollback": ("rollback", "revert", "undo", "restore"),
    "disrupt": ("disrupt", "deprovision", "consolidate"),
}

_IRREGULAR = {
    "set": ("set", "setting"),
    "cut": ("cut", "cutting"),
    "reset": ("reset", "resetting"),
    "undo": ("undone", "undoing"),
    "grow": ("grown", "growing"),
    "shrink": ("shrunk", "shrinking"),
    "bind": ("bound", "binding"),
    "rollback": ("rolledback", "rollingback"),
}
NOUNS = {
    "eviction": "evict",
    "deletion": "delete",
    "removal": "delete",
    "termination": "delete",
    "preemption": "evict",
    "creation": "create",
    "consolidation": "disrupt",
    "disruption": "disrupt",
    "rollback": "rollback",
    "scaleup": "scale",
    "scaledown": "scale",
    "scalein": "scale",
    "scaleout": "scale",
    "scaling": "scale",
    "resizing": "scale",
    "rescaling": "scale",
    "autoscaling": "scale",
}
_LOOSE = frozenset(
    {
        *("set", "change", "add", "apply", "cut", "limit", "raise", "lower", "label", "bind", "schedule", "shift"),
        *("restore", "configure", "tune", "edit", "reduce", "increase", "decrease", "grow", "shrink", "trim", "boost"),
        *("expand", "override", "inject", "promote", "pause", "resume", "replace", "reclaim", "purge", "throttle"),
        *("disable", "enable", "reconfigure", "switch", "swap", "redirect", "clear", "reset", "extend", "tighten"),
        *("halve", "double", "triple", "drop", "optimize", "optimise", "slash", "wipe", "strip", "revoke"),
        *("grant", "deploy", "spawn", "bounce", "recycle", "cull", "erase", "update", "upgrade", "adjust", "modify"),
    }
)
"""Words of everyday English, which name an action on the cluster only where an object of it is told beside them."""


class Verb(NamedTuple):
    """What one word says: the action, how it is meant, the word's stem, and whether the word is an everyday one."""

    verb: str
    mood: Mood
    stem: str
    loose: bool


def _forms(stem: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The forms of a verb: to be done, done, being done."""
    if stem in _IRREGULAR:
        done, doing = _IRREGULAR[stem]
        return (stem, stem + "s"), (done,), (doing,)
    if stem.endswith("e"):
        return (stem, stem + "s"), (stem + "d",), (stem[:-1] + "ing",)
    if stem.endswith("y") and stem[-2] not in "aeiou":
        return (stem, stem[:-1] + "ies"), (stem[:-1] + "ied",), (stem + "ing",)
    doubled = stem + stem[-1] if stem in ("trim", "unset", "drop", "swap", "strip") else stem
    plural = stem + ("es" if stem.endswith(("s", "h")) else "s")
    return (stem, plural), (doubled + "ed",), (doubled + "ing",)


def _words() -> dict[str, Verb]:
    words: dict[str, Verb] = {}
    for verb, stems in _STEMS.items():
        for stem in stems:
            base, done, doing = _forms(stem)
            loose = stem in _LOOSE
            words |= dict.fromkeys((*base, *doing), Verb(verb, Mood.PLANNED, stem, loose))
            words |= dict.fromkeys(done, Verb(verb, Mood.DONE, stem, loose))
    words["shrank"] = words["grew"] = Verb("scale", Mood.DONE, "grow", loose=True)
    words |= {"cordonning": words["cordoning"], "cordonned": words["cordoned"]}  # as kured spells them
    words |= {"labelled": words["labeled"], "labelling": words["labeling"]}
    words["reset"] = Verb("patch", Mood.PLANNED, "reset", loose=True)
    words["set"] = Verb("patch", Mood.PLANNED, "set", loose=True)
    nouns = {noun: Verb(verb, Mood.PLANNED, noun, loose=False) for noun, verb in NOUNS.items()}
    return nouns | words


WORDS: dict[str, Verb] = _words()
"""Every form of every word, in lower case."""

_PARTS = late(r"(?<![a-zA-Z])[Kk]8s|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@KeyMemory
def parts(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: ``scaleStatefulSet`` → scale, stateful, set; ``patch_hpa``."""
    return tuple(word.lower() for word in _PARTS.findall(name[:256]))


@KeyMemory
def of_name(name: str) -> Verb | None:
    """The action that an identifier names, such as a tool's or an action key's: ``k8s_delete_resource``."""
    words = parts(name)
    if "rollout" in words or "roll" in words:
        for word, verb in (("undo", "rollback"), ("back", "rollback"), ("restart", "restart")):
            if word in words:
                return Verb(verb, Mood.PLANNED, word, loose=False)
    if words[:2] == ("right", "size"):
        return WORDS["rightsize"]
    if len(words) > 1 and words[-1] in ("eviction", "preemption") and words[0] in ("create", "post"):
        return WORDS[words[-1]]  # "create_namespaced_pod_eviction"
    for word, following in zip(words, (*words, "")[1:], strict=True):
        if word in _READS:
            return None
        if word in WORDS and following not in ("manager", "controller"):
            return None if _is_of_another(WORDS[word], words, following) else WORDS[word]
    return None


def of_call(name: str) -> Verb | None:
    """The action that the name of what is called tells by itself: of an everyday verb (``update_cache``) none."""
    named, words = of_name(name), parts(name)
    known = named is not None and (not named.loose or kinds.in_words(words) or not _THINGS.isdisjoint(words))
    return named if known else None


def tells_done(word: str) -> bool:
    """Is a word in small letters one for a deed that is done: ``deleted``, ``wiped``, but no everyday ``switched``?"""
    verb = WORDS.get(word)
    return verb is not None and verb.mood is Mood.DONE and (not verb.loose or verb.verb == "delete")


def reads(name: str) -> bool:
    """``get_pods``: does an identifier name something that only looks?"""
    return not _READS.isdisjoint(parts(name))


def _is_of_another(verb: Verb, words: tuple[str, ...], following: str) -> bool:
    """``retrain_scheduled``, ``report_updated``: does an everyday verb end a name as what was done to a thing?"""
    return (
        verb.loose
        and verb.mood is Mood.DONE
        and not following
        and len(words) > 1
        and _THINGS.isdisjoint(words[:-1])
        and not any(kinds.of_word(word) for word in words)
    )


_THINGS = wordset(
    "auto scale workload resource resources replicas replica memory mem cpu limits limit requests request hpa vpa "
    "weight image traffic size count capacity min max quota budget taint label annotation config spec was has been "
    "recommendation change action decision patch rollout canary"
)
"""Words of a name whose everyday verb is one of the cluster's: ``memory_lowered``."""


_READS = wordset("get list describe show read watch check no not keep skip find query search fetch can noop none")
"""Words of an identifier after which no action comes: ``get_scale``, ``no_action``, ``keep_replicas``."""
