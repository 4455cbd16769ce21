"""What a decision wants to set, field by field, beside what was there before as far as anybody knows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from opsconsole.governor.observed.fields import NO_TAINTS, Value, unpack
from opsconsole.patterns import late
from opsconsole.records import AnyRecord, ChangeField, Decision, FieldValue, Node

TARGETS = 2_000
"""Targets whose announced values are remembered; more are a broken log, and the oldest go."""

_TAINT = late(r"taints\[(?P<key>[^\]]*)\](?:\.(?P<part>key|value|effect))?")


class AnnouncedValues:
    """Remembers the newest value announced for each field of each target: where nothing else tells what was before."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[str, str], dict[str, Value]] = OrderedDict()
        """By name and namespace; the namespace is empty where a line names none."""
        self._newest: dict[str, str] = {}
        """The namespace that was last named with a name: what a line without one means."""

    def fields(
        self,
        decision: Decision,
        record: AnyRecord | None,
        current: Callable[[str], Value | None],
        *,
        may_be_done: bool = False,
    ) -> tuple[ChangeField, ...]:
        """The fields that ``decision`` sets.

        Args:
            decision: what is said.
            record: its target, if it is known; names what a path leaves out.
            current: gives the value of a path of the target at that time; ``None`` where it is not known.
            may_be_done: it may have been carried out already when those were seen.
        """
        name = decision.target.name if decision.target is not None else ""
        said = self._of(name, decision.target.namespace if decision.target is not None else "")
        found = []
        for path, wanted in _paths(decision.fields, record):
            # The cluster knows best; then what the line itself says; then what was announced before it.
            told = (wanted.before, wanted.before_number) if wanted.before else None
            seen, heard = current(path), told or said.get(path)
            if may_be_done and heard is not None and seen is not None and seen[0] == wanted.value:
                seen = None
            before = seen or heard or ("", None)
            found.append(ChangeField(path, before[0], wanted.value, before[1], wanted.number))
            if name and not wanted.problem:
                said[path] = (wanted.value, wanted.number)
        return tuple(found)

    def _of(self, name: str, namespace: str) -> dict[str, Value]:
        """What was said of the object: ``web`` of one namespace is another than that of the next."""
        key = (name, namespace or self._newest.get(name, ""))
        if namespace and self._newest.get(name) != namespace:
            unsaid = self._said.pop((name, ""), None)  # what was said of it before its namespace was
            self._newest[name] = namespace
            if unsaid is not None and key not in self._said:
                self._said[key] = unsaid
        said = self._said.setdefault(key, {})
        self._said.move_to_end(key)
        if len(self._said) > TARGETS:
            (old, space), _ = self._said.popitem(last=False)
            if self._newest.get(old) == space:
                del self._newest[old]
        return said


def _paths(fields: Iterable[FieldValue], record: AnyRecord | None) -> Iterable[tuple[str, FieldValue]]:
    """Fields with their paths as changes name them; the leaves of a list of taints become the one field they are."""
    taints: dict[str, dict[str, str]] = {}
    for field in fields:
        taint = _TAINT.fullmatch(field.path) if field.path.startswith("taints[") else None
        if taint is not None:
            taints.setdefault(taint["key"], {})[taint["part"] or "whole"] = field.value
        elif not (isinstance(record, Node) and field.path == "taints"):
            yield unpack(field.path, record), field
        else:
            yield "taints", FieldValue("taints", NO_TAINTS if field.value in ("", "[]", "null") else field.value)
    if taints:
        yield "taints", FieldValue("taints", ", ".join(sorted(_taint(key, parts) for key, parts in taints.items())))


def _taint(key: str, parts: Mapping[str, str]) -> str:
    """``key=value:effect`` of its parts; a sentence's ``value:effect`` comes whole."""
    value, _, effect = parts.get("whole", "").rpartition(":")
    value, effect = parts.get("value", value), parts.get("effect", effect)
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def values_agree(wanted: Iterable[ChangeField], done: Mapping[str, ChangeField]) -> bool:
    """Whether what was done is what was wanted, in each field that both have, and in one at least."""
    agreed = 0
    for field in wanted:
        real = done.get(field.path)
        if real is None:
            continue
        if field.path != "taints" and not same_value(real.after, real.after_number, field):
            return False
        agreed += 1
    return agreed > 0


def same_value(text: str, number: float | None, wanted: ChangeField) -> bool:
    """Whether that value is the one that is wanted, however it is written."""
    if number is None or wanted.after_number is None:
        return text == wanted.after
    return abs(number - wanted.after_number) <= 1e-9 * max(abs(number), abs(wanted.after_number), 1e-9)
