"""Machines of a control plane that go: the first, the second, and what is an upgrade or another's machine."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import at, judged, zap_at


def found(*lines: str) -> list[Severity]:
    return [each.severity for each in judged(lines) if each.rule == "quorum-at-risk"]


def klog(second: int, message: str, **more: object) -> str:
    pairs = " ".join(f'{key}="{text}"' for key, text in more.items())
    return f'I0803 04:{second // 60:02}:{second % 60:02}.000100       1 m.go:9] "{message}" {pairs}'


@pytest.mark.parametrize(
    "lines",
    [
        [klog(n * 9, "Deleting Machine", Machine=f"fleet/east-control-plane-x{n}") for n in range(2)],
        [zap_at(n * 60, "deleted node", node=f"master-{n}") for n in range(2)],
        [at(n * 100, f"drained node eu-cp-{n}") for n in range(2)],
    ],
)
def test_the_second_machine_of_a_control_plane(lines: list[str]) -> None:
    assert found(*lines)[-1] is Severity.CRITICAL


def test_the_first_one_unless_another_was_made_before() -> None:
    gone = klog(700, "Deleting Machine", Machine="fleet/east-control-plane-x1")
    assert found(gone) == [Severity.WARNING]
    assert found(klog(0, "Created Machine", Machine="fleet/east-control-plane-x9"), gone) == [Severity.INFO]


def test_one_that_was_made_stands_for_one_that_goes_and_no_other_machine_for_any() -> None:
    made = klog(0, "Created Machine", Machine="fleet/east-control-plane-x9")
    gone = [klog(700 * n, "Deleting Machine", Machine=f"fleet/east-control-plane-x{n}") for n in (1, 2)]
    assert found(made, *gone) == [Severity.INFO, Severity.WARNING]
    assert found(klog(0, "Created Machine", Machine="fleet/east-md-0-x9"), gone[0]) == [Severity.WARNING]


@pytest.mark.parametrize(
    "lines",
    [
        [klog(n, "Deleting Machine", Machine=f"fleet/east-md-0-x{n}") for n in range(2)],
        [zap_at(n, "deleted node", node=f"worker-{n}") for n in range(2)],
        [at(n, f"would delete node master-{n}") for n in range(2)],
        [at(n, f"deleted pod shop/master-data-{n}") for n in range(2)],
    ],
)
def test_other_machines_and_what_is_only_thought_of(lines: list[str]) -> None:
    assert not found(*lines)


def test_an_upgrade_waits_for_each() -> None:
    made = [klog(0, "Created Machine", Machine="fleet/cp-9")]
    gone = [klog(700 * n, "Deleting Machine", Machine=f"fleet/east-control-plane-x{n}") for n in (1, 2)]
    assert Severity.CRITICAL not in found(*made, *gone)
