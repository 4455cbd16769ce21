"""A second authorizer beside RBAC: what it allows is said, and never proved away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.switches.build import build_switchboard
from tests.switches.conftest import ACCOUNT, IMPATIENT, details, run, settings_for
from tests.switches.rbac import Rbac
from tests.testbed.cluster import TestCluster

if TYPE_CHECKING:
    from collections.abc import Iterator
from tests.switches.target.rights.test_rights_cluster import SECOND, Witness


@pytest.fixture(scope="module")
def two_authorizers() -> Iterator[TestCluster]:
    with TestCluster(nodes=1, audit=False, second_authorizer=True) as cluster:
        for name in (SECOND, f"{SECOND}-far"):
            cluster.create_namespace(name)
        yield cluster


@pytest.mark.cluster
def test_a_second_authorizer_is_said_and_never_proved_away(two_authorizers: TestCluster, journal_dir: Path) -> None:
    witness = Witness(two_authorizers, f"{SECOND}/{ACCOUNT}")
    rbac = Rbac(two_authorizers, SECOND, ACCOUNT)
    rbac.binding("and-rbac", [rbac.me])
    named = ("", f"{SECOND}/{ACCOUNT}")
    settings = settings_for(two_authorizers.admin_kubeconfig, journal_dir, *named, patience_seconds=IMPATIENT)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    board = build_switchboard(settings, connection, None, SystemClock())
    outcome = run(board, board.make_plan("revoke"))
    assert not witness.may("patch", "nodes")
    assert witness.may("delete", "pods", "-n", f"{SECOND}-far"), "the other authorizer goes on"
    assert not outcome.success, details(outcome)
    assert any("another authorizer" in proof.detail for proof in outcome.proofs), details(outcome)
    connection.close()
