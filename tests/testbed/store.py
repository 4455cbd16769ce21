"""Direct writes into etcd, below the API server, which sees them as it sees its own.

For populations: thousands of objects in seconds, with creation times, statuses and deletion marks of one's own,
which no request to the API could set. Nothing is checked on this way: write only what the API server itself
would have written.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A batch is one transaction, and so one message of at most 32 MiB (see etcd's flags in components.py).
_BATCH = 250


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

    def put_all(self, entries: Iterable[tuple[str, bytes]]) -> int:
        """Write (key, value) pairs, in order, some hundred in a transaction; return etcd's last revision."""
        batch: list[tuple[str, bytes]] = []
        revision = 0
        for entry in entries:
            batch.append(entry)
            if len(batch) == _BATCH:
                revision = self.put(batch)
                batch = []
        return self.put(batch) if batch else revision

    def put(self, entries: Sequence[tuple[str, bytes]]) -> int:
        """Write (key, value) pairs in one transaction; return its revision."""
        puts = [{"requestPut": {"key": _encode(key.encode()), "value": _encode(value)}} for key, value in entries]
        return self._revision(self._call("/v3/kv/txn", {"success": puts}))

    def put_object(self, key: str, item: dict[str, object]) -> int:
        """Write one Kubernetes object, as JSON, which the API server reads as well as its own encoding."""
        # The version is etcd's to say: one that is stored would be taken for the object's own.
        metadata = dict(item["metadata"]) if isinstance(item["metadata"], dict) else {}
        metadata.pop("resourceVersion", None)
        return self.put([(key, json.dumps(item | {"metadata": metadata}).encode())])

    def delete(self, keys: Sequence[str]) -> int:
        """Delete keys in one transaction; return its revision."""
        drops = [{"requestDeleteRange": {"key": _encode(key.encode())}} for key in keys]
        return self._revision(self._call("/v3/kv/txn", {"success": drops}))

    def revision(self) -> int:
        """Return the present revision, which is a Kubernetes resourceVersion too."""
        return self._revision(self._call("/v3/kv/range", {"key": _encode(b"\0"), "countOnly": True}))

    def compact(self) -> int:
        """Throw away all history: a list's continue token from before answers 410. Return the revision."""
        revision = self.revision()
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


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
