"""``/livez``, ``/healthz``, ``/readyz`` and ``/metrics`` of the guard, on one small server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from opsconsole.guard.leader import Leadership
from opsconsole.guard.report import WayHealth
from opsconsole.guard.state import GuardState


class Vitals(Collector):
    """Makes the metrics from what the guard is at the moment that they are asked for.

    Args:
        state: of the guard.
        leads: whether it is the one that acts, and why it can't be.
        pumped: seconds since its loop last went round.
        feeds: each feed's name, and whether it is live.
        ways: each way to tell people, and how it does.
    """

    def __init__(
        self,
        state: GuardState,
        leads: Leadership,
        pumped: Callable[[], float],
        feeds: Callable[[], dict[str, bool]],
        ways: Callable[[], dict[str, WayHealth]] = dict,
    ) -> None:
        self._state = state
        self._leads = leads
        self.pumped = pumped
        self._feeds = feeds
        self._ways = ways

    def collect(self) -> Iterator[Metric]:
        """Yield every metric. What is not known is left out: it is not zero."""
        state = self._state
        yield _gauge("opsconsole_guard_leader", "Whether this guard is the one that acts.", self._leads())
        yield _gauge("opsconsole_guard_pump_age_seconds", "Seconds since its loop last went round.", self.pumped())
        if state.frozen is not None:
            yield _gauge("opsconsole_guard_frozen", "Whether the optimizer is frozen.", state.frozen)
        if state.holes is not None:
            yield _gauge("opsconsole_guard_holes", "Ways round a freeze that are open or not known.", state.holes)
        down = state.standing_down_until
        yield _gauge("opsconsole_guard_standing_down_until", "Until when it leaves a thaw alone (Unix time).", down)
        yield CounterMetricFamily("opsconsole_guard_trips", "How often it froze.", value=state.trips)
        yield CounterMetricFamily("opsconsole_guard_failures", "How often it could not.", value=state.failures)
        lost = "How often its Lease could not be kept."
        yield CounterMetricFamily("opsconsole_guard_lease_failures", lost, value=self._leads.failures)
        words = "Whether it can't lead, and no other is known to: it would not act."
        yield _gauge("opsconsole_guard_cannot_lead", words, bool(self._leads.why_not()))
        yield _gauge("opsconsole_guard_cannot_freeze", "Whether a freeze would fail now.", bool(self._state.cannot))
        live = GaugeMetricFamily("opsconsole_guard_feed_live", "Whether a feed is live.", labels=["feed"])
        for name, good in self._feeds().items():
            live.add_metric([name], float(good))
        yield live
        yield from self._told()

    def _told(self) -> Iterator[Metric]:
        """Whether people are told. A way by which nothing was told yet is not known to work."""
        fails = GaugeMetricFamily("opsconsole_guard_way_fails", "Whether a way to tell people fails.", labels=["way"])
        lost = CounterMetricFamily("opsconsole_guard_not_told", "Words that people were not told.", labels=["way"])
        for name, way in self._ways().items():
            lost.add_metric([name], way.not_told)
            if way.works is not None:
                fails.add_metric([name], float(not way.works))
        yield fails
        yield lost

    def trouble(self, *, loop_alone: bool) -> str:
        """What is wrong with it, in words; empty if nothing is. ``loop_alone``: what a restart would mend."""
        age = self.pumped()
        if age >= STALLED:
            return f"the loop has not gone round for {age:.0f} s"
        if loop_alone:
            return ""
        return self._leads.why_not() or (f"it could not freeze: {self._state.cannot}" if self._state.cannot else "")


STALLED = 15.0
"""Seconds without a turn of the loop after which the guard calls itself dead, and is started anew."""


def serve(vitals: Vitals, listen: str) -> ThreadingHTTPServer:
    """Serve on ``host:port`` (port 0: any) on a thread of its own, and return the server.

    Raises:
        OSError: the address can't be had.
        ValueError: it is no ``host:port``.
    """
    host, _, port = listen.rpartition(":")
    registry = CollectorRegistry()
    registry.register(vitals)

    class Handler(BaseHTTPRequestHandler):
        """Answers GET."""

        def do_GET(self) -> None:
            """Answer one request."""
            if self.path == "/metrics":
                self._answer(200, generate_latest(registry), CONTENT_TYPE_LATEST)
            elif self.path in {"/livez", "/healthz", "/readyz"}:
                trouble = vitals.trouble(loop_alone=self.path == "/livez")
                self._answer(503 if trouble else 200, (trouble or "ok").encode(), "text/plain; charset=utf-8")
            else:
                self._answer(404, b"not here", "text/plain; charset=utf-8")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing: standard output is the guard's own log."""

    server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="guard-web", daemon=True).start()
    return server


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))
