"""Sentences about what belongs to an object: ``Removing readiness probe of deployment 'web'``.

The noun after the verb is neither a kind nor a value, and what is done is done to its owner. One row a property.
"""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import in_sentences
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 400
"""Characters of such a sentence."""

_PATHS = (
    (r"readiness ?probes?", "readinessProbe"),
    (r"liveness ?probes?", "livenessProbe"),
    (r"startup ?probes?", "startupProbe"),
    (r"(?:health ?)?probes?|health ?checks?", "livenessProbe"),
    (r"node ?selectors?", "nodeSelector"),
    (r"(?:pod |label )?selectors?", "selector"),
    (r"(?:node ?|pod ?)?(?:anti-?)?affinity(?: rules?)?", "affinity"),
    (r"node ?name", "nodeName"),
    (r"scheduler ?name", "schedulerName"),
    (r"tolerations?", "tolerations"),
    (r"topology ?spread ?constraints?", "topologySpreadConstraints"),
    (r"finali[sz]ers?", "finalizers"),
    (r"(?:env(?:ironment)? ?(?:variables?|vars?)|environment)", "env"),
    (r"priority ?class(?: ?name)?", "priorityClassName"),
    (r"security ?context", "securityContext"),
    (r"(?:update|rollout|deployment) ?strategy", "strategy"),
    (r"termination ?grace ?period", "terminationGracePeriodSeconds"),
    (
        r"(?:nvidia |gpu |cuda )?(?:drivers?|device ?plugins?|kernel ?modules?)|kubelets?|container ?runtimes?|"
        r"containerd|cri-?o|docker ?(?:daemon|d)",
        "driver",
    ),
    (
        r"mig(?: (?:mode|partitions?|profiles?|layout))?|(?:nvidia |gpu )?(?:ecc(?: (?:mode|memory|support))?"
        r"|(?:persistence|compute) ?mode|power ?(?:limits?|caps?))(?: to (?!all\b)[\w.]+(?: ?w(?:atts?)?\b)?)?",
        "mode",
    ),
    (r"(?:resource ?)?quotas?", "quota"),
    (r"(?:admission|network|disruption|approval) ?(?:polic(?:y|ies)|webhooks?|budgets?)", "policy"),
)
_PROPERTY = late("|".join(f"(?P<p{at}>{words})" for at, (words, _) in enumerate(_PATHS)), re.IGNORECASE)
_BESIDE = late(
    rf"(?:['\"`]| (?:of|for|on) ['\"`]?[\w./-]+['\"`]?)? (?:{_PROPERTY.pattern})(?= to(?: |$)| of |:|=|,|$)",
    re.IGNORECASE,
)
"""``Patching service 'web' selector to …``, ``Setting image of …``: a property beside the object that was read."""

_KINDS = {"quota": "ResourceQuota", "policy": "ValidatingAdmissionPolicy", "driver": "Node", "mode": "Node"}
"""What is written where the property is an object of its own, or one of a node."""

_OF_NODES = {"driver": "upgrade_driver", "mode": "update_gpu_mode"}
"""What is a node's, and how its change is called."""

_VERB = late(
    r"\b(?P<verb>(?P<takes>remov|delet|disabl|clear|stripp?|dropp?|bypass|turn(?:ed|ing)? off|switch(?:ed|ing)? off)"
    r"|chang|updat|set|patch|replac|overrid|overwrit|rewrit|modif|upgrad|downgrad|reinstall|install|adjust|relax|restart|reload|reconfigur|enabl|unload"
    r"|uninstall|lower|rais|reduc|capp?)"
    r"(?P<form>ting|ping|ing|ied|ped|ed|ten|es|s|e|ying|y|t)?\b",
    re.IGNORECASE,
)
_LEAD = late(r" (?:(?:the|all|its|every|old|required) ){0,2}", re.IGNORECASE)
_ANY = "|".join(words for words, _ in _PATHS)
_FIRST = late(
    rf"(?:(?:liveness|readiness|startup|{_ANY})(?:, | and ){{1,2}}(?:the |its )?){{1,4}}",
    re.IGNORECASE,
)
"""The properties before the last one of a list: ``livenessProbe and readinessProbe of web-1``."""
_NAME = r"(?P<quote>['\"`])?(?P<name>[A-Za-z0-9][\w./-]{0,252})"
_OWNER = late(
    rf" (?:of|from|on|for|in) (?:the )?(?:(?P<kind>[A-Za-z]{{2,30}}) )?{_NAME}(?(quote)(?P=quote))(?=[\s,.;:)]|$)", re.I
)
_ON_NODES = late(
    r" (?:on|of|from|across|for) (?:all |every |each |the )*(?:of )?(?:(?P<number>\d{1,6}) )?(?:\w+ )?"
    r"(?:nodes?|gpus?(?: \d{1,3})?|hosts?)\b(?![-/.]\w)"
    r"(?: (?:of|on) (?:node )?(?P<name>[a-z0-9][\w.-]{0,252}))?",
    re.IGNORECASE,
)
"""``on all 40 nodes``, ``on every GPU of node gpu-3``: where a driver is, when no node stands right behind it."""
_LIKE_A_NAME = late(r"[-/\d]")
"""What an everyday word does not have in it."""

_CHANGED, _REMOVED = "changed", "removed"
_OWN_NAME = late(rf" {_NAME}(?(quote)(?P=quote))(?=[\s,.;:)]|$)")


def added(acts: list[Act], text: str) -> list[Act]:
    """The actions of a sentence with the property that it is about, which no other layer reads."""
    if len(text) > LONGEST or (acts and (acts[0].fields or len(acts) > 1)):
        return acts
    if acts and any(each.name for each in acts[0].targets):
        found = _BESIDE.search(text) if acts[0].verb == "patch" else None
        path = _path(found) if found is not None else ""
        told = _read(text) if acts[0].verb == "patch" and not path else None
        if told is not None and told.said in _OF_NODES.values():
            return [told]
        if told is not None and told.targets == acts[0].targets:
            return [acts[0]._replace(fields=told.fields)]
        return [acts[0]._replace(fields=(FieldValue(path, _CHANGED),))] if path and path not in _KINDS else acts
    act = _read(text)
    return acts if act is None else [act]


@SentenceMemory
def _read(text: str) -> Act | None:
    for verb in _VERB.finditer(text):
        lead = _LEAD.match(text, verb.end())
        first = _FIRST.match(text, lead.end()) if lead is not None else None
        lead = first or lead
        match = _PROPERTY.match(text, lead.end()) if lead is not None else None
        ref = _owner(text, match) if match is not None else None
        mood = _mood(text, verb) if ref is not None else None
        if match is None or ref is None or mood is None:
            continue
        path, kind = _path(match), f"_{ref.kind.lower()}" if ref.kind else ""
        said = _OF_NODES.get(path, f"patch{kind}")
        number = _ON_NODES.match(text, match.end()) if path in _OF_NODES else None
        paths = [] if path in _KINDS else [*_listed(first), path]
        fields = tuple(FieldValue(each, _REMOVED if verb["takes"] else _CHANGED) for each in dict.fromkeys(paths))
        return Act("patch", said, mood, (ref,), int(number["number"]) if number and number["number"] else None, fields)
    return None


def _listed(first: re.Match[str] | None) -> list[str]:
    """The properties that a list tells before its last one."""
    if first is None:
        return []
    probes = [f"{match[0].lower()}Probe" for match in _BARE_PROBE.finditer(first[0])]
    return [*probes, *(_path(match) for match in _PROPERTY.finditer(first[0]))]


_BARE_PROBE = late(r"\b(?:liveness|readiness|startup)(?=,| and )", re.IGNORECASE)


def _path(match: re.Match[str]) -> str:
    place = next(group for group in match.groupdict() if group[1:].isdecimal() and match[group] is not None)
    return _PATHS[int(place[1:])][1]


def _owner(text: str, match: re.Match[str]) -> Ref | None:
    """Whose property it is: of a kind that is known, or called as only an object is."""
    path, at = _path(match), match.end()
    owner = _OWNER.match(text, at)
    where = _ON_NODES.match(text, at) if path in _OF_NODES else None
    if where is not None and not (owner and kinds.of_word(owner["kind"] or "")):
        return Ref("Node", "", where["name"] or "")
    owner = owner or (_OWN_NAME.match(text, at) if path == "policy" else None)
    if owner is None:
        return None
    said = owner.groupdict().get("kind") or ""
    kind = kinds.of_word(said) if said else ""
    if said and not kind:
        return None  # "environment of the training run"
    ref = references.reference(owner["name"], kind)
    named = path == "policy" or owner["quote"] or _LIKE_A_NAME.search(owner["name"])
    if ref is None or not (ref.kind or named):
        return None
    return Ref(_KINDS.get(path, ref.kind), ref.namespace, ref.name)


def _mood(text: str, verb: re.Match[str]) -> Mood | None:
    done = (verb["form"] or "").lower() in ("ied", "ed", "ped", "ten") or verb[0].lower() == "set"
    said = Mood.DONE if done else Mood.PLANNED
    return in_sentences.in_text(text, verb.start(), verb.end(), said, has_value=False)
