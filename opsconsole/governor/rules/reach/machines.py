"""Machines that go with their nodes, as a cloud or a provisioner calls them, where the line tells no kind."""

from __future__ import annotations

import re

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.measures import HOUR, MINUTE
from opsconsole.governor.rule import Note, View
from opsconsole.patterns import late
from opsconsole.records import Decision, Ref

SEES_TO_NODES = frozenset({"node-maintenance", "node-autoscaler"})

_MACHINE = late(r"machine-[a-z]{0,3}\d[\w-]*", re.IGNORECASE)
"""A name that somebody counted or drew; ``machine-learning-db`` is one that somebody gave."""

_INSTANCE = late(r"i-[0-9a-f]{8,17}")
"""What EC2 calls a machine."""

_OF_NODES = late(
    r"[Tt]erminat(?:ing|ed) (?:the )?(?:EC2 |VM |node |spot )?instance:? \[?[\"']?(?P<name>i-[0-9a-f]{8,17})\W*"
)
"""Nothing else is said: what is told of it besides may be what it holds."""
_SOON = 10 * MINUTE
"""The node goes first, and its machine as soon as that is done."""
_NODES = frozenset({"Node", "NodeClaim", "Machine"})


def is_one_of_its_machines(about: Ref, subject: Decision, view: View) -> bool:
    """Whether it is a machine of no kind: the only thing deleted in an hour, or one for each node that has gone."""
    if about.kind:
        return False
    gone = [line for line in view.said(Note.STARTS_ANEW, subject, HOUR) if verb_of(line) == "delete"]
    if _MACHINE.fullmatch(about.name) is not None:
        return not gone
    match = _OF_NODES.fullmatch(subject.message)
    if match is None or match["name"] != about.name or len(targets_of(subject)) != 1:
        return False
    gone_now = [line for line in view.said(Note.STARTS_ANEW, subject, _SOON) if verb_of(line) == "delete"]
    if not any(each.kind in _NODES and each.name for line in gone_now for each in targets_of(line)):
        return False
    targets = {each for line in gone if line.source == subject.source for each in targets_of(line)}
    nodes = {each.name for each in targets if each.kind in _NODES and each.name}
    machines = {each.name for each in targets if not each.kind and _INSTANCE.fullmatch(each.name)} | {about.name}
    return len(machines) <= len(nodes) and len(nodes) + len(machines - {about.name}) == len(targets - {about})
