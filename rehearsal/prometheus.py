"""Prometheus' HTTP API over the world's series, below ``/prometheus`` of the rehearsal's server."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from rehearsal.promql import syntax
from rehearsal.promql.evaluate import EvaluatedSample, Value, evaluate, select
from rehearsal.promql.syntax import PromqlError
from rehearsal.times import seconds
from rehearsal.world.metrics.series import Series
from rehearsal.world.simulation import Simulation

PREFIX = "/prometheus"
_MOST_POINTS = 11_000
"""Prometheus' own limit of points a series."""


class SimulatedPrometheus:
    """Answers for one world."""

    def __init__(self, world: Simulation) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        parameters: dict[str, str] = dict(request.query)
        if request.method == "POST":
            parameters |= {name: str(value) for name, value in (await request.post()).items()}
        path = request.path.removeprefix(PREFIX)
        try:
            data = self._answer(path, parameters, request.query.getall("match[]", []))
        except PromqlError as error:
            body: dict[str, Any] = {"status": "error", "errorType": "bad_data", "error": str(error)}
            return web.Response(status=400, body=msgspec.json.encode(body), content_type="application/json")
        if data is None:
            return web.Response(status=404, text="404 page not found")
        body = {"status": "success", "data": data}
        return web.Response(body=msgspec.json.encode(body), content_type="application/json")

    def _answer(self, path: str, parameters: Mapping[str, str], matches: list[str]) -> Any:
        answers: dict[str, Callable[[], Any]] = {
            "/-/healthy": lambda: "Prometheus is Healthy.",
            "/-/ready": lambda: "Prometheus is Ready.",
            "/api/v1/query": lambda: self._query(parameters),
            "/api/v1/query_range": lambda: self._range(parameters),
            "/api/v1/series": lambda: [series.labels for series in self._chosen(matches)],
            "/api/v1/labels": lambda: sorted({name for series in self._chosen(matches) for name in series.labels}),
            "/api/v1/status/buildinfo": lambda: {"version": "2.47.0", "branch": "rehearsal"},
        }
        label = re.fullmatch(r"/api/v1/label/([^/]+)/values", path)
        with self._world.core.storage.lock:
            if label:
                chosen = self._chosen(matches)
                return sorted({series.labels[label[1]] for series in chosen if label[1] in series.labels})
            return answers[path]() if path in answers else None

    def _query(self, parameters: Mapping[str, str]) -> Any:
        at = _moment(parameters.get("time"), self._world.clock.now())
        return _result(evaluate(self._world.database, parameters.get("query", ""), at), at)

    def _range(self, parameters: Mapping[str, str]) -> Any:
        now = self._world.clock.now()
        start, end = _moment(parameters.get("start"), now - 3600), _moment(parameters.get("end"), now)
        step = _step(parameters.get("step", "15"))
        if (end - start) / step > _MOST_POINTS:
            raise PromqlError("exceeded maximum resolution of 11,000 points per timeseries")
        rows: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for number in range(int((end - start) / step) + 1):
            at = start + number * step
            found = evaluate(self._world.database, parameters.get("query", ""), at)
            for sample in [EvaluatedSample({}, found, at)] if isinstance(found, float) else found:
                rows.setdefault(tuple(sorted(sample.labels.items())), []).append([at, _shown(sample.value)])
        matrix = [{"metric": dict(labels), "values": values} for labels, values in rows.items()]
        return {"resultType": "matrix", "result": matrix}

    def _chosen(self, matches: list[str]) -> list[Series]:
        database = self._world.database
        if not matches:
            return list(database.everything())
        nodes = [syntax.parse(each) for each in matches]
        if not all(isinstance(node, syntax.Select) for node in nodes):
            raise PromqlError("match[] must be a series selector")
        return [
            series
            for node in nodes
            if isinstance(node, syntax.Select)
            for series in select(database, node.matches, node.name)
        ]


def _moment(text: str | None, default: float) -> float:
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return seconds(text)
    except ValueError as error:
        raise PromqlError(f'cannot parse "{text}" to a valid timestamp') from error


def _step(text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        node = syntax.parse(f"x[{text}]")
        step = node.window if isinstance(node, syntax.Select) else 0.0
    if step <= 0:
        raise PromqlError("zero or negative query resolution step widths are not accepted")
    return step


def _result(value: Value, at: float) -> Any:
    if isinstance(value, float):
        return {"resultType": "scalar", "result": [at, _shown(value)]}
    result = [{"metric": sample.labels, "value": [at, _shown(sample.value)]} for sample in value]
    return {"resultType": "vector", "result": result}


def _shown(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value)).removesuffix(".0")
