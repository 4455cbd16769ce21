"""Deployments make ReplicaSets make pods; rollouts keep their promises; garbage goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.behaviour import Behaviour
from rehearsal.world.controllers import rollout
from rehearsal.world.controllers.jobs import matches
from rehearsal.world.controllers.rollout import Counts, Limits
from tests.rehearsal.builders import JVM, Stage, scenario, service

MOMENT = 1_698_376_440.0  # Friday, 2023-10-27 03:14:00 UTC


def test_a_deployment_comes_up(stage: Stage) -> None:
    stage.run(10)
    assert stage.ready() == 2
    (replica_set,) = stage.human.all("ReplicaSet", "production")
    assert replica_set["metadata"]["ownerReferences"][0]["name"] == "web"
    assert replica_set["metadata"]["name"].startswith("web-")
    assert all(pod["metadata"]["name"].startswith(replica_set["metadata"]["name"] + "-") for pod in stage.pods())
    (event,) = [each for each in stage.events("ScalingReplicaSet") if each["involvedObject"]["name"] == "web"]
    assert event["message"] == f"Scaled up replica set {replica_set['metadata']['name']} to 2 from 0"


def test_a_deleted_pod_is_replaced(stage: Stage) -> None:
    stage.run(10)
    victim = stage.pods()[0]
    stage.human.delete(victim)
    stage.run(10)
    assert stage.ready() == 2
    assert victim["metadata"]["uid"] not in {pod["metadata"]["uid"] for pod in stage.pods()}
    assert [event["message"] for event in stage.events("Killing")] == ["Stopping container web"]


def test_a_rolling_update_keeps_the_promised_number_ready() -> None:
    stage = Stage(scenario(service(replicas=4, unavailable="25%")))
    stage.run(10)
    stage.limit("128Mi")
    lowest = 4
    for _ in range(120):
        stage.world.step(0.5)
        lowest = min(lowest, stage.ready())
    assert lowest >= 3
    assert {pod["spec"]["containers"][0]["resources"]["limits"]["memory"] for pod in stage.pods()} == {"128Mi"}


def test_a_rolling_update_to_what_can_not_live_stops_before_the_last_good_pod() -> None:
    stage = Stage(scenario(service(replicas=4, unavailable="25%")))
    stage.run(10)
    stage.limit("32Mi")
    stage.run(120)
    assert stage.ready() >= 3


def test_recreate_has_no_such_mercy() -> None:
    stage = Stage(scenario(service(behaviour=JVM, memory="1Gi", recreate=True)))
    stage.run(60)
    assert stage.ready() == 2
    stage.limit("64Mi")
    stage.run(60)
    assert stage.ready() == 0


def test_a_cut_limit_kills_and_the_right_one_mends() -> None:
    stage = Stage(scenario(service(behaviour=JVM, memory="1Gi", recreate=True)))
    stage.run(60)
    stage.limit("64Mi")
    stage.run(30)
    (status,) = stage.pods()[0]["status"]["containerStatuses"]
    assert status["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert status["restartCount"] >= 1
    assert stage.events("OOMKilling")
    assert stage.events("BackOff")
    stage.limit("1Gi")
    assert stage.until(lambda: stage.ready() == 2) >= 45


def test_scaling_to_zero_and_back_costs_a_warm_up() -> None:
    stage = Stage(scenario(service(behaviour=JVM, memory="1Gi")))
    stage.run(60)
    stage.scale(0)
    stage.until(lambda: not stage.pods() and not stage.ready())
    stage.scale(2)
    assert stage.until(lambda: stage.ready() == 2) >= 45


def test_old_revisions_are_forgotten_the_good_one_too() -> None:
    stage = Stage()
    stage.run(10)
    good = stage.human.all("ReplicaSet", "production")[0]["metadata"]["uid"]
    for number in range(12):
        stage.limit(f"{200 + number}Mi")
        stage.run(20)
    sets = stage.human.all("ReplicaSet", "production")
    assert len(sets) == 11
    assert good not in {each["metadata"]["uid"] for each in sets}


def test_a_template_that_comes_back_reuses_its_replica_set() -> None:
    stage = Stage()
    stage.run(10)
    stage.limit("128Mi")
    stage.run(20)
    stage.limit("256Mi")
    stage.run(20)
    assert len(stage.human.all("ReplicaSet", "production")) == 2
    assert stage.deployment()["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


def test_a_stateful_set_comes_up_one_after_the_other() -> None:
    stage = Stage(scenario(service(kind="StatefulSet", replicas=3)))
    stage.run(3)
    assert [pod["metadata"]["name"] for pod in stage.pods()] == ["web-0"]
    stage.run(30)
    assert [pod["metadata"]["name"] for pod in stage.pods()] == ["web-0", "web-1", "web-2"]


def test_a_daemon_set_has_a_pod_on_each_node() -> None:
    stage = Stage(scenario(service(kind="DaemonSet")))
    stage.run(10)
    assert sorted(pod["spec"]["nodeName"] for pod in stage.pods()) == ["node-a", "node-b"]


def test_what_has_lost_its_owner_goes(stage: Stage) -> None:
    stage.run(10)
    stage.human.delete(stage.deployment())
    stage.run(10)
    assert stage.human.all("ReplicaSet", "production") == []
    assert stage.pods() == []


def test_orphaning_leaves_the_dependents_alone(stage: Stage) -> None:
    stage.run(10)
    stage.human.delete(stage.deployment(), propagationPolicy="Orphan")
    stage.run(10)
    (replica_set,) = stage.human.all("ReplicaSet", "production")
    assert not replica_set["metadata"].get("ownerReferences")
    assert len(stage.pods()) == 2


def test_foreground_waits_for_the_dependents(stage: Stage) -> None:
    stage.run(10)
    stage.human.delete(stage.deployment(), propagationPolicy="Foreground")
    assert stage.deployment()["metadata"]["deletionTimestamp"]
    stage.run(20)
    assert stage.human.get("Deployment", "production", "web") is None
    assert stage.pods() == []


def test_a_namespace_goes_with_all_that_is_in_it(stage: Stage) -> None:
    stage.run(10)
    namespace = stage.human.get("Namespace", "", "production")
    assert namespace is not None
    stage.human.delete(namespace)
    stage.run(20)
    assert stage.human.get("Namespace", "", "production") is None
    assert stage.human.all("Deployment", "production") == []


def test_a_budget_counts_what_is_ready() -> None:
    stage = Stage(scenario(service(replicas=3, budget=2)))
    stage.run(10)
    budget = stage.human.get("PodDisruptionBudget", "production", "web")
    assert budget is not None
    assert budget["status"]["disruptionsAllowed"] == 1
    assert (budget["status"]["currentHealthy"], budget["status"]["desiredHealthy"]) == (3, 2)


@pytest.mark.parametrize(
    ("schedule", "fires"),
    [
        ("* * * * *", True),
        ("*/7 * * * *", True),
        ("*/30 * * * *", False),
        ("14 3 * * *", True),
        ("14 3 27 10 5", True),
        ("0-20/2 3 * * *", True),
        ("1,14 1-3 * * 1-5", True),
        ("14 3 * * 0", False),
    ],
)
def test_schedules(schedule: str, fires: bool) -> None:
    assert matches(schedule, MOMENT) is fires


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "wanted"),
    [
        (4, "25%", "25%", Limits(1, 1)),
        (3, "25%", "25%", Limits(1, 0)),
        (1, "25%", "25%", Limits(1, 0)),
        (10, 0, "0%", Limits(0, 1)),
        (0, "25%", "25%", Limits(0, 1)),
        (4, 2, 3, Limits(2, 3)),
    ],
)
def test_how_far_a_rollout_may_go(replicas: int, surge: int | str, unavailable: int | str, wanted: Limits) -> None:
    assert rollout.limits(replicas, surge, unavailable) == wanted


@given(
    replicas=st.integers(0, 30),
    surge=st.integers(0, 5),
    unavailable=st.integers(0, 5),
    sizes=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=4),
)
def test_no_step_of_a_rollout_breaks_its_bounds(
    replicas: int, surge: int, unavailable: int, sizes: list[tuple[int, int]]
) -> None:
    bounds = rollout.limits(replicas, surge, unavailable)
    new, *old = [Counts(wanted, min(wanted, ready)) for wanted, ready in sizes]
    grown = rollout.new_size(replicas, bounds, new, old)
    total = new.wanted + sum(each.wanted for each in old)
    assert grown <= replicas
    assert grown + sum(each.wanted for each in old) <= max(total, replicas + bounds.surge)
    shrunk = rollout.old_sizes(replicas, bounds, new, old)
    assert all(0 <= size <= each.wanted for size, each in zip(shrunk, old, strict=True))
    ready_before = new.ready + sum(each.ready for each in old)
    ready_after = new.ready + sum(min(each.ready, size) for each, size in zip(old, shrunk, strict=True))
    assert ready_after >= min(ready_before, replicas - bounds.unavailable)


def test_a_job_runs_to_its_end_and_a_suspended_cron_job_never() -> None:
    stage = Stage(scenario(service("batch", Behaviour(pull=0.5, warm_up=0.5, runs=5.0))))
    template = {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]},
        "metadata": {"labels": {"app": "batch"}},
    }
    for name, suspend in (("on", False), ("off", True)):
        spec = {"schedule": "* * * * *", "suspend": suspend, "jobTemplate": {"spec": {"template": template}}}
        stage.human.create("CronJob", "production", {"metadata": {"name": name}, "spec": spec})
    stage.run(125)
    jobs = stage.human.all("Job", "production")
    assert {job["metadata"]["name"].partition("-")[0] for job in jobs} == {"on"}
    assert jobs[0]["status"]["conditions"][0]["type"] == "Complete"
