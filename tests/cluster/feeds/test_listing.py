"""Whole lists, decoded while they come: however they are cut up, they say what they say in one piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cluster.feeds.watching import listing
from opsconsole.cluster.feeds.watching.listing import whole
from opsconsole.cluster.objects import resources
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.transport.errors import BadAnswer, Unreachable
from opsconsole.records import AnyRecord
from tests.cluster.helpers import pod

NESTED = {"metadata": {"name": "inner"}}


class Parts:
    """As much of a stream as the list needs."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def parts(self) -> Iterator[bytes]:
        yield from self._parts


def compact(document: Any) -> bytes:
    """JSON as the API server writes it."""
    return json.dumps(document, separators=(",", ":")).encode()


def pod_list(*items: dict[str, Any], **metadata: str) -> bytes:
    return compact({"kind": "PodList", "metadata": {"resourceVersion": "7", **metadata}, "items": list(items)}) + b"\n"


def cut_up(body: bytes, size: int) -> Parts:
    return Parts(*(body[at : at + size] for at in range(0, len(body), size)))


def read(parts: Parts) -> tuple[list[AnyRecord], int, set[str]]:
    pages = list(whole(parts, Codec(resources.PODS)))  # type: ignore[arg-type]
    records = [record for page in pages for record in page.records]
    return records, sum(page.skipped for page in pages), {page.resource_version for page in pages}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "BLOCK", 64)


_names = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=12)


@settings(max_examples=200, deadline=None)
@given(names=_names, size=st.integers(1, 400), nested=st.booleans(), bad=st.sets(st.integers(0, 11)))
def test_a_list_in_any_parts_is_the_list_in_one(names: list[str], size: int, nested: bool, bad: set[int]) -> None:
    extra: dict[str, Any] = {"hostile": '},{"metadata":{"name":"text"}', "volumeClaims": [NESTED] * 3} if nested else {}
    items = [{**pod(name), **extra} if at not in bad else {"metadata": 7} for at, name in enumerate(names)]
    body = pod_list(*items)
    page = Codec(resources.PODS).page(body)
    assert read(cut_up(body, size)) == (page.records, page.skipped, {"7"})


def test_the_next_pages_token_is_kept() -> None:
    (page,) = whole(Parts(pod_list(**{"continue": "more"})), Codec(resources.PODS))  # type: ignore[arg-type]
    assert (page.records, page.more) == ([], "more")


@pytest.mark.parametrize(
    "body",
    [
        compact({"items": [pod("a")], "metadata": {"resourceVersion": "7"}}),
        json.dumps({"metadata": {"resourceVersion": "7"}, "items": [pod("a")]}).encode(),
        compact({"metadata": {"resourceVersion": "7", "bulk": "x" * (1 << 16)}, "items": [pod("a")]}),
    ],
    ids=["metadata behind the objects", "blanks between", "a head that is no head"],
)
def test_a_list_of_another_shape_is_read_at_its_end(body: bytes) -> None:
    records, _, versions = read(cut_up(body, 100))
    assert [record.key for record in records] == ["production/a"]
    assert versions == {"7"}


@pytest.mark.parametrize("kept", [1.0, 0.9, 0.5])
def test_a_list_that_breaks_off_is_no_list(kept: float) -> None:
    body = pod_list(*(pod(f"p{number}") for number in range(20))).rstrip()[:-1]
    with pytest.raises(Unreachable, match="broke off"):
        read(cut_up(body[: int(len(body) * kept)], 50))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"items":[', b'{"kind":"Status"}'])
def test_what_is_no_list_is_said(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(Parts(body))
