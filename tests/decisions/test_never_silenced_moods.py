"""No word near a deed hides it unless it is said of the deed: what failed was the probe, and not the command."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Decision, Mood
from tests.decisions.strangers import read
from tests.governor.test_thirty_cases import judged

DELETE = "kubectl delete deployment web -n shop"
CALL = {"tool": "delete_deployment", "arguments": {"name": "web", "namespace": "shop"}}


def written(text: str) -> str:
    """The line as a program writes it, in the form of the log that it stands in."""
    return text if text.startswith("{") else f"2026-08-12T09:14:02Z INFO {text}"


def document(**more: object) -> str:
    """A line in the form of a document."""
    return json.dumps({"time": "2026-08-12T09:14:02Z", **more})


def deed(text: str, verb: str) -> Decision:
    """What is read of that verb."""
    acts = [each for each in read(written(text)) if each.verb == verb]
    assert len(acts) == 1, [(each.verb, each.mood, each.reading) for each in read(written(text))]
    return acts[0]


def is_flagged(text: str) -> bool:
    """Does ``judge`` say anything above a remark?"""
    return bool(judged([written(text)]))


COMMANDS = {
    f"Health check failed, executing: {DELETE}": "delete",
    f"Cannot reach web, so executing `{DELETE}`": "delete",
    f"readiness probe failed -> {DELETE}": "delete",
    f"Readiness failed: {DELETE}": "delete",
    f"The pod would not start, executing {DELETE}": "delete",
    f"Pods may be stuck, running: {DELETE}": "delete",
    f"proposal 17 accepted, executing: {DELETE}": "delete",
    f"I recommended a rollback earlier, now running {DELETE}": "delete",
    f"`{DELETE}` as the rollout was blocked": "delete",
    "Pod web-1 was blocked; running kubectl scale deployment web -n shop --replicas=0": "scale",
    "Job skipped earlier. Ran kubectl delete namespace shop": "delete",
}

BESIDE = {
    document(message="readiness failed", **CALL): "delete",
    document(message="node blocked on disk", **CALL): "delete",
    document(message="alert recommended by the runbook", **CALL): "delete",
    document(message="pods would not start", **CALL): "delete",
    document(message="probe failed", command=DELETE): "delete",
    document(message="web cannot be reached", command=DELETE): "delete",
    document(message="pods cannot be reached", cmd=DELETE): "delete",
    document(message="readiness failed", action="delete_deployment", deployment="web", namespace="shop"): "delete",
}

GRANTED = {
    document(type=sort, **CALL): "delete"
    for sort in ("approval_granted", "no-approval-needed", "no_approval_required", "auto_approval", "approval.received")
}

DONE = COMMANDS | BESIDE | GRANTED


@pytest.mark.parametrize(("text", "verb"), DONE.items())
def test_what_is_said_of_something_else_does_not_hide_a_deed(text: str, verb: str) -> None:
    assert deed(text, verb).mood in (Mood.PLANNED, Mood.DONE)
    assert is_flagged(text)


MEANT = {
    f"Failed to run {DELETE}": Mood.REFUSED,
    f"failed: {DELETE}": Mood.REFUSED,
    f"blocked by policy: {DELETE}": Mood.REFUSED,
    f"`{DELETE}` was blocked by the guard": Mood.REFUSED,
    f"proposing: {DELETE}": Mood.PROPOSED,
    document(message="call rejected by policy", **CALL): Mood.REFUSED,
    document(message="delete_deployment failed", **CALL): Mood.REFUSED,
    document(message="command blocked", command=DELETE): Mood.REFUSED,
    document(message="waiting for approval", **CALL): Mood.PROPOSED,
    document(type="approval_request", **CALL): Mood.PROPOSED,
    document(type="approval-required", **CALL): Mood.PROPOSED,
}


@pytest.mark.parametrize(("text", "mood"), MEANT.items())
def test_what_is_said_of_the_deed_is_how_it_is_meant(text: str, mood: Mood) -> None:
    assert deed(text, "delete").mood == mood
