"""The effect that gives the fields of one object their values: one write, each present value tested in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError, Conflict, Denied, Rejected, Throttled
from opsconsole.cluster.writes import Patch, UnchangedError, VanishedError, Writer, api_of
from opsconsole.decoding import decode_as
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Record, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.restore.fields import Put, UnfitError, patch, same, value
from opsconsole.switches.restore.plan import PUT
from opsconsole.switches.restore.words import count, field, in_words


class Puts(Record, frozen=True):
    """What a step of :class:`PutFields` sets; also what the journal keeps of how it was, in ``seen``."""

    puts: tuple[Put, ...]


class _Sorted(NamedTuple):
    """The fields of a step beside the live object."""

    open: tuple[Put, ...]
    """To be written: they are what they were when the plan was made, with what they are exactly in ``seen``."""
    changed: tuple[str, ...]
    """Written by somebody since, or not there any more; in words."""


class PutFields:
    """Puts fields back, or, to undo that, forth again. What somebody has changed since is left as it is."""

    name = PUT
    parallel = False

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def needs(self, step: Step) -> tuple[Access, ...]:
        group, _, plural = api_of(step.target.kind)
        return (Access("patch", plural, group, "", step.target.namespace, step.target.name),)

    def rehearse(self, step: Step) -> str:
        """Why the API server would refuse the write, asked with ``dryRun=All``; empty if it would take it.

        Raises:
            ClusterError: it can't be asked now.
        """
        try:
            self._writer.rehearse(step.target, lambda found: _patch(step, found, []))
        except (UnchangedError, VanishedError):
            return ""
        except UnfitError as error:
            return str(error)
        except Conflict:
            return ""  # it changes just now: that is looked at when it is done
        except (Denied, Rejected, Throttled) as error:
            return f"the API server would refuse it (dry run): {error}"
        return ""

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self._writer.read(step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.SKIPPED, f"{error}: nothing left to put back")
        sorted_ = _sort(step, found)
        return _before(sorted_.open) if sorted_.open else _nothing(step, sorted_)

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        tried: list[_Sorted] = []
        try:
            self._writer.patch(permit, self.name, step.target, lambda found: _patch(step, found, tried))
        except VanishedError as error:
            return StepOutcome(step.key, StepState.SKIPPED, f"{error}: nothing left to put back")
        except UnchangedError:
            return _nothing(step, tried[-1])
        except UnfitError as error:
            raise ClusterError(f"{step.target}: {error}") from error
        done = tried[-1]
        words = [f"{count(len(done.open), 'field')} in one write", *(f"LEFT: {each}" for each in done.changed)]
        return StepOutcome(
            step.key,
            StepState.DONE,
            "; ".join(words),
            before=_before(done.open),
            after=msgspec.json.encode({put.path: put.want for put in done.open}),
        )


def puts_of(step: Step) -> tuple[Put, ...]:
    """The fields that a step sets."""
    return decode_as(step.arguments, Puts).puts


def decode_before(before: bytes) -> tuple[Put, ...]:
    """The fields that a step found and set, from what the journal kept of them."""
    return decode_as(before, Puts).puts


def _before(puts: Iterable[Put]) -> bytes:
    return msgspec.json.encode(Puts(tuple(puts)))


def _sort(step: Step, found: JsonObject) -> _Sorted:
    opened, changed = [], []
    for put in puts_of(step):
        try:
            now = value(step.target.kind, put.path, found)
        except UnfitError as error:
            changed.append(f"{field(put.path)}: {error}")
            continue
        if same(put.path, now, put.want):
            continue
        if same(put.path, now, put.seen):
            opened.append(msgspec.structs.replace(put, seen=now))
        else:
            changed.append(f"{field(put.path)} was changed to {in_words(now)} meanwhile")
    return _Sorted(tuple(opened), tuple(changed))


def _patch(step: Step, found: JsonObject, tried: list[_Sorted]) -> Patch:
    tried.append(_sort(step, found))
    return patch(step.target.kind, found, tried[-1].open)


def _nothing(step: Step, sorted_: _Sorted) -> StepOutcome:
    if sorted_.changed:
        return StepOutcome(step.key, StepState.SKIPPED, f"left as it is: {'; '.join(sorted_.changed)}")
    return StepOutcome(step.key, StepState.DONE, "it is so already")
