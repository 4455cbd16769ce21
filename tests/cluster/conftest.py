"""Fixtures of the cluster's tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.transport.connection import Connection, connect
from opsconsole.feeds.backoff import Backoff
from opsconsole.settings import ClusterSettings
from tests.cluster.faults import FaultServer
from tests.cluster.helpers import RecordingSink, kubeconfig
from tests.testbed.cluster import TestCluster

Connect = Callable[..., Connection]
Reflect = Callable[..., RecordingSink]


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    server = FaultServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect_to(tmp_path: Path) -> Connect:
    """Connect to a URL, or by a kubeconfig; time-outs that a busy machine keeps, and a short one for watches."""

    def make(server: str | Path, *, read_only: bool = True, **settings: Any) -> Connection:
        path = (
            server if isinstance(server, Path) else kubeconfig(tmp_path / "config", server, {"token": "secret-token"})
        )
        given = {"connect_timeout": 10.0, "read_timeout": 30.0, "watch_silence": 5.0, **settings}
        return connect(ClusterSettings(kubeconfig=str(path), **given), read_only=read_only, clock=SystemClock())

    return make


@pytest.fixture
def reflect(connect_to: Connect) -> Iterator[Reflect]:
    """Start a reflector that hardly waits, and return the sink it writes into; it is stopped behind the test."""
    started: list[Reflector] = []

    def make(server: str | Path, resource: Resource = PODS, *, settings: dict[str, Any] | None = None, **options: Any):
        dice = random.Random(1)
        connection = connect_to(server, **(settings or {}))
        quick = {"backoff": Backoff(dice, base=0.02, cap=0.1), "denied_pause": 0.05, **options}
        reflector = Reflector(connection, resource, SystemClock(), dice=dice, **quick)
        sink = RecordingSink()
        started.append(reflector)
        reflector.start(sink)
        return sink

    yield make
    for reflector in started:
        reflector.stop()


@pytest.fixture
def served(cluster: TestCluster) -> Iterator[TestCluster]:
    """The cluster, its API server brought back however the test left it."""
    yield cluster
    cluster.resume_apiserver()
    if not cluster.component("kube-apiserver").running():
        cluster.restart_apiserver()
