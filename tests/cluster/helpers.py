"""What the cluster's tests share: a sink that remembers, waiting for conditions, objects as the API serves them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from opsconsole.records import AnyRecord, Health, Kind, State
from tests.support.waiting import DEADLINE


class RecordingSink:
    """A sink that keeps everything and lets a test wait for what it expects."""

    def __init__(self) -> None:
        self.records: dict[Kind, dict[str, Any]] = {kind: {} for kind in Kind}
        self.writes: list[tuple[Kind, str, Any]] = []
        self.healths: list[Health] = []
        self._changed = threading.Condition()
        self._waited_to = 0

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        with self._changed:
            for record in records:
                self.records[kind][record.key] = record
                self.writes.append((kind, record.key, record))
            self._changed.notify_all()

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        with self._changed:
            for key in keys:
                self.records[kind].pop(key, None)
                self.writes.append((kind, key, None))
            self._changed.notify_all()

    def health(self, health: Health) -> None:
        with self._changed:
            self.healths.append(health)
            self._changed.notify_all()

    @property
    def pods(self) -> dict[str, Any]:
        return self.records[Kind.POD]

    @property
    def states(self) -> list[State]:
        """The states in their order, each named once for as long as it lasted."""
        found: list[State] = []
        for health in list(self.healths):
            if not found or found[-1] is not health.state:
                found.append(health.state)
        return found

    def wait(self, condition: Callable[[RecordingSink], Any], seconds: float = DEADLINE) -> None:
        """Wait until ``condition`` holds.

        Raises:
            AssertionError: it does not within ``seconds``; says what there is.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), seconds):
                counts = {kind.value: len(rows) for kind, rows in self.records.items() if rows}
                raise AssertionError(f"waited {seconds} s in vain; {counts}, {self.healths[-3:]}")
            self._waited_to = max(0, len(self.healths) - 1)

    def wait_state(self, state: State, seconds: float = DEADLINE) -> Health:
        """Wait until the newest health is in ``state`` and return it.

        Of a state that may pass, any but ``LIVE``, one that has been since the last wait counts too: a busy machine may
        not look at the test's thread while it lasts.
        """
        first, found = self._waited_to, list[Health]()

        def is_found(sink: RecordingSink) -> bool:
            passed = sink.healths[-1:] if state is State.LIVE else sink.healths[first:]
            found[:] = [each for each in passed if each.state is state]
            return bool(found)

        self.wait(is_found, seconds)
        return found[-1]


def kubeconfig(path: Path, server: str, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
    """Write a kubeconfig with one context, ``test``."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "somewhere", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "someone", "user": user or {}}],
        "contexts": [{"name": "test", "context": {"cluster": "somewhere", "user": "someone", "namespace": "home"}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def pod(name: str, namespace: str = "production", version: str = "1", **status: Any) -> dict[str, Any]:
    """A running pod as the API gives it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "resourceVersion": version,
            "creationTimestamp": "2026-11-21T22:36:49Z",
            "labels": {"app": "web"},
        },
        "spec": {"containers": [{"name": "app", "image": "web:1"}], "nodeName": "node-0"},
        "status": {"phase": "Running", **status},
    }


def pod_list(*names: str, version: str = "1") -> dict[str, Any]:
    """A list of pods as the API gives it."""
    return {
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": version},
        "items": [pod(name) for name in names],
    }


def event(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """A watch event."""
    return {"type": kind, "object": found}


def bookmark(version: str) -> dict[str, Any]:
    """A bookmark as the API server sends it, empty parts of a pod included."""
    return {
        "type": "BOOKMARK",
        "object": {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": version, "creationTimestamp": None},
            "spec": {"containers": None},
            "status": {},
        },
    }


def gone() -> dict[str, Any]:
    """The ERROR event that ends a watch whose version is too old."""
    return {
        "type": "ERROR",
        "object": {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "too old resource version: 1 (9)",
            "reason": "Expired",
            "code": 410,
        },
    }
