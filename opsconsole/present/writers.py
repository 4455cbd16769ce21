"""Writers in words, for the screen and the command alike. Raw names are cleaned here."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.present.units import UNKNOWN, plural
from opsconsole.records import ClusterWriter, WriterClass
from opsconsole.records.writers import Counts
from opsconsole.text import clean_line

_ACCOUNT = "system:serviceaccount:"

_NAMED = 3

_RIGHTS = 2


def name(writer: ClusterWriter) -> str:
    """Its name, safe to draw. A ServiceAccount reads ``sa/namespace/name``, as kubectl's short word for it has it.

    Only of a user, which the API server vouches for: a manager that calls itself like one keeps its whole name.
    """
    if writer.user.startswith(_ACCOUNT) and writer.name == writer.user:
        return clean_line(f"sa/{writer.user.removeprefix(_ACCOUNT).replace(':', '/', 1)}", 80)
    return clean_line(writer.name, 80)


def sort(writer: ClusterWriter) -> str:
    """What it is taken for; a guess has a question mark."""
    if writer.sort is WriterClass.UNTRACED:
        return UNKNOWN
    return writer.sort.value if writer.proved else f"{writer.sort.value}?"


def rate(writer: ClusterWriter) -> str:
    """Writes a minute."""
    return UNKNOWN if writer.per_minute is None else f"{writer.per_minute:g}"


def some(counts: Counts, limit: int = _NAMED) -> str:
    """The names that count most, and how many more there are."""
    named = ", ".join(clean_line(each, 60) for each, _ in counts[:limit])
    return f"{named} +{len(counts) - limit}" if len(counts) > limit else named


def leaves(writer: ClusterWriter, limit: int = _NAMED) -> str:
    """The ends of the fields that it set: ``replicas, memory``; what is set in many objects first."""
    ends: dict[str, int] = {}
    for path, count in writer.fields:
        if not path.startswith("status"):
            end = clean_line(path.removesuffix("[*]").rpartition(".")[2], 40)
            ends[end] = ends.get(end, 0) + count
    found = tuple(sorted(ends.items(), key=lambda pair: -pair[1]))
    return some(found, limit) or ("status" if writer.fields else "")


def quarrel(writer: ClusterWriter) -> str:
    """How often it took fields over from people, and they from it."""
    if not (writer.took or writer.lost):
        return ""
    return f"took {writer.took}, lost {writer.lost}"


def rights(writer: ClusterWriter, limit: int = _RIGHTS) -> str:
    """The roles that it is bound to."""
    if writer.rights is None:
        return UNKNOWN
    return some(tuple((role, 1) for role in writer.rights), limit) or "no binding"


def folded(writers: Sequence[ClusterWriter]) -> str:
    """The system's writers in one line; empty where there is none."""
    system = [each for each in writers if each.sort is WriterClass.SYSTEM]
    if not system:
        return ""
    writes = sum(each.writes for each in system)
    guessed = sum(not each.proved for each in system)
    doubt = f"; {guessed} of them by name alone, a guess" if guessed else ""
    named = ", ".join(name(each) for each in system[:_NAMED]) + (", …" if len(system) > _NAMED else "")
    parts = plural(len(system), "part", "parts")
    return f"{parts} of the cluster itself wrote {plural(writes, 'time')} ({named}{doubt})"
