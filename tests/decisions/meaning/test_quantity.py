"""Quantities are exact, and what is none is said to be none."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole import quantity

CASES = {
    "0": Fraction(0),
    "2": Fraction(2),
    "-1": Fraction(-1),
    "+1": Fraction(1),
    "1.5": Fraction(3, 2),
    "5.": Fraction(5),
    ".5": Fraction(1, 2),
    "100m": Fraction(1, 10),
    "250u": Fraction(1, 4000),
    "1n": Fraction(1, 10**9),
    "1k": Fraction(1000),
    "128M": Fraction(128 * 10**6),
    "1G": Fraction(10**9),
    "1T": Fraction(10**12),
    "1P": Fraction(10**15),
    "1E": Fraction(10**18),
    "1Ki": Fraction(1024),
    "64Mi": Fraction(64 * 2**20),
    "1.5Gi": Fraction(3 * 2**29),
    "1Ti": Fraction(2**40),
    "1Pi": Fraction(2**50),
    "1Ei": Fraction(2**60),
    "1e3": Fraction(1000),
    "1E3": Fraction(1000),
    "12e-3": Fraction(12, 1000),
    "1E+2": Fraction(100),
    "18446744073709551615": Fraction(2**64 - 1),
}


@pytest.mark.parametrize(("text", "value"), CASES.items())
def test_value_of_every_notation(text: str, value: Fraction) -> None:
    assert quantity.exact(text) == value


NO_QUANTITIES = (
    *("", " ", ".", "NaN", "Infinity", "-Infinity", "null", "0x10", "1_000", "--1", "1\n", "\u0661"),
    *("1K", "1ki", "64 Mi", "64MiB", "1mi", "1e", "1e1.5", "1e999999999", "1e-999999999", "9" * 129),
)


@pytest.mark.parametrize("text", NO_QUANTITIES)
def test_what_is_no_quantity_is_unknown_not_zero(text: str) -> None:
    assert quantity.number(text) is None
    with pytest.raises(quantity.QuantityError, match=r"quantity|exponent"):
        quantity.exact(text)


def test_a_value_beyond_floats_is_unknown() -> None:
    assert quantity.exact("9" * 60 + "e300") > 0
    assert quantity.number("9" * 60 + "e300") is None


@given(st.integers(-(10**24), 10**24), st.sampled_from(sorted(quantity._SCALES)))
def test_suffixes_scale_exactly(count: int, suffix: str) -> None:
    assert quantity.exact(f"{count}{suffix}") == count * quantity._SCALES[suffix]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9))
def test_decimal_fractions_lose_nothing(value: object) -> None:
    assert quantity.exact(f"{value:f}") == Fraction(f"{value:f}")


@given(st.text(max_size=200))
def test_no_text_makes_number_raise(text: str) -> None:
    value = quantity.number(text)
    assert value is None or isinstance(value, float)
