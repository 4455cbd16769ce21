"""What a rule of the installed governor is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from opsconsole.records import JsonObject


class AdmissionRule(NamedTuple):
    """One rule. ``allows`` is a CEL expression that is true for a write that it has nothing against.

    ``scope`` holds resource rules, ``variables`` what ``allows`` uses, ``refuses`` the words of a refusal, and
    ``approvable`` tells whether an approval can let a write through all the same. ``listed`` is a CEL expression that
    is true where an approval does that which the Namespace lists (:mod:`opsconsole.govern.approvals.listed`).
    ``touches`` is a CEL expression without variables that is false for most writes that the rule has nothing against:
    the API server asks it first, and does nothing more where it is false.
    """

    name: str
    title: str
    refuses: str
    scope: tuple[JsonObject, ...]
    allows: str
    variables: tuple[tuple[str, str], ...] = ()
    approvable: bool = False
    listed: str = ""
    touches: str = ""


SPEC_TOUCHED = "(oldObject == null || object.spec != oldObject.spec)"
"""What most writes leave alone: labels and annotations are not in it."""


def on(group: str, operations: str, *resources: str) -> JsonObject:
    """A resource rule: of an API group (``*``: all), operations with spaces between, and plural names."""
    return {
        "apiGroups": [group],
        "apiVersions": ["*"],
        "operations": operations.split(),
        "resources": list(resources),
    }


def _unchanged(was: str, now: str, field: str) -> str:
    """CEL: an optional field is as it was, or is not there as it was not."""
    there = f"has({was}.{field}) == has({now}.{field})"
    return f"({there} && (!has({now}.{field}) || {was}.{field} == {now}.{field}))"


def all_unchanged(was: str, now: str, fields: Sequence[str]) -> str:
    """CEL: these optional fields are as they were."""
    return " && ".join(_unchanged(was, now, field) for field in fields)
