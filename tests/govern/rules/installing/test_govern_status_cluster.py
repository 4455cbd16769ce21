"""`opsconsole govern status` on a real API server: good is good, and nothing that is not known is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.acting.govern import is_as_wanted
from opsconsole.govern.governor import RuleState
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import LAPSED
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.trying.clock import ClockAnswer
from opsconsole.switches.govern.facts import GovernFacts, wanted_by
from tests.govern.conftest import BINDINGS, GovernBoard, do
from tests.govern.freeze.test_ways_cluster import WRITES
from tests.support.waiting import eventually
from tests.switches.rbac import Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


def status(
    cluster: TestCluster, account: str, tmp_path: Path, rules: dict[str, str], *further: str
) -> tuple[int, dict[str, Any]]:
    settings = tmp_path / "opsconsole.toml"
    settings.write_text(
        f'[cluster]\nkubeconfig = "{cluster.admin_kubeconfig}"\n[optimizer]\nservice_accounts = ["{account}"]\n'
        + "[govern.rules]\n"
        + "".join(f'{name} = "{mode}"\n' for name, mode in rules.items())
    )
    done = CliRunner().invoke(main, ["--config", str(settings), *further, "govern", "status", "-o", "json"])
    return done.exit_code, json.loads(done.output)


@pytest.fixture
def tame(cluster: TestCluster, namespace: str) -> Iterator[str]:
    """An account that can get round no policy; and an API server that has never lost sight of its Leases."""
    cluster.kill_apiserver()
    cluster.restart_apiserver()
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("tame"))
    rbac = Rbac(cluster, namespace, "tame")
    rbac.binding("tame", [rbac.me], role=rbac.role("tame", WRITES))
    yield f"{namespace}/tame"
    rbac.remove()


def test_a_rule_that_is_off_in_the_settings_and_still_installed_is_said_and_is_not_good(
    cluster: TestCluster, tame: str, board_for: GovernBoard, tmp_path: Path
) -> None:
    account = tame
    do(board_for(account), "install-governor")
    assert status(cluster, account, tmp_path, {})[0] == 0
    code, said = status(cluster, account, tmp_path, {"deletes": "off"})
    assert (code, said["good"]) == (1, False)
    assert {name.partition("/")[2] for name in said["surplus"]} == {"opsconsole-governor-deletes"}
    (rule,) = (each for each in said["rules"] if each["name"] == "deletes")
    assert (rule["mode"], rule["changed"]) == ("deny", True)
    code, said = status(cluster, account, tmp_path, {"delets": "off"})
    assert (code, said["good"]) == (1, False)
    assert "no rule 'delets'" in said["problem"]


def test_a_clock_that_stands_still_or_is_not_asked_is_not_good_and_one_that_was_kept_runs(
    cluster: TestCluster, tame: str, board_for: GovernBoard, tmp_path: Path
) -> None:
    def said(*further: str) -> tuple[int, bool | None]:
        code, body = status(cluster, tame, tmp_path, {}, *further)
        return code, body["clock"]["runs"]

    do(board_for(tame), "install-governor")
    assert said() == (0, True)
    assert said("--read-only") == (1, None)
    do(board_for(tame, keep_clock=True), "uninstall-governor")
    assert [each["metadata"]["name"] for each in cluster.api.get(BINDINGS)["items"]] == [LAPSED]
    do(board_for(tame), "install-governor")
    assert said() == (0, True)
    do(board_for(tame), "uninstall-governor")
    assert said() == (1, False)
    do(board_for(tame), "install-governor")
    # What the API server saw last stays with it, and is new for half a minute.
    eventually(lambda: said() == (1, False), "the clock stands still", 60)


def test_rules_that_let_nothing_be_approved_without_a_time_need_no_clock_and_losing_it_is_warned_of(
    tame: str, cluster: TestCluster, board_for: GovernBoard, tmp_path: Path
) -> None:
    few = {"deletes": "off", "replicas": "warn"}
    do(board_for(tame), "install-governor")
    plan = board_for(tame, rules=few).make_plan("install-governor")
    assert "find no clock" in "; ".join(plan.warnings)
    do(board_for(tame, rules=few), "install-governor")
    code, body = status(cluster, tame, tmp_path, few)
    assert (code, body["clock"]) == (0, None)


RUNS, STANDS, UNKNOWN = ClockAnswer(runs=True), ClockAnswer(runs=False), ClockAnswer(None)


@pytest.mark.parametrize(
    ("gaps", "clock", "good"),
    [
        ((), RUNS, True),
        ((), None, True),
        ((), STANDS, False),
        ((), UNKNOWN, False),
        (("the optimizer's pods can't be read: 403",), RUNS, False),
    ],
)
def test_what_is_not_known_is_not_good(gaps: tuple[str, ...], clock: ClockAnswer | None, good: bool) -> None:
    freeze = FreezeFacts(Identities(("eve",)), gaps=gaps)
    facts = GovernFacts(wanted_by(msgspec.convert({}, Settings), freeze), freeze)
    assert is_as_wanted(facts, [RuleState("limit-cuts", "deny")], clock) is good
