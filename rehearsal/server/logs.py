"""The logs of containers, as a kubelet keeps them: what runs now, and one generation before it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object
from rehearsal.times import nano_stamp, seconds

KEPT = 20_000
"""Lines kept of one container; a kubelet keeps 10 MiB."""


class WrittenLine(NamedTuple):
    """One line with the time (seconds since the epoch) that the runtime gave it."""

    at: float
    text: str


class WrittenLog:
    """What one run of a container has written. ``closed`` once it has ended."""

    def __init__(self) -> None:
        self.lines: deque[WrittenLine] = deque(maxlen=KEPT)
        self.dropped = 0
        self.closed = False

    @property
    def end(self) -> int:
        """Number of lines ever written."""
        return self.dropped + len(self.lines)

    def after(self, position: int) -> tuple[list[WrittenLine], int]:
        """Lines from ``position`` on that still are there, and the position after them."""
        first = max(position - self.dropped, 0)
        return list(self.lines)[first:], self.end


class LogBook:
    """All containers' logs by pod UID and container name. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: dict[tuple[str, str], WrittenLog] = {}
        self._previous: dict[tuple[str, str], WrittenLog] = {}
        self._listeners: list[Callable[[], None]] = []

    def start(self, uid: str, container: str) -> None:
        """A container starts: what its last run has written becomes the previous log."""
        with self._lock:
            old = self._current.get((uid, container))
            if old is not None:
                old.closed = True
                self._previous[uid, container] = old
            self._current[uid, container] = WrittenLog()

    def write(self, uid: str, container: str, at: float, text: str) -> None:
        """Add lines to the log of the container that runs now."""
        with self._lock:
            log = self._current.setdefault((uid, container), WrittenLog())
            for line in text.splitlines() or [""]:
                if len(log.lines) == KEPT:
                    log.dropped += 1
                log.lines.append(WrittenLine(at, line))
        self._tell()

    def close(self, uid: str, container: str) -> None:
        """The container has ended; whoever follows its log is done."""
        with self._lock:
            log = self._current.get((uid, container))
            if log is not None:
                log.closed = True
        self._tell()

    def forget(self, uid: str) -> None:
        """The pod is gone, and its logs with it."""
        with self._lock:
            for kept in (self._current, self._previous):
                for key in [key for key in kept if key[0] == uid]:
                    kept.pop(key).closed = True
        self._tell()

    def current(self, uid: str, container: str) -> WrittenLog | None:
        """The log of the run that is on, or was last."""
        return self._current.get((uid, container))

    def previous(self, uid: str, container: str) -> WrittenLog | None:
        """The log of the run before it."""
        return self._previous.get((uid, container))

    def read(self, log: WrittenLog, position: int) -> tuple[list[WrittenLine], int, bool]:
        """Lines from ``position`` on, the position after them, and whether no more will come."""
        with self._lock:
            lines, end = log.after(position)
            return lines, end, log.closed

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every write, on the writer's thread. Returns what takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class LogRequest(NamedTuple):
    """An open log: which one, and how it is to be sent."""

    book: LogBook
    log: WrittenLog
    follow: bool
    timestamps: bool
    tail: int | None
    since: float | None
    limit: int | None

    def first(self) -> tuple[list[WrittenLine], int, bool]:
        """What is there now, cut as asked for."""
        lines, end, closed = self.book.read(self.log, 0)
        if self.since is not None:
            lines = [line for line in lines if line.at >= self.since]
        if self.tail is not None:
            lines = lines[max(len(lines) - self.tail, 0) :]
        return lines, end, closed

    def encode(self, lines: list[WrittenLine]) -> bytes:
        """Lines as they go over the wire."""
        if self.timestamps:
            return "".join(f"{nano_stamp(line.at)} {line.text}\n" for line in lines).encode(errors="surrogateescape")
        return "".join(f"{line.text}\n" for line in lines).encode(errors="surrogateescape")


def open_log(book: LogBook, pod: Object, query: dict[str, str], now: float) -> LogRequest | None:
    """What ``GET …/pods/NAME/log`` asks for; ``None`` for a pod without a node: there is nothing, and no error.

    Raises:
        ApiError: 400 for a container that isn't there, hasn't started, or has no previous run.
    """
    tail, limit = _number(pod, query, "tailLines"), _number(pod, query, "limitBytes")
    since = _since(pod, query, now)
    container = _container(pod, query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return None
    uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
    if query.get("previous") in ("true", "1"):
        log = book.previous(uid, container)
        if log is None:
            raise errors.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    else:
        log = book.current(uid, container)
        if log is None:
            raise errors.bad_request(f'container "{container}" in pod "{name}" is {_why_not(pod, container)}')
    return LogRequest(
        book,
        log,
        follow=query.get("follow") in ("true", "1"),
        timestamps=query.get("timestamps") in ("true", "1"),
        tail=tail,
        since=since,
        limit=limit,
    )


def _container(pod: Object, asked: str) -> str:
    spec, name = pod["spec"], pod["metadata"]["name"]
    normal = [container["name"] for container in spec["containers"]]
    inits = [container["name"] for container in spec.get("initContainers") or []]
    if asked:
        if asked not in normal + inits:
            raise errors.bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(normal) == 1 and not inits:
        return str(normal[0])
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if default in normal:
        return str(default)
    also = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
    raise errors.bad_request(
        f"a container name must be specified for pod {name}, choose one of: [{' '.join(normal)}]{also}"
    )


def _why_not(pod: Object, container: str) -> str:
    for status in pod.get("status", {}).get("containerStatuses") or []:
        if status["name"] == container and "waiting" in status.get("state", {}):
            reason = status["state"]["waiting"].get("reason", "ContainerCreating")
            return "trying and failing to pull image" if "Pull" in reason else f"waiting to start: {reason}"
    return "not available"


def _number(pod: Object, query: dict[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.lstrip("-").isdigit():
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if int(text) < 0:
        raise _invalid(pod, name, f"Invalid value: {text}: must be greater than or equal to 0")
    return int(text)


def _invalid(pod: Object, field: str, why: str) -> errors.ApiError:
    name = pod["metadata"]["name"]
    causes = [{"reason": "FieldValueInvalid", "message": why, "field": field}]
    details = {"name": name, "kind": "PodLogOptions", "causes": causes}
    return errors.ApiError(422, "Invalid", f'PodLogOptions "{name}" is invalid: {field}: {why}', details)


def _since(pod: Object, query: dict[str, str], now: float) -> float | None:
    ago = _number(pod, query, "sinceSeconds")
    if ago is not None:
        return now - ago
    at = query.get("sinceTime")  # a metav1.Time, which has whole seconds
    return float(int(seconds(at))) if at else None
