"""Machines that go with their nodes, as a cloud or a provisioner calls them, where the line tells no kind."""

from __future__ import annotations

import re

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, View
from opsconsole.records import Decision, Ref

SEES_TO_NODES = frozenset({"node-maintenance", "node-autoscaler"})

_MACHINE = re.compile(r"machine-[a-z]{0,3}\d[\w-]*", re.IGNORECASE)
"""A name that somebody counted or drew; ``machine-learning-db`` is one that somebody gave."""

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
"""What EC2 calls a machine."""

_OF_NODES = re.compile(r"\b[Tt]erminat(?:ing|ed) (?:the )?(?:EC2 |VM |node |spot )?instances?:? \[?[\"']?i-")
_NODES = frozenset({"Node", "NodeClaim", "Machine"})


def is_one_of_its_machines(about: Ref, subject: Decision, view: View) -> bool:
    """Whether it is a machine of no kind: the only thing deleted in an hour, or one for each node that has gone."""
    if about.kind:
        return False
    gone = [line for line in view.said(Note.STARTS_ANEW, subject, HOUR) if verb_of(line) == "delete"]
    if _MACHINE.fullmatch(about.name) is not None:
        return not gone
    if _INSTANCE.fullmatch(about.name) is None or _OF_NODES.search(subject.message) is None:
        return False
    targets = {each for line in gone if line.source == subject.source for each in targets_of(line)}
    nodes = {each.name for each in targets if each.kind in _NODES and each.name}
    machines = {each.name for each in targets if not each.kind and _INSTANCE.fullmatch(each.name)} | {about.name}
    return len(machines) <= len(nodes) and len(nodes) + len(machines - {about.name}) == len(targets - {about})
