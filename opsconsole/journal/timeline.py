"""The journal as lines for people: when, who, what. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from opsconsole.containment import UNDO, ContainmentState
from opsconsole.journal.entry import JournalEntry
from opsconsole.records import JsonObject, Record
from opsconsole.text import clean_line


class TimelineEntry(Record, frozen=True):
    """One line of the timeline. ``at`` is seconds since the epoch; ``what`` is clean and on one line."""

    at: float
    seq: int
    who: str
    what: str

    @property
    def time(self) -> str:
        """``2023-10-27 03:14:22Z``; ``?`` where it is none."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")

    def __str__(self) -> str:
        return f"{self.time}  #{self.seq}  {self.who}  {self.what}"


def timeline(entries: Iterable[JournalEntry]) -> list[TimelineEntry]:
    """A line for each entry, in the journal's order."""
    return [
        TimelineEntry(entry.at, entry.seq, clean_line(str(entry.who)), clean_line(_what(entry))) for entry in entries
    ]


def _what(entry: JournalEntry) -> str:
    words = _WORDS.get(entry.kind)
    return words(entry.body) if words else f"{entry.kind}: {entry.body.get('text', '')}"


def _intent(body: JsonObject) -> str:
    plan = body.get("plan", {})
    return f"[{body.get('run', '?')}] begins: {plan.get('title', '?')} ({len(plan.get('steps', ()))} steps)"


def _begin(body: JsonObject) -> str:
    return f"[{body.get('run', '?')}] about to: {body.get('title') or body.get('step', '?')}"


def _end(body: JsonObject) -> str:
    detail = f": {body['detail']}" if body.get("detail") else ""
    return f"[{body.get('run', '?')}] {body.get('state', '?')}: {body.get('title') or body.get('step', '?')}{detail}"


def _retry(body: JsonObject) -> str:
    return f"[{body.get('run', '?')}] not taken: {body.get('title', '?')}: {body.get('detail', '?')}"


def _further(body: JsonObject) -> str:
    return _end(body) if body.get("state") else f"[{body.get('run', '?')}] came anew: {body.get('title', '?')}"


def _evidence(body: JsonObject) -> str:
    missed = f"; not had: {', '.join(map(str, body['missed']))}" if body.get("missed") else ""
    return f"[{body.get('run', '?')}] kept {len(body.get('files', ()))} files of evidence{missed}"


def _outcome(body: JsonObject) -> str:
    proofs = body.get("proofs", ())
    proved = sum(proof.get("holds") is True for proof in proofs)
    words = str(
        body.get("verdict") or ("CONTAINED" if body.get("contained") and body.get("switch") != UNDO else "NOT PROVED")
    )
    words = "CONTAINED" if words == ContainmentState.CONTAINED else words
    error = f": {body['error']}" if body.get("error") else ""
    return f"[{body.get('run', '?')}] {words}: {proved} of {len(proofs)} proofs hold{error}"


def _override(body: JsonObject) -> str:
    return f"[{body.get('run', '?')}] acted WITHOUT a journal, by choice: {body.get('why', '?')}"


def _recovered(body: JsonObject) -> str:
    lost = f"; entries up to {body['lost_up_to']} are LOST" if "lost_up_to" in body else ""
    return f"went on after a torn line of {body.get('bytes', 0)} bytes{lost}"


_WORDS: dict[str, Callable[[JsonObject], str]] = {
    "intent": _intent,
    "begin": _begin,
    "end": _end,
    "evidence": _evidence,
    "further": _further,
    "outcome": _outcome,
    "override": _override,
    "recovered": _recovered,
    "retry": _retry,
}
