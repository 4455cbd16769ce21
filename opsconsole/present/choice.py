"""Which steps of a plan are executed: those that hit nobody else, unless the operator chooses others. Pure."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from opsconsole.records import Plan, Step


class ChoiceError(ValueError):
    """A step that is to be chosen is not in the plan; the text says which there are."""


def toggled(plan: Plan, key: str) -> Plan:
    """``plan`` with the choice of the step ``key`` turned round."""
    steps = (msgspec.structs.replace(step, chosen=not step.chosen) if step.key == key else step for step in plan.steps)
    return msgspec.structs.replace(plan, steps=tuple(steps))


def chosen(plan: Plan, only: Collection[str] = (), without: Collection[str] = ()) -> Plan:
    """``plan`` with exactly the steps ``only`` chosen (as it is, if empty), but none of ``without``.

    A step is named by its number, its key, or its target's name or ``kind/name``.

    Raises:
        ChoiceError: a word names no step.
    """
    for word in (*only, *without):
        if not any(_names(word, number, step) for number, step in enumerate(plan.steps, 1)):
            known = ", ".join(f"{number} ({step.key})" for number, step in enumerate(plan.steps, 1))
            raise ChoiceError(f"no step of this plan is {word!r}; there are: {known or 'none'}")
    steps = [_decided(step, number, only, without) for number, step in enumerate(plan.steps, 1)]
    return msgspec.structs.replace(plan, steps=tuple(steps))


def _decided(step: Step, number: int, only: Collection[str], without: Collection[str]) -> Step:
    wanted = any(_names(word, number, step) for word in only) if only else step.chosen
    kept_out = any(_names(word, number, step) for word in without)
    return msgspec.structs.replace(step, chosen=wanted and not kept_out)


def _names(word: str, number: int, step: Step) -> bool:
    kind, slash, name = word.partition("/")
    same = bool(slash) and kind.lower() == step.target.kind.lower() and name == step.target.name
    return word in {str(number), step.key, step.target.name} or same
