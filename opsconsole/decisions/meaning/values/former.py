"""What values were before that a patch sets, where it stands apart from the patch: ``"previous": {"replicas": 7}``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import is_before, measured_before
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.message.document import Leaf, Leaves
from opsconsole.records import FieldValue, JsonObject


def with_former(fields: Sequence[FieldValue], document: JsonObject, pairs: Leaves) -> list[FieldValue]:
    """The fields, each with what it was, where keys that say so tell it of that field alone."""
    found = list(fields)
    if all(field.before for field in found):
        return found
    for path, leaf in (*_in_documents(document), *_beside(pairs)):
        fits = [at for at, field in enumerate(found) if _is_at(field.path, path)]
        if len(fits) == 1 and not found[fits[0]].before:
            known = with_before(found[fits[0]], leaf)
            found[fits[0]] = known if known.before != known.value else found[fits[0]]  # else it was noted too late
    return found


def _in_documents(document: JsonObject) -> Iterator[tuple[str, Leaf]]:
    """``"previous": {"spec": {"replicas": 7}}``: an object as it was, or the part of it that changes."""
    for key, value in document.items():
        if isinstance(value, dict) and is_before((key,)):
            yield from list(patches.readable(value))[: patches.MAX_FIELDS]


def _beside(pairs: Leaves) -> Iterator[tuple[str, Leaf]]:
    """``"previousReplicas": 7``: a key that says of what it was the value."""
    for path, leaf in pairs:
        what = measured_before(path)
        if what:
            yield what, leaf


def _is_at(path: str, place: str) -> bool:
    """Is a field the one at that place, of whichever container?"""
    return path == place or path.endswith((f".{place}", f".{place.removeprefix('resources.')}"))


def is_same(field: FieldValue, longer: FieldValue) -> bool:
    """Is a field told once more by a longer path? One of the pod's resources only where it gets the same value."""
    same = longer.path.startswith("containers[") or field.value == longer.value
    return same and longer.path.endswith(f".{field.path}")
