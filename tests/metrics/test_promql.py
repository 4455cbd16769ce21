"""Selectors and ranges of other people's queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.metrics.promql import Matcher, Selector, has_range, selectors, with_range


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('request_count{service="api"}', [Selector("request_count", (Matcher("service", "=", "api"),))]),
        ("up", [Selector("up")]),
        ("rate(up[5m])", [Selector("up")]),
        ('{__name__="up"}', [Selector("", (Matcher("__name__", "=", "up"),))]),
        (
            'sum(rate(a{x="1", y=~"b|c"}[5m])) / sum(rate(b{}[5m]))',
            [Selector("a", (Matcher("x", "=", "1"), Matcher("y", "=~", "b|c"))), Selector("b")],
        ),
        ('label_replace(up{a="}{"}, "x", "y{z=\\"1\\"}", "q", "")', [Selector("up", (Matcher("a", "=", "}{"),))]),
        ("up{a='it\\'s', b!=`raw\\n`,}", [Selector("up", (Matcher("a", "=", "it's"), Matcher("b", "!=", "raw\\n")))]),
        ("old_gauge * 2", [Selector("old_gauge")]),
        ("sum by (app) (a) / on(app) group_left(x) b offset 5m > bool 1e3", [Selector("a"), Selector("b")]),
        ("a and b unless c:rate5m or -inf", [Selector("a"), Selector("b"), Selector("c:rate5m")]),
        ("topk(3, sum without(x)(rate(a[5m:1m] @ start())))", [Selector("a")]),
        ("1 + 1", []),
        ("sum(", []),
    ],
)
def test_selectors(query: str, found: list[Selector]) -> None:
    assert selectors(query) == found


def test_selector_prints_as_promql() -> None:
    assert str(Selector("up", (Matcher("a", "=", 'x"\\'),))) == 'up{a="x\\"\\\\"}'
    assert (str(Selector("up")), str(Selector(""))) == ("up", "{}")


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("sum(rate(a[5m]))", "sum(rate(a[1h]))"),
        ('rate(a{x="[5m]"}[1h30m])', 'rate(a{x="[5m]"}[1h])'),
        ("max_over_time(rate(a[5m])[30m:1m])", "max_over_time(rate(a[1h])[1h:1m])"),
        ("a", "a"),
    ],
)
def test_ranges_are_exchanged_but_not_in_strings(query: str, changed: str) -> None:
    assert with_range(query, "1h") == changed
    assert has_range(query) is (query != changed)


@given(st.text(max_size=200))
def test_no_text_makes_them_raise(text: str) -> None:
    for selector in selectors(text):
        assert selectors(str(selector)) in ([selector], []) or not selector.name
    with_range(text, "1h")


LABELS = st.text("abcxyz_", min_size=1, max_size=5)
MATCHERS = st.tuples(LABELS, st.sampled_from(["=", "!=", "=~", "!~"]), st.text(max_size=8))


@given(st.lists(MATCHERS, max_size=4))
def test_what_is_printed_is_read_again(matchers: list[tuple[str, str, str]]) -> None:
    selector = Selector("up", tuple(Matcher(*matcher) for matcher in matchers))
    if not any("\n" in matcher.value for matcher in selector.matchers):
        assert selectors(str(selector)) == [selector]
