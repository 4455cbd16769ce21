"""A line that names a tool which changes something is never taken for one that names no action."""

from __future__ import annotations

import pytest

from opsconsole.decisions.meaning.programs.tools import unread
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
