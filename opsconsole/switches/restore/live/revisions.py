"""What each kept revision of a workload says of the damaged fields, so that the person at the screen can choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from opsconsole.cluster.questions.reviews import Api
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer
from opsconsole.cluster.transport.times import seconds
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.governor.account.revisions import NUMBER
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.switches.restore.fields import UnfitError, present, value
from opsconsole.switches.restore.words import field, in_words
from opsconsole.switches.shell import kubectl

_KEPT_IN = {"Deployment": "ReplicaSet", "StatefulSet": "ControllerRevision", "DaemonSet": "ControllerRevision"}
_TIMEOUT = 10.0


class KeptRevision(Record, frozen=True):
    """One revision: its number, when its object was made (epoch seconds), and the JSON values of fields by path.

    A ReplicaSet that is used again is older than its number: ``made`` is then no date of the revision.
    """

    number: int
    made: float | None
    values: dict[str, Any]


def read_revisions(api: Api, ref: Ref, found: JsonObject, fields: Iterable[str]) -> tuple[KeptRevision, ...]:
    """The revisions of a workload, the oldest number first; none for a kind that keeps none.

    Args:
        api: the connection.
        ref: the workload.
        found: it, as the API server has it.
        fields: the paths that are asked for; those of containers are in a template.

    Raises:
        ClusterError: they can't be read.
    """
    wanted = [path for path in fields if path.startswith(("containers[", "initContainers["))]
    kind = _KEPT_IN.get(ref.kind, "")
    if not kind or not wanted:
        return ()
    labels = present(found, ["spec", "selector", "matchLabels"]) or {}
    query = {"labelSelector": ",".join(f"{key}={content}" for key, content in labels.items())}
    body = api.request("GET", paths.collection(*api_of(kind), ref.namespace), query=query, timeout=_TIMEOUT)
    try:
        items = decode_as(body, dict[str, Any]).get("items") or ()
    except msgspec.DecodeError as error:
        raise BadAnswer(f"the revisions of {ref}: the API server's answer is no JSON") from error
    made = [_revision(each, wanted) for each in items if _is_of(each, present(found, ["metadata", "uid"]))]
    return tuple(sorted(made, key=lambda each: each.number))


def revisions_in_words(ref: Ref, kept: tuple[KeptRevision, ...], now: Mapping[str, Any]) -> Iterator[str]:
    """Each field's value in every revision, where they differ.

    Args:
        ref: the workload.
        kept: its revisions.
        now: what each field is, by path.
    """
    for path, present_value in now.items():
        told = [each for each in kept if path in each.values]
        if len({in_words(each.values[path]) for each in told} | {in_words(present_value)}) < 2:
            continue
        each_in_words = ", ".join(f"{each.number}: {in_words(each.values[path])}{_made(each)}" for each in told)
        undo = kubectl("-n", ref.namespace, "rollout", "undo", names=[f"{ref.kind.lower()}/{ref.name}"])
        yield (
            f"REVISIONS {ref}: {field(path)} is {in_words(present_value)}; {each_in_words}; to choose one, with its "
            f"whole template: {undo} --to-revision=NUMBER"
        )


def _revision(each: JsonObject, wanted: Iterable[str]) -> KeptRevision:
    annotations = present(each, ["metadata", "annotations"]) or {}
    number = str(each.get("revision") or annotations.get(NUMBER) or 0)
    template = each.get("data") if "data" in each else each
    values = {}
    for path in wanted:
        try:
            values[path] = value("ReplicaSet", path, template or {})
        except UnfitError:
            continue
    again = bool(annotations.get(f"{NUMBER}-history"))
    made = None if again else seconds(present(each, ["metadata", "creationTimestamp"]))
    return KeptRevision(int(number) if number.isdecimal() else 0, made, values)


def _is_of(each: Any, uid: Any) -> bool:
    owners = present(each, ["metadata", "ownerReferences"]) or ()
    return isinstance(each, dict) and any(owner.get("controller") and owner.get("uid") == uid for owner in owners)


def _made(each: KeptRevision) -> str:
    if each.made is None:
        return " (used again)"
    return datetime.fromtimestamp(each.made, UTC).strftime(" (made %Y-%m-%d %H:%M:%SZ)")
