"""Undoing a restoration: the fields that it put back, and what they were before it. Pure.

Only a field that still is what it was put to is undone: what somebody has set since is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from opsconsole.records import JsonObject, Step
from opsconsole.switches.restore.effects import Puts, decode_before, puts_of
from opsconsole.switches.restore.fields import Put, UnfitError, same, value
from opsconsole.switches.restore.plan import put_step
from opsconsole.switches.restore.words import field, in_words, title


def values(step: Step, found: JsonObject) -> dict[str, Any]:
    """What each of the step's fields is now; one that is not there any more is left out."""
    now = {}
    for put in puts_of(step):
        try:
            now[put.path] = value(step.target.kind, put.path, found)
        except UnfitError:
            continue
    return now


def is_back(before: bytes, now: Mapping[str, Any]) -> bool:
    """Whether each field is what it was before it was put back."""
    return all(put.path in now and same(put.path, now[put.path], put.seen) for put in decode_before(before))


def step(done: Step, before: bytes, now: Mapping[str, Any], undoes: str) -> Step | None:
    """The step that takes ``done`` back; ``None`` if nothing of it is as it left it."""
    ours = [put for put in _ours(before, now) if not same(put.path, put.want, put.seen)]
    puts = [Put(put.path, now[put.path], put.seen) for put in ours]
    if not puts:
        return None
    made = put_step(done.target, puts, undoes)
    return msgspec.structs.replace(made, title=f"Undo {title(done.target, puts)}")


def trimmed(before: bytes, now: Mapping[str, Any]) -> bytes:
    """``before`` without the fields that somebody has set since."""
    return msgspec.json.encode(Puts(tuple(_ours(before, now))))


def is_part(done: Step, before: bytes) -> bool:
    """Whether ``before`` lacks fields that ``done`` has put back: :func:`trimmed` took out what others have set."""
    return len(decode_before(before)) < len(puts_of(done))


def changed_since(done: Step, before: bytes, now: Mapping[str, Any]) -> Iterator[str]:
    """What is left as it is, since somebody has set it to something else."""
    ours = {put.path for put in _ours(before, now)}
    for put in decode_before(before):
        if put.path not in ours:
            is_now = in_words(now[put.path]) if put.path in now else "not there"
            yield f"{done.target}: {field(put.path)} is {is_now} by now: left as it is"


def _ours(before: bytes, now: Mapping[str, Any]) -> list[Put]:
    return [put for put in decode_before(before) if put.path in now and same(put.path, now[put.path], put.want)]
