"""Activities of Amazon's Application Auto Scaling: how many copies there shall be."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.values import patches
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood, Ref

SIGN = '"ScalableDimension"'
"""What stands in each such activity."""

_COUNTS = late(r".*:(?:Desired\w{0,30}(?:Count|Capacity)|\w{0,30}ReplicaCount)")
"""Dimensions in which copies are counted, and no units of what a table may read."""
_SET = late(r"\b[Ss]et(?:ting)? desired (?:[a-z]+ )?(?:count|capacity) to (?P<after>\d{1,6})\b")
_BOUND = late(r"\b(?P<bound>min|max) capacity to (?P<after>\d{1,6})\b")
_MOODS = {
    "Successful": Mood.DONE,
    "Failed": Mood.REFUSED,
    "Unfulfilled": Mood.REFUSED,
    "Overridden": Mood.REFUSED,
    "Pending": Mood.PLANNED,
    "InProgress": Mood.PLANNED,
}


def find(document: JsonObject) -> list[Act]:
    """The deed of such an activity; none where the document is no activity, or tells no value."""
    whom, dimension = document.get("ResourceId"), document.get("ScalableDimension")
    mood = _MOODS.get(str(document.get("StatusCode") or ""))
    if not isinstance(whom, str) or not isinstance(dimension, str) or mood is None or not _COUNTS.fullmatch(dimension):
        return []
    target = (Ref("", "", whom.rpartition("/")[2]),)
    texts = [text for key in ("StatusMessage", "Description") if isinstance(text := document.get(key), str)]
    for text in texts:
        if (match := _SET.search(text)) is not None:
            return [Act("scale", "scale", mood, target, None, (patches.field("replicas", match["after"]),))]
        if bounds := [*_BOUND.finditer(text)]:
            fields = tuple(patches.field(f"{each['bound']}Replicas", each["after"]) for each in bounds)
            return [Act("patch", "patch", mood, target, None, fields)]
    return []
