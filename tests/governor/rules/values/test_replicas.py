"""Rules on replica counts: a table of cases each."""

from __future__ import annotations

import pytest

from opsconsole.records import FieldManager, Hpa, Ref, Severity
from tests.governor.judged_lines import alarms, zap
from tests.governor.scene import START, Scene, deployment


def announced(count: str, before: int | None = 3) -> Scene:
    scene = Scene()
    if before is not None:
        scene.put(deployment(replicas=before))
    scene.wait(22)
    scene.say(f'{{"action": "scale_deployment", "target": "auth-service", "replicas": {count}}}')
    return scene


@pytest.mark.parametrize(
    ("count", "before", "expected"),
    [
        ("-1", 3, {"replicas-absurd"}),
        ("18446744073709551615", 3, {"replicas-absurd", "invalid-number"}),
        ("150001", 3, {"replicas-absurd"}),
        ("150000", 3, {"replicas-factor"}),
        ("30", 3, set()),  # exactly ten times
        ("31", 3, {"replicas-factor"}),
        ("4", 3, set()),
        ("2", 3, set()),
        ("0", 3, {"replicas-zero"}),
        ("0", 0, set()),
        ("5", 0, set()),
        ("0", None, {"replicas-zero"}),
        ("1000", None, set()),  # what there was is not known
        ("-1", None, {"replicas-absurd"}),
        ("1", 40, {"replicas-cut"}),
        ("1", 12, {"replicas-cut"}),
        ("1", 5, {"replicas-cut"}),
        ("1", 4, set()),  # three pods fewer
        ("20", 40, set()),  # what an HPA takes in a minute
        ("9", 40, set()),
        ("NaN", 3, {"invalid-number"}),
        ("Infinity", 3, {"invalid-number", "replicas-absurd"}),
        ("-Infinity", 3, {"invalid-number", "replicas-absurd"}),
        ("null", 3, {"invalid-number"}),
    ],
)
def test_replica_counts_are_bounded(count, before, expected):
    assert announced(count, before).rules() == expected


@pytest.mark.parametrize(
    ("count", "what"),
    [
        ("18446744073709551615", "is taken and sets 0."),  # as tests/contract sees it on a real API server
        ("9223372036854775808", "is taken and sets 0."),
        ("4294967296", "is taken and sets 0."),
        ("4294967299", "is taken and sets 3."),
        ("9007199254740999", "is taken and sets 7."),  # no float holds it
        ("2147483648", "the API server refuses it."),  # -2147483648
        ("-4294967291", "is taken and sets 5."),
        ("-2147483649", "is taken and sets 2,147,483,647."),
    ],
)
def test_a_count_that_overflows_says_what_the_api_server_makes_of_it(count: str, what: str) -> None:
    (finding,) = announced(count).of("replicas-absurd")
    assert finding.detail.endswith(what)


@pytest.mark.parametrize("count", ["-1", "150001", "2147483647", "-2147483648", "1e400", "Infinity"])
def test_a_count_that_fits_or_is_none_says_nothing_of_overflow(count: str) -> None:
    (finding,) = announced(count).of("replicas-absurd")
    assert finding.detail.endswith("is a computing error and no decision.")


def test_zero_is_a_warning_where_nothing_is_known_to_run():
    assert announced("0", None).of("replicas-zero")[0].severity is Severity.WARNING
    assert announced("0", 3).of("replicas-zero")[0].severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "line",
    [
        "[2023-10-24 03:14:26] INFO: Scale to -1 servers",
        "[2023-10-24 03:14:26] INFO: Scaling to 18,446,744,073,709,551,615 servers",
    ],
)
def test_the_smartscalers_numbers_are_absurd_without_a_target_too(line):
    scene = Scene()
    scene.say(line)
    finding = scene.of("replicas-absurd")[0]
    assert finding.severity is Severity.CRITICAL
    assert "an unnamed target" in finding.title


@pytest.mark.parametrize(("to", "expected"), [(0, {"replicas-zero"}), (31, {"replicas-factor"}), (6, set())])
def test_what_was_written_is_judged_like_what_was_said(to, expected):
    scene = Scene().put(deployment()).wait(5)
    scene.put(deployment(replicas=to, by=("aura-optimizer", scene.clock.at)))
    assert scene.rules() == expected


def test_an_autoscalers_bounds_are_counts_too():
    hpa = Hpa("production", "auth", Ref("Deployment", "production", "auth-service"), maximum=10)
    scene = Scene().put(hpa).wait(5)
    scene.put(
        Hpa(
            "production",
            "auth",
            hpa.target,
            maximum=500,
            managers=(FieldManager("aura-optimizer", "Update", "", START + 5),),
        )
    )
    assert scene.rules() == {"replicas-factor"}


def test_a_daemonsets_number_is_nobodys_wish():
    scene = Scene().put(deployment("agent", kind="DaemonSet", replicas=9)).wait(5)
    scene.put(deployment("agent", kind="DaemonSet", replicas=0))
    assert not scene.governor.changes


@pytest.mark.parametrize(
    ("before", "after", "severity"), [(40, 1, Severity.CRITICAL), (10, 1, Severity.CRITICAL), (40, 8, Severity.WARNING)]
)
def test_most_of_the_replicas_taken_at_once_is_worse_the_fewer_are_left(
    before: int, after: int, severity: Severity
) -> None:
    scene = announced(str(after), before)
    [found] = scene.held.values()
    assert found.severity is severity
    assert f"{before} → {after}" in found.title


def test_nonsense_is_told_though_it_was_refused() -> None:
    line = zap("set replicas", deployment="web", old=9, new=-9223372036854775808, error="spec.replicas: Invalid value")
    assert "invalid-number" in alarms(line)
    assert not alarms(zap("set replicas", deployment="web", old=9, new=8, error="conflict"))
