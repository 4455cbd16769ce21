"""What a setting was and is, told by attributes that name it: ``field=spec.minAvailable old=2 new=0``."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.message.document import Leaf, Leaves
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue

NAMING = wordlist("field path property setting attribute parameter param fieldPath field_path jsonPath")
"""Keys of a setting's name."""
_BEFORE = wordlist("old from before was previous prev oldValue old_value")
_AFTER = wordlist("new to after now value newValue new_value")
_PATH = late(
    r"(?:/(?:spec|metadata|data|webhooks|rules)/)?[A-Za-z][\w./-]{0,120}(?:\[[^\[\]\s]{1,100}\][\w./]{0,80}){0,3}"
)
_KEY = late(r"[a-z][\w.-]{1,80}")


_COUNTS = wordset("instances numberofinstances replicas replica replicacount replicacounts nodecount")


def is_count(path: str) -> bool:
    """Is a setting a count of what runs, whatever it is called: ``spec.numberOfInstances``?"""
    return "".join(verbs.parts(_within(path))) in _COUNTS


def called(path: str) -> str:
    """What a setting is called here, by where it stands: ``replicas`` for ``spec.instances``."""
    return "replicas" if is_count(path) else _within(path)


def _within(path: str) -> str:
    return path.removeprefix("spec.template.spec.").removeprefix("spec.")


def tells_both(words: set[str]) -> bool:
    """Do the words of keys say of which values they are the ones before and after?"""
    return not words.isdisjoint(_BEFORE) and not words.isdisjoint(_AFTER)


def named(pairs: Leaves, *further: str) -> tuple[str, tuple[FieldValue, ...]]:
    """The setting that a key names, one of ``further`` too, and its change where both sides of that are told."""
    said = {_plain(str(path[0])): leaf for path, leaf in reversed(pairs) if len(path) == 1}
    keys = (*NAMING, *further)
    name = next((leaf for key in keys if isinstance(leaf := said.get(key), str) and _PATH.fullmatch(leaf)), "")
    return name, tuple(_change(name, said)) if name else ()


def _plain(key: str) -> str:
    """The key of a setting's name without the word that says that it is changed: ``changed attribute``."""
    words = verbs.parts(key) if "hanged" in key else ()
    return words[1] if len(words) == 2 and words[0] == "changed" and words[1] in NAMING else key


def among(pairs: Leaves) -> tuple[FieldValue, ...]:
    """The settings that attributes tell with what they were and what they are now, whatever they are of."""
    return (*named(pairs)[1], *_of_keys(pairs))


def _change(name: str, said: dict[str, Leaf]) -> Iterator[FieldValue]:
    """The one value where both sides of it are told."""
    before = next((said[key] for key in _BEFORE if key in said), None)
    after = next((said[key] for key in _AFTER if key in said), None)
    if before is None or after is None or str(before) == str(after):
        return
    path = name.removeprefix("/").replace("/", ".") if "[" not in name else name
    yield with_before(patches.field(called(path), after), before)


def _of_keys(pairs: Leaves) -> Iterator[FieldValue]:
    """``"nominalQuota": {"old": "64", "new": "0"}``: the key of both sides is the setting."""
    groups: dict[str, dict[str, Leaf]] = {}
    for path, leaf in pairs:
        if len(path) == 2 and isinstance(path[0], str) and _KEY.fullmatch(path[0]) and isinstance(path[1], str):
            groups.setdefault(path[0], {})[path[1]] = leaf
    for key, sides in groups.items():
        if len(sides) == 2:
            yield from _change(key, sides)
