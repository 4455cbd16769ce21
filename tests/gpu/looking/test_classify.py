"""Who is a candidate: DOMAIN's sentence as a table, and properties that hold whatever the world."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from opsconsole.gpu.classify import PROTECTED, ProcessContext, is_protected, protected_names, verdict
from opsconsole.gpu.host.cgroup import Placement
from opsconsole.gpu.host.processes import Executable, Facts
from opsconsole.gpu.pods import Life, Standing
from opsconsole.records import ProcessState
from tests.gpu.worlds import OUTSIDE, UID, any_facts, any_world, facts, in_pod, world

ORPHAN = {"place": OUTSIDE, "orphan": True, "parent": 1, "parent_name": "systemd", "command": "aura-optimizer --gpu 0"}


@pytest.mark.parametrize(
    ("standing", "killed", "candidate"),
    [
        (Standing(Life.LIVE), False, False),
        (Standing(Life.LIVE), True, False),
        (Standing(Life.TERMINATING), False, False),
        (Standing(Life.TERMINATING), True, True),
        (Standing(Life.TERMINAL, seconds=59.9), False, False),
        (Standing(Life.TERMINAL, seconds=60.0), False, True),
        (Standing(Life.TERMINAL, seconds=0.0), True, True),
        (Standing(Life.ABSENT, seconds=59.9), False, False),
        (Standing(Life.ABSENT, seconds=60.0), False, True),
        (Standing(Life.ABSENT, seconds=0.0), True, True),
    ],
)
def test_a_pods_process_is_a_candidate_when_its_pod_is_over(
    standing: Standing, *, killed: bool, candidate: bool
) -> None:
    judged = verdict(facts(), world({UID: standing}, killed=frozenset({UID} if killed else ())))
    assert judged.candidate is candidate
    assert UID in judged.why
    assert not judged.protected


@pytest.mark.parametrize(
    ("standing", "seconds", "in_pod"),
    [
        (Standing(Life.LIVE), None, True),
        (Standing(Life.TERMINATING), None, True),
        (Standing(Life.ABSENT, seconds=20.0), 40.0, False),
        (Standing(Life.TERMINAL, seconds=59.0), 1.0, False),
        (Standing(Life.ABSENT, seconds=61.0), None, False),
    ],
)
def test_it_is_told_when_a_leftover_becomes_a_candidate(
    standing: Standing, seconds: float | None, *, in_pod: bool
) -> None:
    judged = verdict(facts(), world({UID: standing}))
    assert (judged.candidate_in, judged.in_pod) == (seconds, in_pod)


def test_the_pods_name_is_told_where_it_is_known() -> None:
    assert "ml/train-0" in verdict(facts(), world()).why


@pytest.mark.parametrize("more", [{}, ORPHAN], ids=["in a pod", "outside"])
def test_api_unreachable_means_no_candidates(more: dict[str, Any]) -> None:
    judged = verdict(facts(**more), world(complete=False, killed=frozenset({UID})))
    assert not judged.candidate
    assert "can't be reached" in judged.why


@pytest.mark.parametrize(
    ("more", "candidate", "word"),
    [
        ({}, True, "aura"),
        ({"orphan": False, "parent": 812, "parent_name": "bash"}, False, "812 (bash)"),
        ({"command": "python train.py"}, False, "not one of the configured optimizer's"),
        ({"place": Placement("/../x", kubernetes=None)}, False, "cgroup does not tell"),
    ],
)
def test_outside_kubernetes_only_orphans_of_the_optimizer(more: dict[str, Any], *, candidate: bool, word: str) -> None:
    judged = verdict(facts(**(ORPHAN | more)), world())
    assert judged.candidate is candidate
    assert word in judged.why


def test_no_pattern_configured_means_no_candidates_outside() -> None:
    assert not verdict(facts(**ORPHAN), world(patterns=())).candidate


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_what_serves_every_client_is_protected_by_any_of_its_names_where_its_file_may_not_be_read(name: str) -> None:
    for names in ({name}, {name[:15]}, {"sh", name}):
        judged = verdict(facts(**(ORPHAN | {"names": frozenset(names)})), world(killed=frozenset({UID})))
        assert (judged.candidate, judged.protected) == (False, True)


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_what_serves_every_client_is_protected_by_the_file_that_it_runs(name: str) -> None:
    """Whatever it calls itself; a file that an update replaced under it, or that a wrapper stands before, too."""
    for path in (f"/usr/bin/{name}", f"/usr/bin/{name} (deleted)", f"/nix/store/x/bin/.{name}-wrapped"):
        judged = verdict(facts(**(ORPHAN | {"executable": Executable(path, trusted=True)})), world())
        assert (judged.candidate, judged.protected) == (False, True)


@pytest.mark.parametrize(
    "file",
    [Executable("/usr/bin/python3.11", trusted=True), Executable("/home/aura/dcgm", trusted=False)],
    ids=["by its name alone", "by a file that it wrote itself"],
)
def test_a_process_called_dcgm_is_not_protected(file: Executable) -> None:
    judged = verdict(facts(**(ORPHAN | {"names": frozenset({"dcgm"}), "executable": file})), world())
    assert (judged.candidate, judged.protected) == (True, False)


@pytest.mark.parametrize("life", [Life.ABSENT, Life.TERMINAL])
def test_a_leftover_of_a_pod_that_is_over_is_not_protected_for_ever(life: Life) -> None:
    left = facts(names=frozenset({"dcgm-exporter"}), executable=Executable("/usr/bin/dcgm-exporter", trusted=True))
    assert verdict(left, world({UID: Standing(life, "gpu/dcgm-exporter-x2x", 60.0)})).candidate
    assert not verdict(left, world({UID: Standing(life, "gpu/dcgm-exporter-x2x", 59.0)})).candidate


@pytest.mark.parametrize("where", [world({UID: Standing(Life.LIVE)}), world({}), world(complete=False)])
def test_what_serves_every_client_stays_protected_while_its_pod_is_not_known_to_be_over(where: ProcessContext) -> None:
    exporter = facts(names=frozenset({"dcgm-exporter"}), executable=Executable("/usr/bin/dcgm-exporter", trusted=True))
    assert verdict(exporter, where).protected


def test_configured_names_are_protected_too() -> None:
    """They may be scripts, whose file is the interpreter's."""
    guarded = protected_names(["triton-inference-server", ""])
    python = Executable("/usr/bin/python3.11", trusted=True)
    assert is_protected(facts(names=frozenset({"triton-inferenc"}), executable=python), guarded)
    assert not is_protected(facts(names=frozenset({"triton"}), executable=python), guarded)
    assert not is_protected(facts(names=frozenset({""}), executable=python), guarded)


def test_this_console_and_its_shell_are_protected() -> None:
    assert verdict(facts(4711), world(ours=frozenset({4711}))).protected
    assert verdict(facts(1), world()).protected


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ProcessState.ZOMBIE, ["zombie", "parent 99 (containerd-shim)"]),
        (ProcessState.UNINTERRUPTIBLE, ["uninterruptible", "drain"]),
        (ProcessState.GONE, ["gone"]),
        (ProcessState.NO_PERMISSION, ["root"]),
        (ProcessState.OTHER_NAMESPACE, ["PID namespace", "hostPID"]),
    ],
)
def test_each_state_that_no_signal_helps_is_told_apart(state: ProcessState, words: list[str]) -> None:
    judged = verdict(facts(state=state), world())
    assert not judged.candidate
    for word in words:
        assert word in judged.why


def test_a_dead_leader_with_living_threads_can_be_ended() -> None:
    assert verdict(facts(state=ProcessState.ZOMBIE_LEADER), world()).candidate


def test_a_static_pods_process_is_left_alone() -> None:
    hashed = "0123456789abcdef0123456789abcdef"
    place = in_pod(hashed, static=True)
    judged = verdict(facts(place=place), world({hashed: Standing(Life.ABSENT, seconds=4000)}))
    assert not judged.candidate
    assert "static" in judged.why


def test_a_pod_without_a_uid_is_left_alone() -> None:
    assert not verdict(facts(place=in_pod("")), world()).candidate


def test_a_process_without_a_start_time_is_left_alone() -> None:
    assert not verdict(facts(start_ticks=None), world()).candidate


D = ProcessState.UNINTERRUPTIBLE


@pytest.mark.parametrize(
    ("more", "where", "unjudged"),
    [
        ({"state": ProcessState.NO_PERMISSION}, world(), True),
        ({"state": ProcessState.OTHER_NAMESPACE}, world(), True),
        ({"start_ticks": None}, world(), True),
        ({}, world(complete=False), True),
        ({"place": Placement("/../x", kubernetes=None)}, world(), True),
        ({"place": in_pod("0" * 32, static=True)}, world(), True),
        ({"place": in_pod("")}, world(), True),
        ({"state": D}, world(), True),
        ({"state": D}, world(complete=False), True),
        ({"state": D}, world({UID: Standing(Life.LIVE)}), False),
        ({"state": ProcessState.GONE}, world(), False),
        ({"state": ProcessState.ZOMBIE}, world(complete=False), False),
        ({}, world(), False),
        ({}, world({UID: Standing(Life.LIVE)}), False),
        (ORPHAN | {"command": "python train.py"}, world(), False),
    ],
)
def test_whose_it_is_is_known_or_said_to_be_unknown(
    more: dict[str, Any], where: ProcessContext, *, unjudged: bool
) -> None:
    assert verdict(facts(**more), where).unjudged is unjudged


@given(any_facts(), any_world())
def test_never_a_live_pods_process(one: Facts, where: ProcessContext) -> None:
    standing = where.standings.known.get(one.place.pod_uid)
    if standing is not None and standing.life is Life.LIVE:
        assert not verdict(one, where).candidate


@given(any_facts(), any_world())
def test_a_candidate_is_exactly_what_domain_says(one: Facts, where: ProcessContext) -> None:
    judged = verdict(one, where)
    standing = where.standings.known.get(one.place.pod_uid) if where.standings.complete else None
    over = standing is not None and standing.life in (Life.ABSENT, Life.TERMINAL) and standing.seconds >= 60
    killed = standing is not None and standing.life is not Life.LIVE and one.place.pod_uid in where.killed
    in_kubepods = one.place.kubernetes is True and not one.place.static and (over or killed)
    outside = (
        one.place.kubernetes is False and one.orphan and any(pattern.search(one.command) for pattern in where.patterns)
    )
    left_over = standing is not None and standing.life in (Life.ABSENT, Life.TERMINAL) and one.place.kubernetes is True
    can_be_ended = one.state in (ProcessState.RUNNING, ProcessState.ZOMBIE_LEADER) and one.start_ticks is not None
    spared = one.pid in where.ours or one.pid <= 1 or (is_protected(one, where.protected) and not left_over)
    expected = where.standings.complete and (in_kubepods or outside) and can_be_ended and not spared
    assert judged.candidate is bool(expected)
    assert judged.why


@given(any_facts(), any_world())
def test_protected_is_never_a_candidate(one: Facts, where: ProcessContext) -> None:
    judged = verdict(one, where)
    assert not (judged.protected and judged.candidate)
    if is_protected(one, where.protected) and not one.place.pod_uid:
        assert judged.protected
