"""Drivers, device plugins and modes of GPUs: what a change of them does to every program on the node."""

from __future__ import annotations

import re

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, View
from opsconsole.governor.rules.common import name_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Mood

_MODES = "gpu_mode"
_DRIVERS = late(r"gpu_mode|driver|device[-_ ]?plugin|firmware|kernel[-_ ]?module", re.IGNORECASE)
_MODE_LABEL = late(
    r"\b(?:nvidia|amd|habana|intel)\.(?:com|ai)/(?:mig|gpu\.deploy|gpu-driver|device-plugin)[\w.-]*", re.I
)
"""Labels of a node by which an operator of its vendor changes modes and drivers."""

DRIVEN = (_MODES, "driver", "plugin", "firmware", "kernel")
VENDORS = ("nvidia", "amd", "habana", "intel")
"""What an action, or a message, of one has in it, in small letters."""

_DRIVER_VERBS = late(r"upgrad|install|replac|patch|updat|roll(?!er)", re.IGNORECASE)


def nodes_of(decision: Decision) -> str:
    """The node that it is done to, or words for how many."""
    return f"{decision.count or 'all'} nodes" if decision.target is None else name_of(decision.target)


def driven(decision: Decision) -> str:
    """What it changes on a node, in words."""
    modes = _MODES in decision.action or _MODE_LABEL.search(decision.message) or _partition(decision) is not None
    return "the mode of GPUs" if modes else "or restarts a driver, device plugin, kubelet or runtime"


def cuts_cards(decision: Decision, view: View) -> bool:
    """Whether it gives GPUs another partition, on a second node within the hour, or once more on one.

    Who manages partitions does it once for a node that somebody has labelled; node after node is a sweep.
    """
    if _partition(decision) is None or not view.announces(decision):
        return False
    lines = [*view.said(Note.ANNOUNCEMENT, decision, HOUR), decision]
    return len({told for line in lines if (told := _partition(line)) is not None}) > 1


def _partition(decision: Decision) -> tuple[str, str] | None:
    node = decision.target.name if decision.target is not None else ""
    return next(((node, each.value) for each in decision.fields if each.path.endswith("mig.config")), None)


def drives(decision: Decision) -> bool:
    """Whether it is done to a driver, on a node that is named or on however many."""
    action = decision.action or ""
    if decision.mood not in ("", Mood.DONE, Mood.PLANNED):
        return False
    if verb_of(decision) == "patch" and any(each.kind == "Node" for each in targets_of(decision)):
        return bool(_MODE_LABEL.search(decision.message) or _DRIVERS.search(action))
    return bool(_DRIVERS.search(action) and _DRIVER_VERBS.search(action))
