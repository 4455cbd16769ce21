"""Counts that a line writes out are counts; words that only look like them are not."""

from __future__ import annotations

import pytest

from opsconsole.decisions.meaning.prose.basics.counts import in_digits


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Evicted forty pods from node worker-3", "Evicted 40 pods from node worker-3"),
        ("Deleting a dozen pods", "Deleting 12 pods"),
        ("Deleting half a dozen unhealthy nodes", "Deleting 6 unhealthy nodes"),
        ("deleted two hundred and forty pods", "deleted 240 pods"),
        ("evicting dozens of pods", "evicting 24 of pods"),
        ("cordoning twenty-five nodes", "cordoning 25 nodes"),
        ("scaled web from ten to one replica", "scaled web from 10 to 1 replica"),
        ("scaled web to zero", "scaled web to 0"),
        ("removed three thousand two hundred pods", "removed 3200 pods"),
    ],
)
def test_a_count_in_words_is_a_count(said: str, read: str) -> None:
    assert in_digits(said) == read


@pytest.mark.parametrize(
    "said",
    ["no one changed it", "this one pod is stuck", "replaced by a new one", "zero-downtime rollout", "a second one"],
)
def test_a_word_that_counts_nothing_stays_a_word(said: str) -> None:
    assert in_digits(said) == said
