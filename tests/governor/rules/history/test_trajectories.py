"""What many small writes come to: salami, creep, growth without end, flapping of any amplitude."""

from __future__ import annotations

import pytest

from opsconsole.governor.account.trajectories import FIELDS, Trajectories
from opsconsole.records import ChangeField, Finding, Severity
from tests.governor.scene import Scene, deployment


def scale(scene: Scene, *counts: int, seconds: float = 60.0, manager: str = "aura-optimizer") -> Scene:
    """Write one replica count after the other."""
    for count in counts:
        scene.clock.at += seconds
        scene.put(deployment("checkout", replicas=count, by=(manager, scene.clock.at)))
    return scene


def cut(scene: Scene, times: int, factor: float = 0.9, start: float = 1000.0, seconds: float = 60.0) -> Scene:
    """Cut the memory limit again and again by the same share."""
    for step in range(times + 1):
        scene.clock.at += seconds
        limit = f"{start * factor**step:.0f}Mi"
        by = ("aura-optimizer" if step else "kubectl", scene.clock.at)
        scene.put(deployment("checkout", memory=limit, container="app", by=by))
    return scene


def one(scene: Scene, rule: str) -> Finding:
    found = [finding for finding in scene.held.values() if finding.rule == rule]
    assert len(found) == 1, found
    return found[0]


def test_salami_is_named_as_what_it_is() -> None:
    finding = one(cut(Scene(), 30), "cut-by-steps")
    assert finding.severity is Severity.CRITICAL
    assert finding.title.startswith("checkout/app memory \u221296 % in 29 min by 30 writes")
    assert finding.switch == "revoke"


def test_three_small_cuts_are_ordinary_work() -> None:
    assert "cut-by-steps" not in cut(Scene(), 3).rules()


def test_creep_over_a_day_is_seen_too() -> None:
    finding = one(cut(Scene(), 8, seconds=7200.0), "cut-by-steps")
    assert finding.severity is Severity.WARNING
    assert "in 14 h by 8 writes" in finding.title


def test_it_ends_with_its_window() -> None:
    scene = cut(Scene(), 30)
    scene.wait(86_400.0 + 3600.0)
    assert "cut-by-steps" not in scene.rules()


def test_what_a_person_does_between_is_not_held_against_it() -> None:
    scene = Scene()
    for step in range(8):  # a person scales by half each time, the optimizer by one
        scale(scene, 200 >> step, manager="kubectl")
        scale(scene, max((200 >> step) - 1, 1))
    assert "cut-by-steps" not in scene.rules()


def test_replicas_taken_away_one_by_one_are_seen() -> None:
    scene = scale(Scene(), 30, manager="kubectl")
    assert "cut-by-steps" not in scale(scene, 28, 26, 24, 22).rules()
    scale(scene, *range(20, 3, -2))
    assert one(scene, "cut-by-steps").severity is Severity.WARNING


def test_growth_without_end_is_seen() -> None:
    scene = scale(Scene(), 3, manager="kubectl")
    count, counts = 3, []
    while count < 1_300:
        count = count * 3 // 2 + 1
        counts.append(count)
    finding = one(scale(scene, *counts), "runaway-growth")
    assert finding.severity is Severity.CRITICAL
    assert "replicas +" in finding.title


def test_memory_doubled_again_and_again_is_seen() -> None:
    assert one(cut(Scene(), 5, factor=2.0, start=64.0), "runaway-growth").severity is Severity.WARNING


@pytest.mark.parametrize(("low", "high"), [(4, 7), (10, 11)])
def test_flapping_of_any_amplitude_is_seen(low: int, high: int) -> None:
    scene = scale(Scene(), low, manager="kubectl")
    assert "flapping" not in scale(scene, high, low, high).rules()
    assert one(scale(scene, *(low, high) * 18), "flapping").severity is Severity.WARNING


def test_a_person_who_flaps_is_no_finding() -> None:
    assert not {"flapping", "cut-by-steps"} & scale(Scene(), *(4, 7) * 20, manager="kubectl").rules()


def test_in_an_archive_the_log_alone_tells_it() -> None:
    scene = Scene()
    for step in range(20):
        scene.clock.at += 60.0
        scene.say(f"[2023-10-27 03:{14 + step}:00] INFO: Scaling deployment 'checkout' to {40 - 2 * step} replicas")
    assert "cut-by-steps" in scene.rules()


def test_memory_is_bounded_whatever_is_written() -> None:
    kept = Trajectories()
    for number in range(FIELDS * 2):
        kept.note(f"Deployment/x/{number}", ChangeField("replicas", "1", "2", 1.0, 2.0), float(number))
    for second in range(50_000):
        kept.note("Deployment/x/hot", ChangeField("replicas", "1", "2", 1.0, 2.0 + second % 2), float(second))
    assert len(kept._fields) == FIELDS
    hot = kept._fields["Deployment/x/hot", "replicas"]
    assert all(len(window.slots) <= 61 for window in hot.windows)
    assert kept.trend("Deployment/x/0", "replicas", 0.0) is None, "what was written longest ago is forgotten"
