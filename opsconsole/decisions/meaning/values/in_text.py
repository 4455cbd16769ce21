"""The values that a sentence sets, token by token."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import (
    AFTER,
    ARROW,
    BEFORE,
    NUMBER,
    SIDES,
    WHATS,
    by_key,
    path_of,
    with_before,
)
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue

_REPLICAS = ("replicas", "replica", "replicacount")
_BOUNDS = {"max": "max", "maximum": "max", "min": "min", "minimum": "min"}
_COUNTED = wordset("replicas replica pods pod instances instance servers nodes node copies workers machines")
_LIMITS = wordset("minreplicas maxreplicas minreplicacount maxreplicacount minavailable maxunavailable")
_BUDGETS = ("minAvailable", "maxUnavailable")
"""What bounds a scaling, which does not set it: ``scaling down web (minAvailable: 9)``."""
_HELD_BY = wordset("by below above under over than exceeds violates exceeding violating breaking breaks against")
"""Words before a bound that a value runs into, and which nobody sets."""
_UNITS = {"kb": "k", "mb": "M", "gb": "G", "kib": "Ki", "mib": "Mi", "gib": "Gi", "millicores": "m", "millicpu": "m"}
_UNITS |= {"ki": "Ki", "mi": "Mi", "gi": "Gi", "ti": "Ti", "tb": "T", "tib": "Ti", "mcpu": "m"}
"""Units that stand apart from their number."""
_TOKEN = late(
    rf"(?P<number>(?<!\d[:,])(?<![\w./-])(?:{NUMBER})(?![\w/]|\.\w|-(?!>)|[:,]\d))|(?P<arrow>[-=~]+>|[→⇒➜⟶⟹⇢])|(?P<word>[A-Za-z][\w-]*)|(?P<mark>[=:,;()%.]|\S)",
    re.IGNORECASE,
)


_BECOMES = ("become", "becomes", "became")
_WAS = late(r"[;,.:] (?:it|this|that|which|the value) (?:was|had been|used to be) (?:at |on )?(?=\d)")
"""``to 768Mi; it was 1Gi before``."""
_STAYING = late(
    r"^(?P<head>[^,;.:]{0,100}\d)(?: replicas)?, (?:stay|keep|hold|remain)(?:ing|s)(?: it)? at (?P<one>\d{1,6})"
    r"(?: replicas)?(?=\W*$)"
)
"""``Delaying scale to 2, staying at 5``: what it is, behind what it does not become, where nothing else is told."""
_HOLDS_ONE = late(r"\d|nan|inf|null|none", re.IGNORECASE)
"""What every text with a value in it holds; most texts hold none."""


_NAMES = r"(?:\D|(?<=[a-z])\d|(?<=[a-z0-9]-)\d){0,200}"
_WEIGHED = late(
    rf"(?!.*\b(?:nan|inf\w*|null|none|zero)\b){_NAMES}"
    rf"\b(?:want \d+[,;]? (?:and |but )?have|have \d+[,;]? (?:and |but )?want) \d+{_NAMES}",
    re.IGNORECASE,
)
"""Two values, and no other: ``want 5 have 3``."""


class _Scan:
    """What is known while a sentence is gone through."""

    __slots__ = ("after", "before", "cue", "found", "led", "side", "weighs", "what")

    def __init__(self, *, weighs: bool = False) -> None:
        self.weighs = weighs  # are "have" and "want" of the two values?
        self.what = self.side = self.cue = ""
        self.before = self.after = ""
        self.led = False
        self.found: list[tuple[str, str, str, str]] = []

    def flush(self) -> None:
        if self.after:
            self.found.append((self.what, self.side, self.before, self.after))
        self.before = self.after = self.cue = ""


def in_text(text: str, verb: str) -> list[FieldValue]:
    """The values that a sentence sets: ``memory limit from 8Gi to 512Mi``, ``replicas 3 -> 1``, ``512Mi (was 8Gi)``."""
    if not _HOLDS_ONE.search(text):
        return []
    text = text.replace("rather than ", "instead of ")
    text = _WAS.sub(" (was ", text) if "was " in text or " be" in text else text
    text = _STAYING.sub(r"\g<head> (was \g<one>)", text) if " at " in text else text
    scan = _Scan(weighs=_WEIGHED.fullmatch(text) is not None if "have" in text and "want" in text else False)
    tokens = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(text)]
    for at, (group, token) in enumerate(tokens):
        if group == "number":
            _number(scan, token, tokens, at)
        elif group == "arrow":
            scan.before, scan.after, scan.cue = scan.after or scan.before, "", "after"
        elif group == "word":
            _word(scan, token.lower(), tokens, at)
        elif token in {"=", ":"}:
            before = verbs.parts(tokens[at - 1][1]) if at else ()
            of_value = bool(before) and (before[-1] in WHATS or before[-1] in SIDES or before[-1] in ("count", "size"))
            first = not scan.after and at + 1 < len(tokens) and tokens[at + 1][0] == "number"  # "limit of web: 2Gi"
            if scan.what and (of_value or first):
                scan.cue = scan.cue or "is"
        elif token in {")"} and not scan.what:
            scan.flush()  # "scale in (6 -> 4), cpu is low"
        elif token in {";", "|"}:
            scan.flush()
            scan.what = scan.side = ""
            scan.led = False
    scan.flush()
    told = images(text) if "mage" in text else []
    scan.found = [each for each in scan.found if not told or each[0] != "image"]
    return told + [
        field
        for what, side, before, after in scan.found
        if (field := _field(what or _bare(after, side, verb), side, before, after)) is not None
        and not (verb == "scale" and field.path in _BUDGETS and not before)
    ]


def _bare(after: str, side: str, verb: str) -> str:
    """What a value is of that no noun stands beside: ``requests of web to 512Mi``, ``from 3 to 5``."""
    if side and after[:1].isdigit() and (after.endswith("i") or after[-1:] == "m"):
        return "memory" if after.endswith("i") else "cpu"
    return _sized(after) if verb == "scale" else ""


def _sized(after: str) -> str:
    """What a bare value of a scaling is of: ``from 500 GB to 120 GB`` is no count of replicas."""
    return "storage" if after[-1:] in "KMGTPi" and after[:1].isdigit() else "replicas"


def _word(scan: _Scan, word: str, tokens: list[tuple[str, str]], at: int) -> None:
    joined = word.replace("-", "").replace("_", "")
    following = tokens[at + 1][1].lower() if at + 1 < len(tokens) else ""
    if joined in _REPLICAS and at and (bound := _BOUNDS.get(tokens[at - 1][1].lower())):
        _named(scan, f"{bound}Replicas")
    elif joined in WHATS and following not in ("set", "sets", "controller"):
        _measured(scan, joined, tokens, at)
    elif joined in SIDES:
        _sided(scan, SIDES[joined], following)
    elif word in _TIMES and following.isdecimal() and _goes_on(tokens, at + 2):
        scan.cue = ""  # "after 3 OOM kills"
    elif (cue := _cue(scan, word, tokens, at)) is not None:
        scan.cue = cue
    elif "_" in word or "-" in word or _CAMEL.fullmatch(tokens[at][1]):
        compound = by_key(verbs.parts(tokens[at][1]))
        if compound is not None:
            if compound.what and scan.after:
                scan.flush()  # "desiredSize 6 -> 1, minSize 3 -> 0"
            scan.what, scan.side = compound.what, compound.side or scan.side
            scan.cue = compound.role or "is"
    elif word not in ("count", "be", "a", "at", "has", "have", "gets", "runs", "value") and not (
        word == "of" and scan.cue == "before"
    ):
        scan.cue = ""


def _measured(scan: _Scan, word: str, tokens: list[tuple[str, str]], at: int) -> None:
    """A word for what a value is of; a bound that one runs into is not set: ``scale to 1 blocked by minReplicas 2``."""
    before = tokens[at - 1][1].lower() if at else ""
    runs = word in _LIMITS and before in _HELD_BY and bool(scan.after) and scan.what in ("", "replicas")
    if runs and all(group != "arrow" and each != "to" for group, each in tokens[at + 1 : at + 4]):
        scan.flush()
        scan.what = scan.cue = ""
    else:
        _named(scan, WHATS[word], beside=before == "(")


def _cue(scan: _Scan, word: str, tokens: list[tuple[str, str]], at: int) -> str | None:
    """What a word says of the value behind it; in brackets behind a value only what was: ``to 300Mi (now 1Gi)``.

    ``None`` for every other word.
    """
    if word in ("had", "have", "want"):
        pair = scan.weighs and at + 1 < len(tokens) and tokens[at + 1][0] == "number"  # "want 5 have 3"
        known = scan.after if word == "had" else pair  # "6 replicas (it had 2)"
        return None if not known else "after" if word == "want" else "before"
    if word not in BEFORE and word not in AFTER:
        return None
    bracketed = tokens[at - 1][1] == "("
    if bracketed and at + 1 < len(tokens) and tokens[at + 1][1] == ")":
        return ""  # "8 replicas (old)"
    if word in BEFORE or (word == "now" and bracketed and scan.after):
        return "before"
    return "" if bracketed and scan.after else "after"  # "to 8 replicas (wanted 9, max 8)"


_CAMEL = late(r"[A-Za-z][a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,3}")
_TIMES = ("after", "before")


def _goes_on(tokens: list[tuple[str, str]], at: int) -> bool:
    """Does a word follow a number that is no unit of it?"""
    word = tokens[at][1].lower() if at < len(tokens) and tokens[at][0] == "word" else ""
    return bool(word) and word not in _UNITS and word not in _COUNTED


def _sided(scan: _Scan, side: str, following: str) -> None:
    """A side: ``limits``. It may begin the next value, and lead all that follow."""
    if following == "." and scan.after:  # "requests.cpu 1→2, requests.memory …"
        scan.flush()
        scan.what = ""
    elif scan.after and scan.before and scan.side not in ("", side):
        scan.flush()  # "mem req 1Gi→768Mi, mem lim 2Gi→1Gi"
    scan.led = not scan.what  # "requests cpu 1→2, memory …": the side is that of all that follow
    scan.side = side


def _named(scan: _Scan, what: str, *, beside: bool = False) -> None:
    """A value's noun: ``memory``. After a value it tells what that was; else it begins the next one."""
    if beside and scan.after and not scan.what:
        scan.flush()  # "3 => 5 (cpu 80%)"
    if scan.after and scan.what and what != scan.what:
        scan.flush()
        scan.side = scan.side if scan.led else ""
    scan.what = what
    scan.cue = scan.cue or "is"


def _number(scan: _Scan, token: str, tokens: list[tuple[str, str]], at: int) -> None:
    following = tokens[at + 1][1].lower() if at + 1 < len(tokens) else ""
    if following == "%":
        scan.cue = ""
        return
    value = token.replace(",", "")
    value = value.removesuffix("B") if len(value) > 1 else value
    counted = following in _COUNTED
    value += _UNITS.get(following, "") if value[-1].isdigit() else ""
    after_what = scan.cue == "is" and bool(scan.what)
    between = tokens[at + 2][1] if counted and at + 2 < len(tokens) else ""
    scan.cue = scan.cue or _labelled(scan, tokens, at, counted=counted)
    leads_on = ARROW.fullmatch(following) is not None
    if ARROW.fullmatch(between) or (between in _BECOMES and not scan.after):
        scan.what = scan.what or "replicas"  # "12 pods → 1 pod", "9 replicas become 7"
        leads_on = True
    if leads_on:
        if scan.after:
            scan.flush()
        scan.before, scan.after = value, value
        return
    later = (
        following in ("to", "now") and at + 2 < len(tokens) and tokens[at + 2][0] == "number"
    )  # "limit of web 2Gi to 1Gi"
    if scan.cue == "before" or (later and scan.what and not scan.after and not scan.before):
        scan.before = value
    elif scan.cue == "after" or after_what:
        if scan.after and not (scan.cue == "after" and not scan.before):
            scan.flush()
        elif scan.after:
            scan.before = scan.before or scan.after
        scan.after = value
    scan.cue = ""
    if counted and scan.after == value and not scan.what:
        scan.what = "replicas"


def _labelled(scan: _Scan, tokens: list[tuple[str, str]], at: int, *, counted: bool) -> str:
    """What stands beside a number says of it: ``8 replicas (old)``, ``to 640Mi (-68 % of 2Gi)``."""
    value = tokens[at][1]
    if scan.after and value != scan.after and [each[1] for each in tokens[max(0, at - 4) : at]][0::2] == ["(", "%"]:
        return "before" if tokens[at - 1][1] == "of" and tokens[at - 3][1][0] in "+-" else ""
    after = [token.lower() for _, token in tokens[at + 1 + counted : at + 4 + counted]]
    if len(after) < 3 or after[0] != "(" or after[2] != ")":
        return ""
    if after[1] in BEFORE:
        return "before" if value != scan.after else ""
    return "after" if after[1] in AFTER and not scan.after and not scan.found else ""


def _field(what: str, side: str, before: str, after: str) -> FieldValue | None:
    if not what or (what in ("image", "weight") and not before):
        return None
    return with_before(patches.field(path_of(what, side), after), before)


def images(text: str) -> list[FieldValue]:
    """The images that a text sets, each whole: ``image of web from acme/web:1.4 to acme/web:1.5``."""
    replaced = _REPLACED.search(text) if "eplac" in text or "wap" in text or "supers" in text else None
    if replaced is not None and not _OTHERS.search(text[: replaced.start()] + text[replaced.end() :]):
        return [with_before(patches.field("image", replaced["after"]), replaced["one"] or replaced["two"])]
    return [
        with_before(patches.field("image", match["after"]), match["before"])
        for match in _IMAGE.finditer(text)
        if match["before"] or _IMAGE_WORD.search(text, 0, match.start())
    ] or [
        with_before(patches.field("image", match[1]), match[2])
        for match in (*_REPLACES.finditer(text), *_SET_IMAGE.finditer(text))
    ]


_IMAGE_WORD = late(r"\b[Ii]mages?\b")
_TAGGED = r"(?:[\w.-]{1,100}(?::\d{1,5})?/){0,6}[\w.-]{1,128}(?::[\w.-]{1,128}(?:@sha256:\w{1,64})?|@sha256:\w{1,64})"
_IMAGE = late(
    rf"(?:\b(?:from|was|image:?|image=)? ?['\"]?(?P<before>{_TAGGED})['\"]? (?:to|[-=~]+>|[→⇒➜]) |"
    rf"\b(?:to|with|image:?|image is) |\bimage=)['\"]?(?P<after>{_TAGGED})(?![\w/])"
)


_SET_IMAGE = late(
    r"\b[Ii]mages?\b [^=]{0,120}?\b[a-z0-9][a-z0-9-]{0,62}=([a-z0-9][\w./:@-]{0,300})"
    r"(?: \((?:was|before|from):? ([^\s()]{1,300})\))?"
)
"""``set image deployment/web app=acme/web:2 (was acme/web:1)``, as kubectl is told."""
_REPLACES = late(
    rf"\b[Ii]mage ['\"]?({_TAGGED})['\"]?,? (?:replaces|instead of|in place of) ['\"]?({_TAGGED})(?![\w/])"
)
"""``image web:1.5 replaces web:1.4``."""
_REPLACED = late(
    rf"\b(?:(?:[Rr]eplac(?:ed|ing|es?)|[Ss]wap(?:ped|ping|s)?) (?:the )?image ['\"]?(?P<one>{_TAGGED})['\"]? "
    r"(?:with|by|for)|"
    rf"[Ii]mage ['\"]?(?P<two>{_TAGGED})['\"]? (?:was |is |has been )?(?:replaced|superseded) (?:with|by))"
    rf" ['\"]?(?P<after>{_TAGGED})(?![\w/])"
)
"""``replaced image web:1.4 with web:1.5``."""
_OTHERS = late(r"\b[Ii]mages?\b|[a-z0-9]:[a-z0-9]|@sha256:")
"""What tells of other images beside them."""


def taints(text: str) -> list[FieldValue]:
    """The taints that a text names: ``dedicated=batch:NoSchedule``."""
    return [
        FieldValue(
            f"taints[{match['key']}]", f"{match['value']}:{match['effect']}" if match["value"] else match["effect"]
        )
        for match in _TAINT.finditer(text)
    ]


def tags(text: str, part: str) -> list[FieldValue]:
    """The labels or annotations that a text sets: ``nvidia.com/mig.config=all-1g.10gb (was all-disabled)``."""
    return [
        with_before(FieldValue(f"{part}[{match['key']}]", match["after"]), match["before"])
        for match in _SET_TAG.finditer(text)
    ]


_SET_TAG = late(
    r"(?<![\w./-])['\"]?(?P<key>[a-z0-9][\w.-]{0,252}/[\w.-]{1,63})(?:=| (?:(?:is |was )?(?:set|changed) )?to )['\"]?"
    r"(?P<after>[\w.:-]{1,253}[\w])['\"]?"
    r"(?: \((?:was|before):? (?P<before>[\w.:-]{1,253}?)\))?"
)
_TAINT = late(
    r"(?P<key>[\w./-]{1,253})(?:=(?P<value>[\w.-]{0,63}))?:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)\b"
)
