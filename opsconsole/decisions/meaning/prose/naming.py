"""Kinds and names as they stand in a sentence: ``stateful set``, ``Elastic Job Set``, ``shop/web-1``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.grammar import BESIDE, FIELD_WORDS, FILL, NOT_NAMES, STOPS, SpokenToken
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset

ADVICE = wordset("recommendation recommendations suggestion suggestions proposal mutation")
"""What may be applied to an object: ``applied recommendation rec-1 to web-1``."""

_VALUE = re.compile(r"[+-]?\d|nan|inf|[+-]$")


def kind_at(tokens: list[SpokenToken], at: int) -> tuple[str | None, int]:
    """The kind at a place and how many tokens it takes; empty for ``workload`` and the like, ``None`` for no kind."""
    token = tokens[at]
    if token.quoted or not token.low[:1].isalpha():
        return None, 0
    word = token.low.replace("(s)", "")
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is not None:
        kind, length = _in_words(tokens, at, word, following)
        if length:
            return kind, length
    if "/" in word or "." in word:
        return None, 0
    if word in ("group", "groups"):
        return ("" if at and tokens[at - 1].low in ("worker", "workers") else "NodeGroup"), 1
    kind = kinds.of_word(word) if word not in _OF_MODELS else ""
    if kind or _is_generic(word, following.low if following is not None else ""):
        return kind, 1
    return (token.text, 1) if _is_custom_kind(tokens, at) else (None, 0)


def _in_words(tokens: list[SpokenToken], at: int, word: str, following: SpokenToken) -> tuple[str, int]:
    """A kind of two or more words, and how many they are; 0 where it is none."""
    if word in kinds.LONG and at + 2 < len(tokens):
        three = "".join(each.low for each in tokens[at : at + 3] if not each.quoted)
        if kind := kinds.of_word(three):
            return kind, 3
    if tokens[at].text[0].isupper() and (length := _capitals(tokens, at)):
        return "".join(each.text for each in tokens[at : at + length]), length
    if not following.quoted and (kind := kinds.of_word(word + following.low)):
        return kind, 2
    if word == "target" and following.low == "group":
        return "", 2
    if word in ("node", "instance", "scaling") and following.low in ("group", "groups"):
        return "NodeGroup", 2
    return "", 0


def _is_generic(word: str, following: str) -> bool:
    """Is the word one for an object whose kind is not said?"""
    if word == "resource" and following in ADVICE:
        return False
    if word in kinds.GENERIC or word.removesuffix("s") in kinds.GENERIC:
        return True
    several = word in ("instances", "vms") and following != "of"  # "30 instances of web" counts what web runs as
    return (word in ("instance", "vm") or several) and not kinds.of_word(following)


def _capitals(tokens: list[SpokenToken], at: int) -> int:
    """How many words a kind that no table knows has, written apart before a name: ``Elastic Job Set a-1``; else 0."""
    if at + 2 >= len(tokens) or not tokens[at + 1].text[0].isupper():
        return 0
    end = at
    while end < len(tokens) and end - at < 4 and _CAPITAL.fullmatch(tokens[end].text) and not tokens[end].quoted:
        end += 1
    words = [each.low for each in tokens[at:end]]
    if end - at < 2 or end >= len(tokens) or not is_reference(tokens[end]) or words[0] in verbs.WORDS:
        return 0
    known = kinds.of_word(words[-1]) or kinds.of_word("".join(words[-2:])) or words[-1] in kinds.LAST
    return end - at if known and not kinds.of_word("".join(words)) else 0


_OF_MODELS = ("checkpoint", "checkpoints")
"""Words that mean a model's things in a sentence, far more often than a kind's."""

_CAPITAL = re.compile(r"[A-Z][a-z]+")
_NO_KINDS = ("Controller", "Operator", "Manager", "Handler", "Reconciler", "Exception", "Error", "Event")


def _is_custom_kind(tokens: list[SpokenToken], at: int) -> bool:
    """``GameServerSet fleet-1-wzs67``: a kind that no table knows, by its spelling and the name behind it."""
    text = tokens[at].text
    if not text[0].isupper() or at + 1 >= len(tokens) or not kinds.CUSTOM.fullmatch(text) or text.endswith(_NO_KINDS):
        return False
    return is_reference(tokens[at + 1])


def is_name(tokens: list[SpokenToken], at: int) -> bool:
    """Is the word at a place, behind a kind, a name?"""
    token = tokens[at]
    low = token.low
    last = at + 1 >= len(tokens) or tokens[at + 1].text == ":"
    if (
        low in STOPS
        or low in BESIDE
        or (low in FILL and not last)
        or low in verbs.WORDS
        or not low[0].isalnum()
        or "%" in low
    ):
        return False
    if low in ("group", "groups") or low in FIELD_WORDS or re.fullmatch(r"\d+(?:\.\d+)?(?:ms|s|m|h|%)?", low):
        return False
    if any(char in low for char in "-/.") or any(char.isdigit() for char in low):
        return True
    following = [each.low for each in tokens[at + 1 : at + 3]] + ["", ""]
    if following[0] in ("to", "from", "up", "down", "back"):
        later = following[0] not in ("to", "from") and following[1] in ("to", "from")
        return later or bool(_VALUE.match(following[1]))
    if following[0] == "in":
        return following[1] in ("namespace", "the") or _is_placed(tokens, at + 2)
    ends = not following[0] or not following[0][0].isalnum() or following[0] in ("with", "because", "due", "and", "of")
    return ends or following[0] in FIELD_WORDS or following[0] in verbs.WORDS or following[0] == "namespace"


def _is_placed(tokens: list[SpokenToken], at: int) -> bool:
    """``web in shop to 3 replicas``: is the word at a place that of a namespace?"""
    if at >= len(tokens) or not re.fullmatch(r"[a-z][a-z0-9-]{1,62}", tokens[at].text):
        return False
    low = tokens[at].low
    ends = at + 1 == len(tokens) or tokens[at + 1].low in ("to", "from", ",", "(", ":")
    return ends and low not in verbs.WORDS and low not in STOPS and low not in NOT_NAMES and low not in FILL


def is_reference(token: SpokenToken) -> bool:
    """A bare word that can only be a name: ``storefront/tsdb-1``, ``invoice-worker-d7snr-7ppsq``, ``deploy/a``."""
    low = token.low
    if "%" in low or low.startswith(("http:", "https:", "/")) or re.fullmatch(r"[\d.:,/x-]+", low):
        return False
    if low.endswith(_FILES) or _VERSION.search(low):
        return False
    if low[-1] == "]":
        low = low.partition("[")[0]
        return re.fullmatch(r"[a-z][a-z0-9-]*", low) is not None
    if "/" in low:
        return re.fullmatch(r"[a-z0-9.-]+(?:/[a-z0-9.-]+){1,2}", low) is not None
    if "-" in low and low not in FILL and re.fullmatch(r"[a-z0-9]+(?:[-.][a-z0-9]+)+", low):
        parts = re.split(r"[-.]", low)
        english = sum(part in verbs.WORDS or part in FILL or part in STOPS or part in NOT_NAMES for part in parts)
        return english < len(parts) - 1 or any(char.isdigit() for part in parts for char in part)
    return False


_VERSION = re.compile(r"/v?\d+(?:\.\d+)+$")
_FILES = (".png", ".jpg", ".json", ".yaml", ".yml", ".log", ".txt", ".csv", ".gz", ".tar", ".py", ".go", ".js", ".sh")
"""What the names of files end in, which are no objects of the cluster."""
