"""Manifests that a tool is given as text, YAML or JSON: which object they are of, and how many replicas they set."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.targets import namespaces
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.message.roles import nested
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Ref

MOST = 50
"""Objects of one manifest."""

_APART = late(r"^---[ \t]*$", re.MULTILINE)
_KIND = late(r"^kind: ?[\"']?(?P<kind>[A-Z]\w{1,60})", re.MULTILINE)
_META = late(r"^metadata:\n(?P<inside>(?:[ \t].*\n?)+)", re.MULTILINE)
_OWN = late(r"^(?: {2}| {4})(?P<key>name|namespace): ?[\"']?(?P<value>[\w.-]{1,253})", re.MULTILINE)
_SPEC = late(r"^spec:\n(?P<inside>(?:[ \t].*\n?)+)", re.MULTILINE)
_COUNT = late(r"^(?: {2}| {4})(?P<path>replicas|minReplicas|maxReplicas): ?(?P<count>[0-9]{1,15})\b", re.MULTILINE)


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


def applied(acts: Sequence[Act], command: str, extra: Sequence[Any]) -> list[Act]:
    """The acts of a command that is given a manifest below it, one for each object of that."""
    if len(acts) == len(extra) == 1 and isinstance(extra[0], dict) and extra[0].keys() == {"plan"}:
        return [acts[0]._replace(fields=tuple(_planned(extra[0]["plan"])))]
    inside = extra[0] if len(extra) == 1 and isinstance(extra[0], dict) and extra[0].keys() == {"manifest"} else None
    if inside is None or len(acts) != 1 or acts[0].targets:
        return []
    space = namespaces.namespace_in(command)
    return [
        acts[0]._replace(targets=(Ref(ref.kind, ref.namespace or space, ref.name),), fields=fields)
        for ref, fields in given(inside)
    ]


def _planned(changes: dict[str, list[str]]) -> Iterator[FieldValue]:
    """What a plan sets, each field with what it is before and after."""
    for path, (before, after) in changes.items():
        yield with_before(patches.field(path, after), before)


def _of_yaml(text: str) -> tuple[Ref, tuple[FieldValue, ...]] | None:
    kind, meta = _KIND.search(text), _META.search(text)
    own = {each["key"]: each["value"] for each in _OWN.finditer(meta["inside"])} if meta else {}
    if kind is None or "name" not in own:
        return None
    spec = _SPEC.search(text)
    counts = _COUNT.finditer(spec["inside"]) if spec else ()
    fields = tuple(patches.field(each["path"], each["count"]) for each in itertools.islice(counts, 3))
    return Ref(kind["kind"], own.get("namespace", ""), own["name"]), fields


def _of_json(document: JsonObject) -> tuple[Ref, tuple[FieldValue, ...]] | None:
    meta, spec = document.get("metadata"), document.get("spec")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not isinstance(document.get("kind"), str):
        return None
    count = spec.get("replicas") if isinstance(spec, dict) else None
    fields = (patches.field("replicas", count),) if isinstance(count, int | float | str) else ()
    return Ref(document["kind"], str(meta.get("namespace") or ""), meta["name"]), fields
