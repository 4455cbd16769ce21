"""The audit log: whose each write is, refusals, dry runs, forged names; hostile and torn text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.decisions.sources.files import FileSource
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import AuditedWrite, Kind, State, WriterClass
from opsconsole.writers import ledger as ledgers
from opsconsole.writers.audit.event import MAX_WORD, NoAuditEvent, events_of, parse
from opsconsole.writers.audit.intake import AuditIntake
from opsconsole.writers.audit.log import AuditLog
from tests.cluster.helpers import RecordingSink
from tests.writers.scene import REPLICAS, Scene, owned

AURA = "system:serviceaccount:ops:aura"
CLOCK = SystemClock()
_numbers = itertools.count()


def event(**more: Any) -> dict[str, Any]:
    """An event as kube-apiserver 1.36 writes it at level Metadata."""
    found: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": f"id-{next(_numbers)}",
        "stage": "ResponseComplete",
        "requestURI": "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=aura",
        "verb": "patch",
        "user": {
            "username": AURA,
            "groups": ["system:serviceaccounts", "system:authenticated"],
            "extra": {"authentication.kubernetes.io/pod-name": ["aura-7d9-x2x"]},
        },
        "sourceIPs": ["10.1.2.3"],
        "userAgent": "python-requests/2.32",
        "objectRef": {"resource": "deployments", "namespace": "shop", "name": "web", "apiGroup": "apps"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-26T02:18:36.000000Z",
        "stageTimestamp": "2026-11-26T02:18:36.500000Z",
    }
    return found | more


def write(**more: Any) -> AuditedWrite:
    found = parse(json.dumps(event(**more)))
    assert found is not None
    return found


def test_a_write_with_user_agent_address_object_answer_and_the_pod_whose_token_it_was() -> None:
    found = write()
    assert (found.user, found.agent, found.address, found.pod) == (
        AURA,
        "python-requests/2.32",
        "10.1.2.3",
        "ops/aura-7d9-x2x",
    )
    assert (str(found.about), found.verb, found.code, found.manager, found.named) == (
        "Deployment/web -n shop",
        "patch",
        200,
        "aura",
        True,
    )


def test_a_request_without_a_field_manager_is_called_by_its_user_agents_first_word() -> None:
    found = write(requestURI="/apis/apps/v1/namespaces/shop/deployments/web")
    assert (found.manager, found.named) == ("python-requests", False)


@pytest.mark.parametrize(
    "more",
    [
        {"stage": "RequestReceived"},
        {"stage": "ResponseStarted", "verb": "watch"},
        {"verb": "get"},
        {"verb": "list"},
        {"objectRef": None},
        {"objectRef": {"resource": "leases", "name": "a"}},
        {"objectRef": {"resource": "events", "name": "a"}},
        {"verb": "create", "objectRef": {"resource": "selfsubjectaccessreviews"}},
    ],
)
def test_what_is_no_write_is_passed_over(more: dict[str, Any]) -> None:
    assert parse(json.dumps(event(**more))) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '{"kind":"Pod"}', '{"kind":"Event"}', "\x00\x1b[2J", '{"kind":"Event","stage":7}',
     '{"kind":"Event","stage":"ResponseComplete","user":[]}', "{" * 5_000],
)  # fmt: skip
def test_what_is_no_event_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoAuditEvent):
        parse(text)


def test_strings_of_any_length_are_bounded() -> None:
    long = "x" * 1_000_000
    found = write(
        userAgent=long,
        user={"username": long, "groups": [long] * 1000},
        objectRef={"resource": long, "namespace": long, "name": long, "subresource": long},
        sourceIPs=[long],
        requestURI="/a?fieldManager=" + long,
    )
    assert len(found.user) == len(found.agent) == len(found.about.name) == MAX_WORD
    assert len(found.groups) == 16
    assert sum(len(str(getattr(found, name))) for name in found.__struct_fields__) < 20_000


def test_a_url_of_a_million_parameters_is_not_taken_apart() -> None:
    assert write(requestURI="/a?" + "&".join(f"b{n}=1" for n in range(100_000))).manager == "python-requests"


def test_a_panic_of_the_api_server_is_no_success() -> None:
    assert write(stage="Panic", responseStatus=None).refused


def test_a_time_that_is_none_is_the_epoch_and_breaks_nothing() -> None:
    assert write(stageTimestamp="never", requestReceivedTimestamp=None or "").at == 0.0


# --- the ledger --------------------------------------------------------------------------------------------------


def test_the_user_is_a_fact_and_the_row_is_the_users() -> None:
    scene = Scene()
    for _ in range(3):
        scene.ledger.hear(write())
    row = scene.rows()[f"user {AURA}"]
    assert (row.sort, row.proved, row.writes, row.managers) == (WriterClass.SUSPECT, True, 3, ("aura",))
    assert (row.agents, row.addresses, row.pods) == (("python-requests/2.32",), ("10.1.2.3",), ("ops/aura-7d9-x2x",))


@pytest.mark.parametrize("code", [401, 403, 409, 422, 429, 500, 503])
def test_a_refused_write_is_seen_and_is_no_write(code: int) -> None:
    scene = Scene()
    scene.ledger.hear(write(responseStatus={"code": code}))
    row = scene.rows()[f"user {AURA}"]
    assert (row.writes, row.refused, row.objects) == (0, ((str(code), 1),), 0)


def test_a_dry_run_changes_nothing_and_is_told() -> None:
    scene = Scene()
    scene.ledger.hear(write(requestURI="/apis/apps/v1/namespaces/shop/deployments/web?dryRun=All"))
    row = scene.rows()[f"user {AURA}"]
    assert (row.writes, row.verbs) == (0, (("patch (dry run)", 1),))


@pytest.mark.parametrize(
    ("user", "manager", "agent", "doubted"),
    [
        (AURA, "kubectl-edit", "python-requests/2", True),
        (AURA, "kubectl-client-side-apply", "aura/1.0", True),
        (AURA, "helm", "Go-http-client/2.0", True),
        (AURA, "kubectl", "kubectl/v1.36.3 (linux/amd64)", False),
        (AURA, "helm", "Helm/3.18", False),
        (AURA, "aura", "aura/1.0", False),
        (AURA, "kube-controller-manager", "kube-controller-manager/v1.36", True),
        ("dana", "kubelet", "kubelet/v1.36", True),
        ("dana", "kubectl-edit", "curl/8", False),
        ("system:node:n1", "kubelet", "kubelet/v1.36", False),
        ("system:kube-controller-manager", "kube-controller-manager", "kube-controller-manager/v1.36", False),
        ("system:serviceaccount:kube-system:deployment-controller", "kube-controller-manager", "kcm/1", False),
    ],
)
def test_a_forged_field_manager_is_a_finding(user: str, manager: str, agent: str, doubted: bool) -> None:
    scene = Scene()
    uri = f"/apis/apps/v1/namespaces/shop/deployments/web?fieldManager={manager}"
    scene.ledger.hear(write(user={"username": user}, requestURI=uri, userAgent=agent))
    row = scene.rows()[f"user {user}"]
    assert bool(row.doubt) is doubted
    if doubted:
        assert manager in row.doubt
        assert user in row.doubt
        assert row.sort is WriterClass.SUSPECT


def test_a_manager_named_like_a_user_is_never_taken_for_that_user() -> None:
    scene = Scene()
    scene.ledger.hear(write())
    scene.see(owned(AURA, REPLICAS), name="other")
    rows = scene.rows()
    assert rows[f"user {AURA}"].proved
    assert not rows[f"manager {AURA}"].proved


def test_a_write_told_by_both_counts_once_and_its_takeover_is_the_users() -> None:
    scene = Scene()
    scene.see(owned("kubectl-edit", REPLICAS))
    scene.ledger.hear(write(stageTimestamp=stamp(scene.now)))
    scene.see(owned("kubectl-edit"), owned("aura", REPLICAS, at=scene.now // 1.0))
    scene.wait(5)
    rows = scene.rows()
    assert (rows[f"user {AURA}"].writes, rows[f"user {AURA}"].took) == (1, 1)
    assert rows[f"user {AURA}"].fields == ((REPLICAS, 1),)
    assert "manager aura" not in rows


def test_a_watch_that_is_quicker_than_the_audit_log_waits_for_it() -> None:
    scene = Scene()
    scene.ledger.hear(write(auditID="another", requestURI="/a?fieldManager=x", stageTimestamp=stamp(scene.now - 50)))
    scene.see(owned("kubectl-edit", REPLICAS))
    scene.see(owned("kubectl-edit"), owned("aura", REPLICAS, at=scene.now // 1.0))
    scene.ledger.hear(write(stageTimestamp=stamp(scene.now + 0.2)))
    scene.wait(5)
    assert "manager aura" not in scene.rows()


def test_an_audit_log_that_comes_a_minute_late_takes_over_what_was_counted_for_the_manager() -> None:
    scene = Scene()
    scene.ledger.hear(write(auditID="another", requestURI="/a?fieldManager=x", stageTimestamp=stamp(scene.now - 50)))
    scene.see(owned("kubectl-edit", REPLICAS))
    at = scene.now
    scene.see(owned("kubectl-edit"), owned("aura", REPLICAS, at=at // 1.0))
    scene.wait(60)
    assert (scene.rows()["manager aura"].writes, scene.rows()["manager aura"].took) == (1, 1)
    scene.ledger.hear(write(stageTimestamp=stamp(at + 0.2)))
    rows = scene.rows()
    assert "manager aura" not in rows
    assert rows[f"user {AURA}"].took == 1
    assert len(rows[f"user {AURA}"].takeovers) == 1
    assert len(rows["manager kubectl-edit"].takeovers) == 1


def test_a_write_that_the_audit_policy_leaves_out_stays_the_managers() -> None:
    scene = Scene()
    scene.ledger.hear(write(stageTimestamp=stamp(scene.now)))
    scene.see(owned("vpa", REPLICAS))
    scene.see(owned("vpa", REPLICAS, at=scene.wait(5)))
    scene.wait(5)
    assert scene.rows()["manager vpa"].writes == 1


def test_two_users_under_one_manager_are_two_writers() -> None:
    scene = Scene()
    for name in ("aura", "backup"):
        scene.ledger.hear(write(user={"username": f"system:serviceaccount:ops:{name}"}))
    assert {f"user system:serviceaccount:ops:{name}" for name in ("aura", "backup")} <= scene.rows().keys()


def test_a_new_name_for_each_write_hides_no_user_of_the_audit_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT_WRITERS", 20)
    scene = Scene()
    for number in range(100):
        scene.see(owned(f"shadow-{number}", REPLICAS, at=scene.wait(1)))
    scene.ledger.hear(write())
    rows = scene.rows()
    assert rows[f"user {AURA}"].proved
    assert rows["manager …"].writes > 50


def test_users_without_end_are_counted_as_one_that_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT_WRITERS", 20)
    scene = Scene()
    for number in range(100):
        scene.ledger.hear(write(user={"username": f"system:serviceaccount:ops:made-{number}"}))
    scene.see(owned("kubectl-edit", REPLICAS))
    rows = scene.rows()
    others = rows["user … (odd)"]
    assert (others.writes, others.sort, others.proved, others.rights) == (80, WriterClass.SUSPECT, False, None)
    assert "manager kubectl-edit" in rows, "users take no place of a manager's"
    assert len(rows) <= 22


def test_somebody_who_impersonates_is_named_and_so_is_whom_it_plays() -> None:
    scene = Scene()
    scene.ledger.hear(write(user={"username": "dana"}, impersonatedUser={"username": AURA}))
    row = scene.rows()["user dana"]
    assert (row.sort, row.acts_as) == (WriterClass.PERSON, (AURA,))


# --- the file ----------------------------------------------------------------------------------------------------


def stamp(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).isoformat()


def line(**more: Any) -> str:
    return json.dumps(event(**more), separators=(",", ":")) + "\n"


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Callable[[Path], RecordingSink]]:
    feeds = []

    def follow(path: Path) -> RecordingSink:
        feed = AuditLog(FileSource(str(path), CLOCK, poll=0.01), CLOCK)
        feeds.append(feed)
        sink = RecordingSink()
        feed.start(sink)
        return sink

    yield follow
    for feed in feeds:
        feed.stop()


def ids(sink: RecordingSink) -> set[str]:
    return set(sink.records[Kind.AUDIT])


def test_the_file_is_followed_through_rotation(tmp_path: Path, following: Callable[[Path], RecordingSink]) -> None:
    path = tmp_path / "audit.log"
    path.write_text(line(auditID="a"))
    sink = following(path)
    sink.wait(lambda s: "a" in ids(s))
    with path.open("a") as log:
        log.write(line(auditID="b"))
        log.flush()
        path.rename(tmp_path / "audit-2026-11-26T02-18-36.000.log")
        log.write(line(auditID="c"))
    path.write_text(line(auditID="d"))
    sink.wait(lambda s: {"a", "b", "c", "d"} <= ids(s))
    assert sink.healths[-1].unread == 0


def test_a_line_that_is_torn_is_put_together(tmp_path: Path, following: Callable[[Path], RecordingSink]) -> None:
    path = tmp_path / "audit.log"
    whole = line(auditID="torn")
    path.write_text(line(auditID="a") + whole[:200])
    sink = following(path)
    sink.wait(lambda s: "a" in ids(s))

    with path.open("a") as log:
        log.write(whole[200:] + line(auditID="z"))
    sink.wait(lambda s: {"torn", "z"} <= ids(s))


def test_half_a_line_whose_rest_never_comes_is_counted_and_costs_no_other(
    tmp_path: Path, following: Callable[[Path], RecordingSink]
) -> None:
    path = tmp_path / "audit.log"
    path.write_text(line(auditID="a") + line(auditID="lost")[:200] + "\n" + line(auditID="b") + "no event\n")
    sink = following(path)
    sink.wait(lambda s: {"a", "b"} <= ids(s))
    assert "lost" not in ids(sink)
    with path.open("a") as log:
        log.write(line(auditID="c"))
    sink.wait(lambda s: "c" in ids(s))


def test_a_file_that_is_not_there_is_down_with_why(tmp_path: Path, following: Callable[[Path], RecordingSink]) -> None:
    sink = following(tmp_path / "none.log")
    sink.wait_state(State.DOWN)
    assert "not there yet" in sink.healths[-1].detail


def test_an_event_that_comes_twice_counts_once() -> None:
    inbox = Inbox()
    intake = AuditIntake(inbox)
    for _ in range(3):
        assert intake.take(line(auditID="same"))
    assert len(inbox.drain().latest[Kind.AUDIT]) == 1
    assert intake.read == 3


def test_a_list_of_events_is_taken_apart_and_anything_else_refused() -> None:
    body = json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [event(), event()]}).encode()
    assert [parse(each) is not None for each in events_of(body)] == [True, True]
    for bad in (b"", b"{}", b"[]", b'{"kind":"EventList","items":7}', b'{"kind":"Event"}'):
        with pytest.raises(NoAuditEvent):
            events_of(bad)
