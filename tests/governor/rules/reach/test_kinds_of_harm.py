"""Harm that no value tells: classes and policies, a node's labels, a person's change undone, a mistaken unit."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import by_minutes, judged


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "IngressClass",
            "GatewayClass",
            "RuntimeClass",
            "VolumeSnapshotClass",
            "ClusterPolicy",
            "CiliumNetworkPolicy",
        ),
        *("AuthorizationPolicy", "ClusterIssuer", "CSIDriver", "FlowSchema", "PeerAuthentication", "PrometheusRule"),
    ],
)
def test_what_says_how_all_others_run_is_not_its_business(kind: str) -> None:
    assert "guard-rail-changed" in by_minutes(
        f'action=patch kind={kind} name=main field=spec.x old=a new=b msg="patched"'
    )


@pytest.mark.parametrize("kind", ["EC2NodeClass", "VerticalPodAutoscalerPolicy", "ScalingPolicy", "Deployment"])
def test_what_sizes_pods_or_nodes_is_an_optimizers_own(kind: str) -> None:
    assert "guard-rail-changed" not in by_minutes(f'action=patch kind={kind} name=main msg="patched"')


@pytest.mark.parametrize(
    "text",
    [
        "Rolling restart of deployment coredns in kube-system",
        "kubectl rollout restart daemonset/cilium -n kube-system",
        "Restarting kubelet on node-9",
    ],
)
def test_a_restart_of_what_the_cluster_stands_on_is_found(text: str) -> None:
    assert not {"guard-rail-changed", "not-its-business"}.isdisjoint(by_minutes(text))


def test_a_label_by_which_gpus_change_their_mode_is_found_and_another_label_is_not() -> None:
    assert "not-its-business" in by_minutes("labeled node gpu-1 nvidia.com/mig.config=all-1g.10gb (was all-disabled)")
    assert not by_minutes("labeled node gpu-1 team=search (was none)")


@pytest.mark.parametrize("old", ["350m", "0.01"])
def test_a_thousand_times_the_request_is_a_mistake_of_the_unit(old: str) -> None:
    line = 'msg="resource updated" namespace=a deployment=b field=requests.cpu old={} new={}'
    assert "resources-absurd" in by_minutes(line.format(old, "350"))
    assert "resources-absurd" not in by_minutes(line.format("100m", "2"))


@pytest.mark.parametrize(
    "text",
    [
        "Set memory request of deployment shop/web from 128 to 128Mi",
        "Set cpu request of deployment shop/web from 1m to 500m",
    ],
)
def test_who_mends_a_mistake_of_the_unit_makes_none(text: str) -> None:
    assert "resources-absurd" not in by_minutes(text)


@pytest.mark.parametrize("what", ["shop/inf-gateway", "inf/web", "shop/infinity", "infinity"])
def test_a_name_is_no_endless_number(what: str) -> None:
    assert "invalid-number" not in by_minutes(f"Scaled deployment {what} from 3 to 4 replicas")


@pytest.mark.parametrize("number", ["-inf", "+Inf", "Infinity", "inf req/s", "NaN/s"])
def test_an_endless_number_is_found_however_it_is_written(number: str) -> None:
    assert "invalid-number" in by_minutes(f"Scaled deployment shop/web from 3 to 4 replicas, load {number}")


def test_a_policy_of_sizes_is_an_optimizers_own() -> None:
    assert not by_minutes("Updated RightsizingPolicy shop/default-policy: minReplicas 2")
    assert "guard-rail-changed" in by_minutes("Updated BackupPolicy shop/default-policy: minReplicas 2")


REVERT = 'msg="Reverted change" deployment="ledger/postings" field="replicas" from="{}" to="{}"'


def test_what_is_set_back_for_the_third_time_is_a_fight_with_somebody() -> None:
    assert "tug-of-war" not in by_minutes(*[REVERT.format(7, 5)] * 2)
    assert by_minutes(*[REVERT.format(7, 5)] * 3)["tug-of-war"] is Severity.WARNING


def test_a_load_that_swings_is_no_fight() -> None:
    assert "tug-of-war" not in by_minutes(*[REVERT.format(7, 5), REVERT.format(5, 7)] * 4)


def test_services_of_one_name_in_three_namespaces_are_no_fight() -> None:
    texts = [f"Scaled deployment team-{each}/web from 2 to 4 replicas" for each in "abcd"]
    assert "tug-of-war" not in by_minutes(*texts)


PAIR = ["Scaling deployment shop/web from 3 to 5 replicas", "Scaled deployment shop/web from 3 to 5 replicas"]


def test_a_word_and_its_report_are_one_turn_of_a_fight() -> None:
    assert "tug-of-war" not in by_minutes(*PAIR * 2)
    assert "tug-of-war" in by_minutes(*PAIR * 3)


def test_what_is_refused_and_tried_again_is_no_fight() -> None:
    assert "tug-of-war" not in by_minutes(*[PAIR[0], "Failed to scale deployment shop/web: 409 Conflict"] * 4)


def test_a_fight_of_long_ago_is_over() -> None:
    texts = ["idle"] * 200
    for minute in (0, 90, 180):
        texts[minute] = REVERT.format(7, 5)
    assert "tug-of-war" not in by_minutes(*texts)


@pytest.mark.parametrize(
    "text",
    [
        "set canary weight of checkout to NaN",
        "Scaled deployment shop/web from 3 to 4, predicted load NaN",
    ],
)
def test_a_number_that_is_none_in_what_it_does_is_found_in_a_calm_line_too(text: str) -> None:
    assert "invalid-number" in by_minutes(text)


def test_a_weight_that_is_no_number_is_found_in_a_document() -> None:
    found = judged(['{"level":"info","msg":"setting weights","route":"cart","weights":{"v1":"NaN","v2":0.5}}'])
    assert "invalid-number" in {each.rule for each in found}
