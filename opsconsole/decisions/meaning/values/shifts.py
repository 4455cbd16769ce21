"""Values that are told by how much they change: ``replicas_before=9 replicas_delta=-2``, ``"change": "-50%"``."""

from __future__ import annotations

import re
from fractions import Fraction

from opsconsole import quantity
from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.message.document import Leaf, Path
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_ADDED = wordset("delta change diff difference by adjustment increment decrement")
_MULTIPLIED = wordset("factor multiplier scalefactor")
_DELTAS = ("delta", "deltas")
_LAST = _ADDED | _MULTIPLIED
_SUM = late(r"(?P<sign>[+-])(?P<size>[0-9]{1,15}(?:\.[0-9]{1,9})?(?:[KMGTPE]i|[MGTPEmk])?)B?")
_SHARE = late(r"(?P<sign>[+-])(?P<size>[0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_TIMES = late(r"[x×*]? ?(?P<size>[0-9]{1,6}(?:\.[0-9]{1,9})?) ?[x×]?")
_VALUE = late(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<unit>[KMGTPE]i|[MGTPEmk])?")


@KeyMemory
def _sort_of(path: Path) -> str:
    """What the last word of a key says of its value: that it is added, or that it is what is multiplied with."""
    words = verbs.parts(path[-1]) if path and isinstance(path[-1], str) else ()
    if len(path) > 1 and path[-2] in _DELTAS and _MEASURES.issuperset(words):
        return "added"  # "delta": {"replicas": -2}
    if not words or words[-1] not in _LAST or not set(words[:-1]) <= _MEASURES:
        return ""
    return "added" if words[-1] in _ADDED else "multiplied"


_MEASURES = wordset(
    "replicas replica count size memory mem cpu limit limits request requests scale scaling percent pct"
)


def may_be_shift(path: Path) -> bool:
    """Does the key say that its value may tell by how much another one changes?"""
    return bool(_sort_of[path])


def is_shift(path: Path, leaf: Leaf) -> bool:
    """Does it tell by how much a value changes, and not the value itself?"""
    sort = _sort_of[path]
    if not sort or isinstance(leaf, bool | None):
        return False
    if isinstance(leaf, int | float):
        return sort == "multiplied" or isinstance(leaf, int)
    return bool(_SUM.fullmatch(leaf) or _SHARE.fullmatch(leaf) or (sort == "multiplied" and _TIMES.fullmatch(leaf)))


def after(before: Leaf, path: Path, leaf: Leaf, what: str) -> str:
    """The value that comes of one that was before: ``9`` and ``-2`` make ``7``; empty where it makes none.

    Args:
        before: the value that was.
        path: where the change is told.
        leaf: the change.
        what: what the value is of, such as ``replicas``: there are no halves of these.
    """
    was = _VALUE.fullmatch(str(before))
    if was is None or isinstance(leaf, bool | None) or _is_of_another(path, what):
        return ""
    number, unit = Fraction(was["number"]), was["unit"] or ""
    text = str(leaf)
    if _sort_of[path] == "multiplied":
        times = _TIMES.fullmatch(text)
        found = None if times is None else number * Fraction(times["size"])
    elif share := _SHARE.fullmatch(text):
        found = number * (1 + _signed(share) / 100)
    else:
        found = _summed(str(before), _signs(path) + text if text[0] not in "+-" else text, unit)
    whole = found is None or found.denominator == 1 or "eplicas" not in what
    return "" if found is None or found < 0 or not whole else _told(found, unit)


def _is_of_another(path: Path, what: str) -> bool:
    """Is it the change of something else: ``cpu_factor=0.3`` beside a count of replicas?"""
    words = verbs.parts(str(path[-1]))
    return any(told in words and of not in what for told, of in _OF.items())


_OF = {"cpu": "cpu", "memory": "memory", "mem": "memory", "replicas": "eplicas", "replica": "eplicas"}


def _signs(path: Path) -> str:
    """The sign that the key of a plain number tells; none tells it where two replicas less are ``delta=2``."""
    last = verbs.parts(str(path[-1]))[-1:]
    return "+" if last == ("increment",) else "-" if last == ("decrement",) else ""


def _signed(match: re.Match[str]) -> Fraction:
    return Fraction(match["size"]) * (-1 if match["sign"] == "-" else 1)


def _summed(before: str, text: str, unit: str) -> Fraction | None:
    added = _SUM.fullmatch(text)
    if added is None:
        return None
    size = quantity.exact(added["size"]) * (-1 if added["sign"] == "-" else 1)
    return (quantity.exact(before) + size) / quantity.exact(f"1{unit}")


def _told(number: Fraction, unit: str) -> str:
    return f"{number.numerator}{unit}" if number.denominator == 1 else f"{float(number):.6g}{unit}"
