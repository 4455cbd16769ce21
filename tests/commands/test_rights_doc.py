"""The table of rights by feature: ``check`` asks by it, and on a cluster each pane's row is enough, and needed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.cluster_feeds import feeds
from opsconsole.cluster.transport.connection import connect
from opsconsole.commands.check import panes, rights
from opsconsole.records import State
from opsconsole.settings import ClusterSettings, Settings
from opsconsole.switches.spec import Right
from scripts.rights_doc import PAGE, page
from tests.cluster.helpers import RecordingSink
from tests.support.waiting import eventually
from tests.testbed.rights import wait_for_rules

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

RBAC = "rbac.authorization.k8s.io"
FEEDS = {
    "pods": {"pods"},
    "events": {"events"},
    "nodes": {"nodes"},
    "workloads": {"deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"},
    "autoscalers": {"horizontalpodautoscalers"},
    "disruption budgets": {"poddisruptionbudgets"},
}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it anew: python -m scripts.rights_doc"


def rule(right: Right) -> dict[str, list[str]]:
    found = {"apiGroups": [right.group], "resources": [right.resource], "verbs": [right.verb]}
    return found | ({"resourceNames": [right.name]} if right.name else {})


def connected(cluster: TestCluster, needed: tuple[Right, ...]):
    """A connection of a user who has these rights in the whole cluster, and no others."""
    name = f"row-{secrets.token_hex(4)}"
    base = f"/apis/{RBAC}/v1"
    rules, subjects = [*map(rule, needed)], [{"apiGroup": RBAC, "kind": "User", "name": name}]
    cluster.api.post(f"{base}/clusterroles", {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules})
    cluster.api.post(
        f"{base}/clusterrolebindings",
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
            "subjects": subjects,
        },
    )
    wait_for_rules(cluster.api, subjects, rules)
    settings = ClusterSettings(kubeconfig=str(cluster.kubeconfig_for_user(name)))
    return connect(settings, read_only=True, clock=SystemClock())


@pytest.mark.cluster
@pytest.mark.parametrize("pane", list(FEEDS))
def test_a_pane_lives_by_its_row_alone_and_the_others_are_denied(cluster: TestCluster, pane: str) -> None:
    connection = connected(cluster, rights.PANES[pane])
    found = feeds(connection, Settings(cluster=connection.settings), SystemClock())
    known = set().union(*FEEDS.values())
    started = [(feed, RecordingSink()) for feed in (found.pods, *found.others) if feed.name in known]
    for feed, sink in started:
        feed.start(sink)
    try:
        for feed, sink in started:
            wanted = State.LIVE if feed.name in FEEDS[pane] else State.DENIED
            assert sink.wait_state(wanted).state is wanted, feed.name
    finally:
        for feed, _ in started:
            feed.stop()


@pytest.mark.cluster
@pytest.mark.parametrize("name", [*rights.PANES, *rights.SWITCHES])
def test_check_is_content_with_a_row_and_names_what_is_missing_of_it(cluster: TestCluster, name: str) -> None:
    needed = {**rights.PANES, **rights.SWITCHES}[name]
    whole, without = connected(cluster, needed), connected(cluster, needed[:-1])
    # The authorizer learns of a new binding a moment later.
    eventually(lambda: panes.ask(needed, whole, "").words == "", "a row is enough")
    eventually(lambda: panes.ask(needed, without, "").denied == [needed[-1]], "what is missing is named")
