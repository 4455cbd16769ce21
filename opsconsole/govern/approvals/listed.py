"""Approvals that a Namespace lists, for writes at which a rule does not see the object's own annotations. Pure.

Through ``/scale`` the API server shows a rule the Scale, and at an eviction the Eviction: neither has the object's
annotations, generation or ``managedFields``. It shows the Namespace besides, so that the grant is a line of an
annotation there. Each line is about one object, by its UID.

- To scale: the replicas that there are and those that there may be. Through ``/scale`` it holds the object's resource
  version, which any write of the object raises; by an update the generation. So it is used once by either way, and only
  the update has a time that a rule could compare with the grant's.
- To remove a pod: its name and UID. An eviction need not name the UID, so a pod whose name can come back (a
  StatefulSet's, one that was named by hand) is evicted by UID alone. No clock ends it: who gave it takes it off.
"""

from __future__ import annotations

import re
from typing import Any

from opsconsole.govern.annotations import notes_of
from opsconsole.govern.approvals.approval import HEAD, seconds, time_text
from opsconsole.govern.names import LISTED
from opsconsole.records import JsonObject

SCALABLE = ("Deployment", "StatefulSet", "ReplicaSet")
"""Kinds with a ``/scale`` whose replicas the console can approve."""

_KEPT = 300.0
"""Seconds after its time for which a line is left to whoever wrote it; then the next approver takes it out."""

_RANDOM = re.compile(r"(?=.*[a-z])[bcdfghjklmnpqrstvwxz2456789]{5}")
"""What the API server ends a generated name with (``SimpleNameGenerator``); an ordinal has no letter."""

CHANGED = "it was changed otherwise since: the approval lets nothing through any more"
WRITTEN = "it was written since (its status, say): the approval is void through /scale, and holds for an update"

_TIME = HEAD - 1
_FROM_TO = "string(variables.was) + '-' + string(variables.now)"

LINES = (
    "listed",
    f"namespaceObject != null && has(namespaceObject.metadata.annotations) && '{LISTED}' in"
    f" namespaceObject.metadata.annotations ? namespaceObject.metadata.annotations['{LISTED}'].split('\\n') : []",
)
"""CEL variable: the lines of the Namespace in which the request is."""

SCALED = (
    "!variables.hpa && oldObject != null && variables.listed.exists(g,"
    f" g.contains(' scale/' + string(oldObject.metadata.uid) + '/' + {_FROM_TO} + '/')"
    " && (variables.scale ? g.contains('/v' + string(oldObject.metadata.resourceVersion) + '/')"
    " : has(oldObject.metadata.generation) && g.endsWith('/g' + string(oldObject.metadata.generation))"
    " && has(object.metadata.managedFields) && size(object.metadata.managedFields) > 0"
    f" && object.metadata.managedFields.all(m, has(m.time) && string(m.time) <= g.substring(0, {_TIME}))))"
)
"""CEL of the rule about replicas, with its variables: whether a line lets this one change of them through."""

_GIVEN = "object.deleteOptions.preconditions.uid"
REMOVED = (
    "request.resource.resource == 'pods' && variables.listed.exists(g, request.operation == 'DELETE'"
    " ? g.contains(' remove/' + oldObject.metadata.name + '/' + string(oldObject.metadata.uid) + '/')"
    " : g.contains(' remove/' + request.name + '/') && (g.endsWith('/any') || has(object.deleteOptions)"
    f" && has(object.deleteOptions.preconditions) && has({_GIVEN}) && g.endsWith('/' + string({_GIVEN}) + '/uid')))"
)
"""CEL of the rule about deletes: whether a line lets this pod be deleted or evicted."""


def to_scale(found: JsonObject, replicas: int, until: float) -> str:
    """The line that lets the replicas of ``found`` be changed once, from what they are to ``replicas``.

    ``until`` is in seconds since the epoch.
    """
    metadata = found["metadata"]
    was = (found.get("spec") or {}).get("replicas", 1)
    moment = f"v{metadata['resourceVersion']}/g{metadata.get('generation')}"
    return f"{time_text(until)} scale/{metadata['uid']}/{was}-{replicas}/{moment}"


def to_remove(pod: JsonObject, until: float) -> str:
    """The line that lets a pod be deleted or evicted. ``until`` is in seconds since the epoch."""
    metadata = pod["metadata"]
    by = "any" if named_once(pod) else "uid"
    return f"{time_text(until)} remove/{metadata['name']}/{metadata['uid']}/{by}"


def named_once(pod: JsonObject) -> bool:
    """Whether no other pod will ever have this one's name: its end was drawn by the API server."""
    metadata = pod.get("metadata") or {}
    prefix, name = str(metadata.get("generateName") or ""), str(metadata.get("name") or "")
    return bool(prefix) and name.startswith(prefix) and _RANDOM.fullmatch(name.removeprefix(prefix)) is not None


def lines(namespace: JsonObject) -> tuple[str, ...]:
    """The approvals that a Namespace lists."""
    value = notes_of(namespace).get(LISTED)
    return tuple(value.split("\n")) if isinstance(value, str) and value else ()


def until_of(line: str) -> float:
    """When a line is over, in seconds since the epoch; one whose time can't be read is over since long."""
    return seconds(line[:_TIME]) or 0.0


def scaling(line: str, found: JsonObject, now: float) -> tuple[int, float] | None:
    """To how many replicas a line lets ``found`` be scaled, and until when; ``None`` where it is over, or void by now.

    Times are in seconds since the epoch.
    """
    kind, *rest = line[HEAD:].split("/")
    metadata, until = found.get("metadata") or {}, until_of(line)
    if kind != "scale" or len(rest) != len(["uid", "from-to", "version", "generation"]) or until <= now:
        return None
    was, _, want = rest[1].partition("-")
    same = rest[0] == metadata.get("uid") and was == str((found.get("spec") or {}).get("replicas", 1))
    return (int(want), until) if same and want.isdecimal() and void(line, found) != CHANGED else None


def void(line: str, found: JsonObject) -> str:
    """Why a line to scale ``found`` lets nothing through any more (all of it, or ``/scale``); empty if it does."""
    kind, *_, version, generation = line[HEAD:].split("/")
    metadata = found.get("metadata") or {}
    if kind != "scale":
        return ""
    if generation != f"g{metadata.get('generation')}":
        return CHANGED
    return "" if version == f"v{metadata.get('resourceVersion')}" else WRITTEN


def with_line(namespace: JsonObject, line: str, now: float) -> str:
    """The annotation's value with ``line``: instead of an older one about the same object, and without what is over."""
    about = _about(line)
    kept = [each for each in lines(namespace) if _about(each) != about and until_of(each) > now - _KEPT]
    return "\n".join([*kept, line])


def without_line(namespace: JsonObject, line: str) -> str | None:
    """The annotation's value without ``line``; ``None`` if nothing is left."""
    return "\n".join(each for each in lines(namespace) if each != line) or None


def _about(line: str) -> Any:
    """What two lines have in common that are about the same object: kind of grant, and UID or name."""
    return line[HEAD:].split("/")[:2]
