"""What is printed of nodes: how their GPUs are laid out or reset, and whether they take pods. A row for each form."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.forms import formats
from opsconsole.records import Mood

ROWS: tuple[formats.Format, ...] = (
    formats.row(
        "a layout of GPUs",
        "MIG ",
        r"\b(?P<verb>(?:[Uu]pdat|[Aa]ppl|[Cc]hang|[Ss]witch|[Rr]econfigur)(?:ed|ing|ying|ied)) (?:to )?(?:the )?"
        r"(?:selected )?MIG (?:config(?:uration)?|profile|layout|geometry|mode)\b"
        r"(?!['\"]?(?: state| label|\.))(?:(?: to)?:? ['\"]?(?P<after>(?=[a-z.-]*[\d-])[\w.-]+))?",
        "patch",
        "Updating to MIG config: all-1g.10gb",
        kind="Node",
        what="mig.config",
    ),
    formats.row(
        "a node whose GPUs are cut anew",
        "epartition",
        r"\b(?P<verb>[Rr]epartition(?:ing|ed)) (?:the )?(?:GPUs? (?:of|on) )?(?:node )?"
        r"['\"]?(?P<name>[a-z0-9][\w.-]{0,252})['\"]? (?:from (?P<before>all-\S{1,60}) )?to "
        r"(?P<after>all-[\w.-]{1,60}|\d{1,2}g\.[\w.]{1,20})",
        "patch",
        "Repartitioning node g-1 from all-disabled to all-1g.10gb",
        kind="Node",
        what="mig.config",
    ),
    formats.row(
        "GPUs that are reset",
        "GPU",
        r"\b(?P<verb>[Rr]eset(?:ting)?) (?:all |the )*GPUs?\b(?! (?:cache|metrics|counters?|clients?))",
        "patch",
        "Resetting all GPUs",
        kind="Node",
    ),
    formats.row(
        "a node that takes no more pods",
        "schedulable",
        r"(?i)\bmark(?:ing|s)? (?:the )?nodes? "
        r"(?:[\"'`]?(?P<name>[a-z0-9][\w.-]{2,252})[\"'`]? )?(?:as )?unschedulable",
        "cordon",
        "Marking node gpu-3 as unschedulable",
        kind="Node",
    ),
    formats.row(
        "a node that was made to take no more pods",
        "schedulable",
        r"(?i)\bmarked (?:the )?nodes? (?:[\"'`]?(?P<name>[a-z0-9][\w.-]{2,252})[\"'`]? )?(?:as )?unschedulable",
        "cordon",
        "Marked node gpu-3 as unschedulable",
        kind="Node",
        mood=Mood.DONE,
    ),
    formats.row(
        "a node that was marked so that it takes no more pods",
        "schedulable",
        r"(?i)^node (?:[\"'`]?(?P<name>[a-z0-9][\w.-]{2,252})[\"'`]? )?(?:was |is |has been )?(?:now )?"
        r"(?:marked|set) (?:as |to )?unschedulable\W*$",
        "cordon",
        "node gpu-3 marked unschedulable",
        kind="Node",
        mood=Mood.DONE,
    ),
    formats.row(
        "a node that was marked so that it takes pods again",
        "schedulable",
        r"(?i)^node (?:[\"'`]?(?P<name>[a-z0-9][\w.-]{2,252})[\"'`]? )?(?:was |is |has been )?(?:now )?"
        r"(?:marked|set) (?:as |to )?schedulable\W*$",
        "uncordon",
        "node gpu-3 marked schedulable",
        kind="Node",
        mood=Mood.DONE,
    ),
)
