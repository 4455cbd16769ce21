"""What the entries of one execution say together: what was meant, begun, done and proved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from opsconsole import containment
from opsconsole.decoding import convert_to
from opsconsole.journal.entry import JournalEntry, Who
from opsconsole.journal.undo_store import UndoFile
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Record, Step, StepOutcome, StepState

INTERRUPTED = "interrupted: the console ended before this was finished"


class Run(Record, frozen=True):
    """One execution of a plan, as the journal has it.

    ``outcome`` holds a step for each of the plan; one that was begun and never ended is ``running`` with what the
    target looked like before. ``finished`` tells whether the console lived to say what came of it. ``seq`` is the
    intent's number, which orders executions. ``kept`` are the files that undo needs, by step (empty: of the whole), and
    ``missing`` the steps of which it was not kept. ``problem`` says why it must not be undone; empty if it may.
    """

    id: str
    plan: Plan
    who: Who
    outcome: Outcome
    finished: bool = False
    seq: int = 0
    kept: tuple[tuple[str, UndoFile], ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def begun(self) -> tuple[StepOutcome, ...]:
        """Steps that did change the world, or may have."""
        return tuple(step for step in self.outcome.steps if step.state in {StepState.DONE, StepState.RUNNING})


def plan_to_json(plan: Plan) -> JsonObject:
    """``plan`` as the journal and ``--output json`` show it: the steps' arguments as objects, not as bytes.

    What its verification needs (``checks``) is left out: it is for the console that executes it, undo has its own file,
    and nothing could mask the secrets in it.
    """
    body: JsonObject = msgspec.to_builtins(msgspec.structs.replace(plan, checks=b""))
    del body["checks"]
    for step, record in zip(body["steps"], plan.steps, strict=True):
        step["arguments"] = msgspec.json.decode(record.arguments)
    return body


def plan_from_json(body: JsonObject) -> Plan:
    """The plan that :func:`plan_to_json` made ``body`` of. Fields that this version does not know are left out.

    Raises:
        msgspec.ValidationError: ``body`` is no plan.
    """
    steps = [{**step, "arguments": b""} for step in body.get("steps", ())]
    plan = convert_to({**body, "steps": steps}, Plan)
    arguments = [msgspec.json.encode(step.get("arguments", {})) for step in body.get("steps", ())]
    return msgspec.structs.replace(
        plan,
        steps=tuple(
            msgspec.structs.replace(step, arguments=data) for step, data in zip(plan.steps, arguments, strict=True)
        ),
    )


def outcome_to_json(outcome: Outcome) -> JsonObject:
    """``outcome`` for ``--output json``: before and after as objects, and whether all is proved."""
    body: JsonObject = msgspec.to_builtins(outcome)
    for step, record in zip(body["steps"], outcome.steps, strict=True):
        step["before"], step["after"] = as_json(record.before), as_json(record.after)
    body["contained"] = containment.contained(outcome)
    body["verdict"] = containment.verdict(outcome).value
    return body


def as_json(data: bytes) -> Any:
    """``data`` as a JSON value for people to read; ``None`` for nothing. What can't be shown is said in words."""
    try:
        return msgspec.json.decode(data) if data else None
    except (ValueError, RecursionError):
        return f"[{len(data)} bytes that can't be shown]"


def runs(
    entries: Iterable[JournalEntry], doubted: Mapping[int, str] = MappingProxyType({}), told: list[str] | None = None
) -> list[Run]:
    """Put the executions together, in the order of their numbers. Entries that no intent announces are left out.

    Args:
        entries: of the journal.
        doubted: what is wrong with an entry, by its number: its execution is known and must not be undone.
        told: gets a line for each entry that can't be used: of a newer version, or not as any version writes it.
    """
    found: dict[str, _Draft] = {}
    for entry in sorted(entries, key=lambda entry: entry.seq):
        if entry.kind not in _OF_RUNS:
            continue
        try:
            _take(found, entry, doubted.get(entry.seq, ""))
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            words = f"entry {entry.seq} ({entry.kind}) is not one that this version can use: {error}"
            _doubt(found, str(entry.body.get("run", "")), words)
            if told is not None:
                told.append(words)
    return [run for draft in found.values() if (run := draft.run_or_none(told)) is not None]


VERSION = 1
"""Of an intent's body. Those without one were written before there were versions."""

_OF_RUNS = frozenset({"intent", "begin", "end", "outcome"})


def _take(found: dict[str, _Draft], entry: JournalEntry, doubt: str) -> None:
    name = str(entry.body.get("run", ""))
    if entry.body.get("v", 0) not in {0, VERSION}:
        raise ValueError(f"its version is {entry.body['v']!r}")
    if entry.kind == "intent":
        if name in found:
            raise ValueError(f"run {name} has begun already")
        found[name] = _Draft(entry)
    elif name in found:
        found[name].add(entry)
    if doubt:
        _doubt(found, name, doubt)


def _doubt(found: Mapping[str, _Draft], run: str, words: str) -> None:
    if run in found and not found[run].problem:
        found[run].problem = words


class _Draft:
    """An execution that is being put together."""

    def __init__(self, intent: JournalEntry) -> None:
        self._id = str(intent.body["run"])
        self._seq = intent.seq
        self.problem = ""
        undo = intent.body.get("undo") or {}
        self._kept = [("", convert_to(undo["kept"], UndoFile))] if undo.get("kept") else []
        self._missing = {str(step) for step in undo.get("missing", ())}
        self._who = intent.who
        self._started = intent.at
        self._plan = plan_from_json(intent.body["plan"])
        at_once = map(str, intent.body.get("at_once") or ())
        self._steps = {key: StepOutcome(key, StepState.RUNNING, INTERRUPTED) for key in at_once}
        self._end: JournalEntry | None = None

    def add(self, entry: JournalEntry) -> None:
        body = entry.body
        key = str(body.get("step", ""))
        if entry.kind == "begin":
            self._keep(key, body)
            self._steps[key] = StepOutcome(key, StepState.RUNNING, INTERRUPTED, before=_as_bytes(body.get("before")))
        elif entry.kind == "end":
            begun = self._steps.get(key, StepOutcome(key, StepState.RUNNING))
            self._steps[key] = msgspec.structs.replace(
                begun,
                state=StepState(body["state"]),
                detail=str(body.get("detail", "")),
                before=_as_bytes(body.get("before")) or begun.before,
                after=_as_bytes(body.get("after")),
                seconds=float(body.get("seconds", 0.0)),
                unsure=bool(body.get("unsure", False)),
                tries=int(body.get("tries", 1)),
            )
        elif entry.kind == "outcome":
            self._end = entry

    def _keep(self, step: str, body: JsonObject) -> None:
        undo = body.get("undo") or {}
        if undo.get("kept"):
            self._kept.append((step, convert_to(undo["kept"], UndoFile)))
            self._missing.discard(step)
        elif undo.get("missing"):
            self._missing.add(step)

    def run_or_none(self, told: list[str] | None) -> Run | None:
        """The execution; ``None`` (and a line to tell) if its entries do not fit each other."""
        try:
            return self._run()
        except (ValueError, TypeError, AttributeError) as error:
            if told is not None:
                told.append(f"run {self._id} can't be read: {error}")
            return None

    def _run(self) -> Run:
        end = self._end.body if self._end else {}
        outcome = Outcome(
            switch=self._plan.switch,
            started=self._started,
            finished=self._end.at if self._end else None,
            steps=tuple(self._steps.get(s.key) or _waiting(s) for s in self._plan.steps),
            proofs=convert_to(end.get("proofs", []), tuple[Proof, ...]),
            error=str(end.get("error", "")) if self._end else INTERRUPTED,
            run=self._id,
        )
        return Run(
            self._id,
            self._plan,
            self._who,
            outcome,
            finished=self._end is not None,
            seq=self._seq,
            kept=tuple(self._kept),
            missing=tuple(sorted(self._missing)),
            problem=self.problem,
        )


def _waiting(step: Step) -> StepOutcome:
    return StepOutcome(step.key, StepState.WAITING)


def _as_bytes(value: Any) -> bytes:
    return b"" if value is None else msgspec.json.encode(value)
