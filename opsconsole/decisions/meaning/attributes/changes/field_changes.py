"""A change that keys tell by themselves: which field, from what, to what: ``"field": "spec.size", "old": 3, "new": 1``.

The field is one by its name, whatever it is called, and the object stands beside it. Where a message says that this is
only looked at, or where nothing is named, it is nobody's deed.
"""

from __future__ import annotations

from opsconsole.decisions.meaning.attributes.changes import plain_changes, sides
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.prose.sentences import SentenceContext
from opsconsole.decisions.meaning.targets import choice, lone, references
from opsconsole.decisions.meaning.values.in_attributes import in_attributes, is_measure
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

_MOST_WORDS = 5
"""Words of a message that says no more than that something is changed."""
_LONGEST_PATH = 200
_LOOKED_AT = changes.MEASURED | wordset(
    "drift drifted differ differs differed mismatch observed observe detected seen noticed saw found watch watched "
    "event received reported report measured sampled compared compare estimate estimated forecast predicted informer "
    "status changed"
)


def read(message: str, pairs: Leaves, context: SentenceContext) -> Act | None:
    """The change that keys tell; ``None``: they tell none, or it is only looked at."""
    words = [word.strip(".:,") for word in message.lower().split()]
    if all("=" in word for word in words):
        words = []  # a line of nothing but pairs
    if len(words) > _MOST_WORDS or not _LOOKED_AT.isdisjoint(words):
        return None
    if (act := _headed(message, pairs, context) or _object_alone(message, pairs, context)) is not None:
        return act
    fields = _named(pairs) or (_known(pairs) if words and words[-1].endswith("ed") else ())
    if not fields:
        return None
    targets = choice.choose(context.found, "patch", "") or _whose(pairs)
    if not any(each.name for each in targets):
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    done = bool(words) and (words[0].endswith("ed") or words[-1].endswith("ed"))
    mood = context.mood or remarks.of_call(message, verb) or (Mood.DONE if done else Mood.PLANNED)
    return Act(verb, verb, mood, targets, None, fields)


_HEADED = late(
    r"(?:^|[\]:] )(?P<kind>[A-Za-z]{2,24})[ /](?P<name>[a-z0-9][\w./-]{0,253}?):? "
    r"(?P<what>(?:memory|cpu)(?: (?:limit|request)s?)?|(?:limits|requests)\.(?:memory|cpu)|replicas)"
)
_ALONE = late(
    r"(?:(?:[a-z][\w-]{0,40} )?\[[\w -]{1,30}\] |[a-z][\w-]{0,40}: )?"
    r"(?:(?P<kind>[A-Za-z]{2,24})[ /](?P<name>[a-z0-9][\w./-]{0,253}?):?|"
    r"(?P<whose>[a-z0-9][\w-]{0,62}/[a-z0-9][\w.-]{0,252}) (?P<what>[A-Za-z]{2,24}))"
)
_CHANGE = late(r"[^\s→>-]{1,60} ?(?:[-=~]+>|[→⇒➜]) ?[^\s→>-]{1,60}")
_OLD = ("old", "previous", "prev", "before", "was", "orig", "current")
_ADVISED = ("proposed", "recommended", "suggested")
_NEW = (*_ADVISED, "new", "after", "now", "tuned")


def _headed(message: str, pairs: Leaves, context: SentenceContext) -> Act | None:
    """``deployment shop/web memory limit: old=2Gi new=1Gi``: an object and a field as the head of its values."""
    keys = {path[0] for path, _ in pairs if len(path) == 1}
    match = _HEADED.search(message) if not keys.isdisjoint(_OLD) and not keys.isdisjoint(_NEW) else None
    kind = kinds.of_word(match["kind"]) if match is not None and match.end() == len(message) else ""
    ref = references.reference(match["name"], kind) if match is not None and kind else None
    if match is None or ref is None:
        return None
    fields = _changed([*pairs, (("resource",), match["what"])])
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    told = Mood.PLANNED if keys.isdisjoint(_ADVISED) else Mood.PROPOSED
    mood = context.mood or remarks.of_call(message, verb) or told
    return Act(verb, verb, mood, (ref,), None, fields) if fields else None


def _object_alone(message: str, pairs: Leaves, context: SentenceContext) -> Act | None:
    """``deployment shop/web`` beside ``replicas=8→2 cpu=1→300m``: an object, and what becomes of it."""
    if not any(isinstance(leaf, str) and _CHANGE.fullmatch(leaf) for _, leaf in pairs):
        return None
    match = _ALONE.fullmatch(message)
    kind = kinds.of_word(match["kind"] or match["what"]) if match is not None else ""
    ref = references.reference(match["name"] or match["whose"], kind) if match is not None and kind else None
    fields = _changed(pairs) if ref is not None and ref.name else ()
    if ref is None or not fields:
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(verb, verb, context.mood or remarks.of_call(message, verb) or Mood.PLANNED, (ref,), None, fields)


def _whose(pairs: Leaves) -> tuple[Ref, ...]:
    """The object under a key that no table knows; what names the field is none."""
    return lone.lone([each for each in pairs if each[0][0] not in (*sides.NAMING, "resource")])


def _named(pairs: Leaves) -> tuple[FieldValue, ...]:
    """The field that a key names, with the values on both sides of its change."""
    name, fields = sides.named(pairs, "resource")
    if not fields or not _is_setting(name) or any("/" in f"{each.before}{each.value}" for each in fields):
        return ()
    return _changed(pairs) or fields


def _is_setting(text: str) -> bool:
    known = text.startswith("spec.") or plain_changes.is_setting(text) or is_measure(text)
    return len(text) < _LONGEST_PATH and known and _LOOKED_AT.isdisjoint(verbs.parts(text))


def _known(pairs: Leaves) -> tuple[FieldValue, ...]:
    """Changes of known settings whose keys say both sides: ``minReplicas.old=8 minReplicas.new=5``."""
    words = {word for path, _ in pairs for part in path[-2:] if isinstance(part, str) for word in verbs.parts(part)}
    return _changed(pairs) if sides.tells_both(words) else ()


def _changed(pairs: Leaves) -> tuple[FieldValue, ...]:
    own = [each for each in pairs if not {"target", "cpu"} <= {*verbs.parts(str(each[0][0]))}]  # a share of the use
    return tuple(each for each in in_attributes(own, "patch") if each.before and each.before != each.value)
