"""Only a fresh Enter by somebody who could see the plan confirms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.ui.kill.confirm import ARM, QUIET, UNANSWERED, Confirmation


def shown(at: float = 100.0, answered: float | None = 100.01) -> Confirmation:
    confirmation = Confirmation()
    confirmation.key(at - 0.1)  # the key that opened it
    confirmation.painted(at)
    if answered is not None:
        confirmation.answered(answered)
    return confirmation


def test_an_enter_after_reading_confirms() -> None:
    confirmation = shown()
    assert confirmation.enter(101.0)
    assert confirmation.why == ""


def test_typed_ahead_before_the_plan_was_painted_does_not_count() -> None:
    confirmation = Confirmation()
    confirmation.key(99.0)
    assert not confirmation.enter(99.9)
    assert "not on the screen" in confirmation.why


def test_typed_ahead_on_a_slow_terminal_does_not_count() -> None:
    confirmation = shown(at=100.0, answered=103.0)  # it took three seconds to draw
    assert not confirmation.enter(103.0 + ARM / 2)
    assert not confirmation.enter(103.0 + ARM)  # too soon after the one before
    assert confirmation.enter(103.0 + ARM + QUIET + 0.01)


def test_a_terminal_that_never_answers_is_waited_for_a_moment() -> None:
    confirmation = shown(answered=None)
    assert not confirmation.enter(100.0 + UNANSWERED - 0.1)
    assert confirmation.enter(100.0 + UNANSWERED + QUIET)


def test_key_repeat_never_confirms() -> None:
    confirmation = shown()
    first = 100.2
    times = [first, *(first + 0.66 + n * 0.03 for n in range(200))]
    assert not any(confirmation.enter(at) for at in times)


def test_another_key_right_before_does_not_confirm() -> None:
    confirmation = shown()
    confirmation.key(101.0)
    assert not confirmation.enter(101.3)
    assert "too soon" in confirmation.why
    assert confirmation.enter(102.1)


def test_an_enter_within_a_burst_never_confirms() -> None:
    confirmation = shown()
    assert not confirmation.enter(110.0, burst=True)
    assert "paste" in confirmation.why


def test_a_changed_plan_must_be_shown_again() -> None:
    confirmation = shown()
    confirmation.changed()
    assert not confirmation.enter(110.0)
    confirmation.painted(110.5)
    confirmation.answered(110.5)
    assert confirmation.enter(111.5)


times = st.floats(0, 30)


@given(st.lists(st.tuples(times, st.sampled_from(["key", "enter", "painted", "answered", "changed"])), max_size=40))
def test_whatever_comes_a_confirmation_has_quiet_before_it_and_a_plan_that_was_seen(
    events: list[tuple[float, str]],
) -> None:
    confirmation = Confirmation()
    painted: float | None = None
    last = float("-inf")
    for at, what in sorted(events, key=lambda each: each[0]):
        if what == "enter":
            if confirmation.enter(at):
                assert painted is not None
                assert at - painted >= ARM
                assert at - last >= QUIET
            last = at
        elif what == "key":
            confirmation.key(at)
            last = at
        elif what == "changed":
            confirmation.changed()
            painted = None
        else:
            getattr(confirmation, what)(at)
            if what == "painted" and painted is None:
                painted = at
