"""Events of Amazon's groups of machines: an instance that is launched or terminated, and how its group changed."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood, Ref

SIGN = '"detail-type"'
"""What stands in each such event."""

_TOLD = late(
    r"EC2 Instance[ -](?P<what>launch|terminate) (?P<how>successful|unsuccessful|lifecycle action)", re.IGNORECASE
)
_CAPACITY = late(
    r"(?:increas|decreas|reduc|shrink|chang)ing the (?:desired )?capacity "
    r"from (?P<before>\d{1,6}) to (?P<after>\d{1,6})",
    re.IGNORECASE,
)
_MOODS = {"successful": Mood.DONE, "unsuccessful": Mood.REFUSED, "lifecycle action": Mood.PLANNED}


def find(document: JsonObject) -> list[Act]:
    """What such an event tells of its instance; of its group, where it says how the capacity changed."""
    sort, detail = str(document.get("detail-type")), document.get("detail")
    match = _TOLD.fullmatch(sort)
    if match is None or not isinstance(detail, dict):
        return []
    mood = _MOODS[match["how"].lower()]
    group, instance = str(detail.get("AutoScalingGroupName") or ""), str(detail.get("EC2InstanceId") or "")
    changes = list(_CAPACITY.finditer(str(detail.get("Cause") or "")))
    if changes and group and mood is Mood.DONE:
        fields = (with_before(patches.field("replicas", changes[-1]["after"]), changes[-1]["before"]),)
        return [Act("scale", sort, mood, (Ref("NodeGroup", "", group),), None, fields)]
    verb = "create" if match["what"].lower() == "launch" else "delete"
    why = str(detail.get("StatusMessage") or "failed") if mood is Mood.REFUSED else ""
    return [Act(verb, sort, mood, (Ref("", "", instance),) if instance else (), None, (), why)]
