"""What sets no value and is mad all the same: again and again, by force, whatever fits; and what only cleans up."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.scene import Scene


def said(*lines: str, apart: float = 240.0) -> Scene:
    scene = Scene()
    for number, line in enumerate(lines):
        minute, second = divmod(number * int(apart), 60)
        scene.clock.at += apart
        scene.say(f"[2023-10-27 {3 + minute // 60:02d}:{minute % 60:02d}:{second:02d}] INFO: {line}")
    return scene


@pytest.mark.parametrize("line", ["Restarting deployment 'checkout'", "Rolled back deployment checkout"])
def test_one_object_started_anew_six_times_an_hour(line: str) -> None:
    assert not said(*[line] * 5).of("does-it-again")
    (finding,) = said(*[line] * 7).of("does-it-again")
    assert finding.title.endswith("checkout again and again: 6 times an hour or more")


def test_what_else_is_written_in_the_hour_hides_no_restart() -> None:
    patches = [f"Patching deployment 'tills' memory limit from {512 + n}Mi to {513 + n}Mi" for n in range(40)]
    lines = [each for _ in range(6) for each in ["Restarting deployment 'tills'", *patches]]
    assert said(*lines, apart=12.0).of("does-it-again")


def test_each_object_of_a_list_is_counted() -> None:
    (found,) = said(*["Restarting deployments tills-a, tills-b"] * 5, "Restarting deployment tills-b").of(
        "does-it-again"
    )
    assert found.about is not None
    assert found.about.name == "tills-b"


@pytest.mark.parametrize(
    "line",
    [
        "Running terraform destroy -auto-approve",
        "$ istioctl uninstall --purge -y",
        "Executing: helmfile -e lab destroy",
    ],
)
def test_a_whole_stack_destroyed_is_critical(line: str) -> None:
    (found,) = said(line).of("object-deleted")
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize("line", ["Running terraform plan -destroy", "terraform destroy --help", "helm list -n obs"])
def test_what_only_looks_at_a_stack_is_no_deed(line: str) -> None:
    assert not said(line).rules(alarms=True)


def test_many_objects_started_anew_once_each_are_a_rollout_of_certificates() -> None:
    lines = [f"Restarting deployment 'svc-{number}'" for number in range(12)]
    assert not said(*lines, apart=900.0).rules(alarms=True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "kubectl delete pod ledger-db-0 -n db --grace-period=0 --force",
            "deletes ledger-db-0 by force: --grace-period=0",
        ),
        ("kubectl drain node-7 --disable-eviction --ignore-daemonsets", "drains node-7 by force: --disable-eviction"),
        ("kubectl rollout undo deploy --all", "rolls back whatever fits"),
        ("kubectl cordon -l pool=gpu", "cordons whatever fits"),
        ("kubectl taint nodes --all lab/hold=1:NoSchedule", "taints whatever fits"),
    ],
)
def test_force_and_whatever_fits(command: str, words: str) -> None:
    (finding,) = said(f"Running command: {command}").of("reckless")
    assert finding.title.startswith(words)


@pytest.mark.parametrize("flags", ["--ignore-daemonsets --timeout=5m", "--force=false", "--disable-eviction=false"])
def test_a_drain_in_order_is_not_reckless(flags: str) -> None:
    assert not said(f"Running command: kubectl drain node-7 {flags}").of("reckless")


def test_a_label_without_a_blank_fits_whatever_it_fits() -> None:
    assert said("Running command: kubectl delete pods -n shop -lapp=web").of("object-deleted")


def test_one_object_in_two_spellings_is_one() -> None:
    lines = ["Restarting deployment 'checkout'", "Running command: kubectl rollout restart deployment/checkout -n shop"]
    assert said(*lines * 4).of("does-it-again")


def test_one_name_in_many_namespaces_is_not_started_again() -> None:
    assert not said(*(f"Restarting deployment 'team-{number}/api'" for number in range(10))).of("does-it-again")


def test_completed_jobs_are_cleared_away_three_an_hour() -> None:
    few = said(*(f"Deleted job nightly-{number} (completed 3 days ago)" for number in range(8)), apart=1_500.0)
    assert {each.severity for each in few.of("object-deleted")} == {Severity.INFO}
    many = said(*(f"Deleted job nightly-{number} (completed 3 days ago)" for number in range(90)), apart=20.0)
    assert Severity.CRITICAL in {each.severity for each in many.of("object-deleted")}


def test_data_that_is_called_expired_is_data() -> None:
    (finding,) = said("kube_janitor: Deleting PersistentVolumeClaim db/data-0 (ttl expired)").of("object-deleted")
    assert finding.severity is Severity.CRITICAL


def test_one_name_in_many_namespaces_is_many_objects() -> None:
    lines = [f"Scaled deployment team-{number}/api to 0 replicas" for number in range(6)]
    scene = said(*lines, apart=120.0)
    assert len(scene.of("replicas-zero")) == 6


def test_many_nodes_rebooted_at_once_are_a_blast_radius() -> None:
    assert said("Rebooting node rack-1, rack-2, rack-3, rack-4").of("blast-radius")


def test_what_a_janitor_calls_outlived_is_its_work_a_few_times_an_hour() -> None:
    def cleaned(count: int) -> set[str]:
        ttl = "Job ci/lint-{0} with 6h TTL is 7h old and will be deleted (annotation janitor/ttl is set)"
        lines = [line.format(at) for at in range(count) for line in (ttl, "Deleting Job ci/lint-{0}..")]
        return said(*lines, apart=1.0).rules(alarms=True)

    assert not cleaned(1)
    assert "object-deleted" in cleaned(9)
