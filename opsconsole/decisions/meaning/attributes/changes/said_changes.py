"""What a document tells in a list of changes, or in texts of them."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.decisions.message.document import leaves
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject

_CHANGES = ("changes", "diff", "diffs", "modifications", "updates", "deltas")


def listed(document: JsonObject, verb: str) -> list[FieldValue]:
    """The values in a list of changes: ``"changes": [{"path": "limits.memory", "from": "2Gi", "to": "1Gi"}]``."""
    lists = [items for key in _CHANGES if isinstance(items := document.get(key), list)]
    items = [item for each in lists for item in each[: patches.MAX_FIELDS] if isinstance(item, dict)]
    return [field for item in items for field in in_attributes(leaves(item)[:20], verb)]


def spoken(document: JsonObject) -> list[FieldValue]:
    """The values in texts of changes: ``"changes": ["replicas: 8 -> 2"]``; those of a patch need none before."""
    lists = [items for key in _CHANGES if isinstance(items := document.get(key), list)]
    said = [each for items in lists for each in items[:_MOST_SAID] if isinstance(each, str)]
    said += [each for key in (*_CHANGES, "change") if isinstance(each := document.get(key), str)]
    patch = patched(document)
    return [
        field
        for each in (*said, *patch)
        if len(each) <= _LONGEST
        for field in in_text(each, "")
        if field.before or each in patch
    ]


def patched(document: JsonObject) -> list[str]:
    """The texts of a patch that is told in them: ``"patch": ["replicas: 8 -> 2", "memory limit 1Gi"]``."""
    items = document.get("patch")
    if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        return []
    return items[:_MOST_SAID] if all(_IS_CHANGE.fullmatch(each) for each in items[:_MOST_SAID]) else []


_IS_CHANGE = late(
    r"(?:(?:set|change|raise|lower|cut) )?(?:[\w./-]{1,60}[:=.] ?)?"
    r"(?:memory|cpu|replicas?|min|max|limits?|requests?|image)\b[^,;]{0,60}?\d[\w.%]{0,20}",
    re.IGNORECASE,
)
"""A text that names a field and ends with its value, and no sentence of release notes."""


_LONGEST = 80
"""Characters of such a text."""
_MOST_SAID = 20
"""Texts in a list of changes: ``["replicas: 8 -> 2", "memory limit: 2Gi -> 1Gi"]``."""
