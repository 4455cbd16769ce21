"""Actions in plain sentences: a verb in one of its forms, and the object beside it, before it or in the attributes.

``Scaling down Deployment a/b from 3 to 1``, ``pod "x" evicted``, ``Failed to patch deployment 'x'``. What is done to a
cache, a queue or a batch is no action on the cluster: the noun after the verb must be a kind, or a name.
"""

from __future__ import annotations

import re
from functools import cached_property

from opsconsole.decisions.meaning import moods, objects, values
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.objects import Candidate, Leaves
from opsconsole.decisions.meaning.prose import apart, beside, changes, naming
from opsconsole.decisions.meaning.prose.beside import SpokenObject
from opsconsole.decisions.meaning.prose.counts import in_digits
from opsconsole.decisions.meaning.prose.grammar import COUNTED, FIELD_WORDS, SpokenToken, tokens_of
from opsconsole.decisions.meaning.prose.verb_words import MAY_NAME, verb_at
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 2_000
"""Characters of a sentence that are read, so that no line can hold up the stream."""

MOST_VERBS = 6
"""Verbs of one message that are tried."""
_WORD_RUN = re.compile(r"[a-z]+")

_FURTHER = wordset(
    "back rolling rolled clean cleaning cleaned "
    "propose proposes proposed proposing recommend recommends recommending suggest suggests suggesting"
)
"""Words that name an action together with the next one."""


def hints(message: str) -> bool:
    """Does the message hold a word that names an action at all?"""
    words = _WORD_RUN.findall(message[:LONGEST].lower())
    return not (verbs.WORDS.keys().isdisjoint(words) and _FURTHER.isdisjoint(words))


class SentenceContext:
    """What the attributes of an entry bring to its sentences; each is looked for when it is first asked for."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves

    @cached_property
    def found(self) -> list[Candidate]:
        """The objects that they name, likeliest first."""
        return objects.candidates(self.leaves) if self.leaves else []

    @cached_property
    def namespace(self) -> str:
        """The namespace that they name."""
        return objects.namespace_of(self.leaves) if self.leaves else ""

    @cached_property
    def mood(self) -> Mood | None:
        """What they say of how it is meant."""
        return moods.in_attributes(self.leaves) if self.leaves else None


def read(message: str, context: SentenceContext) -> list[Act]:
    """The actions of a message, at most one a clause."""
    message = in_digits(message[:LONGEST])
    tokens = tokens_of(message)
    places = [
        at
        for at, token in enumerate(tokens)
        if (token.low in MAY_NAME or "-" in token.low) and not token.quoted and verb_at(tokens, at) is not None
    ]
    places.sort(key=lambda at: (verbs.WORDS.get(tokens[at].low) is None or tokens[at].low in verbs.NOUNS, at))
    acts: list[tuple[int, Act]] = []
    for at in places[:MOST_VERBS]:
        act = _act(message, tokens, at, context)
        if act is not None and not any(_same_clause(message, tokens[at].start, start) for start, _ in acts):
            acts.append((tokens[at].start, act))
    found = [act for _, act in sorted(acts, key=lambda each: each[0])][:2]
    return [act._replace(mood=_mood(act, found, context.mood)) for act in found]


def _mood(act: Act, acts: list[Act], told: Mood | None) -> Mood:
    """The sentence's mood, unless the attributes know better: an error makes a plan a failure, a state a proposal."""
    own = Mood(act.mood)
    if told is None or (told is Mood.DONE and own is not Mood.PLANNED):
        return own
    if told is Mood.REFUSED:
        spoken = own is not Mood.PLANNED or any(each.mood == Mood.REFUSED for each in acts)
        return own if spoken else told
    return told


_AND = r" and (?=(?:scal|delet|restart|evict|drain|cordon|patch|updat|creat|remov|taint)(?:ed|ing) )"
_CLAUSE = re.compile(rf"; |\. (?=[A-Z])|{_AND}|, (?:falling|then|and then|restarting|deleting|evicting)\b")


def _same_clause(message: str, one: int, other: int) -> bool:
    first, last = min(one, other), max(one, other)
    return _CLAUSE.search(message, first, last + 12) is None


_BY_ITSELF = wordset("grew grown shrank shrunk")
"""What is told of a thing that did it by itself, where the thing stands before: ``memory of web grew``."""
_ENDS = wordset(
    "cancelled canceled failed completed finished succeeded aborted skipped blocked rejected denied refused"
)
_STARTS = wordset(
    "requested starting initiating beginning performing requesting triggering started initiated triggered"
)
_PASSIVE = wordset("was were been being")
_ARTICLES = wordset("the a an its their our my")


def _act(message: str, tokens: list[SpokenToken], at: int, context: SentenceContext) -> Act | None:  # noqa: PLR0911 - one return for each way to write it
    verb = verb_at(tokens, at)
    if verb is None:
        return None
    token = tokens[at]
    if at and tokens[at - 1].low == "for" and verb.mood is not Mood.DONE:
        return None  # what something is for: "not suitable for removal"
    near = _near(tokens, at, verb)
    if near is None and verb.mood is Mood.DONE and at + 1 < len(tokens) and tokens[at + 1].low in _ARTICLES:
        return None  # "broker-1 killed the connection"
    if apart.is_apart(message, token.start, token.end, verb):
        return None
    if moods.only_spoken_of(message, token.start, token.end, verb.mood):
        return None
    clause = _clause(message, token.start)
    noun = near.noun if near else ""
    name, fields = _fields(clause, verb, noun)
    targets, count = _targets(near, name, message, context)
    if not targets and changes.is_whole(fields) and (ref := changes.named(tokens)) is not None:
        targets = (ref,)
    if not _is_action(verb, near, targets, fields, tokens, at):
        return None
    mood = moods.in_text(
        clause,
        token.start - _offset(message, clause, token.start),
        _end(message, clause, token),
        verb.mood,
        has_value=bool(fields),
    )
    if mood is None:
        return None
    return Act(
        name,
        said=_said(name, near, targets),
        mood=mood,
        targets=targets,
        number=count,
        fields=tuple(fields),
        problem=_problem(message, token.end) if mood is Mood.REFUSED else "",
    )


def _near(tokens: list[SpokenToken], at: int, verb: verbs.Verb) -> SpokenObject | None:
    """The object beside the verb at a place: after it; before a passive, a participle or a noun; at the head."""
    low = tokens[at].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    done = verb.mood is Mood.DONE
    passive = done and at > 0 and (tokens[at - 1].low in _PASSIVE or following == "to")
    placed = (
        done and at > 0 and following in ("on", "from") and low not in _BY_ITSELF
    )  # "slot s-2 dropped on pod db-1": where, not what
    near = beside.before(tokens, at) if passive or placed else None
    if near is not None and verb.loose and beside.is_of_a_thing(tokens, at, near):
        near, placed = None, True
    advice = verb.verb == "create" and any(each.low in naming.ADVICE for each in tokens[at + 1 : at + 4])
    near = near or (None if placed or advice else beside.after(tokens, at + 1, verb.verb))
    begins = at > 0 and tokens[at].text[0].isupper() and bool(following)  # "rightsizer Applied …": a name before it
    later = tokens[at + 2].low if at + 2 < len(tokens) else ""
    begins = begins or (done and COUNTED.fullmatch(following) is not None and later.isalpha())  # "deleted 2 files"
    if near is None and not begins and (done or low in ("set", "cut") or low in verbs.NOUNS):
        near = beside.before(tokens, at) if low not in _BY_ITSELF and not (done and following in _ARTICLES) else None
        if near is not None and verb.loose and beside.is_of_a_thing(tokens, at, near):
            near = None
    started = (at > 1 and tokens[at - 2].low in _STARTS) or (at > 0 and following in _STARTS | _ENDS)
    if near is None and low == verb.stem and started:
        near = beside.before(tokens, at)  # "starting node drain"
    return near if near is not None or (done and tokens[at - 1].text != ":") else beside.headed(tokens, at)


def _clause(message: str, place: int) -> str:
    """The sentence around a place."""
    # One character more than the place, for what the pattern looks ahead to.
    ends = (match.end() for match in _CLAUSE_END.finditer(message, 0, place + 1))
    start = max((end for end in ends if end <= place), default=0)
    end = _CLAUSE_END.search(message, place)
    return message[start : end.start() if end else len(message)]


_CLAUSE_END = re.compile(rf"; |{_AND}|\. (?=[A-Z])|, (?=falling |then |(?:it|which) had )")


def _offset(message: str, clause: str, place: int) -> int:
    return max(0, message.rfind(clause, 0, place + len(clause)) if clause else 0)


def _end(message: str, clause: str, token: SpokenToken) -> int:
    return token.end - _offset(message, clause, token.start)


def _said(verb: str, near: SpokenObject | None, targets: tuple[Ref, ...]) -> str:
    kind = near.kind if near and near.kind else ""
    if not kind and targets and targets[0].kind != kinds.OF_VERB.get(verb, "-"):
        kind = ""
    return f"{verb}_{kind.lower()}" if kind else verb


def _problem(message: str, end: int) -> str:
    _, _, why = message[end:].partition(": ")
    return f"failed: {why.strip()}" if why.strip() else "failed"


def _targets(
    near: SpokenObject | None, verb: str, message: str, context: SentenceContext
) -> tuple[tuple[Ref, ...], int | None]:
    kind = near.kind if near else ""
    if near is not None and near.ref is not None:
        ref = near.ref
        space = ref.namespace or objects.namespace_in(message) or context.namespace
        kind = ref.kind or kinds.OF_VERB.get(verb, "")
        if not ref.kind:
            same = next((each.ref for each in context.found if each.ref.name == ref.name), None)
            kind = same.kind if same and same.kind else kind
        own = [ref, *near.others]
        return tuple(
            Ref(each.kind or kind, "" if kind in kinds.CLUSTER_WIDE else each.namespace or space, each.name)
            for each in own
        ), near.number
    count = near.number if near else None
    if kind == "Rollout" and verb in ("restart", "rollback"):
        kind = next((each.ref.kind for each in context.found if each.ref.kind == kind), "")
    generic = near is not None and not kind
    chosen = objects.choose(context.found, "" if generic else verb, kind)
    if not chosen and kind == "Canary":
        return objects.choose(context.found, verb, ""), count
    if not chosen and near is None and verb in ("drain", "cordon", "uncordon"):
        kind = "Node" if any("node" in str(path[-1]).lower() for path, _ in context.leaves if path) else ""
    if chosen and not (generic and verb == "delete" and chosen[0].kind == "NodeGroup"):
        return chosen, count
    if kind:
        space = objects.namespace_in(message) or context.namespace
        return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else space, ""),), count
    return (), count


def _tells_change(verb: verbs.Verb, fields: list[FieldValue], tokens: list[SpokenToken], at: int) -> bool:
    """Without an object: is a change told whole, from which value to which? ``Scaling from 3 to 0``."""
    if not changes.is_whole(fields):
        return False
    words = {token.low for token in tokens}
    if words & changes.MEASURED:
        return False
    follows = tokens[at + 1].low if at + 1 < len(tokens) else ""
    plain = verb.verb == "scale" and not verb.loose and follows in ("from", "up", "down", "in", "out")
    return bool(words & _CHANGED) or (plain and fields[0].value.isdecimal() and fields[0].before.isdecimal())


_CHANGED = wordset("replicas replica memory cpu")


def _is_action(  # noqa: PLR0917 - all that tells an action from a word
    verb: verbs.Verb,
    near: SpokenObject | None,
    targets: tuple[Ref, ...],
    fields: list[FieldValue],
    tokens: list[SpokenToken],
    at: int,
) -> bool:
    if near is not None and near.number == 0:
        return False
    if verb.loose and verb.mood is Mood.DONE and _is_measured(tokens, at):
        return False  # "latency of web increased"
    if not targets:
        return _tells_change(verb, fields, tokens, at)
    if near is None:
        # the attributes alone name the object: the message must be about it, such as "scaling" or "patch failed"
        return verb.stem != "clean" and apart.is_bare(tokens, at, loose=verb.loose)
    if near.ref is None and near.kind and not targets[0].name:
        bare = near.number is not None or bool(fields) or not verb.loose or bool(near.noun)
        bare = bare and not (verb.stem == "creation" and near.number is None)
        bare = bare and not (
            verb.stem == "add" and not near.noun and near.kind not in ("Node", "Machine")
        )  # "14 pods added": to a list
        return (bare or apart.is_whole(tokens, at)) and (
            near.number is not None or bool(fields) or verb.mood is not Mood.DONE or verb.verb != "create"
        )
    return True


def _is_measured(tokens: list[SpokenToken], at: int) -> bool:
    """Did what is measured change by itself? Only the verb's own subject tells, where no object follows.

    ``usage low: reduced memory limit of web`` tells of a deed, as does ``usage is low so we reduced …``.
    """
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if following and (following in FIELD_WORDS or _begins_object(tokens, at + 1)):
        return False
    subject = next((place + 1 for place in range(at - 1, -1, -1) if tokens[place].low in _SUBJECT_ENDS), 0)
    return any(token.low in changes.MEASURED for token in tokens[subject:at])


def _begins_object(tokens: list[SpokenToken], place: int) -> bool:
    place += tokens[place].low in _ARTICLES
    kind = naming.kind_at(tokens, place)[0] if place < len(tokens) else None
    return bool(kind) or (place < len(tokens) and naming.is_reference(tokens[place]))


_SUBJECT_ENDS = wordset(": , ; . ! -> => so and then hence therefore thus because since as")


def _fields(clause: str, verb: verbs.Verb, noun: str) -> tuple[str, list[FieldValue]]:
    """The verb once its object is known, and the values that are told."""
    name = verb.verb
    if noun in ("annotation", "label", "annotations", "labels"):
        return "patch", []
    if noun == "taint":
        name = "untaint" if name == "delete" else "taint"
    found: list[FieldValue] = []
    if name in ("scale", "patch", "create", "taint", "rollback"):
        found = values.in_text(clause, name)
    if name == "taint":
        found = values.taints(clause)
    if name == "patch" and (
        noun in ("replicas", "replica", "size", "scale")
        or (found and verb.loose and all(each.path == "replicas" for each in found))
    ):
        name = "scale"
    if name == "scale" and found and all("resources." in each.path for each in found):
        name = "patch"
    return name, found
