"""Whom the rules let off where they judge everybody but one group, and who the audit log says would be judged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.govern.freeze import about
from opsconsole.govern.governor import Wanted, manifests
from opsconsole.govern.identities import Identities, read_condition
from opsconsole.govern.names import INSTALLED_FREEZE, PROTECT, RUN_PODS
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.facts import GovernFacts
from opsconsole.switches.govern.judged import NAMED, SeenWriters, seen, seen_in
from opsconsole.switches.govern.plan import installing
from opsconsole.switches.govern.switch import InstallSwitch, UninstallSwitch
from opsconsole.switches.govern.unowned import Unowned
from tests.switches.toys import NoApi

AURA = "system:serviceaccount:ops:aura"
CERTS = "system:serviceaccount:cert-manager:injector"
ARGO = "system:serviceaccount:argocd:server"
DECISION = "authorization.k8s.io/decision"
GLASS = Identities((AURA,), ("bots",), "sre")


@pytest.mark.parametrize(
    "identities",
    [
        Identities((), (), "sre", (CERTS,)),
        Identities((AURA,), ("bots",), "sre", (CERTS, ARGO)),
        Identities((), (), 'a"b', ("it's", 'a "quoted" one', "\\")),
        Identities((), (), "sre", ("x) || true || (", CERTS)),
    ],
)
def test_a_condition_with_exceptions_is_read_back_as_it_was_meant(identities: Identities) -> None:
    found = read_condition(identities.condition)
    assert found is not None
    assert found.same(identities)
    assert identities.same(found)


@pytest.mark.parametrize(
    ("user", "groups", "judged"),
    [
        (CERTS, (), False),
        (CERTS, ("bots",), True),  # the optimizer, whatever is excepted
        (AURA, (), True),
        (ARGO, (), True),
        (CERTS + "-2", (), True),
        (CERTS.upper(), (), True),
        ("ann", ("sre",), False),
        ("ann", (), True),
        ("system:node:n1", ("system:nodes",), False),
        ("", (), True),
    ],
)
def test_exceptions_are_whole_names_never_the_optimizer(user: str, groups: tuple[str, ...], *, judged: bool) -> None:
    whom = Wanted(GLASS, "opsconsole", "sre", excepted=(CERTS, AURA)).judged
    assert whom.cover(user, groups) is judged


@pytest.mark.parametrize(
    ("user", "spaces"),
    [
        (CERTS, ["cert-manager"]),
        ("system:serviceaccount:cert-manager", []),
        ("system:serviceaccount:cert-manager:", []),
        ("system:serviceaccount::injector", []),
        ("system:serviceaccount:a:b:c", []),
        ("cert-manager:injector", []),
    ],
)
def test_what_runs_beside_an_exception_is_kept_and_half_an_account_keeps_nothing(user: str, spaces: list[str]) -> None:
    every = manifests(_wanted(user))  # policies, then bindings in the same order
    made, bound = every[0], every[len(every) // 2]
    assert (made["metadata"]["name"], bound["spec"]["policyName"]) == (PROTECT, PROTECT)
    (within,) = bound["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert within["values"][3:] == spaces
    said = made["spec"]["validations"][0]["expression"]
    kept = {kind for kind in RUN_PODS if f'"{kind}"' in said}
    assert kept == (set(RUN_PODS) if spaces else set())
    assert {"pods", "cronjobs", "rollouts", "clonesets"} <= set(RUN_PODS)


def test_the_plan_s_own_words_leave_out_who_is_excepted() -> None:
    wanted = _wanted(CERTS)
    plan = installing(GovernFacts(wanted, FreezeFacts(wanted.identities)), 0.0)
    for words in (plan.title, *plan.notes):
        assert f"(but {CERTS})" in words
    bare = installing(GovernFacts(_wanted(), FreezeFacts(GLASS)), 0.0)
    assert "(but" not in f"{bare.title}{bare.notes}"


def test_a_freeze_and_who_may_approve_know_no_exceptions() -> None:
    made = {each["metadata"]["name"]: each for each in manifests(_wanted(CERTS)) if "Binding" not in each["kind"]}
    frozen = about(made[INSTALLED_FREEZE])
    assert frozen is not None
    assert frozen.same(GLASS)
    rules = {name for name, each in made.items() if CERTS in json.dumps(each["spec"]["matchConditions"])}
    assert "opsconsole-governor-deletes" in rules
    assert not {INSTALLED_FREEZE, PROTECT, "opsconsole-governor-self-approval"} & rules


def test_exceptions_without_break_glass_change_nothing_and_are_said_to() -> None:
    wanted = Wanted(Identities((AURA,)), "opsconsole", "sre", excepted=(CERTS,))
    assert manifests(wanted) == manifests(Wanted(Identities((AURA,)), "opsconsole", "sre"))
    warned = installing(GovernFacts(wanted, FreezeFacts(wanted.identities)), 0.0).warnings
    assert any("excepts nobody" in each for each in warned)


def test_the_plan_says_what_an_exception_opens_and_that_the_optimizer_is_none() -> None:
    wanted = _wanted(CERTS, AURA)
    warned = installing(GovernFacts(wanted, FreezeFacts(wanted.identities)), 0.0).warnings
    (words,) = [each for each in warned if f"no rule judges {CERTS} " in each]
    assert "scale or resize within bounds" in words
    assert "A freeze, protect and self-approval cover that user all the same" in words
    assert any(f"{AURA} is the optimizer, and judged" in each for each in warned), warned


def _wanted(*excepted: str, **modes: Any) -> Wanted:
    return Wanted(GLASS, "opsconsole", "sre", modes=tuple(modes.items()), excepted=excepted)


def event(user: str, verb: str = "delete", resource: str = "apps/deployments", **more: Any) -> bytes:
    group, _, name = resource.rpartition("/")
    plural, _, part = name.partition(":")
    body = {
        "kind": "Event",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": user, "groups": more.pop("groups", [])},
        "objectRef": {"resource": plural, "subresource": part, "apiGroup": group},
        "stageTimestamp": "2026-03-01T02:03:04.5Z",
        **more,
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        pytest.param(event(ARGO), "deletes", id="a delete"),
        pytest.param(event(ARGO, "deletecollection", "pods"), "deletes", id="of many"),
        pytest.param(event(ARGO, "create", "pods:eviction"), "deletes", id="an eviction"),
        pytest.param(event(ARGO, "patch", "keda.sh/scaledobjects:scale"), "replicas", id="/scale of whatever kind"),
        pytest.param(event(ARGO, "update", "pods:resize"), "resize", id="a resize"),
        pytest.param(event(ARGO, "create", "pods:exec"), "escapes", id="a shell"),
        pytest.param(event(ARGO, "get", "pods:exec"), "escapes", id="a shell, asked for by GET"),
        pytest.param(event(ARGO, "patch", "batch/jobs:status"), "escapes", id="a status"),
        pytest.param(event(ARGO, "patch", "rbac.authorization.k8s.io/roles"), "escapes", id="a grant"),
        pytest.param(event(ARGO, "get"), "", id="a read"),
        pytest.param(event(ARGO, "watch", "pods"), "", id="a watch"),
        pytest.param(event(ARGO, "create", "events"), "", id="what no rule looks at"),
        pytest.param(event(ARGO, stage="RequestReceived"), "", id="it is counted once"),
        pytest.param(event(AURA), "", id="the optimizer itself"),
        pytest.param(event("robo", groups=["bots"]), "", id="the optimizer by a group"),
        pytest.param(event(CERTS), "", id="who is excepted"),
        pytest.param(event("ann", groups=["sre"]), "", id="who breaks the glass"),
        pytest.param(event(ARGO, annotations={DECISION: "forbid"}), "", id="what it may not"),
        pytest.param(event(ARGO, responseStatus={"code": 403}), "", id="who may not act as another"),
        pytest.param(event(ARGO, annotations={DECISION: "allow"}, responseStatus={"code": 403}), "deletes",
                     id="what was refused behind authorization: by a rule, say"),
        pytest.param(event("system:node:n"), "", id="a node"),
        pytest.param(event("system:serviceaccount:kube-system:job-controller"), "", id="the control plane"),
        pytest.param(b'{"kind": "Event", "stage": "Resp', "", id="a torn line"),
        pytest.param(b"[1]", "", id="no event"),
        pytest.param(b"\xff\xfe", "", id="no text"),
        pytest.param(event(ARGO, userAgent="injector", requestURI=f"/?fieldManager={CERTS}"), "deletes", id="named so"),
    ],
)  # fmt: skip
def test_who_would_be_judged_is_told_by_what_the_api_server_says(line: bytes, rules: str) -> None:
    found = seen([line], _wanted(CERTS))
    assert [(each.user, each.rules[0]) for each in found.writers] == ([(ARGO, rules)] if rules else [])


def test_whom_somebody_acted_as_is_not_offered() -> None:
    found = seen([event(AURA, impersonatedUser={"username": ARGO})], _wanted())
    (line,) = found.in_words()
    assert f"{AURA} acted as it: do not except it" in line


def test_who_acted_as_somebody_is_named_cleanly_and_by_three_at_most() -> None:
    acted = [f"evil{n}\x1b[2J\n" + "x" * 9000 for n in range(6)]
    (line,) = seen([event(each, impersonatedUser={"username": ARGO}) for each in acted], _wanted()).in_words()
    assert "evil0" in line
    assert "evil2" in line
    assert "evil3" not in line
    assert " and 3 more acted as it: do not except it" in line
    assert not {"\x1b", "\n"} & set(line)
    assert len(line) < 1500


def test_rules_that_are_off_judge_nobody() -> None:
    assert seen([event(ARGO)], _wanted(deletes="off")).writers == ()


def test_the_busiest_come_first_and_a_flood_of_names_is_counted() -> None:
    lines = [event(f"u{n}") for n in range(NAMED + 5)] + [event(ARGO)] * 3 + [event("evil\x1b[2J\nname")] * 2
    (words,) = seen(lines, _wanted()).in_words()
    assert words.index(ARGO) < words.index("evil") < words.index("u0 ")
    assert f"; and {5 + 2} more" in words
    assert "\x1b" not in words
    assert "2026-03-01 02:03:04 UTC to" in words


@pytest.mark.parametrize("made", [False, True])
def test_without_a_log_it_is_said_that_nobody_knows(tmp_path: Path, *, made: bool) -> None:
    log = tmp_path / "audit.log"
    (words,) = seen_in(log, _wanted()).in_words() if made else seen_in(None, _wanted()).in_words()
    assert "not known" in words
    log.write_bytes(event(ARGO))
    assert [each.user for each in seen_in(log, _wanted()).writers] == [ARGO]


def test_a_log_that_is_none_is_told_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for log, why in ((pipe, "it is no file"), (tmp_path, "it is no file"), (Path("a\0b"), "null byte"),
                     (tmp_path / "none", "No such file"), (pipe / "x", "Not a directory")):  # fmt: skip
        (words,) = seen_in(log, _wanted()).in_words()
        assert "not known: the audit log can't be read" in words
        assert why in words


@pytest.mark.parametrize(
    ("error", "why"),
    [(OSError(), "OSError"), (OSError("a\nb"), "a b"), (OSError(5, "Input/output error"), "Input/output")],
)
def test_a_log_that_ends_as_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, why: str
) -> None:
    def broken(*_: object) -> None:
        raise error

    log = tmp_path / "audit.log"
    log.write_bytes(event(ARGO))
    monkeypatch.setattr(Path, "open", broken)
    (words,) = seen_in(log, _wanted()).in_words()
    assert f"the audit log can't be read: {why}" in words


class _Read:
    """What reads how the governor stands, and counts how often the log is read for it."""

    def __init__(self, wanted: Wanted, problem: str = "") -> None:
        self._facts = GovernFacts(wanted, FreezeFacts(wanted.identities, problem=problem))
        self.read = 0

    def __call__(self) -> GovernFacts:
        return self._facts

    def others(self, wanted: Wanted) -> SeenWriters:
        self.read += 1
        return seen([event(ARGO)], wanted)

    def unowned(self, freeze: FreezeFacts) -> tuple[Unowned, ...]:
        return (Unowned("Pod", ("shop/db",), ("daemonsets",), may=True),) if freeze.identities.known else ()


@pytest.mark.parametrize(
    ("sort", "problem", "times"), [(InstallSwitch, "", 1), (InstallSwitch, "too old", 0), (UninstallSwitch, "", 0)]
)
def test_the_log_is_read_for_the_plan_of_installing_alone(sort: type[InstallSwitch], problem: str, times: int) -> None:
    read = _Read(_wanted(), problem)
    switch = sort(read, NoApi(), [], SystemClock())  # type: ignore[arg-type]
    plan = switch.plan(switch.gather())
    assert read.read == times
    assert any(ARGO in each for each in plan.warnings) is bool(times)
    assert any("shop/db" in each for each in plan.warnings) is bool(times)
    if not problem:
        switch._left()
    assert read.read == times, "its proof looks again and again, and needs no log"
