from __future__ import annotations

import pytest

from opsconsole.records import Health, State
from opsconsole.ui.status import health

NOW = 1000.0


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (None, "starting"),
        (Health("pods", State.LIVE, 0, NOW - 0.44), "live <1s"),
        (Health("gpu", State.LIVE, 0, NOW - 2, "simulated"), "live 2s: simulated"),
        (Health("gpu", State.LIVE, 0, NOW - 2, "x" * 99), "live 2s: " + "x" * 39 + "~"),
        (Health("pods", State.STALE, NOW - 30, NOW - 41, "403 list pods"), "STALE 41s: 403 list pods"),
        (Health("events", State.DENIED, NOW - 30, None, "list events"), "DENIED: list events"),
        (Health("pods", State.DOWN, NOW - 5, None, "connection refused"), "DOWN 5s: connection refused"),
        (Health("gpu", State.ABSENT, 0, None, "no GPU on this host"), "no GPU on this host"),
        (Health("gpu", State.STARTING, 0, None), "starting"),
    ],
)
def test_states_in_words(word, text):
    assert health.words(word, NOW)[0] == text


def test_a_pane_is_as_bad_as_its_worst_feed_and_as_old_as_its_oldest():
    words = {
        "pods:a": Health("pods:a", State.LIVE, 0, NOW - 1),
        "pods:b": Health("pods:b", State.LIVE, 0, NOW - 9),
        "events": Health("events", State.DOWN, 0),
    }
    assert health.of_feeds(words, ("pods",)) == words["pods:b"]
    words["pods:a"] = Health("pods:a", State.STALE, 0, NOW - 1)
    assert health.of_feeds(words, ("pods",)) == words["pods:a"]
    assert health.of_feeds(words, ("decisions",)) is None


@pytest.mark.parametrize("state", list(State))
def test_rows_are_dim_when_they_may_no_longer_be_true(state):
    old = state in (State.STALE, State.DENIED, State.DOWN)
    assert health.is_old(Health("pods", state, 0)) is old


def test_nothing_but_live_is_drawn_as_good():
    for state in State:
        style = health.words(Health("x", state, NOW), NOW)[1]
        assert (style == "good") == (state is State.LIVE)
