"""The effects on workloads: set the one field that stops (or starts) a controller, and delete pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.writes import Patch, UnchangedError, VanishedError, Writer, api_of
from opsconsole.decoding import decode_as
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Record, Step, StepOutcome, StepState
from opsconsole.switches.delete.plan import DELETE, FORCE, KEEP, SET
from opsconsole.switches.engine.switch import Call

LOOK_EVERY = 0.5
FORCE_MARGIN = 2.0
"""Seconds that the kubelet is given beyond the grace period, to report that the containers have ended."""


class Field(Record, frozen=True):
    """What a step of :class:`SetField` sets; ``None``: takes the field away."""

    path: list[str]
    value: Any = None
    subresource: str = ""


class SetField:
    """Sets one field of one object: replicas, suspend, KEDA's annotation, a DaemonSet's node selector."""

    name = SET
    parallel = False

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def needs(self, step: Step) -> tuple[Access, ...]:
        group, _, plural = api_of(step.target.kind)
        field = _field(step)
        return (Access("patch", plural, group, field.subresource, step.target.namespace, step.target.name),)

    def read(self, step: Step) -> bytes | StepOutcome:
        field = _field(step)
        try:
            found = self._writer.read(step.target, subresource=field.subresource)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to stop")
        value = value_at(found, field.path)
        if value == field.value:
            return StepOutcome(step.key, StepState.DONE, f"it is {_in_words(value)} already")
        return msgspec.json.encode({"value": value})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        field = _field(step)
        before: list[Any] = []

        def change(found: JsonObject) -> Patch:
            before[:] = [value_at(found, field.path)]
            return [] if before[0] == field.value else patch_for(found, field)

        try:
            self._writer.patch(permit, self.name, step.target, change, subresource=field.subresource)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to stop")
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, f"it is {_in_words(field.value)} by now")
        return StepOutcome(
            step.key,
            StepState.DONE,
            f"{field.path[-1]}: {_in_words(before[0])} → {_in_words(field.value)}",
            before=msgspec.json.encode({"value": before[0]}),
            after=msgspec.json.encode({"value": field.value}),
        )


class KeepVolumes(SetField):
    """Has a StatefulSet keep its volume claims when it is scaled down. It is not undone: that would delete them."""

    name = KEEP


class DeletePod:
    """Asks for a pod's deletion with the grace period of the settings; 0 is by force.

    Args:
        writer: makes the write.
        killed: is told the UIDs of pods that were asked to go: what they leave on a GPU need not be waited for.
    """

    name = DELETE
    parallel = True

    def __init__(self, writer: Writer, killed: Callable[[Iterable[str]], object] = lambda _: None) -> None:
        self._writer = writer
        self._killed = killed

    def needs(self, step: Step) -> tuple[Access, ...]:
        return (Access("delete", "pods", "", "", step.target.namespace, step.target.name),)

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self._writer.read(step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to delete")
        return msgspec.json.encode({"uid": step.target.uid, "node": found.get("spec", {}).get("nodeName", "")})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        grace = int(msgspec.json.decode(step.arguments)["grace"])
        try:
            self._writer.delete(permit, self.name, step.target, grace=grace)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to delete")
        self._killed([step.target.uid])
        words = f"asked for, {grace} s of grace" if grace else "deleted by force; its containers may still run"
        return StepOutcome(step.key, StepState.DONE, words)


class ForcePod:
    """Waits until a pod that was asked to go has gone; deletes it by force if it has not."""

    name = FORCE
    parallel = True

    def __init__(self, writer: Writer, clock: Clock, pause: Callable[[float], object]) -> None:
        self._writer = writer
        self._clock = clock
        self._pause = pause

    def needs(self, step: Step) -> tuple[Access, ...]:
        return (Access("delete", "pods", "", "", step.target.namespace, step.target.name),)

    def read(self, step: Step) -> bytes | StepOutcome:
        grace = float(msgspec.json.decode(step.arguments)["grace"])
        started = self._clock.monotonic()
        while True:
            waited = self._clock.monotonic() - started
            try:
                found = self._writer.read(step.target)
            except VanishedError:
                return StepOutcome(step.key, StepState.SKIPPED, f"not needed: gone after {waited:.1f} s")
            if waited >= grace + FORCE_MARGIN:
                return self._overdue(step, found)
            self._pause(LOOK_EVERY)

    def _overdue(self, step: Step, found: JsonObject) -> bytes | StepOutcome:
        metadata = found.get("metadata", {})
        finalizers = metadata.get("finalizers") or []
        if finalizers and metadata.get("deletionTimestamp"):
            words = f"held by finalizers ({', '.join(map(str, finalizers))}), which are never stripped here"
            return StepOutcome(step.key, StepState.FAILED, f"{words}; its containers were told to end all the same")
        return msgspec.json.encode({"uid": step.target.uid, "node": found.get("spec", {}).get("nodeName", "")})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            self._writer.delete(permit, self.name, step.target, grace=0)
        except VanishedError:
            return StepOutcome(step.key, StepState.SKIPPED, "not needed: it has just gone")
        return StepOutcome(step.key, StepState.DONE, "deleted by force; its containers may still run on its node")


def value_at(found: Any, path: list[str]) -> Any:
    """What is at ``path``; ``None`` where there is nothing. A Scale leaves ``replicas`` out when it is 0."""
    for part in path:
        if not isinstance(found, dict) or part not in found:
            return 0 if path == ["spec", "replicas"] else None
        found = found[part]
    return found


def patch_for(found: JsonObject, field: Field) -> Patch:
    """The JSON patch that sets ``field`` in ``found``, its missing parents included."""
    value, path = field.value, field.path
    if value is None:
        return [{"op": "remove", "path": _pointer(path)}]
    for depth in range(1, len(path)):
        if value_at(found, path[:depth]) is None:
            for part in reversed(path[depth:]):
                value = {part: value}
            return [{"op": "add", "path": _pointer(path[:depth]), "value": value}]
    return [{"op": "add", "path": _pointer(path), "value": value}]


def _pointer(path: list[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _field(step: Step) -> Field:
    return decode_as(step.arguments, Field)


def _in_words(value: Any) -> str:
    return "not set" if value is None else msgspec.json.encode(value).decode()
