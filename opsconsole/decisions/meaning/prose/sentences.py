"""Actions in plain sentences: a verb in one of its forms, and the object beside it, before it or in the attributes.

``Scaling down Deployment a/b from 3 to 1``, ``pod "x" evicted``, ``Failed to patch deployment 'x'``. What is done to a
cache, a queue or a batch is no action on the cluster: the noun after the verb must be a kind, or a name.
"""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import states
from opsconsole.decisions.meaning.prose import refusals, twice
from opsconsole.decisions.meaning.prose.basics.grammar import LONGEST, SpokenObject, SpokenToken, words_of
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.prose.nouns import adjoined
from opsconsole.decisions.meaning.prose.spoken import AND, SIZED, THEN, SpokenDeed, deeds_of
from opsconsole.decisions.meaning.prose.verbs import apart, everyday, setting
from opsconsole.decisions.meaning.prose.verbs.verb_words import MAY_NAME, PLACING
from opsconsole.decisions.meaning.targets import choice, counting, lone, namespaces
from opsconsole.decisions.meaning.targets.choice import Candidate
from opsconsole.decisions.meaning.targets.keyplaces import PLACED
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

_FURTHER = (MAY_NAME - verbs.WORDS.keys()) | {"back"}
"""Words that name an action together with the next one."""


@SentenceMemory
def hints(message: str) -> bool:
    """Does the message hold a word that names an action at all?"""
    words = words_of(message[:LONGEST])
    return not (verbs.WORDS.keys().isdisjoint(words) and _FURTHER.isdisjoint(words))


class SentenceContext:
    """What the attributes of an entry bring to its sentences; each is looked for when it is first asked for.

    For one thread alone: ``functools.cached_property`` takes a lock in Python 3.11, for each that it is asked for.
    """

    __slots__ = ("_found", "_mood", "_namespace", "leaves")

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves
        self._found: list[Candidate] | None = None if leaves else []
        self._namespace: str | None = None if leaves else ""
        self._mood: tuple[Mood | None] | None = None if leaves else (None,)

    @property
    def found(self) -> list[Candidate]:
        """The objects that they name, likeliest first."""
        if self._found is None:
            self._found = choice.candidates(self.leaves)
        return self._found

    @property
    def namespace(self) -> str:
        """The namespace that they name."""
        if self._namespace is None:
            self._namespace = choice.namespace_of(self.leaves)
        return self._namespace

    @property
    def mood(self) -> Mood | None:
        """What they say of how it is meant."""
        if self._mood is None:
            self._mood = (states.in_attributes(self.leaves),)
        return self._mood[0]


def read(message: str, context: SentenceContext) -> list[Act]:
    """The actions of a message, at most one a clause."""
    message, tokens, deeds = deeds_of[message, not context.leaves]
    acts: list[tuple[int, Act]] = []
    for deed in deeds:
        act = _act(message, tokens, deed, context)
        if act is None:
            continue
        start = tokens[deed.at].start
        same = next((place for place, (other, _) in enumerate(acts) if _same_clause(message, start, other)), -1)
        known = None if same < 0 else acts[same][1]
        if known is None or refusals.hides(known, act) or refusals.is_of_another(message, start, known, act):
            acts.append((start, act))
        elif (better := twice.named(acts[same][1], act)) is not None:
            acts[same] = (start, better)
    found = twice.whole([act for _, act in sorted(acts, key=lambda each: each[0])][:2], message)
    if refused := refusals.in_chain(message, found):
        return refused
    told = context.mood
    return found if told is None else [act._replace(mood=_mood(act, found, told)) for act in found]


def _mood(act: Act, acts: list[Act], told: Mood) -> Mood:
    """The sentence's mood, unless the attributes know better: an error makes a plan a failure, a state a proposal."""
    own = Mood(act.mood)
    if told is Mood.DONE and own is not Mood.PLANNED:
        return own
    if told is Mood.REFUSED:
        spoken = own is not Mood.PLANNED or any(each.mood == Mood.REFUSED for each in acts)
        return own if spoken else told
    return told


_CLAUSE = late(
    rf"; |\. (?=[A-Z])|{AND}|{THEN}|, (?:falling|then|and then|(?:restart|delet|evict|drain|cordon|terminat)ing)\b|"
    r"(?<=cordon) and drain\b|(?<=cordoning) and draining\b|(?<=cordoned) and drained\b|"
    r", (?:the |all |remaining )+[A-Za-z ]{2,40} (?:have been|were) (?:evict|delet|terminat)ed\b|"
    r", [a-z]{3,14}s (?:restart|delet|evict|drain|cordon|terminat|remov|scal)ed: \d"
)


def _same_clause(message: str, one: int, other: int) -> bool:
    first, last = min(one, other), max(one, other)
    return _CLAUSE.search(message, first, last + 12) is None


def _act(message: str, tokens: list[SpokenToken], deed: SpokenDeed, context: SentenceContext) -> Act | None:
    at, verb, near, name, fields, mood = deed
    token = tokens[at]
    targets, count = _targets(near, name, message, context, tokens)
    if not targets and changes.is_whole(fields) and (ref := changes.named(tokens)) is not None:
        space = "" if ref.kind in kinds.CLUSTER_WIDE else ref.namespace or namespaces.namespace_in(message)
        targets = (Ref(ref.kind, space, ref.name),)
    if not targets and near is None and context.leaves and not context.found and apart.is_alone(tokens, at, verb):
        # "deleting" beside sandbox=agents/s-41, or beside kind=Job count=17
        targets = lone.lone(context.leaves) or lone.counted(context.leaves)
    name = _stopped(near, targets, fields) if verb.stem == "stop" else name
    if name == "patch" and verb.stem in _RESIZES and targets and targets[0].kind == "NodeGroup":
        name = "scale"  # it has nothing else that grows
    if (
        verb.stem == "restore"
        and not fields
        and any(path == _RESTORE and "-" in str(leaf) for path, leaf in context.leaves)
    ):
        name = "create"
    if not name or not everyday.told(verb, fields) or not _is_action(verb, near, targets, fields, tokens, at, context):
        return None
    if mood is None and context.mood is Mood.DRY_RUN and at and tokens[at - 1].low == "not":
        mood = Mood.DRY_RUN
    if mood is None or (not fields and _is_count_of(verb, near, message, token)):
        return None
    if mood is Mood.PLANNED and 0 < at == len(tokens) - 1 and token.low in ("set", "cut"):
        mood = Mood.DONE  # "replica count set"
    if mood is Mood.REFUSED and context.leaves and near is not None and _are_several(tokens, near):
        left = "" if any(ref.name for ref in targets) else near.kind
        targets = (lone.by_reason(context.leaves, left, context.namespace) if left else ()) or targets
    return Act(
        name,
        said=_said(name, near),
        mood=mood,
        targets=targets,
        number=count,
        fields=fields,
        problem=_problem(message, token.end) if mood is Mood.REFUSED else "",
    )


_RESTORE = ("restore",)
"""The key of a restore, by which the objects of a backup are made anew."""
_RESIZES = wordset("increase decrease raise lower reduce bump downsize upsize")


def _is_count_of(verb: verbs.Verb, near: SpokenObject | None, message: str, token: SpokenToken) -> bool:
    """``bumping retries-max from 3 to 5``: is it a number of which nothing says what it counts?"""
    if verb.verb != "patch" or near is None or near.kind or near.noun or near.ref is None or "/" in message:
        return False
    return _COUNTS.match(message, token.end) is not None


_COUNTS = late(r" [\w-]{1,60} from \d{1,4} to \d{1,4}\b(?! ?%)")


def _changes_nothing(verb: verbs.Verb, near: SpokenObject, tokens: list[SpokenToken]) -> bool:
    """``0 pods evicted``, ``updated lease scaler-leader``, ``added pod to batch``, ``could not schedule pod``."""
    if near.number == 0 or (verb.loose and near.kind == "Lease") or (verb.stem, near.kind) in PLACING:
        return True
    if verb.stem != "add":
        return False
    joins = near.kind in ("Node", "Machine", "NodePool", "NodeGroup") or near.noun
    return not joins and near.end < len(tokens) and tokens[near.end].low == "to"


def _is_seen(verb: verbs.Verb, near: SpokenObject, fields: tuple[FieldValue, ...], context: SentenceContext) -> bool:
    """``Pod updated`` beside ``oldPhase=Pending newPhase=Running``: an object that became another by itself."""
    if verb.stem not in ("update", "change") or verb.mood is not Mood.DONE or near.noun or fields:
        return False
    if near.kind not in _BY_THEMSELVES:
        return False
    sides = {match["side"].lower() in _BEFORE for match in map(_SEEN.fullmatch, _last_keys(context)) if match}
    return len(sides) == 2


def _last_keys(context: SentenceContext) -> list[str]:
    names = [str(path[-1]) for path, _ in context.leaves if path]
    return names + [f"{path[1]}{path[0]}" for path, _ in context.leaves if len(path) == 2]  # "phase": {"old": …}


_BY_THEMSELVES = frozenset({"Pod", "Node", "Job"})
"""Kinds of what goes through phases, whoever looks on."""
_BEFORE = ("old", "prev", "previous", "last")
_SEEN = late(
    r"(?P<side>old|new|prev|previous|last|current)[_. -]?(?:pod|node|job)?[_. -]?(?:phase|state|status)", re.IGNORECASE
)


def _stopped(near: SpokenObject | None, targets: tuple[Ref, ...], fields: tuple[FieldValue, ...]) -> str:
    """What stopping an object comes to: its replicas go, or the object itself; empty where it is no object."""
    kind = targets[0].kind if targets and near is not None and (near.ref or near.number) else ""
    if targets and not kind and changes.is_whole(fields) and all(field.path == "replicas" for field in fields):
        return "scale"  # "Put shop/web to sleep: 3 -> 0 replicas"
    if kind in SIZED or kind == "Namespace":
        return "scale"
    return "delete" if kind in _GONE else "patch" if kind == "CronJob" else ""


_GONE = wordset("Pod Job Node Machine NodeClaim")


def _said(verb: str, near: SpokenObject | None) -> str:
    return f"{verb}_{near.kind.lower()}" if near and near.kind else verb


def _problem(message: str, end: int) -> str:
    _, _, why = message[end:].partition(": ")
    return f"failed: {why.strip()}" if why.strip() else "failed"


def _targets(
    near: SpokenObject | None, verb: str, message: str, context: SentenceContext, tokens: list[SpokenToken]
) -> tuple[tuple[Ref, ...], int | None]:
    kind = near.kind if near else ""
    if near is not None and near.ref is not None:
        ref = lone.meant(near.ref, context.found, context.leaves)
        space = (
            ref.namespace
            or namespaces.namespace_in(message)
            or namespaces.placed(message, ref.name)
            or context.namespace
        )
        kind = ref.kind or kinds.OF_VERB.get(verb, "")
        if not ref.kind:
            same = next((each.ref for each in context.found if each.ref.name == ref.name), None)
            kind = same.kind if same and same.kind else kind
        if ref.namespace and f" /{ref.namespace}/{ref.name}" in message:
            ref, space = Ref(ref.kind, "", ref.name), ""  # "/feeds/parser": a path of groups, as Marathon has them
        own = [ref, *near.others]
        return tuple(
            Ref(each.kind or kind, "" if kind in kinds.CLUSTER_WIDE else each.namespace or space, each.name)
            for each in own
        ), near.number
    count = near.number if near else None
    if kind == "Rollout" and verb in ("restart", "rollback"):
        kind = next((each.ref.kind for each in context.found if each.ref.kind == kind), "")
    generic = near is not None and not kind
    found = _fitting(context.found, near, verb, tokens, generic=generic)
    chosen = lone.container(context.leaves) if near is None and tokens[-1].low == "container" else ()
    chosen = chosen or choice.choose(found, "" if generic else verb, kind) or _called(near, verb, context, tokens)
    if not chosen and kind == "Canary":
        return choice.choose(context.found, verb, ""), count
    if not chosen and near is None and verb in ("drain", "cordon", "uncordon"):
        kind = "Node" if any("node" in str(path[-1]).lower() for path, _ in context.leaves if path) else ""
    if chosen and not (generic and verb == "delete" and chosen[0].kind == "NodeGroup"):
        return chosen, count
    if kind:
        space = namespaces.namespace_in(message) or context.namespace
        if kind == "Namespace" and space:
            return (Ref(kind, "", space),), count  # "deleting namespace" namespace=shop
        return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else space, ""),), count
    return (), count


def _is_sized_beside(near: SpokenObject | None, tokens: list[SpokenToken], context: SentenceContext) -> bool:
    """``scaling target`` beside ``from=3 to=5``: an object that nothing names, and what becomes of it."""
    if near is None:
        return tokens[-1].low == "target" and bool(in_attributes(context.leaves, "scale"))
    unnamed = near.ref is None and not (near.kind or near.noun or near.number)
    failed = tokens[0].low == "failed"  # "failed to scale target", and nothing says which
    return unnamed and (failed or changes.is_whole(in_attributes(context.leaves, "scale")))


def _are_contents(tokens: list[SpokenToken], near: SpokenObject | None) -> bool:
    """``pruned 3 stale objects`` beside ``kustomization=apps``: are the objects some of those that it holds?"""
    if near is None or near.ref is not None or not 0 < near.end <= len(tokens):
        return False
    return tokens[near.end - 1].low in _CONTENTS


_CONTENTS = ("resources", "objects", "items", "manifests")
_OWNERS = wordset("Application ApplicationSet Kustomization HelmRelease GitRepository HelmRepository")
"""Kinds that hold objects, which are not meant where only some of those are told of."""


def _fitting(
    found: list[Candidate], near: SpokenObject | None, verb: str, tokens: list[SpokenToken], *, generic: bool
) -> list[Candidate]:
    """The objects of attributes that may be meant by an object of which the words tell no name."""
    if near is not None and near.number is None and _are_several(tokens, near):
        found = [each for each in found if each.rank < choice.ALONE]
    if generic and verb == "delete":  # an instance is deleted, and not the group that the attributes name too
        found = [each for each in found if each.ref.kind != "NodeGroup"] or found
    if generic and _are_contents(tokens, near):
        found = [each for each in found if each.ref.kind not in _OWNERS]
    return found


def _are_several(tokens: list[SpokenToken], near: SpokenObject) -> bool:
    """``Deleting executor pods`` beside ``name=etl``: none of several objects is called by one bare name."""
    said = (token.low for token in reversed(tokens[: near.end]) if kinds.of_word(token.low) == near.kind)
    low = next(said, "")
    return near.ref is None and near.kind != "" and low.endswith("s") and kinds.of_word(low[:-1]) == near.kind


_OF_LOGGERS = {
    (key,)
    for key in ("level", "severity", "time", "ts", "timestamp", "@timestamp", "hostname", "pid", "host", "v", "app")
} | {("application",), ("logger",), ("thread",)}
"""What a logging library writes beside its own logger's ``name``."""


def _called(
    near: SpokenObject | None, verb: str, context: SentenceContext, tokens: list[SpokenToken]
) -> tuple[Ref, ...]:
    """The object that a ``name`` alone names, where the message says no more than what it is: ``Deleted Ingress``."""
    if near is None or not near.kind or near.number is not None or not changes.ends_with(near, tokens, context.leaves):
        return ()
    if own := lone.by_word(context.leaves, tokens[-1].low, near.kind, context.namespace):
        return own
    if _are_several(tokens, near) or any(path[:1] in _OF_LOGGERS for path, _ in context.leaves):
        return ()
    return choice.choose(choice.candidates(context.leaves, PLACED), verb, near.kind) or lone.by_id(
        context.leaves, near.kind, context.namespace
    )


def _is_action(  # noqa: PLR0917 - all that tells an action from a word
    verb: verbs.Verb,
    near: SpokenObject | None,
    targets: tuple[Ref, ...],
    fields: tuple[FieldValue, ...],
    tokens: list[SpokenToken],
    at: int,
    context: SentenceContext,
) -> bool:
    if near is not None and (_changes_nothing(verb, near, tokens) or _is_seen(verb, near, fields, context)):
        return False
    if (
        verb.loose
        and verb.mood is Mood.DONE
        and (setting.is_measured(tokens, at) or (tokens[at - 1].low == "being" and not fields))
    ):
        return False  # "latency of web increased", "node is being upgraded"
    if not targets:
        many = near is not None and (near.number or verb.stem in ("launch", "provision"))
        many = many or (near is not None and apart.is_whole(tokens, at))  # "rebooting instance"
        several = near is not None and many and not verb.loose and adjoined.are_machines(tokens, near.end - 1)
        held = near is not None and bool(near.number) and not verb.loose and _are_contents(tokens, near)
        held = held and not lone.are_stored(context.leaves)
        back = verb.verb == "rollback" and apart.goes_back(tokens, at)
        sized = verb.verb == "scale" and _is_sized_beside(near, tokens, context)
        return bool(several) or held or back or sized or setting.tells_change(verb, fields, tokens, at)
    if near is None:
        # the attributes alone name the object: the message must be about it, such as "scaling" or "patch failed"
        # Such as in: usage of web is low, lowered its memory limit.
        sets_field = changes.is_whole(fields) and (setting.sets_field(tokens, at) or setting.field_is_set(tokens, at))
        sets_field = sets_field or apart.of_spec(tokens, at) or setting.is_refused(tokens, at)
        return verb.stem != "clean" and (sets_field or apart.is_bare(tokens, at, loose=verb.loose))
    if near.ref is None and near.kind and not targets[0].name:
        return _is_of_a_kind(verb, near, fields, tokens, at, context)
    return True


def _is_of_a_kind(  # noqa: PLR0917 - as above
    verb: verbs.Verb,
    near: SpokenObject,
    fields: tuple[FieldValue, ...],
    tokens: list[SpokenToken],
    at: int,
    context: SentenceContext,
) -> bool:
    """Is it an action though its object has a kind and no name: by a number, by values, or as all that is said?"""
    bare = near.number is not None or bool(fields) or not verb.loose or bool(near.noun)
    bare = bare or (verb.verb == "patch" and changes.is_whole(in_attributes(context.leaves, "patch")))
    bare = bare and not (verb.stem == "creation" and near.number is None)
    heads = verb.verb == "scale" and near.kind in ("Job", "Pod")  # "Scaling Jobs": of what is created are some
    bare = bare and not (
        verb.stem == "add" and not near.noun and near.kind not in ("Node", "Machine")
    )  # "14 pods added": to a list
    counted = counting.count_of(context.leaves, verb.verb, near.kind) is not None
    told = counted or bool(fields) or verb.mood is not Mood.DONE or verb.verb != "create"
    told = told or near.number is not None or (at == 0 and adjoined.of_component(tokens, 1) > 0)
    return (bare or counted or apart.is_whole(tokens, at)) and (not heads or bool(near.number or fields)) and told
