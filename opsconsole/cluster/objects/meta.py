"""What all objects share on the wire: metadata, and the strings that repeat, cleaned once and kept once."""

from __future__ import annotations

import msgspec

from opsconsole.cluster.transport.times import seconds
from opsconsole.records import FieldManager, Ref
from opsconsole.text import clean_line

Pairs = tuple[tuple[str, str], ...]

MAX_WORDS = 50_000
"""Strings remembered; beyond it they are forgotten all at once, which costs time and never correctness."""

MAX_REPEATED = 256
"""Characters of a string that is remembered. What is longer hardly ever repeats, and whoever may annotate an object
could make us keep as much as they like: 200 KB, changed with every write."""

MAX_PAIRS = 64
"""Pairs of a set of labels that is remembered whole."""

MAX_VALUE = 1024
"""Characters kept of a label's or an annotation's value."""

_BULKY = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})


class Wire(msgspec.Struct, gc=False, rename="camel"):
    """Base of the shapes that JSON is decoded into; they live until the record is made."""


class OwnerReference(Wire):
    """``metadata.ownerReferences[]``."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class ManagedFields(Wire):
    """``metadata.managedFields[]`` without the fields, which are a third of an object's bytes."""

    manager: str = ""
    operation: str = ""
    subresource: str = ""
    time: str | None = None


class Metadata(Wire):
    """``metadata`` as far as every kind needs it."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


class FullMetadata(Metadata):
    """``metadata`` of kinds of which there are few and whose writers matter."""

    generation: int = 0
    annotations: dict[str, str] | None = None
    managed_fields: list[ManagedFields] | None = None


class LabelSelector(Wire):
    """A label selector; only its ``matchLabels`` can be told in pairs."""

    match_labels: dict[str, str] | None = None


class _Words(dict[str, str]):
    """Maps a string from outside to its cleaned, shared self."""

    def __missing__(self, text: str) -> str:
        if len(text) > MAX_REPEATED:
            return clean_line(text[: 2 * MAX_VALUE], MAX_VALUE)
        if len(self) >= MAX_WORDS:
            self.clear()
        word = clean_line(text, MAX_VALUE)
        self[text] = word
        return word


class _PairSets(dict[tuple[tuple[str, str], ...], Pairs]):
    """Maps the items of a mapping to their cleaned, sorted, shared pairs; the pods of one owner share them."""

    def __missing__(self, items: tuple[tuple[str, str], ...]) -> Pairs:
        if len(self) >= MAX_WORDS:
            self.clear()
        own = tuple((WORDS[key], WORDS[value]) for key, value in items)
        pairs = tuple(sorted(own))
        if len(items) > MAX_PAIRS or any(len(key) + len(value) > MAX_REPEATED for key, value in items):
            return pairs
        # What was clean is kept once, as the key too.
        self[own if own == items else items] = pairs
        return pairs


class _Owners(dict[tuple[str, str, str, str], Ref]):
    def __missing__(self, key: tuple[str, str, str, str]) -> Ref:
        if len(self) >= MAX_WORDS:
            self.clear()
        kind, namespace, name, uid = key
        ref = Ref(kind=WORDS[kind], namespace=WORDS[namespace], name=WORDS[name], uid=WORDS[uid])
        if sum(map(len, key)) <= 4 * MAX_REPEATED:
            self[key] = ref
        return ref


WORDS = _Words()
"""Look a repeated string up here: ``WORDS[text]`` is cleaned and one object however often it comes."""

_PAIRS = _PairSets()
_OWNERS = _Owners()


def pairs(mapping: dict[str, str] | None) -> Pairs:
    """Return labels or a selector as sorted pairs."""
    return _PAIRS[tuple(mapping.items())] if mapping else ()


def annotation_pairs(mapping: dict[str, str] | None) -> Pairs:
    """Return annotations as sorted pairs, without those that repeat the whole object."""
    return pairs({key: value for key, value in mapping.items() if key not in _BULKY}) if mapping else ()


def owner(metadata: Metadata) -> Ref | None:
    """Return the controlling owner, or the first owner where none controls."""
    references = metadata.owner_references
    if not references:
        return None
    first = next((each for each in references if each.controller), references[0])
    return _OWNERS[first.kind, metadata.namespace, first.name, first.uid]


def managers(fields: list[ManagedFields] | None) -> tuple[FieldManager, ...]:
    """Return who manages fields of an object, in the order the API server keeps."""
    return tuple(
        FieldManager(WORDS[each.manager], WORDS[each.operation], WORDS[each.subresource], seconds(each.time))
        for each in fields or ()
    )
