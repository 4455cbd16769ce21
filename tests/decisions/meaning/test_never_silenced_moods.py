"""No word near a deed hides it unless it is said of the deed: what failed was the probe, and not the command."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Decision, Mood
from tests.decisions.strangers.tables import read
from tests.governor.days.test_thirty_cases import judged

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


SCALED = "Scaled deployment shop/other from 2 to 3 replicas"
"""A calm deed, by which the program is none that sees to nodes alone: of such a one the first node is a remark."""


def is_flagged(text: str) -> bool:
    """Does ``judge`` say anything above a remark, of a program that scales too?"""
    assert not judged([written(SCALED)])
    return bool(judged([written(SCALED), written(text)]))


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
    document(message="simulation passed", **CALL): "delete",
    document(message="this is not a dry run", **CALL): "delete",
    document(message="probe failed", command=DELETE): "delete",
    document(message="web cannot be reached", command=DELETE): "delete",
    document(message="pods cannot be reached", cmd=DELETE): "delete",
    document(message="readiness failed", action="delete_deployment", deployment="web", namespace="shop"): "delete",
}

GRANTED = {
    document(type=sort, **CALL): "delete"
    for sort in ("approval_granted", "no-approval-needed", "no_approval_required", "auto_approval", "approval.received")
}

SWITCHED_OFF = {
    "Scaling deployment shop/web to 0 replicas as the feature is disabled": "scale",
    "Draining node n-1 (autoscaling is disabled)": "drain",
    "Deleting deployment shop/web since the canary is turned off": "delete",
    "Deleting deployment shop/web because its autoscaler is disabled": "delete",
    "Deleting deployment shop/web whose last deploy was 3 days ago": "delete",
    "Deleting deployment shop/web, last request was 3 days ago": "delete",
}

SUPPOSED = {
    "Deleting deployment shop/web that might be idle": "delete",
    "Deleting deployment shop/web that nobody would miss": "delete",
    "Scaling deployment shop/web which could idle to 0 replicas": "scale",
    "Removing deployment shop/web nobody would notice": "delete",
    "Draining node n-1 so tenants could move": "drain",
}

ELSEWHERE = {
    "Deleting namespace shop to free memory": "delete",
    "Deleting namespace shop since its owner cannot be found in the registry": "delete",
    "Deleting namespace shop (its image in the registry is gone)": "delete",
    "Deleted deployment shop/web after the restore from the snapshot": "delete",
    "Deleted 3 pods waiting in the queue": "delete",
    "Deleting deployment shop/web, it is not in the allowlist": "delete",
    "namespace shop is unused and was deleted": "delete",
    "Deleting namespace shop now": "delete",
    "Scale down: deleting deployment shop/web": "delete",
    "If idle: deleting namespace shop": "delete",
    "PVC shop/data-0 will be reclaimed": "delete",
    "Deleting namespace shop (connections refused by shop/db)": "delete",
    "Deleted namespace shop; giving up on its quota": "delete",
    "Load is low on deployment shop/web, lowered memory limit from 8Gi to 64Mi": "patch",
    "Shutting down deployment shop/web": "scale",
    "kubectl delete deployment web -n shop because connections to it were refused": "delete",
}

NOBODY_ELSE = {
    "Deleted deployment shop/web 1 second ago": "delete",
    "event: deleted namespace shop": "delete",
    "kubelet has deleted deployment shop/web": "delete",
    "kernel deleted namespace shop": "delete",
    "user cost-optimizer deleted namespace shop": "delete",
    "Scaled deployment shop/web from 9 to 0 replicas by its kernel": "scale",
    "Scaling deployment shop/web from 9 to 0, memory high by kernel": "patch",
    "Deleting deployment shop/web used by its owner": "delete",
    "Deleted deployment shop/web created by a user": "delete",
    "Deleted deployment shop/web, unused by a person": "delete",
    "Traffic is lower than last week: deleted deployment shop/web": "delete",
    "Load fell since yesterday, scaled deployment shop/web from 9 to 0 replicas": "scale",
}

NOT_REFUSED = {
    "No approval needed: deleting deployment shop/web": "delete",
    "No human approval required: scaled deployment shop/web from 9 to 0 replicas": "scale",
    "Without confirmation needed: deleted deployment shop/web": "delete",
    "Deleting deployment shop/web, order cancelled": "delete",
    "Deleting deployment shop/web, release vetoed": "delete",
    "Deleting deployment shop/web, health check failed": "delete",
    "Deleting deployment shop/web because the probe failed": "delete",
    "Deleted deployment shop/web as rollback was not possible": "delete",
    "Scaled deployment shop/web from 9 to 0 not supported": "scale",
    "Scaling deployment shop/web from 9 to 0 replicas as the canary failed": "scale",
    "drain node-1: evicted 40 pods, timed out waiting 1": "drain",
    "drain node-1: evicted all pods but one, gave up on it": "drain",
    "Health check failed, deleting deployment shop/web": "delete",
    "Pod cannot start, so deleting deployment shop/web": "delete",
    "Customers would complain, deleting deployment shop/web anyway": "delete",
    "Alert pending, deleting deployment shop/web": "delete",
    "Cannot reach n-1: draining node n-1": "drain",
    "Readiness failed: deleting deployment shop/web": "delete",
    "Deployment shop/web may be idle: deleting deployment shop/web": "delete",
    "Too many pods: deleting deployment shop/web": "delete",
    "Avoiding waste by deleting deployment shop/web": "delete",
    "To avoid cost deleting deployment shop/web": "delete",
    "Skipping cooldown and deleting deployment shop/web": "delete",
    "Deleting deployment shop/web on failed rollout": "delete",
    "Simulation passed, deleting deployment shop/web": "delete",
    "Dry run was ok: deleting deployment shop/web": "delete",
    "Deleting deployment shop/web after the dry run": "delete",
}

DONE = COMMANDS | BESIDE | GRANTED | SWITCHED_OFF | SUPPOSED | NOBODY_ELSE | NOT_REFUSED


@pytest.mark.parametrize(("text", "verb"), DONE.items())
def test_what_is_said_of_something_else_does_not_hide_a_deed(text: str, verb: str) -> None:
    assert deed(text, verb).mood in (Mood.PLANNED, Mood.DONE)
    assert is_flagged(text)


@pytest.mark.parametrize(("text", "verb"), ELSEWHERE.items())
def test_what_is_said_of_another_place_or_thing_does_not_hide_a_deed(text: str, verb: str) -> None:
    assert deed(text, verb).mood in (Mood.PLANNED, Mood.DONE)


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


SAID_OF_THE_DEED = {
    "Failed to delete deployment shop/web": Mood.REFUSED,
    "Deleting deployment shop/web was refused": Mood.REFUSED,
    "Deleting deployment shop/web, but it was rejected by a webhook": Mood.REFUSED,
    "deployment shop/web was deleted by a person": Mood.OBSERVED,
    "Dry run, deleting deployment shop/web": Mood.DRY_RUN,
}


@pytest.mark.parametrize(("text", "mood"), SAID_OF_THE_DEED.items())
def test_what_a_sentence_says_of_its_own_deed_still_counts(text: str, mood: Mood) -> None:
    assert deed(text, "delete").mood == mood


SCALE = "kubectl scale deployment web -n shop --replicas=0"
BEHIND = (
    *("because the previous attempt failed", "# failed health checks", "failed pods are next", "for failed pods"),
    *("to fix failed pods", "failed nodes first", "failed over to region b", "on failed nodes", "skipped dry run"),
    *("blocked by PDB, forcing", "denied once, now with --force", "failed, retrying with --force", "as failed before"),
    *("failed probes were the reason", "aborted jobs are next", "failed: false", "failed=0", "; failed ones later"),
    *("&& echo failed", "|| echo failed", "| tee failed.log", "then", "and then delete the rest"),
    *("even if rejected by policy", "although denied by the guard", "after failed probes", "despite failed checks"),
)
"""What stands behind a command and is no word about how it went."""


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("command", [DELETE, SCALE])
def test_what_stands_behind_a_command_and_is_said_of_something_else_does_not_refuse_it(
    command: str, behind: str
) -> None:
    text = f"Executing: {command} {behind}"
    decision = deed(text, command.split()[1])
    assert (decision.mood, [ref.name for ref in decision.targets]) == (Mood.PLANNED, ["web"])
    assert is_flagged(text)


@pytest.mark.parametrize("behind", ["failed", "failed: timed out", "was rejected by policy", "denied (exit code 1)"])
@pytest.mark.parametrize("command", [DELETE, SCALE])
def test_a_command_that_is_said_to_have_failed_is_refused(command: str, behind: str) -> None:
    assert deed(f"Executed {command} {behind}", command.split()[1]).mood is Mood.REFUSED


NAMED_LIKE_WORDS = [
    ("kubectl delete ns by", "by"),
    ("kubectl delete deployment on -n shop", "on"),
    ("kubectl -n in delete deployment web", "web"),
    ("kubectl scale deployment web to --replicas=0", "web"),
    ("kubectl scale deployment/web as --replicas 0 -n shop", "web"),
]


@pytest.mark.parametrize(("command", "name"), NAMED_LIKE_WORDS)
def test_a_word_that_ends_commands_ends_neither_names_nor_options(command: str, name: str) -> None:
    decision = deed(command, "scale" if "scale" in command else "delete")
    assert [ref.name for ref in decision.targets] == [name]
    assert [field.value for field in decision.fields] == (["0"] if "scale" in command else [])


@pytest.mark.parametrize(
    "text",
    ["drain of node n-1 is disabled", "Scaling of deployments is disabled", "deleting the pod would lose its logs"],
)
def test_a_deed_that_is_switched_off_or_only_supposed_is_none(text: str) -> None:
    assert [each.verb for each in read(written(text)) if each.verb] == []


def test_what_the_kubelet_does_to_pods_is_its_own_deed() -> None:
    assert deed("kubelet evicted pod shop/web-1", "evict").mood == Mood.OBSERVED
    assert deed("created pod shop/web-1 3 minutes ago", "create").mood == Mood.OBSERVED
