"""Lists and watches with anything in them: no object costs another, and nothing but a cluster error is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cluster.objects import resources
from opsconsole.cluster.objects.codec import Codec, Resource
from opsconsole.cluster.transport import times
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError
from tests.cluster.helpers import pod

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def _mutilated(document: Any, dice: st.DataObject) -> Any:
    """Replace one value somewhere in ``document`` by anything that JSON can hold."""
    if isinstance(document, dict) and document and dice.draw(st.booleans()):
        key = dice.draw(st.sampled_from(sorted(document)))
        return {**document, key: _mutilated(document[key], dice)}
    if isinstance(document, list) and document and dice.draw(st.booleans()):
        return [_mutilated(document[0], dice), *document[1:]]
    return dice.draw(_json)


FULL = pod(
    "full",
    conditions=[{"type": "Ready", "status": "True"}],
    containerStatuses=[{"name": "app", "state": {"terminated": {"exitCode": 1}}, "lastState": {}}],
)


@settings(max_examples=300, deadline=None)
@given(dice=st.data(), resource=st.sampled_from(resources.ALL))
def test_a_list_with_any_object_in_it_is_decoded_and_every_object_counted(dice: Any, resource: Resource) -> None:
    items = [FULL, _mutilated(FULL, dice), dice.draw(_json)]
    page = Codec(resource).page(json.dumps({"metadata": {}, "items": items}).encode())
    assert len(page.records) + page.skipped == 3


@settings(max_examples=300, deadline=None)
@given(line=st.binary(max_size=60) | _json.map(lambda value: json.dumps(value).encode()))
def test_any_line_of_a_watch_is_an_event_or_a_cluster_error(line: bytes) -> None:
    try:
        Codec(resources.PODS).event(line)
    except ClusterError as error:
        assert str(error).isprintable()  # noqa: PT017 - the point is that nothing else is raised


def test_endless_nesting_is_refused() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(BadAnswer):
        Codec(resources.PODS).event(b'{"type": "ADDED", "object": {"metadata": ' + deep + b"}}")
    with pytest.raises(BadAnswer):
        Codec(resources.PODS).page(deep)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T22:36:49Z", 1795300609.0),
        ("2026-11-21T22:36:49.477250864Z", 1795300609.47725),
        ("2026-11-21T23:36:49+01:00", 1795300609.0),
        ("2026-11-21T22:36:49", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, expected: float | None) -> None:
    assert times.seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48h", 172800.0),
        ("5d3h", 442800.0),
        ("2m14s", 134.0),
        ("0s", 0.0),
        ("<unknown>", None),
        ("", None),
        ("3x", None),
    ],
)
def test_ages(text: str, expected: float | None) -> None:
    assert times.age(text) == expected
