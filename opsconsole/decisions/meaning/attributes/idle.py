"""An action that is none: ``action applied`` beside ``action=noop`` and a number of replicas that stays as it is."""

from __future__ import annotations

from opsconsole.decisions.meaning.attributes.keyed import ACTION_KEYS
from opsconsole.decisions.meaning.prose.basics.grammar import words_of
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_KEYS = frozenset((key,) for key in ACTION_KEYS)
_NOTHING = wordset("noop nop none nothing hold stay keep maintain donothing noaction nochange wait idle stable")
"""What a policy chooses that leaves everything as it is."""
_VALUE = late(r"[-=]>|→")
"""What stands between two values."""
_SPEAKS_OF_IT = wordset("apply applied applying")
"""Words for deeds that say of the action beside them no more than that it is carried out."""


def is_chosen(message: str, pairs: Leaves) -> bool:
    """Is it all that an entry tells that nothing is to change, with no value that becomes another one?"""
    if not any(path in _KEYS and _tells_nothing(leaf) for path, leaf in pairs):
        return False
    told = [
        leaf
        for path, leaf in pairs
        if isinstance(leaf, str) and (" " in leaf or (path in _KEYS and not _tells_nothing(leaf)))
    ]
    if any(_VALUE.search(text) for text in (message, *(leaf for _, leaf in pairs if isinstance(leaf, str)))):
        return False
    if any(not verbs.WORDS.keys().isdisjoint(words_of(text) - _SPEAKS_OF_IT) for text in (message, *told)):
        return False
    return all(len(path) == 1 for path, _ in pairs) and all(
        field.before == field.value if field.before else field.path == "replicas" and bool(field.number)
        for field in in_attributes(pairs, "scale")
    )


def _tells_nothing(leaf: object) -> bool:
    return isinstance(leaf, str) and len(leaf) < 20 and "".join(verbs.parts(leaf)) in _NOTHING
