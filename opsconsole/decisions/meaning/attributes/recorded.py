"""What a record tells whose keys no table knows: one value is an action's name, a part is an object, others are values.

``{"what": "resize", "wo": {"art": "deployment", "id": "web"}, "was": {"mem": "2Gi"}, "now": {"mem": "1Gi"}}``
"""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import in_attributes, is_side
from opsconsole.decisions.meaning.values.vocabulary import NAMING_WORDS
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

_IDENTIFIER = late(r"[A-Za-z][a-z]*+(?:(?:[_.:-][A-Za-z]|[A-Z])[a-z]*+){0,5}")
"""Words with a mark or a capital between them. A word goes on as far as it can: so there is one way to read a name."""
_LONGEST = 40
"""Characters of what may be the name of an action."""

_NO_ACTIONS = wordset(
    "reason why cause err error exception logger src source component controller service app name pod node namespace "
    "kind type level severity caller thread file function func method version user by from to target status state "
    "phase result outcome mode label labels policy strategy rule host hostname id uid trigger stage graph manager "
    "field path property attribute metric signal resource feature model experiment dataset found existing"
)
"""Last words of keys whose values name no action of the record."""


def read(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """The action of a record that names it by one value and its object by others; ``None`` where it does not."""
    if not context.found:
        return None
    if (act := _counted(pairs, context)) is not None:
        return act
    for said in _said(message, pairs):
        named = verbs.of_name(said) or _of_sleep(said, pairs)
        if "-" in said and any(said.startswith(f"{each.ref.name}-") for each in context.found if each.ref.name):
            continue  # called as an object of the record, and its part: "tune-a-head-svc" of RayCluster tune-a
        if named is None or not naming.ADVICE.isdisjoint(verbs.parts(said)):
            continue
        kind = kinds.in_words(tuple(word for word in verbs.parts(said) if word not in verbs.WORDS))
        fields = told(pairs, named.verb, said)
        if named.loose and not (fields or kind):
            continue
        targets = choice.choose(context.found, named.verb, kind) or choice.choose(context.found, named.verb, "")
        if not any(ref.name for ref in targets):
            continue
        spelt = remarks.of_identifier(said)
        if spelt is Mood.NONE:
            continue
        mood = (
            context.mood
            or remarks.of_call(message, said)
            or spelt
            or _over(message)
            or _asked(message, pairs)
            or named.mood
        )
        problem = "failed" if mood is Mood.REFUSED else ""
        return Act(sized(named.verb, fields), said, mood, _kinded(targets, kind), None, fields, problem)
    return _changed(message, pairs, context)


def _asked(message: str, pairs: Leaves) -> Mood | None:
    """``"event": "proposal.received"``: does a record tell of a proposal that nobody has said yes to?"""
    told = [message, *(leaf for path, leaf in pairs if path in _EVENT_KEYS and isinstance(leaf, str))]
    for words in (verbs.parts(each) for each in told if len(each) <= _LONGEST and _IDENTIFIER.fullmatch(each)):
        if len(words) > 1 and words[0] in _IDEAS and words[-1] in _CAME_IN:
            return Mood.PROPOSED
    return None


_EVENT_KEYS = (("event",), ("type",), ("kind",), ("event_type",), ("eventType",))
_IDEAS = wordset("proposal proposed suggestion recommendation")
_CAME_IN = wordset("received created opened raised submitted drafted filed queued waiting pending parked")


def _over(message: str) -> Mood | None:
    """``activity completed``: does a short message say that what its record tells has happened?"""
    last = message.rpartition(" ")[2] if len(message) < _LONGEST else ""
    return Mood.DONE if any(remarks.of_word(word, "") for word in (last, *verbs.parts(last)[-1:])) else None


def _of_sleep(said: str, pairs: Leaves) -> verbs.Verb | None:
    """``environment_parked`` beside ``replicas: 0``: what puts workloads to sleep or wakes them scales them."""
    told = _SLEEPS & {*verbs.parts(said)} and any(path == ("replicas",) for path, _ in pairs)
    return (
        verbs.Verb("scale", Mood.PLANNED if said.endswith("ing") else Mood.DONE, "sleep", loose=True) if told else None
    )


_SLEEPS = wordset(
    "parked parking unparked unparking hibernated hibernating slept awakened waking woken woke idled idling unidled"
)


def _changed(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """A row of values from which to which, with what has become of it: ``cpu=800m -> 550m status=applied``."""
    titled = message.rpartition(" ")[2].lower() in _TITLES
    meant = context.mood or (Mood.PLANNED if titled or _sets(pairs) else None)
    if (
        (message and not titled)
        or meant is None
        or any(_LOOKING & {*verbs.parts(said)} for said in _said(message, pairs))
    ):
        return None
    fields = [each for each in in_attributes(pairs, "scale") if each.before_number != each.number]
    targets = choice.choose(context.found, "scale", "")
    if not changes.is_whole(fields) or not targets or not targets[0].kind:
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(verb, verb, meant, targets, None, tuple(fields))


_TITLES = wordset("plan decision action change diff reconciled synced rebalanced actuation adjustment")
"""Messages that say no more than that values are set."""


def _sets(pairs: Leaves) -> bool:
    """Do keys say that values went from one to another one, and not only what is wanted?"""
    words = {word for path, _ in pairs for part in path[-2:] if isinstance(part, str) for word in verbs.parts(part)}
    return {"from", "to"} <= words or {"old", "new"} <= words or {"before", "after"} <= words


_LOOKING = wordset(
    "observe observed observation measure measured sample sampled report reported scrape forecast predict predicted "
    "evaluate evaluated check watch usage metrics state status drift drifted differ differs mismatch"
)
"""Words of what is only looked at: its values changed by themselves."""


def _counted(pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """``"Too many replicas" replicaSet=shop/web-1 need=6 deleting=3``: what is being done, to how many."""
    for path, leaf in pairs:
        words = verbs.parts(path[-1]) if len(path) == 1 and isinstance(path[-1], str) else ()
        named = verbs.WORDS.get(words[0]) if len(words) == 1 and words[0].endswith("ing") else None
        number = int(str(leaf)) if str(leaf).isdecimal() else 0
        if named is None or named.loose or not 0 < number < 100_000 or not any("need" in each for each, _ in pairs):
            continue
        targets = choice.choose(context.found, named.verb, "")
        if targets and targets[0].kind == "ReplicaSet" and named.verb == "delete":
            # It stays, and so many of its pods go: somebody else has told it to be smaller.
            return Act("scale", "scale", context.mood or named.mood, targets)
        return Act(named.verb, named.stem, context.mood or named.mood, targets, number) if targets else None
    return None


def told(pairs: Leaves, verb: str, said: str) -> tuple[FieldValue, ...]:
    """The values that a record tells, where the action's name says what they are of: ``SetMemoryLimit``, ``before``."""
    if verb not in ("scale", "patch", "create", "rollback"):
        return ()
    words = tuple(word for word in verbs.parts(said) if word in NAMING_WORDS)
    words = ("replicas",) if not words and _COUNTED & {*verbs.parts(said)} else words
    about = [((*path, "_".join(words)), leaf) if is_side(path) else (path, leaf) for path, leaf in pairs]
    return tuple(in_attributes(about if words else pairs, verb))


_COUNTED = wordset("instances nodes pods workers count capacity size")


def sized(verb: str, fields: tuple[FieldValue, ...]) -> str:
    """The verb once its values are known: what sets replicas scales, and what scales a memory patches."""
    if verb == "patch" and fields and all(field.path == "replicas" for field in fields):
        return "scale"
    return "patch" if verb == "scale" and fields and not any("eplicas" in field.path for field in fields) else verb


def _said(message: str, pairs: Leaves) -> Iterator[str]:
    if len(message) <= _LONGEST and _IDENTIFIER.fullmatch(message):
        yield message
    for path, leaf in pairs:
        if not isinstance(leaf, str) or len(leaf) > _LONGEST or len(path) > 2 or not isinstance(path[-1], str):
            continue
        words = verbs.parts(path[-1])
        if words and words[-1] in _CALLED and "".join(words) != "type" and _acts_on_a_kind(leaf):
            yield leaf
        if words and words[-1] not in _NO_ACTIONS and not kinds.of_word("".join(words)) and _IDENTIFIER.fullmatch(leaf):
            yield leaf


_CALLED = ("method", "type", "function", "task", "handler", "procedure", "rpc")


def _acts_on_a_kind(name: str) -> bool:
    """``ScaleDeployment``: is it a procedure's name, of a verb and a kind?"""
    words = verbs.parts(name)
    named = verbs.WORDS.get(words[0]) if len(words) in (2, 3) else None
    return named is not None and bool(kinds.of_word("".join(words[1:])))


def _kinded(targets: tuple[Ref, ...], kind: str) -> tuple[Ref, ...]:
    return tuple(
        Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace, ref.name) if kind and not ref.kind else ref
        for ref in targets
    )
