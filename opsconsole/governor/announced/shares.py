"""Shares: what a line says to be less or more by a part of itself, and tells no value of: "memory of web by 10 %"."""

from __future__ import annotations

import re
from functools import lru_cache

from opsconsole.governor.interest import Interest
from opsconsole.governor.observed.fields import BY_SHARES
from opsconsole.patterns import late
from opsconsole.records import ChangeField, Decision, Record

_SENTENCE = 400
"""Characters of a message in which a share is looked for."""

_CHANGES = ("change", "delta", "reduction", "reduce", "decrease", "cut", "step", "increase")
_SIGNS = ("%", "percent", " half")
"""A text without any of them tells no share; most have none, and patterns cost more to ask."""

TELLS_SHARES = (
    Interest(announces=True, has=("target",), words=_SIGNS),
    Interest(announces=True, has=("target",), keys=("by", "delta", "change", "percent", "pct")),
)
"""Lines that may tell a share."""

_DOWN = r"reduc|lower|cut|decreas|shrink|shrunk|trim|downsiz"
_UP = r"increas|rais|grow|grew|bump|enlarg"
_WHY = r"(?!\b(?:as|since|because|while|when|due|after|if|above|below|exceed\w*|usage|utili[sz]ation|load|traffic)\b)"
"""What stands behind such a word is why it is done: "scaled up since cpu rose by 40 %"."""

_AMOUNT = r"(?P<percent>[-\u2212+]?\d{1,3}(?:\.\d+)?) ?(?:%|percent\b)"
_WHAT = r"\b(?P<what>memory|mem|cpu|replicas?)\b(?! (?:use|used|usage|pressure|utili[sz]ation|consumption)\b)"
_SHARE = late(
    rf"\b(?:(?P<down>{_DOWN})|(?P<up>{_UP})|adjust|chang|modif|updat|patch|set|scal)\w*\b(?P<way> (?:down|up)\b)?"
    rf"(?:{_WHY}[^.;,]|(?<=memory),|(?<=cpu),|(?<=\w)\.(?=\w)){{0,60}}?{_WHAT}(?P<kind> (?:limit|request)s?\b)?"
    rf"(?:{_WHY}(?:[^;,]|,(?= ?[\w./-]+(?: and|,| by)))){{0,120}}?"
    rf"(?:\bby (?:half\b|{_AMOUNT})|(?<![\w.])(?P<signed>[-\u2212+]\d{{1,3}}(?:\.\d+)?) ?%)",
    re.IGNORECASE,
)
_TOLD_OF = late(
    r"\b(?P<what>memory|mem|cpu|replicas?)\b(?P<kind> (?:limit|request)s?\b)?(?<!memory)(?<!mem)(?<!cpu)"
    rf"(?:{_WHY}[^;,]){{0,80}}?\b(?:(?P<down>{_DOWN})|(?P<up>{_UP}))\w*(?P<way> (?:down|up)\b)? "
    rf"(?:by (?:half\b|{_AMOUNT})|(?P<signed>[-\u2212+]\d{{1,3}}(?:\.\d+)?) ?%)",
    re.IGNORECASE,
)
"""``memory limit of web reduced by 10 %``. What is said of memory alone may be its use."""

_KEYS = frozenset(
    {"by", "delta", "change"}
    | {f"{what}{how}" for what in _CHANGES for how in ("percent", "pct", "by")}
    | {f"{how}{what}" for what in _CHANGES for how in ("percent", "pct")}
)
"""Keys of a share, without case and what joins their words."""

_VALUE = late(r"(?P<number>[-\u2212+]?\d{1,3}(?:\.\d+)?) ?(?P<sign>%?)")
_OF = late(rf"(?P<down>{_DOWN})|(?P<up>{_UP})", re.IGNORECASE)
_RESOURCE = late(r"(?<![a-z])(?P<what>memory|mem|cpu|replicas?)(?P<kind>[ _-](?:limit|request)s?)?", re.IGNORECASE)


class Share(Record, frozen=True):
    """What becomes less or more by a part of itself.

    Attributes:
        resource: ``memory``, ``cpu`` or ``replicas``.
        of: ``limit``, ``request``, or empty where neither is said.
        factor: what it becomes a multiple of; 0.9 for 10 % less.
    """

    resource: str
    of: str
    factor: float

    @property
    def field(self) -> ChangeField:
        """The field that it stands for: ``memory limit (by shares)``, of no known value."""
        return ChangeField(f"{self.resource} {self.of}".rstrip() + BY_SHARES, "", f"{self.factor:.0%} of it")

    @property
    def cut(self) -> float:
        """By how many percent it is less; negative for more."""
        return (1.0 - self.factor) * 100.0


def share_of(decision: Decision) -> Share | None:
    """The share that a line tells; ``None`` for none, and where its values tell more than its words."""
    if decision.target is None:
        return None
    text = decision.message[:_SENTENCE]
    # Three words, spelt out: each line with a value asks several times.
    told = "%" in text or "percent" in text or " half" in text
    share = (_in_words(text) if told else None) or (_in_attributes(decision) if decision.attributes else None)
    if share is None or any(field.path.rpartition(".")[2] == share.resource for field in decision.fields):
        return None
    return share


def _in_words(text: str) -> Share | None:
    match = _SHARE.search(text) or _TOLD_OF.search(text)
    if match is None:
        return None
    told = match["percent"] or match["signed"]
    falls = match["down"] is not None or (match["way"] or "").strip().lower() == "down"
    rises = match["up"] is not None or (match["way"] or "").strip().lower() == "up"
    if told is not None and told[0] not in "-\u2212+" and not (falls or rises):
        return None
    return _share(match["what"], match["kind"] or "", told or "50", falls=falls)


def _in_attributes(decision: Decision) -> Share | None:
    """``action=reduce_memory percent_change=10``."""
    what = _named(decision.action)
    if what is None:  # asked first: most actions name no resource, and a line has many attributes
        return None
    for key, text in decision.attributes.items():
        if (plain := key.rpartition(".")[2].lower().replace("_", "")) not in _KEYS:
            continue
        way, value = _OF.search(decision.action), _VALUE.fullmatch(text)
        if value is None or not (value["sign"] or "p" in plain):
            continue
        if way is not None or value["number"][0] in "-\u2212+":
            return _share(
                what["what"], what["kind"] or "", value["number"], falls=way is not None and bool(way["down"])
            )
    return None


@lru_cache(maxsize=512)
def _named(action: str) -> re.Match[str] | None:
    """The resource that an action names. A log has few actions."""
    return _RESOURCE.search(action)


def _share(what: str, kind: str, told: str, *, falls: bool) -> Share | None:
    amount = abs(float(told.replace("\u2212", "-")))
    if not 0 < amount <= (100 if (less := falls or told[0] in "-\u2212") else 1_000):
        return None
    resource = "memory" if what.lower().startswith("mem") else "cpu" if what.lower() == "cpu" else "replicas"
    factor = 1.0 - amount / 100.0 if less else 1.0 + amount / 100.0
    return Share(resource, kind.strip(" _-").lower().removesuffix("s"), factor)
