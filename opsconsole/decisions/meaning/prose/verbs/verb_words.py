"""Whether a word of a sentence is the verb of an action there, or part of a noun, or does it only describe one."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import COUNTED, FIELD_WORDS, PASSIVE, SpokenToken
from opsconsole.decisions.meaning.prose.verbs import everyday
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.records import Mood


def verb_at(tokens: list[SpokenToken], at: int) -> verbs.Verb | None:
    """The action that the word at a place names, if it is a verb there."""
    low = tokens[at].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    back = low in _ROLLS and any(each.low == "back" for each in tokens[at + 1 : at + 5])
    passive = low == "rolled" and _is_passive(tokens, at) and following not in _ROLLED_ON
    rolling = following in ("pod", "pods") or (low == "rolling" and at == 0 and _is_named_workload(tokens))
    if low in _ROLLS and (back or passive or rolling):  # "pod web-1 will not be rolled now"
        return _ROLLS[low] if back else verbs.WORDS["restarted" if low == "rolled" else "restarting"]
    if low in _CLEANS and (following == "up" or low == "cleanup" or COUNTED.fullmatch(following)):
        return _CLEANS[low]
    if low in _COLLECTS and at and tokens[at - 1].low == "garbage":
        return _COLLECTS[low]
    if low in _STOPS and (following in _STOPS[low] or not _STOPS[low]) and (low != "stop" or _is_order(tokens, at)):
        return _STOP_DONE if low.endswith(("ed", "tore", "woke")) else _STOP
    later = tokens[at + 2].low if at + 2 < len(tokens) and COUNTED.fullmatch(following) else following
    if low in _PROPOSES and later in FIELD_WORDS:
        return _PROPOSE
    found = verbs.WORDS.get(low)
    if low in everyday.NAMES:
        found = everyday.verb_at(tokens, at)
    elif found is None and "-" in low:
        found = verbs.WORDS.get(low.replace("-", "")) or _prefixed(low)
    return None if found is None or _is_no_verb(tokens, at, found, following) else found


def _prefixed(low: str) -> verbs.Verb | None:
    """``pre-scaling``, ``force-deleting``: a verb behind a word that only says how."""
    how, _, word = low.partition("-")
    return verbs.WORDS.get(word) if how in _HOW else None


PLACING = frozenset({("schedule", "Pod"), ("bind", "Pod")})
"""What a scheduler does to a pod that is there already: no deed."""
_HOW = wordset("pre auto force hard soft mass bulk batch re right live hot cold emergency graceful gracefully")


def _is_no_verb(tokens: list[SpokenToken], at: int, found: verbs.Verb, following: str) -> bool:
    """Is the word part of a noun, or does it only describe one? ``update cycle``, ``12 evicted pods``."""
    low = tokens[at].low
    of_kind = (low in kinds.LAST and _ends_kind(tokens, at)) or (low == "scale" and following in ("set", "sets"))
    of_kind = of_kind or _is_set_or_shift(tokens, at, following) or (low == "scale" and _is_factor(tokens, at))
    of_kind = of_kind or (low == "schedule" and at > 0 and tokens[at - 1].text in ("(", "["))  # "(schedule 'night')"
    of_kind = of_kind or (found.stem in _MARKS and following in _TAGS)  # "pause annotation found on web"
    of_kind = of_kind or (low in _TAGS and following == "to" and at > 0 and bool(naming.kind_at(tokens, at - 1)[0]))
    of_kind = of_kind or naming.is_named_as_a_kind(tokens, at)
    of_kind = of_kind or (low == "resume" and _is_answered(tokens, at))
    if of_kind or (low in _TAGS and following in _PUT):
        return True  # "replica set", "instances of scale set a", "taint added"
    if found.mood is Mood.DONE:
        return _describes(tokens, at, found, following)
    timed = at > 0 and tokens[at - 1].low in _TIMES and (low == found.stem or low.endswith("ing"))
    if timed or (found.verb == "create" and following in verbs.NOUNS):
        return True  # "not tolerated after update", "reading it before scaling"; "creating Eviction for pod web-1"
    if low == "set" and at > 0 and tokens[at - 1].low in ("is", "are") and following != "to":
        return True  # "annotation janitor/ttl is set"
    counted = (
        following == "count" and low.endswith("ing") and at + 2 < len(tokens) and tokens[at + 2].low == "of"
    )  # "scaling count of web"
    counted = counted or (
        found.stem == "apply" and following in _SET_TO and any(each.low == "to" for each in tokens[at + 2 : at + 4])
    )  # "could not apply settings 7 to deployment web"
    if (found.stem == "rollback" and following == "lock") or (following in _NOUN_ENDS and not counted):
        return True
    of_noun = found.stem == "limit" and (
        following in _NOUN_GOES_ON or following.endswith("ed")
    )  # "memory limit of web"
    of_noun = of_noun or (low == f"{found.stem}s" and following in ("of", ":", "="))  # "labels of pod web-1"
    of_noun = of_noun or (low == found.stem and at > 0 and tokens[at - 1].low in _EARLIER)  # "the last change of web"
    wanted = at > 0 and tokens[at - 1].low in _WANTS and (at < 2 or tokens[at - 2].low not in ("not", "never"))
    return of_noun or (low in verbs.NOUNS and wanted)  # "protected from deletion"


def _is_answered(tokens: list[SpokenToken], at: int) -> bool:
    """``resume='no'``: is the word the key of an answer?"""
    value = tokens[at + 2] if at + 2 < len(tokens) and tokens[at + 1].text == "=" else None
    return value is not None and value.quoted and value.low in _ANSWERS


_ANSWERS = wordset("no yes true false approve approved reject rejected deny denied abort skip")


def _is_set_or_shift(tokens: list[SpokenToken], at: int, following: str) -> bool:
    """``pod set main``, ``a set of pods``, ``night shift: …``: a noun that is spelt as a verb."""
    low, before = tokens[at].low, tokens[at - 1].low if at else ""
    if low == "set":
        return following == "of" or (before in _HAVE_SETS and following not in ("to", "from"))
    return low == "shift" and following == ":"


def _is_factor(tokens: list[SpokenToken], at: int) -> bool:
    """``loss scale reduced from 65536 to 32768``: is it a number that a computation multiplies by?"""
    return at > 0 and tokens[at - 1].low in _ARE_SCALED and not tokens[at - 1].quoted


_ARE_SCALED = wordset("loss losses gradient gradients grad grads logit logits quantization embedding guidance noise")
_HAVE_SETS = ("pod", "node", "job", "machine", "instance", "replica", "resource", "task")


def _ends_kind(tokens: list[SpokenToken], at: int) -> bool:
    """Is the word the last one of a kind's: ``replica set``, ``ephemeral runner set``?"""
    return any(at >= back and naming.kind_at(tokens, at - back)[1] == back + 1 for back in (1, 2))


def _describes(tokens: list[SpokenToken], at: int, found: verbs.Verb, following: str) -> bool:
    """``12 evicted pods``, ``scheduled drain``: is a participle an adjective there?"""
    if (found.stem == "schedule" and (following == "for" or following in verbs.WORDS)) or (
        found.stem == "limit" and following == "by"
    ):
        return True
    if found.stem == "throttle" and at and tokens[at - 1].low in _SUFFERS:
        return True  # "the pods are CPU throttled"
    if found.stem == "pause" and following in FIELD_WORDS:
        return True  # "to paused replicas count"
    before = tokens[at - 1] if at else None
    if before is not None and before.low in _REMAINS and found.stem in _STATES:
        return True
    if not following:
        return False
    described = before is not None and (before.low in _DETERMINERS or COUNTED.fullmatch(before.text) is not None)
    return described and naming.kind_at(tokens, at + 1)[0] is not None


_SUFFERS = wordset("cpu being heavily often frequently getting constantly severely badly still")
_ROLLS = {
    "roll": verbs.Verb("rollback", Mood.PLANNED, "roll", loose=False),
    "rolling": verbs.Verb("rollback", Mood.PLANNED, "roll", loose=False),
    "rolled": verbs.Verb("rollback", Mood.DONE, "roll", loose=False),
}


def _is_named_workload(tokens: list[SpokenToken]) -> bool:
    """``Rolling Deployment shop/web``: do a workload, its name and at most a reason follow the first word?"""
    changed = any(token.text in ("->", "=>", ":", "=") or token.low in ("to", "from") for token in tokens)
    return _names_workload(tokens, 1) and not changed and (len(tokens) == 3 or tokens[3].low in _WHY)


def _names_workload(tokens: list[SpokenToken], at: int) -> bool:
    """Do the kind of a workload and a name that can be nothing else stand at a place?"""
    return at + 1 < len(tokens) and naming.kind_at(tokens, at)[0] in _ROLLED and naming.is_called(tokens, at + 1)


_ROLLED = wordset("Deployment StatefulSet DaemonSet")
_WHY = wordset("because since as due for")


def _is_order(tokens: list[SpokenToken], at: int) -> bool:
    """``will stop statefulset shop/db at night``: is the word what is to be done, and to what, and at most when?"""
    before = tokens[at - 1].low if at else ""
    ends = at + 3 >= len(tokens) or tokens[at + 3].low in _WHEN
    return before in ("", "will") and _names_workload(tokens, at + 1) and ends


_WHEN = wordset("at because since as due for until now tonight overnight . ,")


def _is_passive(tokens: list[SpokenToken], at: int) -> bool:
    """``was rolled``, ``was not rolled``."""
    place = at - 1 - (at > 1 and tokens[at - 1].low == "not")
    return at > 0 and tokens[place].low in PASSIVE


_ROLLED_ON = wordset("back out up over to forward onto into in")
_CLEANS = {
    "clean": verbs.Verb("delete", Mood.PLANNED, "clean", loose=True),
    "cleanup": verbs.Verb("delete", Mood.PLANNED, "clean", loose=True),
    "cleaning": verbs.Verb("delete", Mood.PLANNED, "clean", loose=True),
    "cleaned": verbs.Verb("delete", Mood.DONE, "clean", loose=True),
}
_COLLECTS = {
    "collecting": verbs.Verb("delete", Mood.PLANNED, "collect", loose=False),
    "collected": verbs.Verb("delete", Mood.DONE, "collect", loose=False),
}
"""Behind "garbage"."""
_DOWN = ("down", "off", "up", "on")
_STOPS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(wordlist("shut shutting powering powered turning turned spinning tearing tore waking woke"), _DOWN),
    **dict.fromkeys(wordlist("stop stopping stopped hibernating hibernated parking parked"), ()),
}
"""What is done to what runs, by everyday words and what must follow them: ``shutting down deployment web``."""
_STOP = verbs.Verb("scale", Mood.PLANNED, "stop", loose=True)
_STOP_DONE = verbs.Verb("scale", Mood.DONE, "stop", loose=True)
_PROPOSE = verbs.Verb("patch", Mood.PROPOSED, "propose", loose=True)
_PROPOSES = wordset("propose proposes proposed proposing recommend recommends recommending suggest suggests suggesting")
MAY_NAME = (
    verbs.WORDS.keys() | _ROLLS.keys() | _CLEANS.keys() | _PROPOSES | _STOPS.keys() | _COLLECTS.keys() | everyday.NAMES
)
"""Words that name an action, by themselves or together with the next one."""

_NOUN_GOES_ON = wordset("of for was were is are has have to from ( = :")
_REMAINS = wordset("is are already still remaining remains remain")
_TIMES = wordset("after before during upon")
_STATES = wordset("pause suspend limit throttle enable disable cordon taint label annotate configure")
"""What something may be for long: ``scaling is paused`` tells of no action."""


_TAGS = ("taint", "label", "annotation")
_MARKS = wordset("pause suspend resume drain evict scale restart cordon disable delete")
_PUT = wordset("added applied set placed put removed deleted cleared updated changed")


_EARLIER = wordset("last previous latest recent earlier considering")
"""What makes a noun of a verb behind it, of a deed that is over or only thought about."""

_WANTS = wordset("from requires require needs need no without any allows allow")
_NOUN_ENDS = wordset(
    "check checks cycle cycles loop interval policy policies strategy threshold window factor count counts counter "
    "rate bounds bound range settings configuration config comparison calculation evaluation assessment analysis "
    "estimate overview summary statistics stats"
)
_SET_TO = ("settings", "configuration", "config")
_DETERMINERS = wordset("the a an all these those any no some of for")
