"""Who asks for the writers before the console is built gets them when it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import AuditedWrite, Binding, ClusterWriter, Kind, Ref
from opsconsole.settings import ClusterSettings, Settings, WriterSettings
from opsconsole.store import Store
from opsconsole.writers.feed import WritersFeed
from tests.cluster.faults import FaultServer
from tests.cluster.helpers import kubeconfig
from tests.support.waiting import eventually

BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"


def test_asked_for_before_everything_is_built_they_are_read_as_soon_as_they_can_be() -> None:
    core, begun = Console(Settings(), [], SystemClock()), []
    core.watch_writers()
    core.offer_writers(lambda: begun.append("begun"))
    assert begun == ["begun"]


def test_not_asked_for_they_are_not_read() -> None:
    core, begun = Console(Settings(), [], SystemClock()), []
    core.offer_writers(lambda: begun.append("begun"))
    assert begun == []
    core.watch_writers()
    assert begun == ["begun"]


def test_the_consoles_role_bindings_tell_the_rights_of_the_writers() -> None:
    feed = WritersFeed([], WriterSettings(), SystemClock())
    inbox, store = Inbox(), Store()

    def rights() -> tuple[str, ...] | None:
        [row] = feed._ledger.rows(0.0)
        assert isinstance(row, ClusterWriter)
        return row.rights

    def pump() -> None:
        feed.observe(store, store.apply(inbox.drain()))

    user = "system:serviceaccount:ops:aura"
    feed.take(Kind.AUDIT, [AuditedWrite(id="a", at=0.0, user=user, verb="patch", about=Ref("Deployment", "a", "b"))])
    assert rights() is None, "no binding was read"
    one = Binding("ClusterRoleBinding", "", "one", Ref("ClusterRole", "", "admin"), subjects=(user,))
    two = Binding("RoleBinding", "shop", "two", Ref("ClusterRole", "", "edit"), subjects=(user,))
    inbox.put(Kind.BINDING, [one])
    store.apply(inbox.drain())
    assert feed.next_due() == 0.0
    pump()
    assert (rights(), feed.next_due()) == (("admin",), None), "what was read before it looked"
    inbox.put(Kind.BINDING, [two])
    pump()
    assert rights() == ("admin", "edit in shop")
    inbox.drop(Kind.BINDING, [one.key])
    pump()
    assert rights() == ("edit in shop",)


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    server = FaultServer()
    server.start()
    yield server
    server.stop()


def test_role_bindings_with_their_subjects_are_listed_once(faults: FaultServer, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "config", faults.url, {"token": "t"})
    core = build_console(Settings(cluster=ClusterSettings(kubeconfig=str(config))), only={"pods", "cluster", "writers"})
    core.watch_writers()
    core.start()
    try:
        eventually(lambda: len(faults.requests(BINDINGS)) >= 2)
        eventually(lambda: len(faults.requests("/apis/rbac.authorization.k8s.io/v1/clusterroles")) >= 1)
        plain = [asked for asked in faults.requests(BINDINGS) if "PartialObjectMetadata" not in asked.headers["Accept"]]
        assert len(plain) == 1
    finally:
        core.stop()
