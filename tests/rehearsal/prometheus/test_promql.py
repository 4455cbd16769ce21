"""PromQL over the world's series."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.promql import syntax
from rehearsal.promql.evaluate import evaluate, select
from rehearsal.promql.functions import RANGE_FUNCTIONS, histogram_quantile
from rehearsal.promql.syntax import Match, PromqlError
from rehearsal.world.metrics.series import Database

NOW = 10_000.0


@pytest.fixture(scope="module")
def database() -> Database:
    made = Database()
    for step in range(61):
        at = NOW - 600 + 10 * step
        for app, code, each in (("api", "200", 8.0), ("api", "502", 2.0), ("web", "200", 5.0)):
            made.write("requests_total", {"app": app, "code": code}, at, each * 10 * step)
        made.write("memory", {"pod": "a"}, at, 100.0 + step)
        made.write("memory", {"pod": "b"}, at, 300.0)
    for bound, count in (("0.1", 50.0), ("0.5", 90.0), ("+Inf", 100.0)):
        made.write("seconds_bucket", {"le": bound}, NOW, count)
    made.write("old", {}, NOW - 400, 1.0)
    made.write("odd", {}, NOW, math.nan)
    return made


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("1 + 2 * 3 ^ 2", 19.0),
        ("-(2 - 5)", 3.0),
        ("7 % 4", 3.0),
        ("time()", NOW),
        ("scalar(memory{pod='b'})", 300.0),
    ],
)
def test_scalars(database: Database, query: str, wanted: float) -> None:
    assert evaluate(database, query, NOW) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("sum(rate(requests_total[5m]))", {(): 15.0}),
        ("sum by (app) (rate(requests_total[5m]))", {("api",): 10.0, ("web",): 5.0}),
        ("sum(rate(requests_total[5m])) by (code)", {("200",): 13.0, ("502",): 2.0}),
        ('sum(rate(requests_total{code=~"5.."}[5m])) / sum(rate(requests_total[5m]))', {(): 2 / 15}),
        ('sum(rate(requests_total{code!="200",app!~"w.*"}[5m] offset 2m))', {(): 2.0}),
        ("sum(increase(requests_total[100s]))", {(): 1500.0}),
        ("max_over_time(memory[1h])", {("a",): 160.0, ("b",): 300.0}),
        ("max(max_over_time(memory[1h]))", {(): 300.0}),
        ("count(memory > 200)", {(): 1.0}),
        ("memory > bool 200", {("a",): 0.0, ("b",): 1.0}),
        ("avg(memory)", {(): 230.0}),
        ("topk(1, memory)", {("memory", "b"): 300.0}),
        ("memory{pod='a'} or memory{pod='b'}", {("memory", "a"): 160.0, ("memory", "b"): 300.0}),
        ("memory unless memory{pod='b'}", {("memory", "a"): 160.0}),
        ("memory and on(pod) memory{pod='b'}", {("memory", "b"): 300.0}),
        ("memory - on(pod) memory", {("a",): 0.0, ("b",): 0.0}),
        ("absent(nothing)", {(): 1.0}),
        ("absent(memory)", {}),
        ("vector(4)", {(): 4.0}),
        ("max(timestamp(memory))", {(): NOW}),
        ("clamp_max(memory, 200)", {("a",): 160.0, ("b",): 200.0}),
        ("histogram_quantile(0.9, seconds_bucket)", {(): 0.5}),
        ("histogram_quantile(0.7, seconds_bucket)", {(): 0.3}),
        ("old", {}),
        ("requests_total{app='none'}", {}),
        ("memory{pod='a'} / 0", {("a",): math.inf}),
    ],
)
def test_vectors(database: Database, query: str, wanted: dict[tuple[str, ...], float]) -> None:
    found = evaluate(database, query, NOW)
    assert not isinstance(found, float)
    told = {tuple(value for _, value in sorted(each.labels.items())): each.value for each in found}
    assert told == {key: pytest.approx(value) for key, value in wanted.items()}


def test_nan_comes_back_as_nan(database: Database) -> None:
    found = evaluate(database, "odd", NOW)
    assert not isinstance(found, float)
    assert math.isnan(found[0].value)


def test_a_counter_that_starts_anew_did_not_fall() -> None:
    assert RANGE_FUNCTIONS["increase"]([0, 10, 20], [100, 110, 5], 20) == pytest.approx(15.0)
    assert RANGE_FUNCTIONS["rate"]([0], [1], 20) is None


def test_a_histogram_without_an_end_says_nothing() -> None:
    ((_, value),) = histogram_quantile(0.5, [({"le": "0.1"}, 5.0)])
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(", "unexpected 'end of input'"),
        ("sum(a) b", "unexpected 'b'"),
        ("a{b=1}", "unexpected '='"),
        ("rate(a)", "expected type range vector"),
        ("a[5m]", "a range vector has no single value"),
        ("sum(a)[5m]", "ranges only allowed for vector selectors"),
        ("a[1h:5m]", "subqueries are not known"),
        ("nope(a)", "does not know nope()"),
        ("a + on(x) group_left b", "group_left and group_right are not known"),
        ("a{b=~'('}", "parse error"),
        ("1 and 2", "not allowed in binary scalar expression"),
        ("a $ b", "unexpected character"),
        ("sum(1)", "expected type instant vector"),
    ],
)
def test_what_is_no_promql_is_refused_in_words(database: Database, query: str, words: str) -> None:
    with pytest.raises(PromqlError) as refused:
        evaluate(database, query, NOW)
    assert words in str(refused.value)


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(PromqlError):
        syntax.parse(text)


def test_a_selector_without_a_name_looks_at_everything(database: Database) -> None:
    assert {series.labels["__name__"] for series in select(database, [Match("pod", "=", "a")])} == {"memory"}


def test_samples_are_forgotten_after_two_hours() -> None:
    made = Database()
    for step in range(2000):
        made.write("x", {}, float(10 * step), 1.0)
    (series,) = made.named("x")
    assert len(series.times) < 800
    assert series.times[-1] == 19_990.0
