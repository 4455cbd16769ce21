from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.ui.text.filter import LONGEST, parse


@pytest.mark.parametrize(
    ("typed", "row", "hit"),
    [
        ("auth", "production/AUTH-service", True),
        ("auth", "production/api", False),
        ("!auth", "production/api", True),
        ("!auth", "production/auth", False),
        ("^prod.*Pending$", "production/auth Pending", True),
        ("^prod.*Pending$", "staging/auth Pending", False),
        ("!oom|error", "x OOMKilled", False),
    ],
)
def test_what_is_typed_matches(typed, row, hit):
    wanted = parse(typed)
    assert wanted is not None
    assert wanted.matches(row) is hit
    assert not wanted.problem


@pytest.mark.parametrize("typed", ["", "   ", "!", " ! "])
def test_nothing_typed_is_no_filter(typed):
    assert parse(typed) is None


def test_an_invalid_regular_expression_is_said_and_taken_as_plain_text():
    wanted = parse("api(")
    assert wanted is not None
    assert "not a regular expression" in wanted.problem
    assert wanted.matches("call api( now")
    assert not wanted.matches("api")


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_input_ever_raises(typed, row):
    wanted = parse(typed)
    if wanted is not None:
        assert wanted.matches(row) in (True, False)
        assert len(wanted.text) <= LONGEST
