"""A line that names a change in a way that no table knows is never taken for one that names no action."""

from __future__ import annotations

import pytest

from opsconsole.decisions.meaning.attributes.changes import untold
from opsconsole.decisions.meaning.programs.tools import unread
from opsconsole.decisions.meaning.prose.verbs import apart
from opsconsole.decisions.understood import Understood
from opsconsole.records import Decision, EntryReading

CALLED = [
    ("Tool call: kubectl_scale", "scale"),
    ("[planner] invoking cluster.evict_pods", "evict"),
    ("part=ToolUse(tool_name='patch_limits', payload=b'...')", "patch"),
    ("Function Fleet-DrainNode invoking.", "drain"),
    ("Invocation of Cluster-DeleteNamespace for 'old' held back until somebody says yes", "delete"),
    ('{"state": "sent", "toolName": "deleteIngress", "ticket": "t-7"}', "delete"),
    ("step 4 tool=rightsize_container payload follows", "patch"),
    ("Starting execution of tool: restartStatefulSet", "restart"),
]
NOT_CALLED = [
    "registered tool delete_pod",
    "4 tools available: tool delete_pod, tool drain_node",
    "tools=['delete_pod', 'scale_deployment']",
    "Tool scale_deployment finished in 812 ms",
    "[tool/end] [tool:scale_statefulset] [97ms] Exiting Tool run with output:",
    "tool kubectl_delete is disabled in this session",
    "Tool call: get_pods",
    "tool=list_deployments",
    "invoking validate_delete_namespace",
    "tool restarted after a crash",
    "tool: create_ticket called",
    "function call: update_memory",
    "tool: delete_file",
    "tool name: rollback_transaction",
    "invoking restart_timer",
    "the toolbox image was pulled",
    "function reconcileDeployment took 3 ms",
]


@pytest.mark.parametrize(("line", "verb"), CALLED)
def test_a_called_tool_is_named_by_its_verb(line: str, verb: str) -> None:
    assert unread.verb_of_call(line) == verb


@pytest.mark.parametrize("line", NOT_CALLED)
def test_a_tool_that_only_reads_or_is_only_there_is_none(line: str) -> None:
    assert unread.verb_of_call(line) == ""


def _understood(*lines: tuple[str, str, EntryReading]) -> Understood:
    understood = Understood()
    for at, (body, verb, reading) in enumerate(lines):
        understood.add(Decision(f"d#{at}", at, 0.0, body=body, message=body, verb=verb, reading=reading))
    return understood


NAMED = [
    ("Acción denegada: drain_node worker-3 (requiere aprobación)", "drain"),
    ("operator declined Fleet-EvictPods(batch: 3)", "evict"),
    ('"scaleDeployment" was chosen by the policy', "scale"),
]
NOT_NAMED = [
    "Reconciling ScaledObject",
    "org.example.PodTemplates deletePod",
    "RemovePodSandbox for a1b2 returns",
    'got event {"DrainNode":"", "id": 3}',
    "delete_pods=true dry_run=false",
    "scale_down_delay is 10m",
    "FakeClient: recorded call delete_namespace(",
    "controllers evict_pods_total 3",
]


@pytest.mark.parametrize(("message", "verb"), NAMED)
def test_a_deed_named_by_an_identifier_alone_is_told(message: str, verb: str) -> None:
    assert unread.verb_named(message) == verb


@pytest.mark.parametrize("message", NOT_NAMED)
def test_what_only_looks_like_a_deeds_name_is_none(message: str) -> None:
    assert unread.verb_named(message) == ""


UNTOLD = [
    "Zmniejszam liczbę replik deployment/bilety w namespace kolej z 6 do 4",
    "passer la limite mémoire de courrier/antispam de 1Gi à 1280Mi",
    "メモリ上限を 1Gi から 768Mi に引き下げ",
    "内存从 1Gi 调整为 512Mi",
    "Speicher von 1Gi auf 512Mi gesenkt",
    "límite de memoria subido de 512Mi a 768Mi",
]
TOLD = ["memory went from 1Gi to 512Mi", "usage de 1Gi sur 2Gi", "Speicher 1Gi", "replik 3 do 3"]


@pytest.mark.parametrize("message", UNTOLD)
def test_a_change_in_a_language_that_no_table_has_may_be_a_deed(message: str) -> None:
    assert apart.changes_what_is_not_told(message)


@pytest.mark.parametrize("message", TOLD)
def test_a_measured_value_is_no_change(message: str) -> None:
    assert not apart.changes_what_is_not_told(message)


def test_a_value_before_and_after_beside_unknown_words_may_be_a_deed() -> None:
    assert untold.tells_change([(("cpu_request_old",), "800m"), (("cpu_request_new",), "640m")])
    assert not untold.tells_change([(("cpu_request_old",), "800m"), (("cpu_request_new",), "800m")])
    assert not untold.tells_change([(("current_replicas",), 3), (("desired_replicas",), 5)])
    assert not untold.tells_change([(("old_version",), 3), (("pods",), 5)])


_INVOKING = ("Function Fleet-DrainNode invoking.", "", EntryReading.UNCLEAR)


def test_a_call_whose_arguments_nobody_told_is_not_understood() -> None:
    understood = _understood(_INVOKING)
    assert (understood.actions, understood.others, understood.unclear) == (0, 0, 1)
    assert understood.share == 0
    assert [each.sample for each in understood.not_understood()] == [_INVOKING[0]]


def test_a_call_that_the_line_beside_it_tells_is_understood() -> None:
    understood = _understood(_INVOKING, ("drain node a-1", "drain", EntryReading.ACTION))
    assert (understood.actions, understood.others, understood.unclear) == (1, 1, 0)
    assert understood.share == 1
    assert understood.not_understood() == []


def test_another_verb_beside_it_explains_nothing() -> None:
    understood = _understood(_INVOKING, ("scaled web to 3", "scale", EntryReading.ACTION))
    assert (understood.others, understood.unclear) == (0, 1)
