"""Daily work that looks like a disaster, and beside each the disaster that looks like it: the one is no alarm."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged


def rules(*lines: str, grave: bool = False) -> set[str]:
    """The rules that raise an alarm; with ``grave`` a critical one."""
    low = (Severity.INFO, Severity.WARNING) if grave else (Severity.INFO,)
    return {each.rule for each in judged(lines) if each.severity not in low}


def klog(second: int, place: str, text: str) -> str:
    return f"I0709 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000120       1 {place}] {text}"


# --- nodes ---------------------------------------------------------------------------------------------------------

GREW = klog(0, "orchestrator.go:262", "Final scale-up plan: [{pool-b 4->{} (max: 40)}]")


def scaled_down(count: int, apart: int, text: str, added: int) -> list[str]:
    grew = GREW.replace("{}", str(4 + added))
    return [
        grew,
        *(klog(3_600 + apart * n, "actuator.go:205", f'Scale-down: {text} "pool-b-{n:03}"') for n in range(count)),
    ]


def test_an_autoscaler_takes_back_the_empty_nodes_that_it_added() -> None:
    assert not rules(*scaled_down(10, 330, "removing empty node", 10))


@pytest.mark.parametrize(
    ("count", "apart", "text", "added"),
    [
        (10, 330, "removing node", 10),  # with their pods
        (10, 330, "removing empty node", 1),  # that were there before
        (30, 100, "removing empty node", 30),  # in crowds
    ],
)
def test_nodes_with_pods_that_were_there_before_or_in_crowds_alarm(
    count: int, apart: int, text: str, added: int
) -> None:
    assert "blast-radius" in rules(*scaled_down(count, apart, text, added))


def spot(second: int, name: str) -> list[str]:
    head = "2026/04/09 08:{:02}:{:02} INF {}"
    steps = [
        "Requesting instance drain kind=REBALANCE node-name=" + name,
        "Cordoning the node",
        "Draining the node",
        f'Node successfully cordoned and drained node_name={name} reason="Spot ITN received"',
    ]
    return [head.format((second + n) // 60, (second + n) % 60, text) for n, text in enumerate(steps)]


BEGINS = "2026/04/09 08:00:00 INF Started watching for interruption events"


def test_a_node_that_half_of_its_lines_do_not_name_is_one_node() -> None:
    assert not rules(BEGINS, *spot(60, "ip-10-0-0-9"))


def test_nodes_that_no_line_names_are_counted_all_the_same() -> None:
    lines = [f"2026/04/09 08:01:{n:02} INF Draining the node" for n in range(12)]
    assert "blast-radius" in rules(BEGINS, *lines)


def by_ansible(hour: int, minute: int, text: str, node: str) -> str:
    return f"2026-09-25 {hour:02}:{minute:02}:00,118 p=77 u=ops n=ansible | changed: [{node}] => {text} node {node}"


def test_a_person_boots_a_node_an_hour_with_a_tool() -> None:
    steps = ((0, "cordoned"), (1, "drained"), (20, "uncordoned"))
    assert not rules(*(by_ansible(8 + n, at, how, f"n-{n}") for n in range(4) for at, how in steps))


def test_a_tool_that_drains_node_after_node_alarms() -> None:
    assert rules(*(by_ansible(8, n, "drained", f"n-{n}") for n in range(10))) >= {"blast-radius"}


# --- what is over --------------------------------------------------------------------------------------------------


def jobs(count: int, place: str, text: str = "Cleaning up Job") -> list[str]:
    return [klog(n, place, f'"{text}" job="reports/nightly-{n}"') for n in range(count)]


def test_kubernetes_clears_away_jobs_that_are_over_in_crowds() -> None:
    assert not rules(*jobs(40, "ttlafterfinished_controller.go:237"))
    assert rules(*jobs(200, "ttlafterfinished_controller.go:237")) == {"object-deleted"}


def test_no_other_program_clears_away_jobs_in_crowds() -> None:
    assert rules(*jobs(40, "saver.go:237", "Deleted finished Job")) == {"object-deleted"}


def old_sets(count: int, replicas: int) -> list[str]:
    text = '"Cleaned up old replica set" replicaSet="shop/web-{}" replicas={} revisionHistoryLimit=3'
    return [klog(n, "sync.go:654", text.format(n, replicas)) for n in range(count)]


def test_old_replica_sets_go_and_such_with_pods_do_not() -> None:
    assert not rules(*old_sets(6, 0))
    assert rules(*old_sets(6, 3)) == {"object-deleted"}
    others = [line.replace("revisionHistoryLimit=3", "state=expired") for line in old_sets(6, 0)]
    assert rules(*others) == {"object-deleted"}, "a word of what is over is no history limit"


def preview(minute: int, text: str, name: str) -> str:
    return f'time=2026-02-27T17:{minute:02}:00Z level=INFO msg="{text}" namespace={name} mr=12'


def test_a_preview_goes_with_its_merge_request_and_nothing_else_does() -> None:
    closed = "merge request merged, deleting review namespace"
    assert not rules(preview(1, closed, "review-12"), preview(9, closed, "review-15"))
    assert rules(preview(1, closed, "production")) == {"object-deleted"}
    assert rules(*(preview(n, closed, f"review-{n}") for n in range(9))) == {"object-deleted"}


# --- what sleeps, grows, is told again or planned ------------------------------------------------------------------


def knative(second: int, text: str) -> str:
    pairs = {"severity": "INFO", "timestamp": f"2026-06-04T06:00:{second:02}Z", "logger": "autoscaler"}
    return json.dumps(pairs | {"caller": "kpa/scaler.go:298", "message": text, "knative.dev/key": "web/resize-00012"})


def test_a_revision_without_requests_sleeps_and_a_large_one_does_not() -> None:
    assert not rules(knative(0, "Scaling from 2 to 0"))
    assert "replicas-zero" in rules(knative(0, "Scaling from 40 to 0"))


def volume(text: str, old: str, new: str) -> str:
    head = {"level": "info", "ts": "2026-05-31T04:00:00Z", "logger": "pvc-autoresizer"}
    return json.dumps(head | {"msg": text, "pvc": "media/uploads", "from": old, "to": new})


def test_a_volume_grows_and_does_not_shrink_nor_explode() -> None:
    assert not rules(volume("resize started", "10Gi", "15Gi"))
    assert rules(volume("resize started", "10Gi", "900Gi")) == {"guard-rail-changed"}
    assert rules(volume("resize started", "10Gi", "1Gi")) == {"guard-rail-changed"}


def test_a_story_that_is_told_again_is_no_deed_and_a_plan_that_is_followed_is() -> None:
    head = "2026-04-24 10:00:03 [INFO] rag.answer: "
    assert not rules(f"{head}According to PM-88, at 02:10 the autoscaler scaled search from 12 to 0 replicas.")
    assert "replicas-zero" in rules(f"{head}According to plan, scaled deployment search from 12 to 0 replicas.")
    assert "replicas-zero" in rules(f"{head}According to OPT-88, scaled deployment search from 12 to 0 replicas.")


def test_what_terraform_plans_waits_for_a_yes_and_what_it_destroys_does_not() -> None:
    assert not rules("  # kubernetes_namespace.team_b will be destroyed", "Plan: 0 to add, 0 to change, 1 to destroy.")
    assert rules("kubernetes_namespace.team_b: Destroying... [id=team-b]") == {"object-deleted"}


def test_where_an_autoscaler_looks_is_no_scaling_of_a_namespace() -> None:
    assert not rules(klog(0, "autoscaler.go:49", "Scaling Namespace: infra, Target: deployment/node-local-dns"))
    assert rules(klog(0, "x.go:4", "Deleting Namespace: infra")) == {"object-deleted"}


@pytest.mark.parametrize("text", ["forecast was NaN, discarded", "rejected NaN prediction of web", "inf value dropped"])
def test_a_number_that_is_none_and_is_thrown_away(text: str) -> None:
    assert not rules(f"WARNING:2026-11-06 03:01:02:model:{text}, keeping 3")


@pytest.mark.parametrize(
    "text", ["forecast was NaN", "NaN ignored", "dropped NaN check, loss is NaN", "NaN dropped into it"]
)
def test_a_number_that_is_none_and_is_computed_with(text: str) -> None:
    assert rules(f"WARNING:2026-11-06 03:01:02:model:{text}") == {"invalid-number"}


# --- what many small writes come to --------------------------------------------------------------------------------


def step(minute: int, path: str, old: float, new: float, unit: str, what: str = "Deployment shop/web") -> str:
    at = f"2026-08-12T{minute // 60:02}:{minute % 60:02}:05Z"
    return f"{at} INFO patched {what} {path} {old:.0f}{unit} -> {new:.0f}{unit}"


def steps(
    count: int, first: float, factor: float, path: str, unit: str, what: str = "Deployment shop/web"
) -> list[str]:
    values = [first * factor**n for n in range(count + 1)]
    return [step(4 * n, path, values[n], values[n + 1], unit, what) for n in range(count)]


@pytest.mark.parametrize("path", ["requests.cpu", "limits.cpu", "requests.memory"])
def test_nine_tenths_gone_by_small_steps_are_critical(path: str) -> None:
    unit = "m" if "cpu" in path else "Mi"
    assert rules(*steps(28, 4_000, 0.9, path, unit), grave=True) == {"cut-by-steps"}
    assert not rules(*steps(8, 4_000, 0.9, path, unit), grave=True)


def test_a_jobs_parallelism_without_end_is_critical() -> None:
    assert "runaway-growth" in rules(*steps(10, 1, 2, "parallelism", "", "Job lab/import"), grave=True)
    assert not rules(*steps(3, 2, 2, "parallelism", "", "Job lab/import"))


def weighed(minute: int, weight: int) -> str:
    pairs = {"namespace": "shop", "rollout": "web", "weight": weight}
    return json.dumps({"ts": f"2026-08-12T10:{minute:02}:05Z", "level": "info", "msg": "canary weight set"} | pairs)


def test_traffic_that_is_shifted_by_steps_is_no_growth_and_no_cut() -> None:
    assert not rules(*(weighed(n, 10 * n) for n in range(1, 10)))
    assert not rules(*(weighed(n, 100 - 12 * n) for n in range(8)))


def unnamed(minute: int, memory: int) -> str:
    patch = f"[{{add /spec/containers/0/resources/requests/memory {memory}Mi}}]"
    return f"I0413 03:{minute:02}:06.000000       1 server.go:118] Sending patches: {patch}"


def test_pods_that_nobody_names_double_without_end() -> None:
    assert "runaway-growth" in rules(*(unnamed(3 * n, 128 << n) for n in range(10)), grave=True)


def test_pods_of_many_services_have_many_values() -> None:
    assert not rules(*(unnamed(3 * n, memory) for n, memory in enumerate([64, 4096, 128, 2048, 256, 8192, 512, 9000])))


def lowered(second: int, name: str) -> str:
    pairs = {"k8s.namespace.name": "shop", "k8s.deployment.name": name, "old": "2Gi", "new": "1740Mi"}
    head = {"Timestamp": f"2026-12-09T04:00:{second:02}Z", "SeverityText": "INFO", "Body": "memory limit lowered"}
    return json.dumps(head | {"Attributes": pairs})


def test_records_of_open_telemetrys_data_model_are_read() -> None:
    assert rules(*(lowered(n, f"svc-{n}") for n in range(30)), grave=True) >= {"cut-across"}
    assert not rules(lowered(0, "web"))
