"""A pod that runs and logs, on either server: what a kubelet does is done by hand on one and by kwok on the other."""

from __future__ import annotations

import time
from typing import Any, Protocol

from tests.contract.target import Target
from tests.testbed.plane.logs import append_log


class Logs(Protocol):
    """The log of container ``main`` of pod ``p`` in a namespace."""

    def write(self, text: str) -> None:
        """Add a line."""

    def restart(self) -> None:
        """The container ends and starts anew."""


class RehearsedLogs:
    """On the rehearsal's server."""

    def __init__(self, target: Target, ns: str) -> None:
        path = f"/api/v1/namespaces/{ns}/pods"
        spec = {"nodeName": "somewhere", "containers": [{"name": "main", "image": "x"}]}
        self._uid = target.post(path, {"metadata": {"name": "p"}, "spec": spec}).body["metadata"]["uid"]
        self._book = target.core.logs
        self._book.start(self._uid, "main")

    def write(self, text: str) -> None:
        self._book.write(self._uid, "main", time.time(), text)

    def restart(self) -> None:
        self._book.start(self._uid, "main")


class RealLogs:
    """On a real server, with kwok as the kubelet."""

    def __init__(self, target: Target, cluster: Any, ns: str) -> None:
        labels = {"app": "p"}
        body = {"metadata": {"name": "p", "labels": labels}, "spec": {"containers": [{"name": "main", "image": "x:1"}]}}
        assert target.post(f"/api/v1/namespaces/{ns}/pods", body).status == 201
        cluster.wait_for_pods(ns, "app=p", 1)
        self._logs, self._ns = cluster.logs, ns
        self._file = cluster.log_file(ns, "p", "main")

    def write(self, text: str) -> None:
        append_log(self._file, text)

    def restart(self) -> None:
        self._file = self._logs.restart(self._ns, "p", "main")
