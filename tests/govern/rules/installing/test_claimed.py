"""Who may be judged where no audit log tells: by field managers, which nobody vouches for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import Denied
from opsconsole.govern.governor import Wanted
from opsconsole.govern.identities import Identities
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.claimed import MOST, claims_of
from opsconsole.switches.govern.facts import GovernFacts, GovernorReader
from opsconsole.switches.govern.judged import NAMED, SeenWriters
from opsconsole.switches.govern.plan import installing

GLASS = Identities(("system:serviceaccount:ops:aura",), (), "sre")


class Lists:
    """An API server that answers lists: entries of ``managedFields`` by plural."""

    def __init__(self, **kinds: list[list[dict[str, str]]]) -> None:
        self.kinds = kinds
        self.denied: set[str] = set()
        self.more = ""

    def request(self, method: str, path: str, *, query: dict[str, Any], **_: object) -> bytes:
        assert method == "GET"
        assert query == {"limit": MOST}
        plural = path.rpartition("/")[2]
        if plural in self.denied:
            raise Denied("no", status=403)
        items = [{"metadata": {"name": "x", "managedFields": each}} for each in self.kinds.get(plural, [])]
        return msgspec.json.encode({"metadata": {"continue": self.more}, "items": items})


def entry(manager: str, subresource: str = "", time: str = "2026-03-01T02:03:04Z") -> dict[str, str]:
    return {"manager": manager, "operation": "Update", "subresource": subresource, "time": time}


def settings(**more: Any) -> Settings:
    return msgspec.convert({"optimizer": {"name": "ops/aura", "managers": ["aura-brain"]}, **more}, Settings)


def wanted(**modes: Any) -> Wanted:
    return Wanted(GLASS, "opsconsole", "sre", modes=tuple(modes.items()))


@pytest.mark.parametrize(
    ("plural", "written", "rules"),
    [
        ("deployments", entry("bot"), "limit-cuts"),
        ("deployments", entry("bot", "scale"), "replicas"),
        ("deployments", entry("bot", "status"), "escapes"),
        ("nodes", entry("bot"), "taints"),
        ("roles", entry("bot"), "escapes"),
        ("configmaps", entry("bot"), ""),  # no rule looks at it outside kube-system
        ("deployments", entry("aura-brain"), ""),  # the optimizer, by its own name
        ("deployments", entry("kube-controller-manager"), ""),
        ("deployments", entry("opsconsole"), ""),
        ("deployments", entry(""), ""),
    ],
)
def test_whoever_wrote_what_a_rule_looks_at_is_named_by_what_it_calls_itself(
    plural: str, written: dict[str, str], rules: str
) -> None:
    found = claims_of(Lists(**{plural: [[written]]}), wanted(), settings())
    assert [(each.manager, rules in each.rules) for each in found.writers] == ([("bot", True)] if rules else [])


def test_a_rule_that_is_off_looks_at_nothing() -> None:
    api = Lists(nodes=[[entry("bot")]])
    names = dict.fromkeys(("taints", "placement", "rollouts", "escapes", "deletes"), "off")
    assert claims_of(api, wanted(**names), settings()).writers == ()


def test_programs_come_before_people_s_tools_and_each_object_counts_once() -> None:
    api = Lists(
        deployments=[
            [entry("kubectl-edit"), entry("helm")],
            [entry("bot"), entry("bot", "scale", "2026-03-02T00:00:00Z"), entry("helm")],
            [entry("helm"), entry("kube-controller-manager", "status")],
        ]
    )
    found = claims_of(api, wanted(), settings())
    assert [(each.manager, each.objects, each.people) for each in found.writers] == [
        ("bot", 1, False),
        ("helm", 3, True),
        ("kubectl-edit", 1, True),
    ]
    assert found.system == 1
    (words,) = found.in_words()
    assert "NOT KNOWN WHOSE IDENTITY" in words
    assert "bot (1 object, by " in words
    assert "last 2026-03-02" in words
    assert "1 more are called as the cluster's own parts are" in words


def test_hostile_names_are_cleaned_and_a_flood_of_them_is_counted() -> None:
    api = Lists(nodes=[[entry(f"evil{n}\x1b[2J\n" + "x" * 9000)] for n in range(NAMED + 3)])
    (words,) = claims_of(api, wanted(), settings()).in_words()
    assert not {"\x1b", "\n"} & set(words)
    assert "; and 3 more" in words
    assert len(words) < NAMED * 300 + 500


def test_what_was_not_read_is_said() -> None:
    api = Lists(deployments=[[entry("bot")]])
    api.denied, api.more = {"nodes", "roles"}, "token"
    found = claims_of(api, wanted(), settings())
    assert found.unread == ("nodes", "roles")
    words = list(found.in_words())
    assert "could not be read of nodes, roles" in words[1]
    assert f"the first {MOST} of deployments" in words[2]


def test_nothing_that_can_be_read_is_not_nobody() -> None:
    api = Lists()
    api.denied = {"deployments"}
    words = list(claims_of(api, wanted(), settings()).in_words())
    assert "NOT KNOWN WHOSE IDENTITY: none" in words[0]
    assert "could not be read of deployments" in words[1]


@pytest.mark.parametrize("audit", ["", "missing", "there"])
def test_the_plan_tells_them_where_no_audit_log_tells_users(tmp_path: Path, audit: str) -> None:
    log = tmp_path / "audit.log"
    if audit == "there":
        log.write_bytes(b"")
    given = settings(writers={"audit_log": str(log) if audit else ""})
    read = GovernorReader(Lists(nodes=[[entry("bot")]]), lambda: None, lambda: given)  # type: ignore[arg-type]
    others = read.others(wanted())
    assert isinstance(others, SeenWriters)
    plan = installing(GovernFacts(wanted(), FreezeFacts(GLASS), others=others), 0.0)
    assert any("NOT KNOWN WHOSE IDENTITY: bot" in each for each in plan.warnings) is (audit != "there")
    assert any("besides is not known" in each for each in plan.warnings) is (audit != "there")


def test_without_break_glass_nobody_else_is_judged_and_nobody_is_looked_for() -> None:
    read = GovernorReader(Lists(), lambda: None, settings)  # type: ignore[arg-type]
    assert read.others(Wanted(Identities(("x",)), "opsconsole", "sre")) is None
