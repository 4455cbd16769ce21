"""What counts as the last known good: what was seen live, then the revision in force before the first word."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.account.damage import DamageState
from opsconsole.governor.account.revisions import EARLIER_NUMBERS, NUMBER, history, in_force_before
from opsconsole.records import ContainerSpec, Ref, Workload
from tests.governor.scene import START, Scene, deployment, limits, patch

IT = "aura-optimizer"
MEMORY = "containers[auth-container].resources.limits.memory"
AN_HOUR_AGO = "2023-10-27T02:14:22Z"
FIRST_WORD = START - 3578.0


def kept(number: int, made: float, memory: str, *, earlier: str = "") -> Workload:
    """A ReplicaSet of auth-service, as the Deployment's controller marks it."""
    annotations = ((NUMBER, str(number)), *(((EARLIER_NUMBERS, earlier),) if earlier else ()))
    record = deployment(f"auth-service-{number}", kind="ReplicaSet", replicas=0)
    spec = ContainerSpec("auth-container", "auth", resources=limits(memory))
    owner = Ref("Deployment", "production", "auth-service")
    return msgspec.structs.replace(record, containers=(spec,), owner=owner, created=made, annotations=annotations)


def optimizer(made: float) -> Workload:
    return deployment("aura-optimizer-v2", namespace="ops-tools", created=made)


def memory(scene: Scene) -> tuple[str, str, DamageState]:
    (row,) = [row for row in scene.governor.damage() if row.path == MEMORY]
    return row.before, row.now, row.standing


def opened_late(*revisions: Workload, now: str = "64Mi", words: tuple[str, ...] = ("64Mi",)) -> Scene:
    there = optimizer(FIRST_WORD - 60)
    scene = Scene().put(deployment(memory=now, cpu="1"), there, *revisions).live("deployments")
    scene.say(*(patch(word, "1", at=AN_HOUR_AGO.replace("14:22", f"14:{22 + at}")) for at, word in enumerate(words)))
    return scene


def test_what_was_seen_live_wins_over_an_earlier_cut_in_the_history() -> None:
    """It cut to 64Mi once, a person mended that, the console saw 1Gi → 120Mi: 1Gi is good, whatever a date says."""
    scene = opened_late(kept(2, START - 90_000, "1Gi"), kept(1, START - 7_200, "64Mi"), now="1Gi")
    scene.wait(60).put(deployment(memory="120Mi", cpu="1", by=(IT, scene.clock.at)))
    assert memory(scene) == ("1Gi", "120Mi", DamageState.DAMAGED)


def test_the_ordinary_single_cut_is_damage_and_not_restored_by_its_own_revision() -> None:
    """The cut's ReplicaSet has whole seconds and looks older than the line that announced it."""
    scene = Scene().put(deployment(), kept(1, START - 90_000, "1Gi")).live("deployments").wait(22)
    scene.say(patch("64Mi", "1", at="2023-10-27T03:14:22.700Z"))
    scene.put(deployment(memory="64Mi", cpu="1", by=(IT, scene.clock.at)), kept(2, scene.clock.at, "64Mi"))
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED)


def test_the_ordinary_single_cut_that_only_history_tells_of() -> None:
    scene = opened_late(kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD, "64Mi"))
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED)
    scene = opened_late(kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD - 1.0, "64Mi"))
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED), "not older by more than a second"
    scene = opened_late(kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD - 3.0, "64Mi"))
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED), "hardly older, and it has what was announced"


def test_a_value_that_the_log_announced_is_never_good() -> None:
    scene = opened_late(kept(1, START - 90_000, "128Mi"), kept(2, FIRST_WORD, "64Mi"), words=("128Mi", "64Mi"))
    assert memory(scene) == ("", "64Mi", DamageState.DAMAGED)
    (row,) = [row for row in scene.governor.damage() if row.path == MEMORY]
    assert row.why == "the revision from before its first word has 128Mi, which its log announced"


def test_what_was_first_seen_and_was_announced_is_corrected_by_the_history() -> None:
    scene = opened_late(kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD, "64Mi"))
    scene.wait(60).put(deployment(memory="32Mi", cpu="1", by=(IT, scene.clock.at)))
    assert memory(scene) == ("1Gi", "32Mi", DamageState.DAMAGED)


@pytest.mark.parametrize(
    ("sets", "good"),
    [
        ([kept(1, -500, "1Gi"), kept(2, -400, "2Gi")], "2Gi"),
        ([kept(2, -500, "1Gi"), kept(1, -400, "2Gi")], "1Gi"),  # by its number, not by its date
        ([kept(3, -500, "1Gi", earlier="1"), kept(2, -400, "2Gi")], "1Gi"),  # used again before the first word
        ([kept(3, -500, "1Gi", earlier="1"), kept(2, 10, "64Mi")], "1Gi"),  # rolled back amid the incident
        ([kept(9, -500, "1Gi"), kept(10, -400, "2Gi")], "2Gi"),  # numbers, not texts
        ([kept(1, -500, "1Gi"), kept(2, -0.5, "64Mi")], "1Gi"),
        ([kept(1, -0.5, "64Mi")], None),
        ([kept(1, -500, "1Gi"), kept(2, 3, "64Mi"), kept(3, 4, "32Mi")], "1Gi"),
        ([], None),
    ],
)
def test_revisions_are_in_the_order_of_their_numbers(sets: list[Workload], good: str | None) -> None:
    found = in_force_before(history(sets), 0.0)
    limit = found.template.containers[0].resources.memory_limit if found else None
    assert limit == (limits(good).memory_limit if good else None)


def test_a_rotated_log_that_may_hide_the_first_cut_leaves_it_to_the_operator_and_says_how_far_it_reaches() -> None:
    revisions = (kept(1, START - 90_000, "1Gi"), kept(2, START - 10_000, "128Mi"), kept(3, FIRST_WORD, "64Mi"))
    scene = Scene().put(optimizer(START - 50_000), deployment(memory="64Mi", cpu="1"), *revisions).live("deployments")
    scene.say(patch("64Mi", "1", at=AN_HOUR_AGO))
    assert memory(scene) == ("", "64Mi", DamageState.DAMAGED)
    (row,) = [row for row in scene.governor.damage() if row.path == MEMORY]
    assert row.why.startswith("its log reaches back to 2023-10-27 02:14:22Z only, and revision 2 is from before that")


def test_a_revision_from_the_first_seconds_of_the_log_may_be_the_doing_of_a_line_that_is_cut_off() -> None:
    """Of a log its last 500 lines are read: the line before the first of them may have announced this revision."""
    revisions = (kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD - 9.0, "128Mi"), kept(3, FIRST_WORD, "64Mi"))
    scene = Scene().put(optimizer(START - 50_000), deployment(memory="64Mi", cpu="1"), *revisions).live("deployments")
    scene.say('{"timestamp": "2023-10-27T02:14:12Z", "message": "cycle done"}', patch("64Mi", "1", at=AN_HOUR_AGO))
    assert memory(scene) == ("", "64Mi", DamageState.DAMAGED)


def test_a_write_between_its_line_and_the_first_look_is_damage_though_nobody_sees_it_any_more() -> None:
    """The line was heard before the cluster was seen: it waits for a write that was over by then."""
    scene = Scene()
    scene.say(patch("64Mi", "1", at="2023-10-27T03:13:59Z"))
    scene.wait(3).put(kept(1, START - 90_000, "1Gi"), kept(2, START, "64Mi"), optimizer(START - 60.0))
    scene.put(deployment(memory="64Mi", cpu="1")).live("deployments")
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED)


def test_of_two_logs_the_one_with_the_decisions_tells_how_far_its_words_reach() -> None:
    """A text log of one line a cut reaches back further than one of documents, which is where words are missing."""
    revisions = (kept(1, START - 90_000, "1Gi"), kept(2, START - 4_000, "128Mi"), kept(3, FIRST_WORD, "64Mi"))
    scene = Scene().put(optimizer(START - 50_000), deployment(memory="64Mi", cpu="1"), *revisions).live("deployments")
    scene.say("[2023-10-27 02:00:00] INFO: cycle done", log="text")
    scene.say(patch("64Mi", "1", at=AN_HOUR_AGO), log="documents")
    assert memory(scene) == ("", "64Mi", DamageState.DAMAGED)


def test_a_cut_from_seconds_before_the_console_is_no_good_value() -> None:
    """The line is fresh, and what it wants is so already: the console's first look came behind the write."""
    scene = Scene().put(kept(1, START - 90_000, "1Gi"), kept(2, START - 2.0, "64Mi"), optimizer(START - 60.0))
    scene.put(deployment(memory="64Mi", cpu="1")).live("deployments")
    scene.say(patch("64Mi", "1", at="2023-10-27T03:13:58.300Z"))
    scene.wait(30).put(deployment(memory="32Mi", cpu="1", by=(IT, scene.clock.at)))
    assert memory(scene) == ("1Gi", "32Mi", DamageState.DAMAGED)


def test_many_small_cuts_from_before_the_console_are_one_large_one_at_once() -> None:
    scene = opened_late(
        kept(1, START - 90_000, "1Gi"), now="480Mi", words=("900Mi", "780Mi", "660Mi", "560Mi", "480Mi")
    )
    (found,) = [each for each in scene.of("cut-by-steps") if "memory" in each.title]
    assert "\u221247 %" in found.title
    assert "by 4 writes" in found.title, "900Mi is the first value that is known"


def test_a_revision_from_before_the_optimizer_was_there_is_good_however_far_its_log_reaches() -> None:
    revisions = (kept(1, START - 90_000, "1Gi"), kept(2, FIRST_WORD, "64Mi"))
    scene = Scene().put(optimizer(START - 50_000), deployment(memory="64Mi", cpu="1"), *revisions).live("deployments")
    scene.say(patch("64Mi", "1", at=AN_HOUR_AGO))
    assert memory(scene) == ("1Gi", "64Mi", DamageState.DAMAGED)


def test_a_persons_value_after_the_optimizers_is_theirs_though_their_tool_is_not_known() -> None:
    scene = Scene().put(deployment()).live("deployments")
    scene.wait(60).put(deployment(memory="64Mi", cpu="1", by=(IT, scene.clock.at)))
    scene.wait(60).put(deployment(memory="2Gi", cpu="1", by=("ansible", scene.clock.at)))
    assert memory(scene) == ("1Gi", "2Gi", DamageState.CHANGED_SINCE)


def test_a_persons_value_before_the_optimizers_is_the_good_one_though_their_tool_is_not_known() -> None:
    scene = Scene().put(deployment(memory="64Mi")).live("deployments")
    scene.wait(60).put(deployment(memory="2Gi", cpu="1", by=("ansible", scene.clock.at)))
    scene.wait(60).put(deployment(memory="120Mi", cpu="1", by=(IT, scene.clock.at)))
    assert memory(scene) == ("2Gi", "120Mi", DamageState.DAMAGED)
