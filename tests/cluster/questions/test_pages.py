"""A list of many pages, some of whose continue tokens end on the way."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.cluster.questions import pages
from opsconsole.cluster.questions.pages import read_list
from opsconsole.cluster.transport.errors import BadAnswer, Denied, Gone

PATH = "/api/v1/pods"


class Lists:
    """Serves ``lists``, one after the other as the one before expires: at the page of that number (1: the second)."""

    def __init__(self, *lists: tuple[list[str], int | None]) -> None:
        self._lists = list(lists)
        self._at = 0
        self.asked = 0

    def request(self, _method: str, _path: str, **options: Any) -> bytes:
        self.asked += 1
        more = options["query"]["continue"]
        start = int(more or 0)
        names, expires = self._lists[self._at]
        if expires is not None and start // pages.PAGE == expires:
            self._at += 1
            raise Gone("410: too old", status=410)
        part, rest = names[start : start + pages.PAGE], start + pages.PAGE
        token = str(rest) if rest < len(names) else ""
        return msgspec.json.encode({"metadata": {"continue": token}, "items": [{"name": name} for name in part]})


def names(api: Any, **options: Any) -> list[str]:
    return read_list(api, PATH, lambda raw: [msgspec.json.decode(raw)["name"]], timeout=1.0, **options)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)


@pytest.mark.parametrize("expires", [1, 2])
def test_what_expires_on_the_way_shows_the_newer_list_alone_and_nothing_twice(expires: int) -> None:
    old, new = list("abcde"), list("bcdf")  # "a" and "e" went meanwhile, "f" came
    assert names(Lists((old, expires), (new, None))) == new


def test_it_is_begun_three_times_and_not_for_ever() -> None:
    assert names(Lists((list("abc"), 1), (list("abc"), 1), (list("abc"), None))) == list("abc")
    api = Lists(*[(list("abc"), 1)] * 10)
    with pytest.raises(Gone):
        names(api)
    assert api.asked == 6


def test_a_first_page_that_is_too_old_is_an_error() -> None:
    """Nothing was asked for of which it could be too old: to begin again would do the same."""
    with pytest.raises(Gone):
        names(Lists((["a"], 0), (["a"], None)))


def test_a_page_that_keeps_nothing_goes_on() -> None:
    read = read_list(Lists((list("abcde"), None)), PATH, lambda raw: [raw] if b'"e"' in raw else [], timeout=1.0)
    assert len(read) == 1


def test_whoever_counts_pages_ends_it_restarts_included() -> None:
    def stop(count: int) -> None:
        seen.append(count)
        if count == 4:
            raise Denied("enough", status=403)

    seen: list[int] = []
    with pytest.raises(Denied):
        names(Lists((list("abcdefgh"), 2), (list("abcdefgh"), None)), before_page=stop)
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize("answer", [b"[]", b"{", b'{"items": 7}', b'{"metadata": {"continue": 7}}'])
def test_an_answer_that_is_no_list_is_said(answer: bytes) -> None:
    class Odd:
        def request(self, *_: Any, **__: Any) -> bytes:
            return answer

    with pytest.raises(BadAnswer):
        names(Odd())
