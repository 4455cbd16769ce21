"""An optimizer's way to the API server without a socket: for the part of the story before the screen opens."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rehearsal.optimizers.api import AGENT, RefusedError
from rehearsal.promql.evaluate import evaluate
from rehearsal.server.core import Core, HttpAnswer, HttpRequest
from rehearsal.world.metrics.series import Database

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
}


class DirectApi:
    """An :class:`~rehearsal.optimizers.api.OptimizerApi` that asks the core itself, with the same token."""

    def __init__(self, core: Core, token: str, database: Database, agent: str = AGENT) -> None:
        self._core = core
        self._agent = agent
        self._database = database
        self._token = token

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        parts = urlsplit(path)
        request = HttpRequest(
            method=method,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            authorization=f"Bearer {self._token}",
            content_type=content_type,
            agent=self._agent,
            body=b"" if body is None else json.dumps(body).encode(),
        )
        answer = self._core.handle(request)
        if not isinstance(answer, HttpAnswer) or not isinstance(answer.body, dict):
            raise RefusedError(0, "", f"no answer to {method} {path}")
        if answer.status >= 400:
            raise RefusedError(answer.status, _REASONS.get(answer.status, "Error"), answer.body["message"])
        return answer.body

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        found = evaluate(self._database, expression, self._core.clock.now())
        return [] if isinstance(found, float) else [(each.labels, each.value) for each in found]
