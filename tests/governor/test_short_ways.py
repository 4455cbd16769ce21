"""Short ways to an answer that every write and line asks for: each gives what the long way round gives."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.governor.account.sweeps import Sweeps
from opsconsole.governor.account.trajectories import Trajectories
from opsconsole.governor.announced.told_settings import SettingsTable, Watched
from opsconsole.governor.observed.attribution import Attribution
from opsconsole.governor.observed.changes import PER_OBJECT, Changes
from opsconsole.governor.observed.cluster_index import ClusterIndex
from opsconsole.optimizer import Optimizers
from opsconsole.records import ChangeField, Decision, EntryReading, Kind
from opsconsole.store import Transition
from tests.governor.scene import OPTIMIZER, START, deployment

PAUSES = st.sampled_from((0.0, 0.5, 30.0, 700.0, 4_000.0, 90_000.0, -5.0))
ORDERLY = st.sampled_from((0.0, 0.5, 30.0, 200.0, 700.0, 4_000.0))
VALUES = st.sampled_from((0.0, 1.0, 2.0, 3.0, 64.0, 100.0, 1e6))


@given(st.lists(st.tuples(PAUSES, VALUES, st.one_of(st.none(), VALUES)), max_size=40), PAUSES)
def test_the_extremes_of_a_field_are_those_of_its_trajectories(
    writes: list[tuple[float, float, float | None]], later: float
) -> None:
    followed, at = Trajectories(), START
    for pause, after, before in writes:
        at += pause
        followed.note("d", ChangeField("replicas", str(before or ""), str(after), before, after), at)
    trend = followed.trend("d", "replicas", at + later)
    if trend is not None:
        factors = [each.factor for each in trend.trajectories()]
        assert (trend.least, trend.most) == (min(factors, default=1.0), max(factors, default=1.0))


@given(st.lists(st.tuples(PAUSES, VALUES), max_size=200), st.floats(0.0, 100_000.0))
def test_turns_are_counted_one_by_one(writes: list[tuple[float, float]], seconds: float) -> None:
    followed, at, turned = Trajectories(), START, list[float]()
    last, rose = None, None
    for pause, after in writes:
        at += pause
        followed.note("d", ChangeField("replicas", "", str(after), last, after), at)
        if last is not None and after != last:
            turned += [at] if rose not in (None, after > last) else []
            rose = after > last
        last = after
    assert followed.turns("d", "replicas", at - seconds) == sum(each >= at - seconds for each in turned[-64:])


@given(
    st.lists(st.tuples(PAUSES, st.sampled_from(("aura-optimizer", "kubectl", "python-requests"))), max_size=30),
    st.floats(0.0, 5_000.0),
    st.integers(1, PER_OBJECT),
)
def test_writes_of_an_object_are_those_of_its_history(
    writers: list[tuple[float, str]], seconds: float, most: int
) -> None:
    known = Optimizers.of(OPTIMIZER)
    changes, now, before = Changes(Attribution(known.managers), ClusterIndex(known)), START, deployment(replicas=1)
    for number, (pause, by) in enumerate(writers):
        now += pause
        after = deployment(replicas=2 + number, by=(by, now))
        changes.observe(Transition(Kind.WORKLOAD, "Deployment/production/auth-service", before, after), now)
        before = after
    history = changes.history(before.ref, now - seconds)
    its = [change for change in history if change.by_optimizer is not False]
    assert changes.writes(before.ref, now - seconds, most) == min(len(its), most)


@given(st.lists(st.tuples(ORDERLY, st.integers(0, 3), st.floats(1.0, 100.0), st.floats(1.0, 100.0)), max_size=40))
def test_a_sweep_is_the_sum_of_what_its_fields_became(writes: list[tuple[float, int, float, float]]) -> None:
    sweeps, at = Sweeps(), START
    held: dict[int, tuple[float, float, float, float]] = {}
    """By object: when it was first written in the window, what it was then, what it is, when it was written last."""
    for pause, number, before, after in writes:
        at += pause
        sweeps.note(f"Deployment/shop/svc-{number}", "replicas", before, after, at)
        first, was, _, _ = held.get(number, (-math.inf, 0.0, 0.0, 0.0))
        if first <= at - 600.0:
            first, was = at, before
        held[number] = (first, was, after, at)
    factors = [(was, now) for _, was, now, last in held.values() if last > at - 600.0 and abs(now / was - 1.0) >= 0.02]
    cut = [(was, now) for was, now in factors if now < was]
    told = [each for each in sweeps.over(at) if each.seconds == 600.0]
    assert len(told) == bool(cut)
    for each in told:
        assert each.cut == len(cut)
        assert each.before == pytest.approx(sum(was for was, _ in cut))
        assert each.after == pytest.approx(sum(now for _, now in cut))
        assert each.falls == pytest.approx(-sum(math.log(now / was) for was, now in cut))
        rises = sum(min(math.log(now / was), math.log(1.25)) for was, now in factors if now > was)
        assert each.rises == pytest.approx(rises, abs=1e-9)


WATCHED = (
    Watched("retries", r"retries", lambda told: told.after != "1", "too many"),
    Watched("backup", r"backups?(?:\.enabled)?", lambda told: bool(told.before), "none"),
)
KEYS = st.sampled_from(
    ("retries", "x.retries.new", "x.retries.old", "backup", "backup.to", "backup.from", "field", "new", "old", "load")
)
TEXTS = st.sampled_from(("1", "50", "false", "retries", "backup.enabled", ""))


@given(st.lists(st.dictionaries(KEYS, TEXTS, max_size=4), max_size=8))
def test_a_table_that_has_heard_lines_finds_what_a_new_one_does(lines: list[dict[str, str]]) -> None:
    heard = SettingsTable(WATCHED)
    for number, attributes in enumerate(lines):
        line = Decision(f"d#{number}", number, START, reading=EntryReading.ACTION, attributes=attributes)
        assert list(heard.bad_in(line)) == list(SettingsTable(WATCHED).bad_in(line))
