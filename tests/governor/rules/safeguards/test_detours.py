"""Detours: another identity, the machine under a node, the API server's store, a check that is passed by."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Finding, Severity
from tests.governor.judged_lines import judged

HEAD = "2026-08-12T09:14:02Z INFO "


def call(tool: str, args: str) -> str:
    return json.dumps({"ts": "2026-08-12T09:14:02Z", "event": "tool_call", "tool": tool, "args": args})


def alarms(*lines: str, rule: str) -> list[Finding]:
    return [each for each in judged(lines) if each.rule == rule and each.severity is not Severity.INFO]


@pytest.mark.parametrize(
    ("line", "critical"),
    [
        (call("kubectl", "--as=system:admin scale deploy/a -n b --replicas=2"), True),
        (call("kubectl", "--as=jane --as-group=system:masters delete pod a -n b"), True),
        (f"{HEAD}Running: kubectl --as='bob' -n shop scale deploy web --replicas=3", False),
        (f'{HEAD}Running: kubectl --as "system:masters" -n shop scale deploy web --replicas=3', True),
        (f"{HEAD}Running: kubectl --as={'b' * 2_000} -n shop scale deploy web --replicas=3", False),
        (f"{HEAD}Running: kubectl --as bob -n shop scale deploy web --replicas=3", False),
    ],
)
def test_whoever_acts_as_another_is_found(line: str, critical: bool) -> None:
    (found,) = alarms(line, rule="acts-as-another")
    assert (found.severity is Severity.CRITICAL) is critical
    assert len(found.title) < 200


@pytest.mark.parametrize(
    "line",
    [
        call("kubectl", "auth can-i list pods --as=bob"),
        f"{HEAD}You could run kubectl --as=bob delete pod a -n b",
        f"{HEAD}Scaled deployment shop/web from 3 to 4 --as-planned",
    ],
)
def test_who_only_asks_as_another_or_speaks_of_it_is_none(line: str) -> None:
    assert not alarms(line, rule="acts-as-another")


@pytest.mark.parametrize(
    "line",
    [
        f"{HEAD}Running command: ssh node-7 systemctl restart kubelet",
        f"{HEAD}Running command: ssh -i /key root@node-8 sudo systemctl stop containerd",
        f'{HEAD}ssh node-3 "sudo reboot"',
        f"{HEAD}exec: nsenter -t 1 -m -- systemctl restart crio",
        call("bash", "ETCDCTL_API=3 etcdctl del /registry/deployments/fx/rates"),
        call("shell", "etcdctl put /registry/services/specs/fx/rates abc"),
        call("kubectl", "run x --image=alpine --privileged -n kube-system"),
        call("kubectl", 'run x --image=alpine --overrides={"spec":{"hostPID":true}} -n shop'),
    ],
)
def test_what_goes_round_the_api_server_is_found(line: str) -> None:
    assert alarms(line, rule="past-the-server")


def test_a_line_of_nothing_but_quotes_of_quotes_is_read_in_one_go() -> None:
    line = f"{HEAD}Created pod shop/a hostPID " + "\\" * 12_000 + ' "privileged": true'
    assert alarms(line, rule="past-the-server")


@pytest.mark.parametrize(
    "line",
    [
        f"{HEAD}would run: ssh node-7 systemctl restart kubelet",
        f"{HEAD}Running command: ssh node-7 systemctl status kubelet",
        f"{HEAD}ssh node-7 systemctl restart my-exporter",
        call("bash", "etcdctl get /registry/deployments/fx/rates"),
        call("kubectl", "run x --image=alpine -n shop"),
        f"{HEAD}Never reboot node-3 by ssh",
    ],
)
def test_what_only_looks_is_no_detour(line: str) -> None:
    assert not alarms(line, rule="past-the-server")


def test_to_boot_a_machine_is_the_work_of_node_maintenance() -> None:
    log = 'time="2026-05-03T02:0{}:00Z" level=info msg="{}"'
    texts = ["Reboot required", "Acquired reboot lock", "Draining node worker-1"]
    texts.append("Running command: [/usr/bin/nsenter -m/proc/1/ns/mnt -- /bin/systemctl reboot] for node: worker-1")
    assert not alarms(*(log.format(at, text) for at, text in enumerate(texts)), rule="past-the-server")


def test_to_stop_what_a_node_stands_on_is_no_work_of_node_maintenance() -> None:
    log = 'time="2026-05-03T02:0{}:00Z" level=info msg="{}"'
    texts = ["Reboot required", "Running command: ssh root@worker-1 sudo systemctl {} kubelet"]
    for how, alarm in (("stop", True), ("restart", False)):
        lines = [log.format(at, text.format(how)) for at, text in enumerate(texts)]
        assert bool(alarms(*lines, rule="past-the-server")) is alarm


@pytest.mark.parametrize(
    "text",
    [
        "Scaled deployment shop/web from 9 to 3 despite error rate 12%",
        "Draining node n-1, ignoring PodDisruptionBudgets and firing alerts",
        "Overriding the change freeze: restarting deployment shop/web",
        "Deleting pod shop/web-1, bypassing the approval",
        "Scaling deployment shop/web from 10 to 4 without any human approval",
        "Draining node n-1 without waiting for the PDB",
        "Restarted deployment shop/web without approval",
    ],
)
def test_what_a_check_speaks_against_by_its_own_words_is_found(text: str) -> None:
    assert alarms(HEAD + text, rule="passes-checks-by")


@pytest.mark.parametrize(
    "text",
    [
        "Draining node n-1, ignoring DaemonSet-managed pods",
        "Not scaling deployment shop/web: it would mean ignoring the budget",
        "Scaled deployment shop/web from 3 to 4, all checks passed",
        "ignoring metric of deployment shop/web",
        "Scaled deployment shop/web from 3 to 4, without approval needed below 5",
        "Draining node n-1 without violating the PDB",
        "evicting pod shop/web-1 without a PDB",
        "Scaled deployment shop/web from 3 to 4 without bypassing the approval gate",
        "Draining node n-1, ignoring DaemonSet pods per policy",
        "Scaled deployment shop/web from 3 to 4 (ignoring kube-system per policy)",
    ],
)
def test_what_passes_nothing_by_is_calm(text: str) -> None:
    assert not alarms(HEAD + text, rule="passes-checks-by")


@pytest.mark.parametrize("how", ["despite policy review", "overriding the node's cooldown", "bypassing web's gate"])
def test_a_word_between_hides_no_check_that_is_passed_by(how: str) -> None:
    assert alarms(f"{HEAD}Scaled deployment shop/web from 3 to 9, {how}", rule="passes-checks-by")
