"""Whether an entry names a tool that changes something, though nothing was read of the call: then it is unclear."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.programs.tools.tool_call import only_asks
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_LONGEST = 4_000
"""Characters of an entry that are looked at."""
_MOST = 8
"""Names of tools in one entry that are looked at."""

_NAMED = late(
    r"(?:\b|_)(?:tool|invocation|invok(?:e|es|ed|ing)|function)s?(?:[ _.-]?(?:name|call|use|part|id))*"
    r"[^A-Za-z0-9\n]{1,6}(?:of )?(?=(?P<name>[A-Za-z][A-Za-z0-9]{1,40}(?:[_.-][A-Za-z0-9]{1,40}){0,6})"
    r"(?P<rest>[^\n]{0,24}))",
    re.IGNORECASE,
)
"""A tool by its name, as a word or a key says: ``tool_name='patch_web'``, ``Invocation of Cluster-DeletePod``."""
_JOINED = late(r"[_.-]|[a-z0-9][A-Z]")
"""What an identifier of several words has in it; a word alone is one of a sentence: ``tool restarted``."""
_OVER = late(
    r"[\W_]*(?:\d+ ?ms\W*)?(?:has |was |is )?(?:exiting|finished|completed?|succeeded|returned|took|done|ended|"
    r"responded|results?|outputs?|registered|loaded|available|enabled|added|discovered|found|"
    r"disabled|not (?:in|on|allowed|permitted|available|found|known)|(?:needs|requires|awaits) approval)\b",
    re.IGNORECASE,
)
"""What follows where the call was told before, where the tool is only there to be called, and where it may not be."""
_OFFERED = late(
    r"\b(?:regist(?:er(?:ed|ing)|ry|ration)|available|load(?:ed|ing)|discovered|expos(?:es|ed|ing)|declar\w+|schema|fake|mock|stub|"
    r"with \d+ tools|tools?[\"']?[:=] ?\[)",
    re.IGNORECASE,
)
"""What tells of tools that may be called."""


def verb_of_call(source: str) -> str:
    """The verb of a tool that an entry names as one that is called, and that changes the cluster; empty for none.

    Asked of entries of which no action was read. ``judge`` may not call such a log clean.
    """
    if "ool" not in source and "nvo" not in source and "unction " not in source:
        return ""
    text = source[:_LONGEST]
    named = (match for _, match in zip(range(_MOST), _NAMED.finditer(text), strict=False))
    verb = next((verb for match in named if (verb := _verb(match))), "")
    return "" if _OFFERED.search(text) else verb


_CAMEL = late(r"[a-z][A-Z]")
_ALONE_IN = late(
    r"(?:(?<=[\s\"'(`!])|^)(?P<name>(?:[A-Za-z][A-Za-z0-9]{0,40}-)?[A-Za-z]+(?:_[A-Za-z]+|(?<=[a-z])[A-Z][a-z]+){1,6})"
    r"(?=[\s\"')(`]|$)(?![\"'] ?:)(?=(?P<rest>[^\n]{0,24}))"
)
"""An identifier that stands alone among words: ``denied: delete_pvc shop/data-0``."""


def verb_named(message: str) -> str:
    """The verb of a deed that a message names by an identifier alone, with the kind that it is done to; empty for none.

    No tool is spoken of, so only strict verbs count, and only where the name tells a kind.
    """
    text = message[:_LONGEST]
    if "_" not in text and _CAMEL.search(text) is None:
        return ""
    named = (match for _, match in zip(range(_MOST), _ALONE_IN.finditer(text), strict=False))
    verb = next((verb for match in named if (verb := _strict(match))), "")
    return "" if verb and _OFFERED.search(text) else verb


def _strict(match: re.Match[str]) -> str:
    name, words = match["name"], verbs.parts(match["name"])
    if kinds.of_word(name) or "sandbox" in words or words[-1] in _NO_DEEDS:
        return ""
    if _CLASS.search(match.string, max(0, match.start() - 80), match.start()):
        return ""
    named = verbs.of_name(name)
    return _verb(match) if named is not None and not named.loose and kinds.in_words(words) else ""


_NO_DEEDS = wordset(
    "total seconds bytes rate count delay timeout interval enabled disabled controller manager duration"
)
"""Last words of the names of metrics, settings and parts of programs."""
_CLASS = late(r"[a-z]\.[A-Z]\w{1,60} $")
"""A class in front of a name: ``org.example.PodTemplates deletePod``, the place in a program that speaks."""


def _verb(match: re.Match[str]) -> str:
    name = match["name"]
    if _JOINED.search(name) is None or only_asks(name) or _OVER.match(match["rest"]):
        return ""
    verb, words = verbs.of_call(name), verbs.parts(name)
    of_cluster = kinds.in_words(words) or not _CLUSTER.isdisjoint(words)
    return verb.verb if verb is not None and of_cluster else ""


_CLUSTER = wordset(
    "kubectl k8s kube kubernetes helm oc cluster replicas replica resource resources limits limit requests request cpu "
    "container containers workload workloads rollout autoscaler autoscaling hpa vpa quota taint taints"
)
"""Words in a tool's name that tell that it is about a cluster, as a kind does: a ticket and a file are made too."""
