"""A sentence of another language in English words: ``Skaliere Deployment web von 3 auf 5 Replikate``."""

from __future__ import annotations

import re
from functools import cached_property

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.prose.basics.grammar import words_of
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.foreign import tongues
from opsconsole.decisions.words.foreign.tongue import Tongue
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

LONGEST = 1_000
"""Characters of such a sentence."""


class _Known:
    """A language with its patterns, which are made when a text in it comes: most clusters speak English alone.

    ``sign`` is what every text with a deed in it holds; ``comma`` whether that parts the decimals of its numbers.
    """

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self.comma = tongue.comma
        # The ends of words, where the language parts them.
        self._begin, self._end = (r"(?<![\w./-])", r"(?![\w/-])") if tongue.comma else ("", "")

    @cached_property
    def sign(self) -> re.Pattern[str]:
        return self._pattern("|".join(pattern for pattern, _ in self._tongue.deeds))

    @cached_property
    def rows(self) -> list[tuple[re.Pattern[str], str]]:
        rows = (*self._tongue.deeds, *self._tongue.others)
        return [(self._pattern(pattern), f" {english} ") for pattern, english in rows]

    def _pattern(self, words: str) -> re.Pattern[str]:
        return late(rf"{self._begin}(?:{words}){self._end}", re.IGNORECASE)


KNOWN = tuple(map(_Known, tongues.TONGUES))
_WORD = late(r"[^\W\d_]+")


def _stem(word: str) -> str:
    """How a word begins: one letter more where an English verb begins so too, ``removido`` beside ``removing``."""
    return word[:7] if word[:6] in _ENGLISH_BEGINS else word[:6]


_ENGLISH_BEGINS = frozenset(word[:length] for word in verbs.WORDS for length in (5, 6))


_TWO_PARTS = late(r"\(\?:([^()]{1,200})\)\??([^\W\d_]{2,40})")


def _words_in(pattern: str) -> list[str]:
    """The words that a pattern is of, those in two parts whole: ``hochskaliert`` of ``(?:hoch|runter)?skaliert``."""
    whole = [f"{part}{end}" for parts, end in _TWO_PARTS.findall(pattern) for part in parts.split("|")]
    return _WORD.findall(" ".join([pattern, *whole]))


_STEMS = frozenset(
    _stem(word.lower())
    for tongue in tongues.TONGUES
    for pattern, _ in tongue.deeds
    for word in _words_in(pattern)
    if word.isascii() and len(word) > 4
)
"""How the words of deeds begin that are written in plain letters."""


_BEGINNINGS = frozenset(stem[:5] for stem in _STEMS)


_FOREIGN_LETTER = late(r"[^\W\d_a-zA-Z]")
"""An arrow, a tick or a dash of English is none: each language has to be looked for word by word."""


def _may_be(text: str) -> bool:
    """Does a text hold what no English one does? Nearly every text comes by, and is asked no more than that."""
    if not text.isascii() and _FOREIGN_LETTER.search(text) is not None:
        return True
    for word in words_of(text):
        if word[:5] in _BEGINNINGS and (word[:6] in _STEMS or word[:7] in _STEMS) and word not in _ENGLISH_TOO:
            return True
    return False


_ENGLISH_TOO = wordset(
    "started error problem impossible namespace namespaces namespaced deployment deployments statefulset statefulsets "
    "restart restarts restarted restarting modified modification modifications recommend recommends recommended "
    "recommendation recommendations recommender propose proposes proposed proposal proposals suspend suspends "
    "suspended suspending scaler scalers suggest suggestion suggestions permission permissions cancel cancelling "
    "cancelled space action actions state states actual actually blocking possible"
)
"""Words of English that begin as those of other languages do."""


def english(text: str) -> str:
    """The text with the words of its language in English, where it tells of a deed in another one; else as it is."""
    return _english[text] if len(text) <= LONGEST and _may_be(text) else text


@SentenceMemory
def _english(text: str) -> str:
    told = [each for each in KNOWN if each.sign.search(text)]
    if not told:
        return text
    known = told[0]
    if len(told) > 1:  # neighbours share words
        known = max(told, key=lambda each: sum(pattern.search(text) is not None for pattern, _ in each.rows))
    plain = text
    if known.comma:
        plain = _DECIMAL.sub(r"\1.\2", _THOUSANDS.sub(lambda match: match[0].replace(".", ""), plain))
    plain = plain if known.comma else plain.translate(_WIDE)
    for pattern, words in known.rows:
        plain = pattern.sub(words, plain)
    plain = _BEFORE_MARKS.sub("", _BLANKS.sub(" ", plain)).strip()
    plain = _JOINS.sub(lambda match: " but " if match["but"] else " and ", plain)
    plain = _NOT_BEHIND.sub(r"not \1", plain)
    plain = _LAST_VERB.sub(_with_verb_first, plain, count=1)
    return _WOULD.sub(_with_would_first, plain) if "would " in plain else plain


def _with_would_first(match: re.Match[str]) -> str:
    return f"{match['twice']} " if match["twice"] else f"would {match['done'] or match['verb'] + 'e'} "


_WOULD = late(
    r"\b(?P<verb>scal|increas|reduc|chang)(?:e|ing) would |"
    r"\bwould the (?P<done>delete|restart|evict|drain|scale|increase|reduce) |"
    r"(?P<twice>\bwould scale [^,;:]{1,200}?) scaling (?=(?:to|from) )"
)
"""``scaling would Deployment web``, ``would the drain node``: the word order of German, and of Dutch."""


def _with_verb_first(match: re.Match[str]) -> str:
    """What is done stands behind its object; what is being done, or is to be, before it."""
    said, values, verb = match.groups()
    head, colon, whom = said.rpartition(": ")
    return f"{head}{colon}{verb} {whom} {values}" if verb.endswith("ing") else f"{said} {verb} {values}"


_LAST_VERB = late(
    r"^(.{1,300}?) ((?:from|to) \d[^,;]{0,80}?) ((?:increas|reduc|scal|chang)(?:ed|ing)|rolled back)(?=$|[.,;:!] ?)"
)
"""A verb at the end, as German has it: ``memory limit of web from 1Gi to 2Gi increased``."""


_JOINS = late(
    r" (?:(?P<but>aber|jedoch|doch|mais|pero|mas|però|ma|maar|echter|но|ale|jednak)|und|et|y|e|en|и|i|oraz) "
    rf"(?=(?:the )?(?:{'|'.join(kinds.NAMES)}) )",
    re.IGNORECASE,
)
"""What joins another deed to one, before a kind: ``Fehler beim Löschen von Pod a, aber Namespace b gelöscht``."""
_NOT_BEHIND = late(r"^(\w{1,30}ing(?: the)?(?: [\w./'\"-]{1,253}){1,2}) (?:nicht|niet)(?=$|[:,.]| (?:from|to) \d)")
"""German and Dutch say behind the object that nothing is done: ``scaling Deployment web nicht from 3 to 0``."""

_WIDE = str.maketrans({"：": ": ", "，": ", ", "、": ", ", "。": ". ", "；": "; ", "（": " (", "）": ") "})  # noqa: RUF001 - marks of Chinese and Japanese
_DECIMAL = late(r"(?<![\d.,])(\d{1,4}),(\d{1,2})(?![\d,])")
_THOUSANDS = late(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.])(?= ?(?:[KMG]i?B?|Mio|m)\b|$)")
"""``1.024Mi``: points between thousands; a number of three decimals is hardly ever written."""
_BEFORE_MARKS = late(r" (?=[,;:.!?])")
_BLANKS = late(r" {2,}")
