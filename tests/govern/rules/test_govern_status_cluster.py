"""`opsconsole govern status` on a real API server: good is good, and nothing that is not known is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.acting.govern import is_as_wanted
from opsconsole.govern.governor import RuleState
from opsconsole.govern.identities import Identities
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.facts import GovernFacts, wanted_by
from tests.govern.conftest import GovernBoard, do
from tests.govern.freeze.test_ways_cluster import WRITES
from tests.switches.rbac import Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


def status(cluster: TestCluster, account: str, tmp_path: Path, rules: dict[str, str]) -> tuple[int, dict[str, Any]]:
    settings = tmp_path / "opsconsole.toml"
    settings.write_text(
        f'[cluster]\nkubeconfig = "{cluster.admin_kubeconfig}"\n[optimizer]\nservice_accounts = ["{account}"]\n'
        + "[govern.rules]\n"
        + "".join(f'{name} = "{mode}"\n' for name, mode in rules.items())
    )
    done = CliRunner().invoke(main, ["--config", str(settings), "govern", "status", "-o", "json"])
    return done.exit_code, json.loads(done.output)


def test_a_rule_that_is_off_in_the_settings_and_still_installed_is_said_and_is_not_good(
    cluster: TestCluster,
    namespace: str,
    board_for: GovernBoard,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("tame"))
    rbac = Rbac(cluster, namespace, "tame")
    request.addfinalizer(rbac.remove)
    rbac.binding("tame", [rbac.me], role=rbac.role("tame", WRITES))
    account = f"{namespace}/tame"
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


@pytest.mark.parametrize("gaps", [(), ("the optimizer's pods can't be read: 403",)])
def test_what_is_not_known_is_not_good(gaps: tuple[str, ...]) -> None:
    freeze = FreezeFacts(Identities(("eve",)), gaps=gaps)
    facts = GovernFacts(wanted_by(msgspec.convert({}, Settings), freeze), freeze)
    assert is_as_wanted(facts, [RuleState("limit-cuts", "deny")]) is not bool(gaps)
