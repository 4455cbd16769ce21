"""The files behind ``kubectl logs``: kwok serves them as a node's kubelet would, in the runtime's own format."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import urllib3

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.api import Api
    from tests.testbed.plane.components import Layout

# Where the container runtime cuts a long line in two, in bytes.
_LONGEST_PIECE = 16_384
_NOTHING_YET = "testbed: no log file was made for this pod"
# kwok's watch, once broken, is tried anew after up to a minute: 30 s and as much jitter are client-go's longest wait.
_HEARD_WITHIN_SECONDS = 180.0


class PodLogs:
    """Log files of pods, found by namespace, pod and container."""

    def __init__(self, api: Api, layout: Layout) -> None:
        self._api = api
        self._layout = layout
        self._directory = layout.directory / "logs"
        self._containers: dict[tuple[str, str], set[str]] = {}
        self._kubelet = urllib3.PoolManager(ca_certs=str(layout.pki("ca.crt")), retries=False, timeout=5.0)

    def prepare(self) -> None:
        """Make the log that every pod has until it gets one of its own."""
        self._directory.mkdir()
        append_log(self._directory / "default.log", _NOTHING_YET)

    def kubelet_answers(self) -> bool:
        """Say whether kwok serves as a kubelet."""
        try:
            return self._kubelet.request("GET", f"{self._layout.kubelet_url}/healthz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def file(self, namespace: str, pod: str, container: str = "") -> Path:
        """Return the file whose lines are the pod's log; append to it with :func:`append_log`.

        Without ``container`` it is the log of each container that has none of its own. The pod need not exist
        yet, its namespace must. A follower goes on for as long as the pod is there: kwok ends no stream.
        """
        path = self._path(namespace, pod, container)
        known = self._containers.setdefault((namespace, pod), set())
        if container not in known:
            known.add(container)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._tell_kwok(namespace, pod)
            words = f"the log of {namespace}/{pod} is served"
            eventually(lambda: self._served(namespace, pod, container), words, _HEARD_WITHIN_SECONDS)
        return path

    def previous_file(self, namespace: str, pod: str, container: str = "") -> Path:
        """Return the file of the container's life before; there is none for ``kubectl`` until it is written."""
        current = self.file(namespace, pod, container)
        return current.with_suffix(".previous.log")

    def restart(self, namespace: str, pod: str, container: str = "") -> Path:
        """Do as a restart of the container does: its log becomes the previous one, and a new one begins."""
        current = self.file(namespace, pod, container)
        current.replace(self.previous_file(namespace, pod, container))
        current.touch()
        return current

    def _path(self, namespace: str, pod: str, container: str) -> Path:
        return self._directory / namespace / pod / f"{container or '_every'}.log"

    def _tell_kwok(self, namespace: str, pod: str) -> None:
        path = f"/apis/kwok.x-k8s.io/v1alpha1/namespaces/{namespace}/logs"
        logs = [self._rule(namespace, pod, container) for container in sorted(self._containers[namespace, pod])]
        body = {
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Logs",
            "metadata": {"name": pod},
            "spec": {"logs": logs},
        }
        self._api.apply(path, body)

    def _rule(self, namespace: str, pod: str, container: str) -> dict[str, object]:
        path = self._path(namespace, pod, container)
        previous = path.with_suffix(".previous.log")
        rule: dict[str, object] = {"logsFile": str(path), "previousLogsFile": str(previous)}
        return {"containers": [container], **rule} if container else rule

    def _served(self, namespace: str, pod: str, container: str) -> bool:
        # Until kwok has heard of the file it gives every pod the same line.
        url = f"{self._layout.kubelet_url}/containerLogs/{namespace}/{pod}/{container or 'any'}?tailLines=1"
        try:
            answer = self._kubelet.request("GET", url)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200 and _NOTHING_YET.encode() not in answer.data


def append_log(path: Path, text: str | bytes, *, stream: str = "stdout", at: dt.datetime | None = None) -> None:
    """Append each line of ``text`` to a container's log, in CRI format, as one write.

    A line of more than 16 KiB is cut in pieces as the runtime does. Bytes need not be UTF-8.
    """
    data = text.encode() if isinstance(text, str) else text
    when = (at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    head = f"{when:%Y-%m-%dT%H:%M:%S.%f}000Z {stream}".encode()
    lines: list[bytes] = []
    for line in data.removesuffix(b"\n").split(b"\n"):
        pieces = [line[start : start + _LONGEST_PIECE] for start in range(0, len(line), _LONGEST_PIECE)] or [b""]
        lines += [b"%s P %s\n" % (head, piece) for piece in pieces[:-1]]
        lines.append(b"%s F %s\n" % (head, pieces[-1]))
    with path.open("ab") as log:
        log.write(b"".join(lines))


def rotate_log(path: Path) -> Path:
    """Do as the kubelet does with a log that is too long: move it aside, begin a new one; return the old."""
    aside = path.with_name(f"{path.name}.{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}")
    path.replace(aside)
    path.touch()
    return aside
