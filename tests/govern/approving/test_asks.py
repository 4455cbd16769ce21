"""What is asked for is put as it was said, or refused with why: never as something else. By tables."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.quantity import number
from opsconsole.records import ChangeField, Ref
from opsconsole.switches.approve.requests import ApprovalAsk, puts_for
from opsconsole.switches.restore.fields import UnfitError, parsed

MEMORY = "containers[main].resources.limits.memory"
IMAGE = "containers[main].image"
NODE: dict[str, Any] = {"metadata": {"name": "n"}, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("unschedulable", "true", True),
        ("unschedulable", "True", True),
        ("suspend", "FALSE", False),
        ("suspend", "unset", False),
        ("replicas", "0", 0),
        (MEMORY, "600Mi", "600Mi"),
        (MEMORY, "unset", None),
        (IMAGE, "registry.example.com/a/b:1.2", "registry.example.com/a/b:1.2"),
        ("taints", "none", []),
        ("taints", "b:NoExecute, a=b:NoSchedule", ["a=b:NoSchedule", "b:NoExecute"]),
    ],
)
def test_what_is_clear_is_put(path: str, text: str, value: object) -> None:
    assert parsed(path, text, number(text)) == value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("unschedulable", "yes"),
        ("unschedulable", "1"),
        ("unschedulable", ""),
        ("suspend", "on"),
        ("replicas", "many"),
        ("replicas", "1.5"),
        ("replicas", "-1"),
        (MEMORY, "lots"),
        (IMAGE, ""),
        (IMAGE, "unset"),
        (IMAGE, "a b"),
        ("taints", ""),
        ("taints", "garbage"),
        ("taints", "a=b"),
    ],
)
def test_what_is_unclear_is_refused_and_not_taken_for_something_else(path: str, text: str) -> None:
    with pytest.raises(UnfitError):
        parsed(path, text, number(text))


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_a_figure_that_is_none_is_refused(figure: float) -> None:
    with pytest.raises(UnfitError):
        parsed("replicas", "NaN", figure)


def test_taints_that_make_no_sense_do_not_ask_for_a_node_without_taints() -> None:
    ask = ApprovalAsk(Ref("Node", "", "n"), 0.0, fields=(ChangeField("taints", "", "gpu", None, None),))
    with pytest.raises(UnfitError, match="gpu"):
        puts_for(ask, NODE)
