"""Bodies taken apart in bulk: whatever the pieces in which they come, nothing is lost, added or misread."""

from __future__ import annotations

import io
import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cluster.transport.body import READ_SIZE, Body
from opsconsole.cluster.transport.errors import BadAnswer
from opsconsole.cluster.transport.streams import FULL, Stream
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer


class Pieces(io.RawIOBase):
    """A connection on which bytes come in the pieces that a test wants."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._pieces:
            return 0
        piece = self._pieces.pop(0)
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        if count < len(piece):
            self._pieces.insert(0, piece[count:])
        return count


class Response:
    """As much of a urllib3 response as the body needs."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.headers = {"Transfer-Encoding": "chunked"}
        self._fp = self
        self.fp = io.BufferedReader(Pieces(pieces))


def chunked(chunks: list[bytes], end: bool = True) -> bytes:
    return b"".join(b"%X;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + (b"0\r\n\r\n" if end else b"")


def cut_up(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def read_all(body: Body) -> bytes:
    found = b""
    while data := body.read():
        found += data
    return found


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    places=st.lists(st.integers(0, 500), max_size=12),
)
def test_any_chunks_in_any_pieces_are_read_whole(chunks: list[bytes], places: list[int]) -> None:
    body = Body(Response(cut_up(chunked(chunks), places)))  # type: ignore[arg-type]
    assert read_all(body) == b"".join(chunks)
    assert body.read() == b""


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), places=st.lists(st.integers(0, 200))
)
def test_a_body_that_breaks_off_gives_what_there_was_and_fails(chunks: list[bytes], places: list[int]) -> None:
    body = Body(Response(cut_up(chunked(chunks, end=False)[:-1], places)))  # type: ignore[arg-type]
    found = b""
    with pytest.raises(ConnectionResetError):  # noqa: PT012 - what comes before it matters too
        while True:
            found += body.read()
    assert found == b"".join(chunks)


@pytest.mark.parametrize("size", [1, 2, 7, 60_000])
def test_chunks_of_any_size_take_little_more_than_their_bytes(size: int) -> None:
    whole = chunked([b"x" * size] * (4 * READ_SIZE // (size + 12)), end=False)
    body = Body(Response([whole]))  # type: ignore[arg-type]
    body.read()  # what http.client has read ahead
    tracemalloc.start()
    try:
        body.read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * READ_SIZE


@pytest.mark.parametrize("data", [b"nonsense\r\n", b"-5\r\n", b"x" * 5000, b"5\r\nhello\r\nzz\r\n"])
def test_chunks_without_a_size_are_refused(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_all(Body(Response([data])))  # type: ignore[arg-type]


def test_an_answer_that_is_not_chunked_is_read_too(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.body(b"one\ntwo\n"))
    with connect_to(faults.url).stream("/version") as stream:
        assert list(stream) == [b"one", b"two"]


@pytest.mark.parametrize(("size", "waits"), [(10, True), (FULL, False)])
def test_a_busy_watch_is_let_gather_but_never_while_the_socket_may_be_full(
    size: int, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a fast watch falls behind for ever: each pause takes in what the socket holds, and no more."""
    chunk = b"x" * (size - 1) + b"\n"
    response = Response([chunked([chunk])[:-5]])
    stream = Stream(response, lambda error: error, linger=60.0)  # type: ignore[arg-type]
    monkeypatch.setattr(stream._body, "read", iter([chunk, chunk, chunk, b""]).__next__)
    waited: list[float | None] = []
    monkeypatch.setattr(stream._closed, "wait", waited.append)
    assert sum(len(lines) for lines in stream.batches()) == 3
    assert bool(waited) is waits


def test_everything_that_has_come_is_one_read(faults: FaultServer, connect_to: Connect) -> None:
    def many(exchange: answers.Exchange) -> None:
        exchange.begin_stream()
        exchange.handler.wfile.write(b"".join(b"2\r\n%d\n\r\n" % (number % 10) for number in range(500)))
        exchange.chunk(b"")

    faults.on("/version", many)
    with connect_to(faults.url).stream("/version", linger=0.01) as stream:
        batches = list(stream.batches())
    assert sum(len(lines) for lines in batches) == 500
    assert len(batches) < 20
