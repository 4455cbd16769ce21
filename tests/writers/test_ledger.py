"""The ledger: whose writes they are, which fields changed hands, who comes first, and that it stays bounded."""

from __future__ import annotations

import pytest

from opsconsole.records import OwnedFields, Ownership, Ref, Severity, WriterClass
from opsconsole.settings import WriterSettings
from opsconsole.writers import ledger as ledgers
from opsconsole.writers.alarms import alarms
from opsconsole.writers.rows import plain_path
from opsconsole.writers.seen import writes_between
from tests.writers.scene import MEMORY, REPLICAS, START, Scene, owned


def test_what_was_written_before_the_console_looked_is_history_and_no_rate() -> None:
    scene = Scene()
    scene.see(owned("aura", REPLICAS))
    scene.wait(60)
    row = scene.rows()["manager aura"]
    assert (row.writes, row.per_minute, row.last, row.objects) == (0, 0.0, START, 1)


def test_a_new_time_is_a_write_though_no_field_is_new() -> None:
    scene = Scene()
    scene.see(owned("aura", REPLICAS))
    for _ in range(6):
        scene.see(owned("aura", REPLICAS, at=scene.wait(10)))
    row = scene.rows()["manager aura"]
    assert (row.writes, row.per_minute) == (6, 6.0)
    assert row.verbs == (("update", 6),)


def test_the_rate_is_unknown_until_it_was_watched_for_ten_seconds() -> None:
    scene = Scene()
    scene.see(owned("aura", REPLICAS))
    scene.see(owned("aura", REPLICAS, at=scene.wait(2)))
    assert scene.rows()["manager aura"].per_minute is None


def test_a_tug_of_war_with_a_person_counts_both_ways() -> None:
    scene = Scene()
    scene.see(owned("kubectl-edit", REPLICAS))
    scene.see(owned("kubectl-edit"), owned("aura", REPLICAS, at=scene.wait(10)))
    scene.see(owned("kubectl-edit", REPLICAS, at=scene.wait(10)), owned("aura"))
    scene.see(owned("kubectl-edit"), owned("aura", REPLICAS, at=scene.wait(10)))
    rows = scene.rows()
    assert (rows["manager aura"].took, rows["manager aura"].lost) == (2, 1)
    assert (rows["manager kubectl-edit"].took, rows["manager kubectl-edit"].lost) == (0, 0)
    newest = rows["manager aura"].takeovers[0]
    assert (newest.field, newest.loser, newest.taker) == (REPLICAS, "kubectl-edit", "aura")


def test_two_programs_that_fight_are_remembered_and_no_quarrel_with_people() -> None:
    scene = Scene()
    scene.see(owned("aura", MEMORY))
    scene.see(owned("aura"), owned("vpa", MEMORY, at=scene.wait(5)))
    rows = scene.rows()
    assert (rows["manager vpa"].took, rows["manager aura"].lost) == (0, 0)
    assert rows["manager aura"].takeovers == rows["manager vpa"].takeovers != ()


def test_a_write_through_scale_has_no_time_and_is_seen_by_the_field_that_it_takes() -> None:
    scene = Scene()
    scene.see(owned("kubectl", REPLICAS, MEMORY))
    scene.wait(5)
    scene.see(owned("kubectl", MEMORY), owned("aura", REPLICAS, at=None, sub="scale"))
    row = scene.rows()["manager aura"]
    assert (row.writes, row.verbs, row.took) == (1, (("update scale", 1),), 1)


def test_who_only_loses_a_field_has_not_written() -> None:
    scene = Scene()
    scene.see(owned("aura", REPLICAS, MEMORY))
    scene.see(owned("aura", MEMORY), owned("vpa", REPLICAS, at=scene.wait(5)))
    assert scene.rows()["manager aura"].writes == 0


def test_a_second_write_within_one_second_is_the_newest_writers() -> None:
    scene = Scene()
    scene.see(owned("kubectl", MEMORY), generation=1)
    at = scene.wait(5)
    scene.see(owned("kubectl", MEMORY), owned("aura", REPLICAS, at=at), generation=2)
    scene.see(owned("kubectl", MEMORY), owned("aura", REPLICAS, at=at), generation=3)
    assert scene.rows()["manager aura"].writes == 2


def test_a_write_that_leaves_no_trace_is_nobodys_and_not_guessed() -> None:
    scene = Scene()
    scene.see(owned("aura", REPLICAS), generation=1)
    scene.wait(60)
    scene.see(owned("aura", REPLICAS), generation=2)
    rows = scene.rows()
    assert rows["manager "].writes == 1
    assert rows["manager "].sort is WriterClass.UNTRACED
    assert rows["manager aura"].writes == 0


def test_a_status_that_changes_in_the_same_second_is_the_controllers() -> None:
    at = START + 60.0
    entries = (owned("aura", REPLICAS, at=at), owned("kube-controller-manager", "status.replicas", at=at, sub="status"))
    about = Ref("Deployment", "shop", "web", "u")
    found = writes_between(Ownership(about, "1", 2, entries), Ownership(about, "2", 2, entries), at + 0.5)
    assert [(write.manager, write.subresource) for write in found] == [("kube-controller-manager", "status")]


def test_the_same_version_told_again_by_a_relist_is_no_write() -> None:
    scene = Scene()
    about = Ref("Deployment", "shop", "web", "u")
    same = Ownership(about, "7", 1, (owned("aura", REPLICAS, at=scene.now),))
    for _ in range(3):
        scene.ledger.own(same, scene.now)
    assert scene.rows()["manager aura"].writes == 1


def test_an_object_deleted_and_made_anew_is_a_new_one() -> None:
    scene = Scene()
    scene.see(owned("kubectl", REPLICAS), uid="old")
    scene.see(owned("aura", REPLICAS, at=scene.wait(5)), uid="new")
    rows = scene.rows()
    assert rows["manager aura"].took == 0
    assert rows["manager aura"].writes == 1


@pytest.mark.parametrize(
    ("manager", "sort"),
    [
        ("aura", WriterClass.SUSPECT),
        ("OpenAPI-Generator", WriterClass.SUSPECT),
        ("python-requests", WriterClass.SUSPECT),
        ("", WriterClass.UNTRACED),
        ("kubectl-client-side-apply", WriterClass.PERSON),
        ("kubectl-rollout", WriterClass.PERSON),
        ("kube-controller-manager", WriterClass.SYSTEM),
        ("argocd-controller", WriterClass.SYSTEM),
        ("opsconsole", WriterClass.OURS),
        ("system:kube-controller-manager", WriterClass.SUSPECT),
    ],
)
def test_a_manager_is_taken_for_what_its_name_says_and_nothing_of_it_is_proved(manager: str, sort: WriterClass) -> None:
    scene = Scene()
    scene.see(owned(manager, "metadata.labels.app"))
    row = scene.rows()[f"manager {manager}"]
    assert (row.sort, row.proved) == (sort, False)


def test_a_forged_name_of_the_control_plane_is_a_suspect_by_what_it_writes() -> None:
    scene = Scene()
    scene.see(owned("kube-controller-manager", "status.replicas", sub="status"))
    scene.see(
        owned("kube-controller-manager", "status.replicas", sub="status"),
        owned("kube-controller-manager", MEMORY, at=scene.wait(5)),
    )
    rows = scene.rows()
    forged = rows["manager kube-controller-manager (odd)"]
    assert forged.sort is WriterClass.SUSPECT
    assert "does not write spec.template" in forged.doubt
    assert forged.writes == 1
    assert rows["manager kube-controller-manager"].sort is WriterClass.SYSTEM
    assert scene.order()[0] == "kube-controller-manager"


def test_the_autoscaler_sets_sizes_through_scale_and_is_not_doubted() -> None:
    scene = Scene()
    scene.see(owned("kubectl", REPLICAS))
    scene.see(owned("kube-controller-manager", REPLICAS, at=None, sub="scale"))
    assert scene.rows()["manager kube-controller-manager"].doubt == ""


def test_the_order_is_suspects_with_the_quarrelsome_and_busy_first_then_people_then_the_system() -> None:
    scene = Scene()
    people = owned("kubectl", REPLICAS)
    scene.see(people)
    scene.see(owned("quiet", MEMORY), name="b")
    scene.see(owned("busy", MEMORY), name="c")
    scene.see(owned("kubelet", "status.phase", sub="status"), name="d", kind="Pod")
    for _ in range(3):
        at = scene.wait(10)
        scene.see(owned("busy", MEMORY, at=at), name="c")
    scene.see(owned("kubectl"), owned("taker", REPLICAS, at=scene.wait(1)))
    assert scene.order() == ["taker", "busy", "quiet", "kubectl", "kubelet"]


def test_names_can_be_added_to_the_tables_of_the_settings() -> None:
    scene = Scene(WriterSettings(system=("our-*",), people=("runbook",)))
    scene.see(owned("our-operator", MEMORY), name="a")
    scene.see(owned("runbook", MEMORY), name="b")
    rows = scene.rows()
    assert rows["manager our-operator"].sort is WriterClass.SYSTEM
    assert rows["manager runbook"].sort is WriterClass.PERSON


def test_a_new_name_for_each_write_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT_WRITERS", 20)
    scene = Scene()
    scene.see(owned("kubectl", REPLICAS))
    for number in range(500):
        scene.see(owned(f"shadow-{number}", REPLICAS, at=scene.wait(1)))
    rows = scene.rows()
    assert len(rows) <= 21
    assert rows["manager …"].writes > 400


def test_objects_beyond_the_bound_are_forgotten_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT_OBJECTS", 10)
    scene = Scene()
    for number in range(50):
        scene.see(owned("aura", MEMORY), name=f"web-{number}")
    assert len(scene.ledger._objects) == 10
    assert scene.rows()["manager aura"].objects == 50


def test_few_objects_with_fields_of_many_megabytes_are_forgotten_the_oldest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledgers, "KEPT_CHARACTERS", 10_000)
    scene = Scene()
    long = tuple(f"data.{number:0>95}" for number in range(20))
    for number in range(50):
        scene.see(owned("aura", *long), name=f"web-{number}")
        scene.see(owned("aura", *long), name=f"web-{number}")  # told again: counted once
    assert [each.about.name for each in scene.ledger._objects.values()] == [f"web-{n}" for n in range(45, 50)]
    assert scene.ledger._characters == 10_000
    for number in range(45, 50):
        scene.ledger.gone(f"Deployment/shop/web-{number}")
    assert scene.ledger._characters == 0


def test_one_object_beyond_the_bound_is_still_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT_CHARACTERS", 10)
    scene = Scene()
    scene.see(owned("aura", MEMORY))
    scene.see(owned("aura", MEMORY, at=scene.wait(1)))
    assert scene.rows()["manager aura"].writes == 1


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        (MEMORY, "spec.template.spec.containers[*].resources.limits.memory"),
        ("metadata.annotations[a.b/c]", "metadata.annotations[*]"),
        ("spec.taints[k,NoSchedule]", "spec.taints[*]"),
        ("a[x[y", "a[*]"),
        ("spec", "spec"),
    ],
)
def test_a_path_without_its_items(path: str, plain: str) -> None:
    assert plain_path(path) == plain


def test_an_entry_whose_fields_could_not_be_read_is_still_a_writer() -> None:
    scene = Scene()
    scene.see(OwnedFields("aura", "Update", "", START, (), cut=True))
    assert scene.rows()["manager aura"].objects == 1


def test_a_forged_part_of_the_control_plane_is_an_alarm_and_an_honest_writer_is_none() -> None:
    scene = Scene()
    scene.see(owned("kube-scheduler", MEMORY))
    scene.see(owned("aura", MEMORY), name="b")
    found = alarms(scene.ledger.rows(scene.now), scene.now)
    assert [(each.severity, "kube-scheduler" in each.title) for each in found] == [(Severity.WARNING, True)]
