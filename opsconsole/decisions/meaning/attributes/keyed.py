"""Actions that keys tell: lists of changes, a document or attributes with an action and its object."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.attributes import held_back, nested, recorded
from opsconsole.decisions.meaning.attributes.changes import said_changes, sleeping, traffic, unsent
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import mentioned, remarks, signs, states
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.targets import choice, counting, namespaces
from opsconsole.decisions.meaning.values import former, patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes, without_versions
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Mood, Ref

ACTION_KEYS = wordlist(
    "action operation verb op action_type actionType decision command_type @action Action ACTION Operation Verb do"
)
_ECS = "event.action"
"""The action in a document of the Elastic Common Schema."""
_NAMED_EVENTS = (_ECS, "evt", "event_name", "eventName", "event_type")
"""Keys of an event's name, which tells an action where it has an object in it: ``node_remove``, and not ``DELETED``."""
_RECORDS = late(r"[A-Z]\w+(?:Event|Request|Action|Operation|Decision)")
"""Kinds of objects that record an action: ``ScaleEvent``."""
_ACTING = frozenset((*ACTION_KEYS, *_NAMED_EVENTS, "apiVersion", "specversion"))
_LISTS = ("changes", "actions", "decisions", "operations", "plan", "steps", "patches", "items", "adjustments")
_OBJECTS = ("targets", "workloads", "objects", "resources")
"""Keys of lists of objects with values, where the message says what is done to them."""
_LISTING = frozenset((*_LISTS, *_OBJECTS))
_ADDED = ("namespace", "ns")


def kind_in(action: str) -> str:
    """The kind that the name of an action has in it: ``Node`` of ``drain_node``; empty for none."""
    words = verbs.parts(action)
    kind = kinds.in_words(words)
    whole = kind == "Rollout" and not {"restart", "undo", "back"}.isdisjoint(words)  # of whatever kind
    return "" if whole or (kind in ("Service", "Namespace") and "scale" in words) else kind


def mood_of(pairs: Leaves, mood: Mood) -> Mood:
    """How attributes say that it is meant, else ``mood``."""
    return states.in_attributes(pairs) or mood


def wanted(document: JsonObject, pairs: Leaves, verb: str) -> tuple[FieldValue, ...]:
    """The values that a document and its attributes want set, each field once, with what it was where that is told."""
    found: dict[str, FieldValue] = {}
    apart = _of_containers(document, verb)
    pairs = [each for each in pairs if each[0][:1] != ("containers",)] if apart else pairs
    told = (*in_attributes(pairs, verb), *said_changes.listed(document, verb), *apart)
    longer = [field for field in told if field.path.startswith(("containers[", "resources."))]
    own = [field for field in patches.fields_of(document) if not any(former.is_same(field, each) for each in longer)]
    for field in (*own, *told):
        known = found.get(field.path)
        if known is None or (field.before and not known.before):
            found[field.path] = field
    for field in said_changes.spoken(document):
        known = found.get(field.path)
        if known is None or (field.value == known.value and not known.before):  # else it tells of another change
            found[field.path] = field
    return tuple(former.with_former(tuple(found.values()), document, pairs))


def _of_containers(document: JsonObject, verb: str) -> list[FieldValue]:
    """The values of each container: ``"containers": [{"name": "app", "limits": {"memory": {"old": …}}}]``."""
    items = document.get("containers")
    if not isinstance(items, list):
        return []
    named = [(item["name"], item) for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)]
    return [
        field
        for name, item in named[: patches.MAX_FIELDS]
        for field in in_attributes([*leaves(item)[:40], (("container",), name)], verb)
    ]


def listed(document: JsonObject, message: str) -> list[Act]:
    """Actions in a list: ``"changes": [{"target": "a", "replicas": 1}, …]``."""
    lists = (*_LISTS, *_OBJECTS) if sentences.hints(message) else _LISTS
    if _LISTING.isdisjoint(document):
        return []
    inner = next((part for key in _LISTS if isinstance(part := document.get(key), dict)), None)
    if inner is not None and any(isinstance(inner.get(key), list) for key in _LISTS):
        document = {**{key: document[key] for key in document if not isinstance(document[key], dict)}, **inner}
    for key in lists:
        items = document.get(key)
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            continue
        if all("path" in item or ("field" in item and not choice.candidates(leaves(item)[:20])) for item in items):
            continue
        said = _said(document)
        shared: Leaves = [
            (path, leaf) for path, leaf in leaves({k: v for k, v in document.items() if k != key}) if len(path) == 1
        ]
        shared += [(("resource",), match[0])] if (match := _MEASURE.search(message)) else []
        done = _APPLIED.match(message) or (key in _OBJECTS and remarks.of_form(message) is Mood.DONE)
        mood = Mood.DRY_RUN if signs.DRY_WORDS.search(message) else Mood.DONE if done else Mood.PLANNED
        mood = (remarks.of_call(message) if mood is Mood.PLANNED and len(message) < _REMARK else None) or mood
        acts = [act for item in items[:100] if (act := _item(item, said, shared, mood)) is not None]
        if acts:
            return acts
    return []


_MEASURE = late(r"\b(?:memory|cpu)\b", re.IGNORECASE)
_REMARK = 80
"""Characters of a message that says how a list beside it is meant, and no more: ``plan proposed``."""


def _item(item: JsonObject, said: str, shared: Leaves, mood: Mood) -> Act | None:
    own = leaves(item)[: patches.MAX_FIELDS]
    action = _said(item) or said
    named = verbs.of_name(action)
    spaces = [(path, leaf) for path, leaf in shared if path[-1] in _ADDED]
    found = choice.candidates(own + spaces)
    if not found:
        return None
    measured = [each for each in shared if each[0] == ("resource",) and each[1] in ("memory", "cpu")]
    fields = wanted(item, own + measured, named.verb if named else "scale")
    if named is None and not fields:
        return None
    verb = named.verb if named else "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(verb, action, mood_of(own + shared, mood), choice.choose(found, verb, kind_in(action)), None, fields)


_TITLES = wordset("decision action plan operation")
"""Messages that say nothing but that an action follows."""


def _said(document: JsonObject, *more: str) -> str:
    for key in (*ACTION_KEYS, *more) if more else ACTION_KEYS:
        if key in document and isinstance(value := document[key], str) and value:
            return value
    return ""


def structured(message: str, document: JsonObject, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """An action that a document names by a key."""
    if _ACTING.isdisjoint(document) and message.lower() not in _TITLES:
        return None
    given = [document[key] for key in ACTION_KEYS if key in document]
    inner = next((each for each in given if isinstance(each, dict) and _said(each, "type")), None)
    if inner is not None:
        around = [each for each in pairs if document.get(str(each[0][0])) is not inner]
        document, pairs = inner, [*leaves(inner), *around]
        context = sentences.SentenceContext(pairs)
    if inner is None and not _said(document) and not sentences.hints(message):
        act = nested.read(document, context.mood)
        if act is not None:
            return act
    said = _said(
        document, *(("type",) if inner is not None else ("kind", "type") if message.lower() in _TITLES else ())
    )
    own = sentences.hints(message) and not (_ECS in document and _OUTCOME.fullmatch(message) and context.found)
    said = said or ("" if own else _said_by_event(document))
    named = verbs.of_name(said) if said else None
    if named is None or ("decision" in document and said == document["decision"] and sentences.hints(message)):
        return None
    kind = kind_in(said)
    targets = choice.choose(context.found, named.verb, kind)
    if not targets and kind:
        own = bool(context.namespace) and verbs.parts(said) in _OF_NAMESPACE
        targets = (Ref(kind, "", context.namespace),) if own else _forced(context, kind, named.verb)
    if not targets and _RECEIVED.match(message):
        return None  # whom it is about is told elsewhere
    space = namespaces.namespace_in(message)
    targets = tuple(_placed(ref, kind, space) for ref in targets)
    fields = wanted(document, pairs, named.verb) or recorded.told(pairs, named.verb, said)
    mood = (
        context.mood
        or held_back.by_safeguard(message, [*pairs, *(((key,), leaf) for key, leaf in document.items())], _ACTS)
        or _outcome(message, said)
        or remarks.of_word(_without(message, said), recorded.sized(named.verb, fields))
        or named.mood
    )
    return Act(
        recorded.sized(named.verb, fields),
        said,
        mood,
        targets,
        counting.count_of(pairs, named.verb),
        fields,
        "failed" if mood is Mood.REFUSED else "",
    )


_OF_NAMESPACE = tuple((verb, "namespace") for verb in ("delete", "remove", "destroy", "create"))
"""Actions whose object is the namespace beside them; any other one may be done to what is in it."""


def _without(message: str, said: str) -> str:
    """A message without the words of the action's own name: of ``executed scale decision`` the first one."""
    return message.replace(" ".join(verbs.parts(said)), "").strip()


_RECEIVED = late(r"(?:received|polled|fetched|got|acknowledged|queued|dequeued) ", re.IGNORECASE)

_OUTCOME = late(
    r"(?:apply|update|patch|request|operation|action|change|call|write|decision|step|mutation|command) (?:was |is )?"
    r"(?:(?P<bad>failed|rejected|denied|refused)|(?:successfully )?"
    r"(?:succeeded|finished|done|completed|executed|performed|carried out|enacted|applied))",
    re.IGNORECASE,
)
"""A message that says no more than what became of an action: ``apply failed``."""


def _outcome(message: str, said: str) -> Mood | None:
    """How a short message says that the action beside it went."""
    match = _OUTCOME.fullmatch(message)
    return remarks.of_call(message, said) if match is None else Mood.REFUSED if match["bad"] else Mood.DONE


_ACTS = frozenset(key.lower() for key in ACTION_KEYS)


def _said_by_event(document: JsonObject) -> str:
    """What the name of an event says, or the kind of an object that records an action."""
    for key in _NAMED_EVENTS:
        value = document.get(key)
        if isinstance(value, str) and (key == _ECS or len(verbs.parts(value)) > 1) and verbs.of_name(value):
            return value
    sort = document.get("type") if "specversion" in document else None  # CloudEvents: "com.acme.deployment.scaled"
    if isinstance(sort, str) and verbs.of_name(sort):
        return sort
    kind = document.get("kind")
    return kind if "apiVersion" in document and isinstance(kind, str) and _RECORDS.fullmatch(kind) else ""


def _forced(context: sentences.SentenceContext, kind: str, verb: str) -> tuple[Ref, ...]:
    known = choice.choose(context.found, verb, "")
    return tuple(each.ref for each in context.found[:1] if known and each.rank == 0 and each.ref.kind == kind)


def _placed(ref: Ref, kind: str, namespace: str) -> Ref:
    kind = ref.kind or kind
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace or namespace, ref.name)


_COMPARES = late(
    r"\b(?:comparison|calculation|evaluation|assessment|analysis|estimate|overview)\W*$|"
    r"^(?:compar|evaluat|calculat|assess|analy[sz]|estimat)(?:ed|ing) (?:the )?(?:[a-z]+ ?){1,3}$",
    re.IGNORECASE,
)
"""A message that only looks at values: ``Scaling comparison``."""
_NOTHING_CAME = (False, "false", "not applied")
_OUTCOMES = wordset("applied done executed enforced performed status state result outcome success")
"""Keys of what came of it."""
_OTHER_POOL = late(r"\b(?:connection|thread|memory|buffer|object|db|database|http|socket|session)s?[- ]?pool", re.I)
_OTHER_COUNT = late(
    r"\b(?:retr(?:y|ies)|attempt|error|failure|restart|backup|thread|connection|session|batch|buffer|cache|heap|page|file|"
    r"log|window|sample|packet|message|partition|shard)s?[- ](?:count|size|number)\b",
    re.IGNORECASE,
)
_STATE_NOUN = late(r"\b(?:recommendation|proposal|suggestion)s?\b", re.IGNORECASE)
_APPLYING = late(r"(?:successfully )?(?:applied|applying|enforced)\b", re.IGNORECASE)
_APPLIED = late(r"(?:successfully )?(?:applied|enforced|executed|performed)\b", re.IGNORECASE)
_OF_A_VERSION = late(
    r"^(?!.*(?:scal|siz|replica|count|capacity)).*(?:version|upgrad|updat|releas|migrat)", re.IGNORECASE
)
"""Words of a message with which two values that have parts are versions, and no counts that somebody has computed."""
_EVENT_WORDS = ("reason", "event_reason", "event")


def keyed(message: str, document: JsonObject | None, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """An action that only attributes tell: a proposal with values, an event's reason with its object, a bare patch."""
    if document is not None and document.get("patch"):
        fields = tuple(former.with_former(patches.fields_of(document), document, pairs))
        fields = fields or tuple(said_changes.spoken(document))
        mood = context.mood or Mood.PLANNED
        verb = recorded.sized("patch", fields) if said_changes.patched(document) else "patch"
        return Act(verb, "", mood, choice.choose(context.found, "patch", ""), None, fields) if fields else None
    if document is not None and (shares := traffic.shared(message, document)):
        mood = context.mood or remarks.of_call(message, "patch") or remarks.of_form(message)
        return Act("patch", "patch_weights", mood, choice.choose(context.found, "patch", ""), None, shares)
    act = traffic.rerouted(message, pairs, context)
    if act is not None or not context.found:
        return act
    said = {str(path[-1]): leaf for path, leaf in pairs if path and isinstance(leaf, str)}
    said |= {
        key: document[key] for key in (*_EVENT_WORDS, "message") if document and isinstance(document.get(key), str)
    }
    if _STATE_NOUN.search(message):
        fields = wanted(document or {}, pairs, "patch")
        if fields:
            verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
            mood = Mood.DONE if _APPLYING.match(message) or message.endswith(" applied") else Mood.PROPOSED
            mood = Mood.PLANNED if message.lower().startswith("apply ") else mood
            mood = context.mood if context.mood in (Mood.DRY_RUN, Mood.REFUSED) else mood
            return Act(verb, verb, mood, choice.choose(context.found, verb, ""), None, fields)
    other = any(pattern.search(message) for pattern in (_OTHER_POOL, _OTHER_COUNT))
    came = any(path[-1] in _OUTCOMES and leaf not in _NOTHING_CAME for path, leaf in pairs if path)
    other = other or (_COMPARES.search(message) is not None and not came) or mentioned.is_yet_to_come(message)
    if (sentences.hints(message) or remarks.is_step(message)) and not other:
        counted = without_versions(pairs) if _OF_A_VERSION.search(message) else pairs
        fields = wanted(document or {}, counted, "scale")
        if _changes(message, fields) and (targets := choice.choose(context.found, "scale", "")):
            verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
            mood = context.mood or remarks.of_call(message, verb) or remarks.of_form(message)
            return Act(verb, verb, mood, targets, None, fields)
    return (
        sleeping.read(message, pairs, context)
        or _advised(message, context)
        or unsent.read(message, context)
        or _evented(message, document, pairs, context, said)
    )


def _changes(message: str, fields: tuple[FieldValue, ...]) -> bool:
    """Do values change? ``current=1.4 new=1.5`` are none that count, where a message speaks of an approval."""
    if "pproval" in message and all("." in str(each.value) and "." in str(each.before) for each in fields):
        return False
    return changes.is_whole(list(fields)) and any(field.before_number != field.number for field in fields)


def _advised(message: str, context: sentences.SentenceContext) -> Act | None:
    """``mutation is awaiting approval``, ``recommendation applied``: what becomes of a change to an object."""
    match = _CHANGE_IS.fullmatch(message.partition(": ")[0])
    targets = choice.choose(context.found, "patch", "") if match else ()
    if match is None or not targets:
        return None
    mood = Mood.DONE if match["done"] else Mood.REFUSED if match["refused"] else Mood.PROPOSED
    fields = [each for each in in_attributes(context.leaves, "scale") if each.before]
    fields = fields if changes.is_whole(fields) else []
    verb = recorded.sized("patch", tuple(fields))
    return Act(verb, verb, context.mood or mood, targets, None, tuple(fields))


_CHANGE_IS = late(
    r"(?:the |a )?(?:recommendation|proposal|suggestion|mutation|change|patch|action|remediation|plan)"
    r"(?: (?!not\b)[\w./-]{1,80})? (?:is |was |has been |now )?"
    r"(?:(?P<done>(?:successfully )?(?:applied|enforced))|(?P<refused>"
    r"(?:rejected|vetoed|refused|declined|denied|discarded|not applied)(?: by [\w ./-]{1,80})?)|"
    r"(?:awaiting|pending|waiting for|needs?|requires?) (?:\w+ )?(?:approval|review|confirmation|sign-off))\W*",
    re.IGNORECASE,
)


_HEARD = late(r"^(?:got|received|observed|saw|handling|processing) .{0,80}\bevent\b", re.IGNORECASE)
"""A message that tells of an event of the API that somebody's write made: ``Got Workload event``."""


def _evented(
    message: str,
    document: JsonObject | None,
    pairs: Leaves,
    context: sentences.SentenceContext,
    said: dict[str, str],
) -> Act | None:
    """An action that an event's name tells: ``"event": "ResizeCompleted"``."""
    heard = _HEARD.search(message) is not None
    for key in _EVENT_WORDS:
        named = verbs.of_name(said[key]) if said.get(key, "").isalpha() else None
        alone = named is not None and message in ("", "Event occurred", said.get(key))
        if named is None or not (
            alone or (key == "event" and message != said[key] and len(verbs.parts(said[key])) == 1 and not heard)
        ):
            continue
        told = remarks.of_identifier(said[key])
        if told is Mood.NONE:
            return None
        fields = (
            tuple(in_text(said.get("message") or said.get("note", ""), named.verb)) if named.verb == "scale" else ()
        )
        if document is not None and named.verb in ("scale", "patch"):
            fields = fields or wanted(document, pairs, named.verb)
        done = Mood.DONE if "successful" in said[key].lower() else named.mood
        targets = choice.choose(context.found, named.verb, "")
        return Act(named.verb, said[key], context.mood or told or done, targets, None, fields)
    return None
