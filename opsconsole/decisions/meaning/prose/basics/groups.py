"""What a "group" is in a sentence: one of nodes, one of objects, or one of what a program has."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics.grammar import SpokenToken
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset

GROUP = ("group", "groups")
_OF_PROGRAMS = wordset("sequence process request thread message prefill decode beam sampling")
"""Words before "group" that make it a thing of a program, and no object of the cluster: ``sequence group 12``."""
_OF_OTHERS = wordset(
    "worker workers consumer resource security log user subnet parameter replication volume peer rule alert placement "
    "proximity"
)
"""Words that make it an object, though none of nodes: ``resource group rg-1``."""


def is_deleted_pool(tokens: list[SpokenToken], at: int) -> bool:
    """``failed to delete pool "replicas"``: some pool that has a name, of whatever it is one."""
    verb = verbs.WORDS.get(tokens[at - 1].low) if at else None
    return verb is not None and verb.verb == "delete" and at + 1 < len(tokens) and tokens[at + 1].quoted


def group_at(tokens: list[SpokenToken], at: int) -> tuple[str | None, int]:
    """The kind of the group at a place and how many tokens it takes, as ``naming.kind_at`` tells it."""
    before = tokens[at - 1].low if at else ""
    named = at + 1 < len(tokens) and any(char.isalpha() for char in tokens[at + 1].text)
    if before in _OF_PROGRAMS and not named:
        return None, 0
    return ("" if before in _OF_OTHERS else "NodeGroup"), 1
