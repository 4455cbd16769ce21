"""One Lease of coordination.k8s.io, by which one of several guards leads.

It is written beside the gate: a Lease changes nothing that the cluster runs. Times are not compared between machines: a
lease is over once it was seen unchanged for as long as its holder said, by the clock of this host.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport.errors import Conflict, NotFound
from opsconsole.records import JsonObject

_PLACE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"
LONGEST = 60.0
"""Seconds for which any lease is good without being renewed, whatever it says: who writes it may be no guard."""

MOST_NOTES = 32 * 1024
"""Characters of annotations that stay. Of all together the API server takes 256 KiB: filled up by somebody, the Lease
could not be renewed with ours."""

_MOST_MOVES = 2**31 - 1
"""The API server takes no larger ``leaseTransitions``: from there on it is counted anew."""

_TIMEOUT = 3.0
"""Seconds that a renewal may take: shorter than any lease."""


class Lease:
    """Takes and keeps a Lease.

    Args:
        api: a connection that can write.
        clock: tells how long a lease was seen unchanged.
        namespace: of the Lease.
        name: of the Lease.
        me: what we are called in it; no two guards may be called the same.
        seconds: how long a lease is good without being renewed.
        says: the annotations that whoever leads puts on it; others that are there stay, but for too many of them.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        *,
        namespace: str,
        name: str,
        me: str,
        seconds: float,
        says: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._api = api
        self._clock = clock
        self._place = _PLACE.format(namespace)
        self._metadata = {"name": name, "namespace": namespace}
        self._me = me
        self._seconds = seconds
        self._says = says
        self._seen: tuple[object, float] = (None, float("-inf"))
        self._renewed = float("-inf")
        self.holder = ""
        """Who held it when it was last looked at."""

    @property
    def namespace(self) -> str:
        """Where it is kept."""
        return self._metadata["namespace"]

    @property
    def place(self) -> str:
        """Namespace and name, for people."""
        return f"{self.namespace}/{self._metadata['name']}"

    @property
    def ours(self) -> bool:
        """Whether we lead now: we renewed it, and that is not too long ago."""
        return self._clock.monotonic() - self._renewed < self._seconds

    def tend(self) -> bool:
        """Renew the lease if it is ours, take it if it is nobody's or over. Blocks.

        Raises:
            ClusterError: it can't be read or written; what we hold runs out by itself.
        """
        asked = self._clock.monotonic()
        path = f"{self._place}/{self._metadata['name']}"
        try:
            found = json_object(self._api.request("GET", path, timeout=_TIMEOUT))
        except NotFound:
            return self._write("POST", self._place, {}, {}, asked)
        spec = _mapping(found.get("spec"))
        self.holder = str(spec.get("holderIdentity") or "")
        if self.holder not in {"", self._me} and not self._over(spec, asked):
            self._renewed = float("-inf")
            return False
        moved = _count(spec.get("leaseTransitions")) + (self.holder != self._me)
        kept = {
            "leaseTransitions": moved if moved <= _MOST_MOVES else 0,
            "acquireTime": _time(spec.get("acquireTime")) if self.holder == self._me else "",
        }
        return self._write("PUT", path, _mapping(found.get("metadata")), kept, asked)

    def _over(self, spec: JsonObject, now: float) -> bool:
        state = (spec.get("holderIdentity"), spec.get("renewTime"), spec.get("leaseTransitions"))
        if self._seen[0] != state:
            self._seen = (state, now)
        return now - self._seen[1] > min(_count(spec.get("leaseDurationSeconds")) or self._seconds, LONGEST)

    def _write(self, method: str, path: str, metadata: JsonObject, spec: JsonObject, asked: float) -> bool:
        now = dt.datetime.fromtimestamp(self._clock.now(), dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # Fields of ours alone: whatever somebody else wrote into the others must not keep us from writing.
        written: JsonObject = {
            "leaseTransitions": spec.get("leaseTransitions", 0),
            "holderIdentity": self._me,
            "leaseDurationSeconds": max(1, round(self._seconds)),
            "renewTime": now,
            "acquireTime": spec.get("acquireTime") or now,
        }
        kept: JsonObject = {key: metadata[key] for key in ("uid", "resourceVersion") if key in metadata}
        notes = _mapping(metadata.get("annotations"))
        few = sum(len(key) + len(str(value)) for key, value in notes.items()) <= MOST_NOTES
        kept["annotations"] = {**(notes if few else {}), **self._says()}
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {**self._metadata, **kept}}
        try:
            self._api.request(method, path, body={**body, "spec": written}, timeout=_TIMEOUT)
        except Conflict:
            self._renewed = float("-inf")  # another guard was faster
            return False
        self._renewed, self.holder = asked, self._me
        return True


def _mapping(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int:
    """A number that somebody wrote; zero where it is none that counts anything."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _time(value: object) -> str:
    """A time that somebody wrote; empty where it is none."""
    try:
        return value if isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo else ""
    except ValueError:
        return ""
