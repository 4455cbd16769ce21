"""How pods stand, and since when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.pods import Life, PodView, PodWatch, Standing, StorePods, life_of, no_cluster
from opsconsole.records import Health, Pod, State
from tests.gpu.worlds import pod
from tests.support.clock import ManualClock

LIVE = Health("pods", State.LIVE, 0.0)


class Source:
    """The API as the test wants it."""

    def __init__(self, *pods: Pod) -> None:
        self.pods = {one.uid: one for one in pods}
        self.complete = True

    def __call__(self, uids: frozenset[str]) -> PodView:
        return PodView({uid: self.pods[uid] for uid in uids & self.pods.keys()}, self.complete, "down")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.mark.parametrize(
    ("one", "life"),
    [
        (None, Life.ABSENT),
        (pod("u", phase="Running"), Life.LIVE),
        (pod("u", phase="Pending"), Life.LIVE),
        (pod("u", phase="Unknown"), Life.LIVE),
        (pod("u", phase=""), Life.LIVE),
        (pod("u", phase="Running", deleted_at=5.0), Life.TERMINATING),
        (pod("u", phase="Succeeded"), Life.TERMINAL),
        (pod("u", phase="Failed", deleted_at=5.0), Life.TERMINAL),
    ],
)
def test_what_counts_as_terminal(one: Pod | None, life: Life) -> None:
    assert life_of(one) is life


def test_absence_counts_from_the_first_look(clock: ManualClock) -> None:
    watch = PodWatch(Source(), clock)
    assert watch.look(["u"]).known == {"u": Standing(Life.ABSENT, "", 0.0)}
    clock.at += 59
    assert watch.look(["u"]).known["u"].seconds == 59


def test_a_pod_that_goes_keeps_its_name(clock: ManualClock) -> None:
    source = Source(pod("u", name="train-0"))
    watch = PodWatch(source, clock)
    assert watch.look(["u"]).known["u"] == Standing(Life.LIVE, "ml/train-0")
    source.pods.clear()
    assert watch.look(["u"]).known["u"] == Standing(Life.ABSENT, "ml/train-0", 0.0)


def test_terminal_then_absent_is_one_stretch(clock: ManualClock) -> None:
    source = Source(pod("u", phase="Failed"))
    watch = PodWatch(source, clock)
    watch.look(["u"])
    clock.at += 40
    source.pods.clear()
    watch.look(["u"])
    clock.at += 20
    assert watch.look(["u"]).known["u"].seconds == 60


def test_a_list_that_was_not_complete_starts_the_time_again(clock: ManualClock) -> None:
    source = Source()
    watch = PodWatch(source, clock)
    watch.look(["u"])
    clock.at += 100
    source.complete = False
    broken = watch.look(["u"])
    assert (broken.complete, broken.known, broken.why) == (False, {}, "down")
    source.complete = True
    assert watch.look(["u"]).known["u"].seconds == 0


def test_a_pod_that_comes_back_into_the_list_starts_the_time_again(clock: ManualClock) -> None:
    source = Source()
    watch = PodWatch(source, clock)
    watch.look(["u"])
    clock.at += 100
    source.pods["u"] = pod("u")
    assert watch.look(["u"]).known["u"].life is Life.LIVE
    source.pods.clear()
    assert watch.look(["u"]).known["u"].seconds == 0


def test_what_is_not_asked_for_is_forgotten_but_not_by_a_single_check(clock: ManualClock) -> None:
    watch = PodWatch(Source(), clock)
    watch.look(["a", "b"])
    clock.at += 50
    assert watch.check(["a"]).known["a"].seconds == 50
    assert watch.look(["b"]).known["b"].seconds == 50
    assert watch.look(["a"]).known["a"].seconds == 0


def test_the_empty_uid_is_no_pod(clock: ManualClock) -> None:
    watch = PodWatch(Source(), clock)
    watch.add_killed(["", "u"])
    assert watch.killed == {"u"}
    assert watch.look(["", ""]).known == {}


def test_without_a_cluster_nothing_is_known(clock: ManualClock) -> None:
    found = PodWatch(no_cluster, clock).look(["u"])
    assert not found.complete
    assert "no cluster" in found.why


def store(*pods: Pod, health: Health | None = LIVE) -> StorePods:
    return StorePods({one.key: one for one in pods}, lambda: health)


def test_the_store_answers_by_uid() -> None:
    view = store(pod("u", name="a"), pod("v", name="b"))(frozenset({"v", "w"}))
    assert view.complete
    assert {uid: one.name for uid, one in view.pods.items()} == {"v": "b"}


@pytest.mark.parametrize("state", [one for one in State if one is not State.LIVE])
def test_a_feed_that_is_not_live_makes_nothing_absent(state: State) -> None:
    view = store(health=Health("pods", state, 0.0, detail="403 list pods"))(frozenset({"u"}))
    assert not view.complete
    assert "403 list pods" in view.why


def test_no_word_of_the_feed_makes_nothing_absent() -> None:
    assert not store(health=None)(frozenset({"u"})).complete


def test_one_namespace_is_not_the_cluster() -> None:
    view = store(pod("u"), health=Health("pods", State.LIVE, 0.0, namespaces=("ml",)))(frozenset({"u"}))
    assert not view.complete
    assert "ml" in view.why


@pytest.mark.parametrize("one", [pod("u", partial=True), pod("")])
def test_rows_without_a_uid_make_nothing_absent(one: Pod) -> None:
    assert not store(one)(frozenset({"x"})).complete


@given(st.lists(st.tuples(st.floats(0, 50), st.sampled_from(["live", "absent", "terminal", "down"])), max_size=30))
def test_the_time_told_is_never_longer_than_the_unbroken_stretch(steps: list[tuple[float, str]]) -> None:
    clock, source = ManualClock(), Source()
    watch, began = PodWatch(source, clock), None
    for pause, what in steps:
        clock.at += pause
        source.complete = what != "down"
        source.pods = {"u": pod("u", phase="Failed" if what == "terminal" else "Running")} if what != "absent" else {}
        standing = watch.look(["u"]).known.get("u")
        if what in ("down", "live"):
            began = None
            assert standing is None or standing.seconds == 0
        else:
            began = clock.at if began is None else began
            assert standing is not None
            assert standing.seconds == pytest.approx(clock.at - began)
