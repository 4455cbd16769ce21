"""Sentences that set or take a setting of a workload and tell no more: ``Set hostNetwork to true on DaemonSet a/b``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 500
"""Characters of such a sentence."""

_BEGINS = wordset(
    "set setting changed changing patched patching enabled enabling disabled disabling added adding granted granting "
    "removed removing dropped dropping cleared clearing deleted deleting stripped stripping unset unsetting lifted "
    "lifting successfully"
)
_ENDS = ("removed", "dropped", "cleared", "unset", "lifted", "deleted", "stripped")
_OF_SECURITY = wordlist("privileged runAsUser runAsNonRoot allowPrivilegeEscalation readOnlyRootFilesystem")
_UNDER = {name.lower(): f"securityContext.{name}" for name in _OF_SECURITY}
"""Settings that are told without where they stand."""

_OF_A_POD = (*_OF_SECURITY, *wordlist("hostNetwork hostPID hostIPC automountServiceAccountToken"))
"""What only a pod has: it needs no word for whose it is."""

_BOOLEANS = (*_OF_A_POD, "paused")
_OTHERS = wordlist(
    "nodeSelector tolerations affinity suspend priorityClassName strategy updateStrategy terminationGracePeriodSeconds "
    "serviceAccountName schedule revisionHistoryLimit progressDeadlineSeconds selector dnsPolicy nodeName "
    "runtimeClassName schedulerName concurrencyPolicy preemptionPolicy podManagementPolicy"
)
_TO = r"(?:on|for|of|in|from|to) (?:the )?(?P<kind>[a-z]{2,30})[ /](?P<name>[a-z0-9][a-z0-9./-]{0,240})\W*"
_PATH = (
    rf"(?:[\w\[\]-]{{1,60}}\.){{0,8}}?(?:{'|'.join((*_BOOLEANS, *_OTHERS, 'securityContext'))})(?:\.\w{{1,60}}){{0,6}}"
)
_PART = late(
    rf"(?P<path>{_PATH})(?: from ['\"]?(?P<before>[\w./-]{{1,120}})['\"]?)?(?: ?[=:] ?| to )"
    r"['\"]?(?P<after>[\w./-]{1,120})['\"]?",
    re.IGNORECASE,
)
_SETS = late(
    r"(?:successfully )?(?P<word>set|changed|patched|setting|changing|patching) "
    rf"(?P<sets>{_PATH}[ =:]\S.{{0,300}}?)(?: {_TO}|\W*)",
    re.IGNORECASE,
)
"""``Set securityContext.privileged=true on Deployment edge/front``, and no word more."""

_SWITCHES = late(
    r"(?:successfully )?(?P<word>(?P<on>enabl)(?:ed|ing)|disabl(?:ed|ing)) "
    rf"(?:(?:the|its) )?(?P<path>(?:[\w\[\]-]{{1,60}}\.){{0,8}}?(?:{'|'.join(_BOOLEANS)}))(?: mode)?(?: {_TO}|\W*)",
    re.IGNORECASE,
)
_GIVES = late(
    r"(?:successfully )?(?P<word>(?:add|grant)(?:ed|ing)) (?:the )?(?:linux )?capabilit(?:y|ies) "
    r"(?P<what>[A-Z_]{3,40}(?:(?:, | and )[A-Z_]{3,40}){0,9})"
    rf"(?: (?:to|on|of) (?:the )?container [\w.-]{{1,63}})?(?: {_TO}|\W*)",
    re.IGNORECASE,
)
_LIMITS = (
    r"(?:(?:all|any|every|the|its) ){0,2}(?:(?P<what>(?:compute )?resources?|memory|cpu)[ -])?(?:requests and )?"
    r"limits?(?: and requests)?(?: (?:of|from|on) (?:all|its|every) containers?)?"
)
_TAKES = late(
    r"(?:(?:successfully )?(?P<done>removed|dropped|cleared|deleted|stripped|unset|lifted)|"
    rf"(?:remov|dropp|clear|delet|stripp|unsett|lift)ing) {_LIMITS}(?: {_TO}|\W*)",
    re.IGNORECASE,
)
"""``Removed all resource limits of Deployment vision/ocr``: what goes is no object."""
_GONE = late(
    rf"(?:(?P<kind>[a-z]{{2,30}})[ /](?P<name>[a-z0-9][a-z0-9./-]{{0,240}}): )?{_LIMITS}"
    r"(?: (?:on|for|of|in) (?:the )?(?P<its>[a-z]{2,30})[ /](?P<own>[a-z0-9][a-z0-9./-]{0,240}))?"
    rf" (?:was |were |have been |has been )?(?P<done>{'|'.join(_ENDS)})\W*",
    re.IGNORECASE,
)
"""The same the other way round: ``Deployment vision/ocr: memory limit removed``."""


def read(text: str) -> list[Act]:
    """The patch that a text tells as a setting and its value, and nothing else; its object may stand beside it."""
    begins = text.partition(" ")[0].lower() in _BEGINS
    if len(text) > LONGEST or not (begins or text.rstrip(".!").endswith(_ENDS)):
        return []
    if "limit" in text and (match := (_TAKES if begins else _GONE).fullmatch(text)) is not None:
        return _unlimited(match)
    return _set(text) if begins else []


def _set(text: str) -> list[Act]:
    """``Enabled hostNetwork on …``, ``Added capability SYS_ADMIN to …``, ``Set hostPID=true on …``."""
    if (match := _SWITCHES.fullmatch(text)) is not None:
        path = _UNDER.get(match["path"].lower(), match["path"])
        return _patch(match, (FieldValue(path, "true" if match["on"] else "false"),))
    if "apabilit" in text and (match := _GIVES.fullmatch(text)) is not None:
        return _patch(match, (FieldValue("securityContext.capabilities.add", match["what"]),))
    match = _SETS.fullmatch(text)
    parts = [_PART.fullmatch(each) for each in _AND.split(match["sets"])] if match is not None else []
    fields = tuple(_field(part) for part in parts if part is not None)
    return _patch(match, fields) if match is not None and len(fields) == len(parts) else []


_AND = late(r", and |, | and ")


def _field(part: re.Match[str]) -> FieldValue:
    path = _UNDER.get(part["path"].lower(), part["path"])
    return FieldValue(path, part["after"], before=part["before"] or "")


def _patch(match: re.Match[str], fields: tuple[FieldValue, ...]) -> list[Act]:
    ref = _whose(match["kind"], match["name"])
    bare = all(field.path.rpartition(".")[2] in (*_OF_A_POD, "add") for field in fields)
    if ref is None and (match["kind"] or not bare):
        return []
    said = f"patch_{ref.kind.lower()}" if ref is not None else "patch_setting"
    mood = Mood.DONE if match["word"].lower().endswith(("ed", "set")) else Mood.PLANNED
    return [Act("patch", said, mood, (ref,) if ref is not None else (), None, fields)]


def _unlimited(match: re.Match[str]) -> list[Act]:
    """The patch of a sentence that takes limits away; a bare ``limit`` of nobody may be one of anything."""
    said = match.groupdict()
    kind, name = said["kind"] or said.get("its"), said["name"] or said.get("own")
    ref = _whose(kind, name)
    if ref is None and (kind or not match["what"]):
        return []
    what = (match["what"] or "").lower()
    path = f"resources.limits.{what}" if what in ("memory", "cpu") else "resources.limits"
    mood = Mood.DONE if match["done"] else Mood.PLANNED
    return [Act("patch", "patch_limits", mood, (ref,) if ref else (), None, (FieldValue(path, "removed"),))]


def _whose(kind: str | None, name: str | None) -> Ref | None:
    known = kinds.of_word(kind or "")
    return references.reference(name, known) if known and name else None
