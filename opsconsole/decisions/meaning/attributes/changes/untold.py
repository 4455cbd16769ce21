"""A change that attributes tell though no verb does: ``pulling arm cpu_down cpu_old=800m cpu_new=640m``."""

from __future__ import annotations

from opsconsole.decisions.meaning.values.in_attributes import in_attributes, is_before
from opsconsole.decisions.message.document import Leaves, Path
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset

_EARLIER = wordset(
    "old previous previously prev before was former formerly original prior avant ancien vorher alt antes anterior"
)
"""Words of keys for what was there before, and not only is at this moment, or was expected."""


def tells_change(pairs: Leaves) -> bool:
    """Do attributes tell what a field was, and something else that it is now?

    Asked of entries of which no action was read: such a one may name a deed in words that no table knows.
    """
    if not any(_is_earlier(path) for path, _ in pairs):
        return False
    return any(field.before and field.value and field.before != field.value for field in in_attributes(pairs, "patch"))


def _is_earlier(path: Path) -> bool:
    return bool(path) and is_before(path) and not _EARLIER.isdisjoint(verbs.parts(str(path[-1])))
