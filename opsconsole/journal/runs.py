"""What the entries of one execution say together: what was meant, begun, done and proved. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from opsconsole import containment
from opsconsole.journal.entry import Entry, Who
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Record, Step, StepOutcome, StepState

INTERRUPTED = "interrupted: the console ended before this was finished"


class Run(Record, frozen=True):
    """One execution of a plan, as the journal has it.

    ``outcome`` holds a step for each of the plan; one that was begun and never ended is ``running`` with what the
    target looked like before. ``finished`` tells whether the console lived to say what came of it.
    """

    id: str
    plan: Plan
    who: Who
    outcome: Outcome
    finished: bool = False

    @property
    def begun(self) -> tuple[StepOutcome, ...]:
        """Steps that did change the world, or may have."""
        return tuple(step for step in self.outcome.steps if step.state in {StepState.DONE, StepState.RUNNING})


def plan_to_json(plan: Plan) -> JsonObject:
    """``plan`` as the journal and ``--output json`` show it: the steps' arguments as objects, not as bytes."""
    body: JsonObject = msgspec.to_builtins(plan)
    for step, record in zip(body["steps"], plan.steps, strict=True):
        step["arguments"] = msgspec.json.decode(record.arguments)
    return body


def plan_from_json(body: JsonObject) -> Plan:
    """The plan that :func:`plan_to_json` made ``body`` of. Fields that this version does not know are left out.

    Raises:
        msgspec.ValidationError: ``body`` is no plan.
    """
    steps = [{**step, "arguments": b""} for step in body.get("steps", ())]
    plan = msgspec.convert({**body, "steps": steps}, Plan)
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
    """``data`` as a JSON value; ``None`` for nothing."""
    return msgspec.json.decode(data) if data else None


def runs(entries: Iterable[Entry]) -> list[Run]:
    """Put the executions together, oldest first. Entries that no intent announces are left out."""
    found: dict[str, _Draft] = {}
    for entry in entries:
        name = str(entry.body.get("run", ""))
        if entry.kind == "intent":
            found[name] = _Draft(entry)
        elif name in found:
            found[name].add(entry)
    return [draft.run() for draft in found.values()]


class _Draft:
    """An execution that is being put together."""

    def __init__(self, intent: Entry) -> None:
        self._id = str(intent.body["run"])
        self._who = intent.who
        self._started = intent.at
        self._plan = plan_from_json(intent.body["plan"])
        self._steps: dict[str, StepOutcome] = {}
        self._end: Entry | None = None

    def add(self, entry: Entry) -> None:
        body = entry.body
        key = str(body.get("step", ""))
        if entry.kind == "begin":
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
            )
        elif entry.kind == "outcome":
            self._end = entry

    def run(self) -> Run:
        end = self._end.body if self._end else {}
        outcome = Outcome(
            switch=self._plan.switch,
            started=self._started,
            finished=self._end.at if self._end else None,
            steps=tuple(self._steps.get(s.key) or _waiting(s) for s in self._plan.steps),
            proofs=msgspec.convert(end.get("proofs", []), tuple[Proof, ...]),
            error=str(end.get("error", "")) if self._end else INTERRUPTED,
            run=self._id,
        )
        return Run(self._id, self._plan, self._who, outcome, finished=self._end is not None)


def _waiting(step: Step) -> StepOutcome:
    return StepOutcome(step.key, StepState.WAITING)


def _as_bytes(value: Any) -> bytes:
    return b"" if value is None else msgspec.json.encode(value)
