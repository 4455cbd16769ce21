from __future__ import annotations

import math

import pytest

from opsconsole.present import units as words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "?"),
        (0, "<10s"),
        (14, "10s"),
        (119, "110s"),
        (120, "2m"),
        (3599, "59m"),
        (48 * 3600, "48h"),
        (3 * 86400, "3d"),
    ],
)
def test_ages_are_rounded_down_in_steps(seconds, text):
    assert words.age(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.44, "<1s"), (-3, "<1s"), (7.9, "7s"), (41, "40s"), (200, "3m")])
def test_silence_is_coarser_the_longer_it_lasts(seconds, text):
    assert words.silence(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(41, "41s"), (99, "99s"), (100, "1m40s"), (3600, "60m")])
def test_what_is_wrong_is_counted_to_the_second(seconds, text):
    assert words.counted(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "?"), (0, "0"), (512, "512"), (64 << 20, "64Mi"), (1.5 * (1 << 30), "1.5Gi"), (math.nan, "nan"),
     (18446744073709551615.0, "16Ei"), (-(1 << 20), "-1Mi")],
)  # fmt: skip
def test_memory_in_words(value, text):
    assert words.memory(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "?"), (0.1, "100m"), (4, "4"), (2.5, "2.5"), (0, "0"), (math.inf, "inf")]
)
def test_cpu_in_words(value, text):
    assert words.cpu(value) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(None, 1, "?"), (1, None, "?"), (1, math.nan, "?"), (1024, 64, "-94 %"), (1, 1, "same"), (0, 5, "from 0"),
     (2, 20, "x10"), (3, 18446744073709551615.0, "absurd"), (3, 0, "-100 %"), (3, -1, "-133 %"), (2, 3, "+50 %")],
)  # fmt: skip
def test_a_change_in_words(before, after, text):
    assert words.change(before, after) == text


def test_an_unknown_gauge_is_not_an_empty_gauge():
    assert words.bar(None, 100, 4) == "????"
    assert words.bar(0, None, 4) == "????"
    assert words.bar(0, 100, 4) == "...."
    assert words.bar(150, 100, 4) == "####"
    assert words.percent(None, 100) == "?"
    assert words.percent(5, 100) == "5 %"


@pytest.mark.parametrize("at", [None, math.nan, math.inf, 1e20, -1e20])
def test_times_that_are_none_are_unknown(at):
    assert words.clock_time(at) == "?"
    assert words.date_time(at) == "?"


def test_times_are_utc():
    assert words.date_time(1_698_376_462) == "2023-10-27 03:14:22 UTC"
    assert words.clock_time(1_698_376_462) == "03:14:22"
