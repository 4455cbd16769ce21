"""A setting that a short message tells, of an object that stands beside it: ``removed readinessProbe pod=web-1``."""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose.sentences import SentenceContext
from opsconsole.decisions.meaning.targets.choice import choose
from opsconsole.decisions.message import roles
from opsconsole.decisions.message.document import Leaves, Path
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood

_LONGEST = 120
"""Characters of such a message."""

_SETTINGS = {
    "readinessProbe": r"readiness ?probes?",
    "livenessProbe": r"(?:liveness ?)?probes?",
    "startupProbe": r"startup ?probes?",
    "lifecycle": r"lifecycle|(?:pre-?stop|post-?start)(?: hooks?)?",
    "terminationGracePeriodSeconds": r"termination ?grace ?period(?: ?seconds)?",
    "env": r"env(?:ironment)?(?: (?:variables?|vars?))?",
    "imagePullSecrets": r"image ?pull ?secrets?",
    "command": r"commands?|entrypoint",
    "args": r"arg(?:ument)?s",
    "nodeSelector": r"node ?selectors?",
    "selector": r"selectors?",
    "type": r"service type",
    "affinity": r"(?:node |pod )?(?:anti-?)?affinity|pod(?:anti)?affinity",
    "topologySpreadConstraints": r"topology ?spread ?constraints?",
    "tolerations": r"tolerations?",
    "securityContext": r"(?:pod )?security ?context",
    "priorityClassName": r"priority ?class(?: ?name)?",
    "serviceAccountName": r"service ?account ?name",
    "volumes": r"volumes",
    "hostNetwork": r"host ?network",
    "dnsPolicy": r"dns ?policy",
    "strategy": r"(?:update |rollout )?strategy",
    "finalizers": r"finali[sz]ers?",
    "data": r"config ?map data|secret data",
}
"""What is set of an object, as an API object calls it, and as messages do."""

_SETTING = "|".join(f"(?P<s{at}>{words})" for at, words in enumerate(_SETTINGS.values()))
_DID = (
    r"(?P<takes{0}>remov|delet|clear|dropp|stripp|disabl|eras|emptied|empty)(?P<a{0}>ed|ing)?|"
    r"(?P<sets{0}>chang|updat|replac|modifi|patch|lower|rais|adjust|add|overrid|overwrit|rewrit|rewrot|sett?|edit|mutat)"
    r"(?P<b{0}>ed|den|ten|e|ing)?"
)
_OF = r"(?:container|service|pod|workload|template|deployment|spec|its|the|all)"
_TOLD = late(
    rf"(?:(?:{_DID.format('f')}) )(?:{_OF} ){{0,2}}(?:{_SETTING})(?P<rest>(?:\.\w{{2,40}}){{0,3}})|"
    rf"(?:{_OF} ){{0,2}}(?:{re.sub(r'[(][?]P<s', '(?P<t', _SETTING)})(?P<more>(?:\.\w{{2,40}}){{0,3}})"
    rf" (?:was |were |is |are |has been |have been )?(?:{_DID.format('l')})",
    re.IGNORECASE,
)
_BEFORE = ("from", "old", "before", "was", "previous")
_AFTER = ("to", "new", "after", "value")
_NAMES = (
    *(name for name in _SETTINGS if not name.islower()),
    "affinity", "finalizers", "tolerations", "podAntiAffinity", "volumeMounts", "rollingUpdate",
    "securityContext", "minReadySeconds", "revisionHistoryLimit", "runAsUser", "privileged",
    "allowPrivilegeEscalation", "runAsNonRoot", "readOnlyRootFilesystem", "maxUnavailable", "maxSurge",
    "hostPID", "hostIPC", "runtimeClassName",
)  # fmt: skip
"""Keys that only an API object has: ``env=prod`` and ``strategy=careful`` may be the optimizer's own."""
_WITH_PARTS = ("command", "args", "lifecycle", "selector", "strategy", "volumes")
"""Keys that are an API object's where they have parts: ``"volumes": [{"hostPath": …}]``."""


def read(message: str, pairs: Leaves, context: SentenceContext) -> Act | None:
    """The change of a setting that a whole message tells, of the object that the attributes name."""
    told = _setting_of[message] if len(message) <= _LONGEST else None
    if told is None and len(message) <= _LONGEST and context.found:
        return _tagged(message, context)
    if told is None or not context.found:
        return None
    path, done, word = told
    targets = choose(context.found, "patch", "")
    if not any(each.name and each.kind for each in targets):
        return None
    said = {str(where[-1]): str(leaf) for where, leaf in pairs if len(where) == 1}
    before = next((said[key] for key in _BEFORE if key in said), "")
    after = next((said[key] for key in (*_AFTER, path) if key in said), word)
    mood = context.mood or (Mood.DONE if done else Mood.PLANNED)
    return Act("patch", "patch_setting", mood, targets, None, (FieldValue(path, after, before=before),))


def _tagged(message: str, context: SentenceContext) -> Act | None:
    """``removed label spot``, ``deleted annotation a/b from web``: what is taken from the object, or put on it."""
    match = _TAG.fullmatch(message.strip(" ."))
    targets = choose(context.found, "patch", "") if match is not None else ()
    if match is None or not any(each.name and each.kind for each in targets):
        return None
    part, key = match["part"].lower(), match["key"]
    verb = "patch" if part != "taint" else "untaint" if match["takes"] else "taint"
    mood = context.mood or (Mood.PLANNED if match["did"].lower().endswith("ing") else Mood.DONE)
    field = FieldValue(f"{part}s[{key}]" if key else f"{part}s", match["value"] or match["did"].lower())
    return Act(verb, verb, mood, targets, None, (field,))


_TAG = late(
    r"(?P<did>(?P<takes>remov|delet|clear|dropp|stripp|eras)(?:ed|ing)|(?:add|chang|updat|overwrit|replac)(?:ed|ing|ten))"
    r" (?:the |its |an? )?(?P<part>label|annotation|toleration|finali[sz]er|taint)s?"
    r"(?:(?: with key)? (?!(?:of|for|on|from)\b)['\"`]?(?P<key>[\w./-]{1,317})['\"`]?"
    r"(?:[=:](?P<value>[^\s,;]{1,253}))?)?"
    r"(?: (?:of|for|on|from) (?:the )?(?:[A-Za-z]{2,30} )?['\"`]?[\w./-]{1,253}['\"`]?)?",
    re.IGNORECASE,
)
"""A message that is all about a label, an annotation, a taint of an object that stands beside it."""


@SentenceMemory
def _setting_of(message: str) -> tuple[str, bool, str] | None:
    match = _TOLD.fullmatch(message.strip(" ."))
    if match is None:
        return None
    place = next(key for key, text in match.groupdict().items() if key[0] in "st" and key[1:].isdecimal() and text)
    form = next((match[key] for key in ("af", "bf", "al", "bl") if match[key]), "").lower()
    word = next(match[key] + form for key in ("takesf", "setsf", "takesl", "setsl") if match[key]).lower()
    path = list(_SETTINGS)[int(place[1:])] + (match["rest"] or match["more"] or "")
    return path, form != "ing", word


def among(pairs: Leaves) -> tuple[FieldValue, ...]:
    """The settings among the attributes of a patch that tells no value: ``nodeSelector=none=none``."""
    told = [(path, leaf) for path, leaf in reversed(pairs) if path and (path[0] in _NAMES or _has_parts(path))]
    found = {_called(path): roles.text(leaf) for path, leaf in told}
    return tuple(FieldValue(name, value) for name, value in found.items())


def _called(path: Path) -> str:
    """What a setting is called: by its key, with those in it where each is one of its own."""
    return ".".join(str(part) for part in path) if path[0] in _OF_PARTS else str(path[0])


_OF_PARTS = ("rollingUpdate", "securityContext")


def _has_parts(path: Path) -> bool:
    return len(path) > 1 and path[0] in _WITH_PARTS
