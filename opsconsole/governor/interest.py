"""What a rule declares of the lines that concern it, so that it is asked about no others."""

from __future__ import annotations

from opsconsole.records import Record


class Interest(Record, frozen=True):
    """What a line of the log must be, or a rule has nothing to say of it: all that is named here, and one of each.

    It may let through more than the rule flags, and never less: what is left out here is never looked at.

    Attributes:
        announces: it is the first word about a write.
        sets: it announces values, or the write that it announced was seen to set some.
        verbs: its verb.
        fields: words of the paths of what it sets: ``memory`` of ``containers[a].resources.limits.memory``.
        targets: the kind or the name of an object that it is done to.
        actions: parts of its action, in small letters.
        words: parts of its message or of its problems, in small letters.
        details: parts of its message or its body, as they are written.
        keys: parts of an attribute's key, in small letters and without underscores.
        has: attributes of a ``Decision`` that are not empty.
        levels: its level.
        became: what became of what it announces, as ``View.happened`` says.
    """

    announces: bool = False
    sets: bool = False
    verbs: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    actions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    levels: frozenset[str] = frozenset()
    became: frozenset[str] = frozenset()


ANNOUNCES = Interest(announces=True)
"""Any first word about a write."""
