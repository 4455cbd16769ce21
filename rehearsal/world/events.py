"""Events, as the components of a real cluster report them: repeats are counted, after an hour they are gone."""

from __future__ import annotations

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.times import seconds, stamp
from rehearsal.world.control import Control

TIME_TO_LIVE = 3600.0
"""The API server's default ``--event-ttl``."""

REMEMBERED = 500
"""Events that a recorder knows again; client-go's knows 4096."""


class Recorder:
    """Reports events of one component (``source.component``), on one host if it has one."""

    def __init__(self, core: Core, component: str, host: str = "") -> None:
        self._control = Control(core, component)
        self._source = {"component": component} | ({"host": host} if host else {})
        self._known: dict[tuple[str, ...], Object] = {}

    def normal(self, about: Object, reason: str, message: str, part: str = "") -> None:
        """Report something ordinary. ``part`` is a field path such as ``spec.containers{api}``."""
        self._report(about, "Normal", reason, message, part)

    def warning(self, about: Object, reason: str, message: str, part: str = "") -> None:
        """Report trouble."""
        self._report(about, "Warning", reason, message, part)

    def _report(self, about: Object, kind: str, reason: str, message: str, part: str) -> None:
        involved = _involved(about, part)
        key = (str(involved.get("uid")), part, kind, reason, message)
        at = stamp(self._control.now)
        seen = self._known.get(key)
        if seen is not None:
            counted = self._control.change(seen, lambda event: _count(event, at))
            if counted is not None:
                self._remember(key, counted)
                return
        self._remember(key, self._new(involved, kind, reason, message, at) or {})

    def _remember(self, key: tuple[str, ...], event: Object) -> None:
        """The newest come last; an event that was forgotten is begun anew, as the real recorders do."""
        self._known.pop(key, None)
        self._known[key] = event
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _new(self, involved: Object, kind: str, reason: str, message: str, at: str) -> Object | None:
        namespace = involved.get("namespace") or "default"
        suffix = f"{int(self._control.now * 1000) & 0xFFFFFFFF:08x}{self._control.core.storage.version & 0xFFFFFF:06x}"
        event: Object = {
            "metadata": {"name": f"{involved['name']}.{suffix}"},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "type": kind,
            "source": self._source,
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
            "eventTime": None,
            "reportingComponent": self._source["component"],
            "reportingInstance": self._source.get("host", ""),
        }
        return self._control.create("Event", namespace, event)


def _involved(about: Object, part: str) -> Object:
    metadata = about["metadata"]
    involved = {
        "kind": about["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata["name"] if about["kind"] == "Node" else metadata["uid"],
        "apiVersion": about["apiVersion"],
        "resourceVersion": metadata["resourceVersion"],
        "fieldPath": part,
    }
    return {key: value for key, value in involved.items() if value}


def _count(event: Object, at: str) -> None:
    event["count"] += 1
    event["lastTimestamp"] = at


class Expiry:
    """Takes events away an hour after they were last seen, as etcd's leases do."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-apiserver")

    def step(self) -> None:
        """Forget what is too old."""
        for event in self._control.all("Event"):
            if self._control.now - seconds(event["lastTimestamp"]) > TIME_TO_LIVE:
                self._control.delete(event)
