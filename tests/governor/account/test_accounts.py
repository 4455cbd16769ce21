"""The budget, the damage, and who wrote: what the governor keeps account of."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.account.budget import Budget, allocatable, moved
from opsconsole.governor.account.damage import DamageState
from opsconsole.governor.observed.attribution import Attribution, author
from opsconsole.governor.observed.fields import diff, memory_text, values
from opsconsole.records import FieldManager, Node, Resources, Severity
from opsconsole.settings import GovernorSettings
from tests.governor.scene import START, Scene, deployment, node

GI = 2.0**30
IT = "aura-optimizer"


@pytest.mark.parametrize(
    ("before", "after", "memory", "cpu"),
    [
        ({}, {"memory": "512Mi"}, 1.5 * GI, 0.0),
        ({}, {"replicas": 5}, 2 * GI, 2.0),
        ({}, {"replicas": 0}, 3 * GI, 3.0),
        ({}, {"memory": "2Gi", "replicas": 1}, 1 * GI, 2.0),
        ({}, {}, 0.0, 0.0),
        ({"memory": None}, {"memory": "1Gi"}, 3 * GI, 0.0),  # a limit that is set counts whole
        ({}, {"memory": None}, 3 * GI, 0.0),  # and one that is removed
        ({"replicas": None}, {"replicas": None, "memory": "1Mi"}, None, None),  # how many there are is not known
    ],
)
def test_what_a_write_moves(before, after, memory, cpu):
    size = moved(deployment(**before), deployment(**after))
    assert (size.memory, size.cpu) == (memory, cpu)


def test_a_deletion_moves_all_that_there_was():
    assert moved(deployment(), None).memory == 3 * GI
    assert moved(node(), node()).memory == 0


def test_a_number_that_is_none_is_not_added_up():
    broken = msgspec.structs.replace(deployment().containers[0], resources=Resources(memory_limit=float("inf")))
    assert moved(deployment(), deployment(containers=(broken,))).memory is None


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], (None, None)),
        ([node(memory="4Gi", cpu="2"), node(memory="4Gi", cpu="2")], (8 * GI, 4.0)),
        ([node(memory="4Gi", cpu="2"), Node("new")], (None, None)),
    ],
)
def test_what_cant_be_added_up_is_unknown(nodes, expected):
    assert allocatable(nodes) == expected


def spent(*counts: tuple[float, int, str], settings: GovernorSettings | None = None, known: bool = True) -> Scene:
    """Writes of replica counts of 1 GiB each on a cluster of 100 GiB."""
    scene = Scene(settings).put(deployment(replicas=10))
    if known:
        scene.put(node("n1", memory="100Gi", cpu="1000"))
    for second, count, by in counts:
        scene.clock.at = START + second
        scene.put(deployment(replicas=count, by=(by, scene.clock.at)))
    return scene


@pytest.mark.parametrize(
    ("counts", "share", "severity"),
    [
        ([(1, 12, IT)], 0.02, None),
        ([(1, 15, IT)], 0.05, None),  # 5 % is allowed
        ([(1, 16, IT)], 0.06, Severity.CRITICAL),
        ([(1, 12, IT), (20, 10, IT), (40, 12, IT)], 0.06, Severity.CRITICAL),  # |Δ|: to and fro adds up
        ([(1, 30, "kubectl-scale")], 0.0, None),
        ([(1, 30, "OpenAPI-Generator")], 0.0, Severity.WARNING),
        ([(1, 14, IT), (20, 16, "OpenAPI-Generator")], 0.04, Severity.WARNING),
    ],
)
def test_the_budget_is_five_percent_an_hour(counts, share, severity):
    scene = spent(*counts)
    assert scene.governor.budget.share == pytest.approx(share)
    assert [finding.severity for finding in scene.of("budget")] == ([severity] if severity else [])


def test_the_alarm_names_the_switch():
    finding = spent((1, 16, IT)).of("budget")[0]
    assert finding.title == "budget crossed: 6.0% of the cluster moved in the last hour, 5.0% is the most"
    assert finding.switch == "revoke"
    assert "key 1" in finding.detail


def test_an_hour_later_the_budget_is_free_again():
    scene = spent((1, 16, IT))
    scene.clock.at = START + 3601
    assert scene.live("pods").of("budget")
    scene.clock.at = START + 3603
    assert not scene.live("nodes").of("budget")
    assert scene.governor.budget.memory == 0


def test_what_the_cluster_holds_is_unknown_without_nodes():
    scene = spent((1, 30, IT), known=False)
    assert (scene.governor.budget.share, scene.governor.budget.crossed) == (None, None)
    assert scene.governor.budget.memory == 20 * GI
    assert not scene.of("budget")


def test_the_percentage_is_the_settings():
    assert not spent((1, 16, IT), settings=GovernorSettings(budget_percent_per_hour=10)).of("budget")
    assert not spent((1, 16, IT), settings=GovernorSettings(disabled=("budget",))).of("budget")


def test_shares_are_of_the_larger_resource():
    budget = Budget(limit=0.05, memory=1.0, cpu=3.0, memory_allocatable=100.0, cpu_allocatable=10.0)
    assert (budget.memory_share, budget.cpu_share, budget.share, budget.crossed) == (0.01, 0.3, 0.3, True)
    assert Budget(limit=0.05, memory=1.0, memory_allocatable=100.0).crossed is False


def row(scene: Scene, path: str = "replicas") -> tuple[str, str, DamageState, int]:
    found = next(each for each in scene.governor.damage() if each.path == path)
    return found.before, found.now, found.standing, found.writes


def test_damage_is_against_the_last_known_good_not_against_the_last_write():
    scene = spent((1, 8, IT), (11, 6, IT), (21, 2, IT))
    assert row(scene) == ("10", "2", DamageState.DAMAGED, 3)
    good = scene.governor.last_known_good(deployment().ref)
    assert good == deployment(replicas=10)


def test_damage_that_was_repaired_is_restored():
    assert row(spent((1, 2, IT), (60, 10, "kubectl-scale"))) == ("10", "10", DamageState.RESTORED, 1)


def test_damage_that_a_person_changed_to_something_else():
    scene = spent((1, 2, IT), (60, 5, "kubectl-scale"))
    assert row(scene) == ("10", "5", DamageState.CHANGED_SINCE, 1)
    assert scene.governor.damage()[0].now_by == "kubectl-scale"


def test_damage_to_what_is_gone():
    scene = spent((1, 2, IT)).drop(deployment())
    assert row(scene) == ("10", "deleted", DamageState.GONE, 1)


def test_a_person_first_and_then_the_optimizer():
    """What a person set just before is the last known good."""
    assert row(spent((1, 12, "kubectl-scale"), (60, 2, IT)))[0] == "12"


def test_what_people_change_is_no_damage():
    scene = spent((1, 12, "kubectl-scale"))
    assert not scene.governor.damage()
    assert scene.governor.last_known_good(deployment().ref) is None


def test_a_writer_who_cant_be_told_does_uncertain_damage():
    assert [each.certain for each in spent((1, 2, "OpenAPI-Generator")).governor.damage()] == [False]


def test_deleting_and_making_anew_is_a_change():
    scene = Scene().put(deployment()).drop(deployment()).put(deployment(memory="64Mi", by=(IT, START)))
    paths = [field.path for field in scene.governor.changes[0].fields]
    assert paths == ["object", "containers[auth-container].resources.limits.memory"]
    assert scene.of("limit-cut")


def entries(*given: tuple[str, float | None, str]) -> tuple[FieldManager, ...]:
    return tuple(FieldManager(name, "Update", subresource, at) for name, at, subresource in given)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([("helm", 1, "")], [("helm", 1, ""), (IT, 5, "")], (IT, 5)),
        ([("helm", 1, ""), (IT, 5, "")], [("helm", 1, ""), (IT, 15, "")], (IT, 15)),
        ([("helm", 1, "")], [("helm", 1, ""), ("kubectl", None, "scale")], ("kubectl", None)),
        ([(IT, None, "scale")], [(IT, None, "scale")], (IT, None)),  # /scale again: its entry has no time
        ([(IT, None, "scale")], [("kubectl", None, "scale")], ("kubectl", None)),
        ([(IT, None, "scale")], [], ("", None)),  # /scale to zero leaves nothing
        ([(IT, 5, "")], [(IT, 5, ""), ("kcm", 9, "status")], ("", None)),  # a status is no write of ours
        ([("helm", 1, "")], [("helm", 1, "")], ("", None)),
        ([("a", 1, "")], [("a", 4, ""), ("b", 5, "")], ("", 5)),  # a relist: several writes at once
        ([("a", 1, "")], [], ("", None)),
        ([], [("a", None, "")], ("a", None)),
    ],
)
def test_the_author_of_a_write(before, after, expected):
    old = msgspec.structs.replace(deployment(), managers=entries(*before))
    new = msgspec.structs.replace(deployment(replicas=9), managers=entries(*after))
    assert author(old, new, scaled=True) == expected


def test_the_scale_entry_names_nobody_for_other_fields():
    old = msgspec.structs.replace(deployment(), managers=entries((IT, None, "scale")))
    assert author(old, old, scaled=False) == ("", None)


@pytest.mark.parametrize(
    ("pause", "others", "expected"),
    [
        (0.5, (), IT),  # the same second: no entry changes, but it wrote just before
        (2.5, (), ""),
        (0.5, (("kubectl", START + 1, ""),), ""),  # two wrote in that second: either may have
    ],
)
def test_a_second_write_in_one_second(pause, others, expected):
    scene = Scene().put(deployment()).wait(1.2)
    managers = entries(("helm", START - 86_400, ""), *others, (IT, START + 1, ""))
    scene.put(deployment(replicas=4, managers=managers))
    scene.wait(pause).put(deployment(replicas=5, managers=managers))
    assert scene.governor.changes[0].manager == expected


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("aura", True),
        ("OpenAPI-Generator", None),
        ("my-operator", None),
        ("", None),
        ("kubectl", False),
        ("kubectl-client-side-apply", False),
        ("opsconsole", False),
        ("kube-controller-manager", False),
        ("argocd-controller", False),
    ],
)
def test_whose_a_manager_is(manager, expected):
    assert Attribution(("aura",)).by_optimizer(manager) is expected


def test_a_configured_tool_is_the_optimizers():
    assert Attribution(("kubectl-patch",)).by_optimizer("kubectl-patch") is True


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "unset"), (64 * 2.0**20, "64Mi"), (1.5 * GI, "1.5Gi"), (0.0, "0"), (500.0, "500"), (float("nan"), "NaN")],
)
def test_memory_in_words(number, text):
    assert memory_text(number) == text


def test_a_status_is_no_change():
    assert not diff(deployment(), deployment(ready=0, available=0))
    assert not diff(deployment(), node())


def test_every_field_has_a_value():
    assert values(deployment())["containers[auth-container].resources.limits.memory"] == ("1Gi", GI)
    assert set(values(node())) == {"taints", "unschedulable"}


def test_the_budget_says_how_much_of_its_hour_was_watched():
    scene = Scene().put(deployment())
    assert scene.governor.budget.minutes == 0
    scene.wait(150)
    assert scene.governor.budget.minutes == 2
    scene.wait(7200)
    assert scene.governor.budget.minutes == 60
