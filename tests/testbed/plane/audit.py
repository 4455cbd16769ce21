"""What reached the API server: its own audit log, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it; ``stage`` is ResponseStarted (watches), ResponseComplete or Panic."""

    user: str
    groups: tuple[str, ...]
    verb: str
    resource: str
    namespace: str
    name: str
    uri: str
    user_agent: str
    status: int
    stage: str
    at: str


class AuditLog:
    """The requests of everyone but the cluster's own parts; a line is there when the answer is on its way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def position(self) -> int:
        """Return where the log ends now, in bytes, for a later :meth:`requests`."""
        return self._path.stat().st_size if self._path.exists() else 0

    def requests(self, since: int = 0, user: str = "") -> list[Request]:
        """Return the requests behind position ``since``, of one ``user`` if it is given."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as log:
            log.seek(since)
            lines = log.read().splitlines(keepends=True)
        found = [_request(json.loads(line)) for line in lines if line.endswith(b"\n")]
        return [request for request in found if user in {"", request.user}]

    def wait_for(self, wanted: Callable[[Request], bool], since: int = 0, seconds: float = 60.0) -> list[Request]:
        """Return the requests that are ``wanted`` as soon as there is one.

        Raises:
            TimeoutError: none came within ``seconds``.
        """
        found: list[Request] = []

        def some() -> bool:
            found[:] = [request for request in self.requests(since) if wanted(request)]
            return bool(found)

        eventually(some, "a request in the audit log", seconds)
        return found


def _request(event: dict[str, object]) -> Request:
    user, target, answer = (_mapping(event.get(key)) for key in ("user", "objectRef", "responseStatus"))
    resource, part = target.get("resource", ""), target.get("subresource", "")
    groups, code = user.get("groups"), answer.get("code")
    return Request(
        user=str(user.get("username", "")),
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
        verb=str(event.get("verb", "")),
        resource=f"{resource}/{part}" if part else str(resource),
        namespace=str(target.get("namespace", "")),
        name=str(target.get("name", "")),
        uri=str(event.get("requestURI", "")),
        user_agent=str(event.get("userAgent", "")),
        status=code if isinstance(code, int) else 0,
        stage=str(event.get("stage", "")),
        at=str(event.get("requestReceivedTimestamp", "")),
    )


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
