"""Manifests that a tool is given as text, YAML or JSON: which object they are of, and how many replicas they set."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.message.roles import nested
from opsconsole.records import FieldValue, JsonObject, Ref

MOST = 50
"""Objects of one manifest."""

_APART = re.compile(r"^---[ \t]*$", re.MULTILINE)
_KIND = re.compile(r"^kind: ?[\"']?(?P<kind>[A-Z]\w{1,60})", re.MULTILINE)
_META = re.compile(r"^metadata:\n(?P<inside>(?:[ \t].*\n?)+)", re.MULTILINE)
_OWN = re.compile(r"^(?: {2}| {4})(?P<key>name|namespace): ?[\"']?(?P<value>[\w.-]{1,253})", re.MULTILINE)
_REPLICAS = re.compile(r"^spec:\n(?:[ \t].*\n)*?(?: {2}| {4})replicas: ?(?P<count>[0-9]{1,15})\b", re.MULTILINE)


def given(arguments: JsonObject) -> list[tuple[Ref, tuple[FieldValue, ...]]]:
    """The objects that the manifest among a tool's arguments is of, each with the replicas that it sets."""
    for text in arguments.values():
        if not isinstance(text, str) or "kind" not in text or "metadata" not in text or len(text) > 64 * 1024:
            continue
        document = nested(text)
        # "␍" is how a carriage return is cleaned
        parts = _APART.split(text.replace("␍\n", "\n"), maxsplit=MOST) if document is None else []
        told = [_of_yaml(part) for part in parts] if document is None else [_of_json(document)]
        if found := [each for each in told if each is not None]:
            return found
    return []


def _of_yaml(text: str) -> tuple[Ref, tuple[FieldValue, ...]] | None:
    kind, meta = _KIND.search(text), _META.search(text)
    own = {each["key"]: each["value"] for each in _OWN.finditer(meta["inside"])} if meta else {}
    if kind is None or "name" not in own:
        return None
    count = _REPLICAS.search(text)
    fields = (patches.field("replicas", count["count"]),) if count else ()
    return Ref(kind["kind"], own.get("namespace", ""), own["name"]), fields


def _of_json(document: JsonObject) -> tuple[Ref, tuple[FieldValue, ...]] | None:
    meta, spec = document.get("metadata"), document.get("spec")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not isinstance(document.get("kind"), str):
        return None
    count = spec.get("replicas") if isinstance(spec, dict) else None
    fields = (patches.field("replicas", count),) if isinstance(count, int | float | str) else ()
    return Ref(document["kind"], str(meta.get("namespace") or ""), meta["name"]), fields
