"""Lines of systems that no table names; ``python -m tests.decisions.strangers.tables FILE`` counts what is right.

A line is right column by column, as in the corpus: time, level, verb, target, value, before, mood. What is claimed and
not said is a wrong claim.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from opsconsole.decisions.stream import DecisionStream
from opsconsole.quantity import exact
from opsconsole.records import Decision, FieldValue

HERE = Path(__file__).parent
TABLES = tuple(sorted(HERE.glob("*.txt")))
SAYS = "    => "
NOON = datetime(2026, 8, 12, 9, 14, 2, tzinfo=UTC).timestamp()
_OPTIONAL = {"-", "nothing"}
LEVELS = {"TRACE": "D", "NOTICE": "I", "FATAL": "C", "PANIC": "C", "SEVERE": "E", "SUCCESS": "I"}


class Deed(NamedTuple):
    """What is done to whom, and how it is meant; ``values`` are ``path before after``."""

    verbs: tuple[str, ...]
    kinds: tuple[str, ...]
    whom: tuple[str, ...]
    moods: tuple[str, ...]
    values: tuple[tuple[str, str, str], ...]


class Line(NamedTuple):
    """A line as it is fed, and what it says; ``at`` is ``None`` where it says no time."""

    text: str
    level: str
    at: float | None
    deeds: tuple[Deed, ...]

    @property
    def must_be_told(self) -> bool:
        """Does it tell of a deed that no reader may leave out?"""
        return any(not _OPTIONAL & {*deed.verbs} for deed in self.deeds)


def table(path: Path) -> list[Line]:
    """The lines of a file."""
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if row and not row.startswith("# ")]
    return [_line(line, says.removeprefix(SAYS)) for line, says in zip(rows[::2], rows[1::2], strict=True)]


def _line(line: str, says: str) -> Line:
    text = line.replace("\\\\n", "\0").replace("\\n", "\n").replace("\0", "\\n").replace("\\t", "\t")
    head, _, said = says.partition(" ")
    level, _, when = head.partition("@")
    deeds = () if said == "nothing" else tuple(_deed(each) for each in said.split(" && "))
    return Line(text, level, None if when else NOON, deeds)


def _deed(said: str) -> Deed:
    head, *values = said.split("; ")
    verb, kind, who, mood = (each.split("|") for each in head.split())
    told = [value.split() for value in values]
    return Deed(tuple(verb), tuple(kind), tuple(who), tuple(mood), tuple((path, one, two) for path, one, two in told))


def read(text: str) -> list[Decision]:
    """What the reader makes of it."""

    def broken(name: str, error: BaseException) -> None:
        raise AssertionError(f"{name}: {error!r}")

    stream = DecisionStream(on_broken=broken, today=NOON + 3600)
    found = [each for line in text.split("\n") for each in stream.feed("log", line, 100.0)]
    return found + stream.flush(100.0, force=True)


def columns(line: Line, found: list[Decision]) -> Iterator[tuple[str, bool, str]]:
    """Each thing that is asked of a line: its column, whether it is right, and what was read."""
    if line.at is not None:
        times = [each.at for each in found]
        yield "time", any(at is not None and abs(at - line.at) <= 1 for at in times), str(times)
    if "-" not in line.level:
        letters = {LEVELS.get(each.level, each.level[:1]) for each in found}
        yield "level", bool(letters & set(line.level.split("|"))), str(letters)
    acts = [each for each in found if each.verb not in ("", "query")]
    for deed in line.deeds:
        yield from _asked(deed, acts)
    for act in acts:
        yield from (("wrong", False, claim) for claim in _wrong(line, act))


def _asked(deed: Deed, acts: list[Decision]) -> Iterator[tuple[str, bool, str]]:
    if _OPTIONAL & {*deed.verbs} and not acts:
        return
    mine = [act for act in acts if act.verb in deed.verbs]
    yield "verb", bool(mine), str([act.verb for act in acts])
    if "-" not in deed.whom:
        yield "target", any(_named(act, deed) for act in mine), str([[str(t) for t in a.targets] for a in acts])
    if "-" not in deed.moods:
        yield "mood", any(act.mood in deed.moods for act in mine), str([str(act.mood) for act in mine])
    fields = [field for act in acts for field in act.fields]
    for path, before, after in deed.values:
        told = [field for field in fields if field.path.endswith(path)]
        yield "value", any(_same(field.value, after) for field in told), str(fields)
        if before != "-":
            yield "before", any(_same(field.before, before) for field in told), str(fields)


def _named(act: Decision, deed: Deed) -> bool:
    names = sorted(_name(act, at) for at in range(len(act.targets)))
    fits = any(sorted(whom.split(",")) == names or (whom == f"x{act.count}") for whom in deed.whom)
    return fits and {ref.kind or "-" for ref in act.targets} <= {*deed.kinds, "-"}


def _name(act: Decision, index: int) -> str:
    ref = act.targets[index]
    return f"{ref.namespace}/{ref.name or '-'}" if ref.namespace else ref.name or "-"


def _same(one: str | None, other: str) -> bool:
    try:
        return one is not None and exact(one) == exact(other)
    except ValueError:
        return one == other


def _wrong(line: Line, act: Decision) -> Iterator[str]:
    """What an action claims that the line does not say."""
    if act.mood == "observed":
        return
    said = [deed for deed in line.deeds if act.verb in deed.verbs]
    if not said:
        yield f"deed {act.verb} {act.mood} {[str(ref) for ref in act.targets]}"
        return
    known = {name.rpartition("/")[2] for deed in said for whom in deed.whom for name in whom.split(",")}
    for ref in act.targets:
        if ref.name and ref.name not in known:
            yield f"target {ref}"
    values = [value for deed in line.deeds for value in deed.values]
    for field in act.fields:
        if not any(field.path.endswith(path) and _same(field.value, after) for path, _, after in values):
            yield from _unsaid(field, line)


def _unsaid(field: FieldValue, line: Line) -> Iterator[str]:
    if str(field.value) not in line.text:
        yield f"value {field.path}={field.value}"


def main() -> None:
    """Print what is not right, and the share of each column."""
    tally: dict[str, list[bool]] = defaultdict(list)
    lines = table(Path(sys.argv[1]))
    for line in lines:
        found = read(line.text)
        results = list(columns(line, found))
        bad = [f"    {column}: {told}" for column, right, told in results if not right]
        for column, right, _ in results:
            tally[column].append(right)
        tally["clean though not understood"].append(line.must_be_told and all(each.reading == "none" for each in found))
        tally["whole"].append(not bad)
        if bad:
            sys.stdout.write("\n".join([line.text[:230], *bad]) + "\n")
    for column, rights in tally.items():
        sys.stdout.write(f"{column:28}{sum(rights):5}/{len(rights)} {100 * sum(rights) / len(rights):.1f} %\n")


if __name__ == "__main__":
    main()
