"""Replicas told as a state that has come about: ``web in shop now runs 6 replicas instead of 4``.

And what became of an agent's action, of which only the numbers say what it was: ``vetoed action -6 on web (8 -> 2)``.
"""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, FILL, STOPS, words_of
from opsconsole.decisions.meaning.prose.forms.changes import MEASURED
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

LONGEST = 500
"""Characters of such a sentence."""

_SPACE = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
OBJECT = (
    r"(?:(?P<kind>[A-Za-z]{2,30}) )?(?P<quote>['\"`]?)"
    rf"(?P<name>(?:{_SPACE}/)?[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?)"
    rf"(?P=quote)(?:,? (?:in|of|from) (?:(?:the )?namespace |ns )?['\"`]?(?P<space>{_SPACE})['\"`]?(?: namespace)?|"
    rf" ?[(\[] ?(?:(?:in )?(?:ns|namespace)[:= ] ?|in )?(?P<bracketed>{_SPACE})[)\]])?"
)
"""An object with the namespace that stands behind it."""
_UNIT = r"(?:replicas?|pods?|instances?|copies)"
_MODAL = r"(?:(?P<modal>would|will|should|must) (?:now )?)?"
_PREDICATES = tuple(
    late(pattern, re.IGNORECASE)
    for pattern in (
        rf"[,:]? (?:has |have |is |are |was |were )?(?:now |just )?{_MODAL}"
        r"(?P<how>went|goes?|gone|going|moves?|moved|dropped|drops?|taken|brought) "
        rf"(?:up |down |back )?from (?P<before>\d{{1,6}})(?P<unit> {_UNIT})? (?:up |down )?to (?P<after>\d{{1,6}})"
        rf"(?(unit)(?: {_UNIT})?| {_UNIT})\b(?! [a-z]{{2,12}}ing\b| (?:ready|unready|behind)\b)",
        rf"[,:]? {_MODAL}(?:now )?(?P<how>runs?|running|has|have|is|are|stands|with) (?:now )?"
        rf"(?:with |on |at |running )?(?P<after>\d{{1,6}}) {_UNIT}(?: now)?,? \(?"
        r"(?:instead of|rather than|up from|down from|was|were|before|formerly|previously)(?: only|:)? "
        r"(?P<before>\d{1,6})\b(?![.%]\d|%)",
        rf"[,:]? (?P<before>\d{{1,6}}) {_UNIT} (?P<how>becomes?|became|turned into) (?P<after>\d{{1,6}})\b(?![.%])",
    )
)
_OBJECT_ENDS = late(rf"(?:^|(?<=[\s(,;:])){OBJECT}$", re.IGNORECASE)
_SIGN = late(rf"\d {_UNIT}\b|from \d", re.IGNORECASE)
_OUTCOME = late(
    rf"^(?:(?:successfully )?(?:executed|done|applied|completed|finished|success|ok(?:ay)?|carried out))[:,] {OBJECT}"
    rf",? (?:now (?:runs|has|runs with|at|is at|with|stands at)|(?:runs|has|is at) now) (?P<after>\d{{1,6}}) {_UNIT}"
    r"(?= now|\W*$)",
    re.IGNORECASE,
)
_ACTION = r"(?:(?:agent|policy|model)'s |raw )?(?:action|decision|move|step|proposal)\b(?: [^\s()]{1,30})??"
_HOW = r"(?P<how>[a-z]{3,12}) "
_TO = r"[ :,]*\(?(?:replicas:? )?(?P<before>\d{1,6}) ?(?:[-=]+>|→|to) ?(?P<after>\d{1,6})\b(?![.%])"
_OF_AGENT = (
    late(rf"\b{_HOW}(?:the |its |an? )?{_ACTION} (?:on|for|to|of) {OBJECT}{_TO}", re.IGNORECASE),
    late(rf"\b{_ACTION} (?:on|for|of) {OBJECT},? (?:was |is |has been )?{_HOW[:-1]}{_TO}", re.IGNORECASE),
)
_MOODS = {
    **dict.fromkeys(
        [
            "vetoed",
            "rejected",
            "refused",
            "blocked",
            "denied",
            "masked",
            "overruled",
            "overrode",
            "suppressed",
            "skipped",
            "dropped",
        ],
        Mood.REFUSED,
    ),
    **dict.fromkeys(["executed", "applied", "took", "performed", "taken"], Mood.DONE),
    **dict.fromkeys(["proposed", "suggested", "recommended"], Mood.PROPOSED),
    **dict.fromkeys(["chose", "selected", "picked", "chosen", "executing", "applying", "taking"], Mood.PLANNED),
    **dict.fromkeys(("simulated",), Mood.DRY_RUN),
}
_ALL_THE_SAME = late(
    r"(?<!not )(?<!never )\b(?:anyway|regardless|all the same|overridden|overruled|nevertheless|forced|executed|"
    r"performed|done|carried out|went through|applied(?=\W*$))\b",
    re.IGNORECASE,
)
"""What follows an action that was refused and is done: ``masked step on web (9 -> 0) executed anyway``."""
_OF_MODAL = {"would": Mood.DRY_RUN, "should": Mood.PROPOSED, "must": Mood.PLANNED, "will": Mood.PLANNED}
_TO_COME = ("go", "goes", "going", "move", "moves", "drop", "drops", "become", "becomes")
_SCALED = wordset("Deployment StatefulSet ReplicaSet CloneSet Rollout ReplicationController")


@SentenceMemory
def read(text: str) -> Act | None:
    """The scaling that a sentence tells so; ``None`` where it tells none."""
    if len(text) > LONGEST or not any(char.isdigit() for char in text):
        return None
    return _of_agent(text) or (_counted(text) if _SIGN.search(text) else None)


def _of_agent(text: str) -> Act | None:
    """``shield vetoed action -6 on serving/ranker (8 -> 2 violates floor 4)``."""
    for pattern in _OF_AGENT:
        match = pattern.search(text)
        mood = _MOODS.get(match["how"].lower()) if match is not None else None
        if match is not None and mood is not None and _is_placed(match) and (ref := _ref(match)) is not None:
            forced = mood is Mood.REFUSED and _ALL_THE_SAME.search(text, match.end()) is not None
            mood = Mood.DONE if forced else mood
            return _act(ref, match["before"], match["after"], mood)
    return None


def _is_placed(match: re.Match[str]) -> bool:
    """Is it one of a cluster's by more than its name? An agent acts on a layer or an environment of its own, too."""
    word = match["kind"] or ""
    told = kinds.of_word(word) or word.lower() in kinds.GENERIC or match["space"] or match["bracketed"]
    return bool(told) or "/" in match["name"] or "replicas" in match[0].lower()


def _is_seen(text: str, match: re.Match[str], begin: int) -> bool:
    """Is it a state that somebody sees or foretells, and not what is done here?"""
    held = match["how"].lower() in _HOLDS and " now " not in f"{match[0].lower()} "
    return held or _OF_OTHERS.search(text, 0, begin) is not None


_HOLDS = ("has", "have", "is", "are", "stands", "with")
"""What has so many, and had another count, may be short of them; but what has them "now"."""
_OF_OTHERS = late(
    r"\b(?:prometheus|alert\w*|monitor\w*|metrics?|usage|backlog|queue|forecast\w*|predict\w*|expect\w*|observed|"
    r"detected|noticed|saw|yesterday\w*|history|simulat\w*|warning:|kube[a-z]{4,})",
    re.IGNORECASE,
)


def _counted(text: str) -> Act | None:
    if (match := _OUTCOME.match(text)) is not None and (ref := _ref(match)) is not None:
        return _act(ref, None, match["after"], Mood.DONE)
    for pattern in _PREDICATES:
        match = pattern.search(text)
        if match is None or match["before"] == match["after"]:
            continue
        said = match.groupdict()
        whom = _OBJECT_ENDS.search(text, max(0, match.start() - 330), match.start())
        ref = _ref(whom) if whom is not None else None
        if whom is None or ref is None or not MEASURED.isdisjoint(words_of(whom[0])):
            continue
        if _is_seen(text, match, whom.start()):
            continue
        own = Mood.PLANNED if match["how"].lower() in _TO_COME else Mood.DONE
        modal = _OF_MODAL.get((said.get("modal") or "").lower())
        mood = remarks.of_call(text, "scale") or modal or own
        return _act(ref, match["before"], match["after"], mood)
    return None


def _act(ref: Ref, before: str | None, after: str, mood: Mood) -> Act:
    field = with_before(patches.field("replicas", after), before)
    return Act("scale", "scale", mood, (ref,), None, (field,))


def _ref(match: re.Match[str]) -> Ref | None:
    """The object that a match names; ``None`` where the word is hardly a name, or is no object that has replicas."""
    word, name = match["kind"] or "", match["name"]
    kind = kinds.of_word(word)
    space = match["space"] or match["bracketed"] or ""
    sure = bool(kind or match["quote"] or space or word.lower() in kinds.GENERIC) or any(
        c in "-/0123456789" for c in name
    )
    known = name in verbs.WORDS or name in STOPS | FILL | FIELD_WORDS or bool(kinds.of_word(name)) or name.isdecimal()
    if not sure or known or (kind and kind not in _SCALED):
        return None
    ref = references.reference(name, kind)
    if ref is None or (ref.kind and ref.kind not in _SCALED):
        return None
    return Ref(ref.kind, ref.namespace or space, ref.name)
