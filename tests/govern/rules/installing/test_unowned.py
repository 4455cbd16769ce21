"""Pods and ReplicaSets that belong to nobody: named in the plan, since no rule keeps them from a new workload."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import Denied, TimedOut
from opsconsole.govern.governor import Wanted
from opsconsole.govern.identities import Identities
from opsconsole.records import Plan
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.facts import GovernFacts
from opsconsole.switches.govern.plan import installing
from opsconsole.switches.govern.unowned import NAMED, PAGES, Unowned, unowned

AURA = "system:serviceaccount:ops:aura"
ONE = Identities((AURA,))
OWNER = {"kind": "ReplicaSet", "name": "web-1", "uid": "u", "controller": True}


class Cluster:
    """An API server that lists metadata and says who may do what; each page holds two objects."""

    def __init__(self, *objects: tuple[str, dict[str, Any]]) -> None:
        self.objects = objects
        self.may: Any = lambda _user, _access: True
        self.fails: Exception | None = None
        self.endless = False

    def request(self, method: str, path: str, *, query: Any = None, body: Any = None, **_: Any) -> bytes:
        if method == "POST":
            spec = body["spec"]
            allowed = self.may(spec.get("user", ""), spec["resourceAttributes"])
            if allowed is None:
                raise TimedOut("no answer in time")
            return msgspec.json.encode({"status": {"allowed": allowed}})
        if self.fails is not None:
            raise self.fails
        plural = path.rpartition("/")[2]
        begin = int(query["continue"] or 0)
        items = [{"metadata": metadata} for kind, metadata in self.objects if kind == plural]
        more = str(begin + 2) if self.endless or begin + 2 < len(items) else ""
        return msgspec.json.encode({"metadata": {"continue": more}, "items": items[begin : begin + 2]})


def made(plural: str, name: str, space: str = "shop", **more: Any) -> tuple[str, dict[str, Any]]:
    return plural, {"name": name, "namespace": space, **more}


def planned(found: tuple[Unowned, ...]) -> Plan:
    wanted = Wanted(ONE, "opsconsole", "sre")
    return installing(GovernFacts(wanted, FreezeFacts(ONE), unowned=found), 0.0)


@pytest.mark.parametrize(
    ("one", "keys"),
    [
        (made("pods", "db"), ("shop/db",)),
        (made("pods", "web", ownerReferences=[OWNER]), ()),
        (made("pods", "web", ownerReferences=[{**OWNER, "controller": False}]), ("shop/web",)),  # the collector's alone
        (made("pods", "going", deletionTimestamp="2026-03-01T00:00:00Z"), ()),
        (made("replicasets", "old"), ("shop/old",)),
        (made("replicasets", "web-1", ownerReferences=[OWNER]), ()),
    ],
)
def test_what_no_controller_owns_belongs_to_nobody(one: tuple[str, dict[str, Any]], keys: tuple[str, ...]) -> None:
    assert tuple(key for each in unowned(Cluster(one), ONE) for key in each.keys) == keys


def test_all_pages_are_read_and_an_endless_list_is_said_to_be_cut() -> None:
    api = Cluster(*(made("pods", f"p{n}") for n in range(7)))
    (pods,) = unowned(api, ONE)
    assert len(pods.keys) == 7
    assert not pods.more
    api.endless = True
    (pods,) = unowned(api, ONE)
    assert pods.more
    assert "of the first" in str(pods)
    assert PAGES > 1


@pytest.mark.parametrize(
    ("whom", "answer", "may"),
    [
        (ONE, lambda *_: True, True),
        (ONE, lambda *_: False, False),
        (ONE, lambda *_: None, None),
        (ONE, lambda _, asked: asked["resource"] == "statefulsets", True),
        (ONE, lambda _, asked: asked["namespace"] == "else", False),  # it may where nothing is
        (Identities((AURA, "bob")), lambda user, _: user == "bob", True),
        (Identities((), ("bots",)), lambda *_: False, False),
        (Identities((), break_glass="sre"), lambda *_: False, None),  # everybody: nobody can be asked about
        (Identities((AURA,), break_glass="sre"), lambda *_: False, None),
        (Identities((AURA,), break_glass="sre"), lambda *_: True, True),
    ],
)
def test_whether_the_governed_could_take_it_is_the_authorizer_s_word(whom: Identities, answer: Any, may: bool) -> None:
    api = Cluster(made("pods", "db"))
    api.may = answer
    (pods,) = unowned(api, whom)
    assert pods.may is may


def test_a_no_about_a_user_whose_groups_nobody_named_is_no_answer() -> None:
    api = Cluster(made("pods", "db"))
    api.may = lambda *_: False
    assert [each.may for each in unowned(api, ONE, ungrouped=True)] == [None]


def test_more_namespaces_than_are_asked_about_leave_a_no_open() -> None:
    api = Cluster(*(made("pods", "db", f"s{n:02}") for n in range(NAMED + 1)))
    api.may = lambda *_: False
    (pods,) = unowned(api, ONE)
    assert pods.may is None
    assert "and 1 more" in str(pods)


@pytest.mark.parametrize(("may", "warned"), [(True, True), (None, True), (False, False)])
def test_the_plan_warns_of_what_may_be_taken_and_notes_the_rest(may: bool | None, *, warned: bool) -> None:
    plan = planned((Unowned("Pod", ("shop/db",), ("daemonsets",), may),))
    assert any("shop/db" in each for each in plan.warnings) is warned
    assert any("shop/db" in each for each in plan.notes) is not warned
    assert any("NO RULE KEEPS THEM" in each for each in plan.warnings) is warned


@pytest.mark.parametrize("error", [Denied("pods may not be listed", status=403), TimedOut("no answer in time")])
def test_what_can_t_be_read_is_not_nothing(error: Exception) -> None:
    api = Cluster()
    api.fails = error
    found = unowned(api, ONE)
    assert [each.kind for each in found] == ["Pod", "ReplicaSet"]
    assert sum("is not known" in each for each in planned(found).warnings) == 2


def test_names_of_others_are_cleaned() -> None:
    (pods,) = unowned(Cluster(made("pods", "evil\x1b[2J\nname")), ONE)
    assert not {"\x1b", "\n"} & set(str(pods))
