"""Direct writes into etcd, below the API server, which sees them as it sees its own.

For populations: thousands of objects in seconds, with creation times, statuses and deletion marks of one's own,
which no request to the API could set. Nothing is checked on this way: write only what the API server itself
would have written.
"""

from __future__ import annotations

import base64
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import urllib3

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    Entry = tuple[str, bytes]

# Requests on their way at once on one connection; their answers fit a socket's buffer.
_PIPELINE = 32
# Operations of one transaction; etcd is told to take a few more.
_TOGETHER = 4000
_ALL, _ALL_END = b"/registry/", b"/registry0"


class StoreError(RuntimeError):
    """etcd refused."""


class Store:
    """A few calls of etcd's JSON gateway; safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=4, retries=False, timeout=60.0)

    def healthy(self) -> bool:
        """Say whether etcd takes requests; never raises."""
        try:
            return self._pool.request("GET", f"{self._url}/health", timeout=2.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def put_all(self, entries: Iterable[Entry], *, connections: int = 1) -> int:
        """Write (key, value) pairs, in order if over one connection; return how many.

        Each gets a revision of its own, as a resourceVersion must: a watch that breaks amid several objects of
        one revision is taken up behind it, and never hears of the rest.
        """
        waiting = iter(entries)
        with ThreadPoolExecutor(connections) as pool:
            # A batch at a time is drawn, so that as few bodies as possible are held.
            batches = iter(lambda: list(islice(waiting, 1024)), [])
            return sum(pool.map(self._put_batch, batches)) if connections > 1 else sum(map(self._put_batch, batches))

    def _put_batch(self, batch: Sequence[Entry]) -> int:
        target = urlsplit(self._url)
        with socket.create_connection((target.hostname, target.port), timeout=60) as connection:
            for start in range(0, len(batch), _PIPELINE):
                _put_pipelined(connection, batch[start : start + _PIPELINE])
        return len(batch)

    def put_together(self, entries: Sequence[Entry]) -> int:
        """Write (key, value) pairs in one transaction, cheaply; return the revision that they share (see there)."""
        puts = [{"requestPut": {"key": _encode(key.encode()), "value": _encode(value)}} for key, value in entries]
        return self._revision(self._call("/v3/kv/txn", {"success": puts}))

    def put_object(self, key: str, item: dict[str, object]) -> int:
        """Write one Kubernetes object, as JSON, which the API server reads as well as its own encoding."""
        # The version is etcd's to say: one that is stored would be taken for the object's own.
        metadata = dict(item["metadata"]) if isinstance(item["metadata"], dict) else {}
        metadata.pop("resourceVersion", None)
        return self.put_together([(key, json.dumps(item | {"metadata": metadata}).encode())])

    def delete(self, keys: Sequence[str]) -> int:
        """Delete keys in one transaction; return its revision."""
        drops = [{"requestDeleteRange": {"key": _encode(key.encode())}} for key in keys]
        return self._revision(self._call("/v3/kv/txn", {"success": drops}))

    def delete_namespaces(self, names: Collection[str]) -> None:
        """Delete namespaces and all objects in them, finalizers or not; those that are not there are no error."""
        ends = {"key": _encode(_ALL), "rangeEnd": _encode(_ALL_END), "keysOnly": True}
        found = self._call("/v3/kv/range", ends).get("kvs")
        keys = [base64.b64decode(each["key"]).decode() for each in found] if isinstance(found, list) else []
        # An object's key ends in NAMESPACE/NAME; the namespaces themselves go last.
        inside = [key for key in keys if key.split("/")[-2] in names]
        for start in range(0, len(inside), _TOGETHER):
            self.delete(inside[start : start + _TOGETHER])
        self.delete([f"/registry/namespaces/{name}" for name in names])

    def revision(self) -> int:
        """Return the present revision, which is a Kubernetes resourceVersion too."""
        return self._revision(self._call("/v3/kv/range", {"key": _encode(b"\0"), "countOnly": True}))

    def compact(self) -> int:
        """Throw away all history; return the revision.

        Within seconds, when the API server's caches have followed, a list's continue token from before gives 410.
        """
        revision = self.revision()
        # Where API servers tell each other what they have compacted; their caches keep older lists until then.
        self.put_together([("compact_rev_key", str(revision).encode())])
        self._call("/v3/kv/compaction", {"revision": str(revision), "physical": True})
        return revision

    def _revision(self, answer: dict[str, object]) -> int:
        header = answer.get("header")
        return int(header["revision"]) if isinstance(header, dict) else 0

    def _call(self, path: str, body: object) -> dict[str, object]:
        response = self._pool.request("POST", self._url + path, body=json.dumps(body).encode())
        if response.status != 200:
            raise StoreError(f"etcd {path}: {response.status} {response.data[:300].decode(errors='replace')}")
        answer: dict[str, object] = json.loads(response.data)
        return answer


def _put_pipelined(connection: socket.socket, entries: Sequence[Entry]) -> None:
    connection.sendall(b"".join(_put_request(key, value) for key, value in entries))
    with connection.makefile("rb") as answers:
        for _ in entries:
            _read_answer(iter(answers.readline, b""), answers)


def _put_request(key: str, value: bytes) -> bytes:
    # Put together by hand: a general client takes ten times as long as etcd's own part in this.
    body = b'{"key":"%s","value":"%s"}' % (base64.b64encode(key.encode()), base64.b64encode(value))
    return b"POST /v3/kv/put HTTP/1.1\r\nHost: etcd\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _read_answer(lines: Iterator[bytes], answers: BinaryIO) -> None:
    status = next(lines, b"nothing")
    headers = dict(line.strip().lower().split(b": ", 1) for line in iter(lambda: next(lines, b"\r\n"), b"\r\n"))
    body = answers.read(int(headers.get(b"content-length", b"0")))
    if b" 200 " not in status:
        raise StoreError(f"etcd put: {status.decode(errors='replace').strip()} {body[:300].decode(errors='replace')}")


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
