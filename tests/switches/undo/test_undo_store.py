"""What undo executes is what was kept, whole and unchanged, of this cluster and this optimizer."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import Denied, TimedOut
from opsconsole.journal.entry import canonical, digest, parse
from opsconsole.journal.reader import read_entries
from opsconsole.journal.undo_store import UndoStore
from opsconsole.journal.writer import FILE, JournalError, write_head
from opsconsole.records import Outcome, Plan, StepState
from opsconsole.settings import ClusterSettings, JournalSettings, OptimizerSettings, Settings, SwitchSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.undo.plan import NAME as UNDO
from opsconsole.switches.watchdog import watch_of
from tests.switches.engine.test_property import TickingClock
from tests.switches.fakeapi import FakeApi

ROLE = "my-password=hunter2x"
"""A name that the masker changes: what is put back must be the true one."""

SUBJECT = {"kind": "ServiceAccount", "name": "aura", "namespace": "ops"}
Make = Callable[..., Switchboard]


class Api(FakeApi):
    read_only = False


@pytest.fixture
def api() -> Api:
    made = Api()
    add_world(made, "uid-of-prod")
    return made


def add_world(api: Api, cluster: str) -> None:
    api.add("Namespace", "", "kube-system")["metadata"]["uid"] = cluster
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    api.add("ClusterRole", "", ROLE, rules=[rule])
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLE}
    for name in ("one", "two"):
        note = {"annotations": {"note": "password=s3cr3t-note"}}
        api.add("ClusterRoleBinding", "", name, roleRef=role, subjects=[SUBJECT], metadata=note)
    api.allowed = lambda _spec: bool(bindings(api))


def bindings(api: Api) -> dict[str, Any]:
    return {path: made for path, made in api.objects.items() if "/clusterrolebindings/" in path}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(api: Api, account: str = "ops/aura") -> Switchboard:
        settings = Settings(
            cluster=ClusterSettings(),
            optimizer=OptimizerSettings(service_account=account),
            switches=SwitchSettings(patience_seconds=1.0),
            journal=JournalSettings(folder=str(tmp_path)),
        )
        clock = TickingClock()
        return build_switchboard(settings, api, None, clock, pause=clock.pause)  # type: ignore[arg-type]

    return build


def run(board: Switchboard, name: str) -> tuple[Plan, Outcome]:
    plan = board.make_plan(name)
    return plan, board.execute(plan).result(timeout=30)


def test_what_the_journal_masks_is_put_back_as_it_was(api: Api, make: Make, tmp_path: Path) -> None:
    before = bindings(api).copy()
    run(make(api), "revoke")
    assert bindings(api) == {}
    assert "hunter2x" not in (tmp_path / FILE).read_text()
    (file,) = (tmp_path / "undo").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    _, outcome = run(make(api), UNDO)
    assert [step.state for step in outcome.steps] == [StepState.DONE] * 2
    for path, made in bindings(api).items():
        assert made["roleRef"]["name"] == ROLE
        assert made["metadata"]["annotations"] == before[path]["metadata"]["annotations"]


def test_what_undo_needs_is_on_the_disk_before_the_first_effect(api: Api, make: Make, tmp_path: Path) -> None:
    seen: list[list[bytes]] = []

    def look(_method: str, _path: str) -> str:
        if _method == "DELETE":
            seen.append([path.read_bytes() for path in (tmp_path / "undo").iterdir()])
        return ""

    api.fault = look
    run(make(api), "revoke")
    kept = msgspec.json.decode(seen[0][0])
    assert len(kept["before"]) == 2


@pytest.mark.parametrize("harm", ["edited file", "no file", "link", "edited entry", "rehashed entry", "newest entry"])
def test_an_edited_journal_or_undo_file_is_never_executed(api: Api, make: Make, tmp_path: Path, harm: str) -> None:
    run(make(api), "revoke")
    (file,) = (tmp_path / "undo").iterdir()
    data = file.read_bytes()
    file.unlink()
    if harm == "edited file":
        file.write_bytes(data.replace(b'"where"', b'"eehrw"'))
    elif harm == "link":
        (tmp_path / "elsewhere").write_bytes(data)
        file.symlink_to(tmp_path / "elsewhere")
    elif harm != "no file":
        file.write_bytes(data)
        edit(tmp_path, rehash=harm != "edited entry", newest=harm == "newest entry")
    plan = make(api).make_plan(UNDO)
    assert plan.steps == ()
    assert "not undone: run" in plan.blocked
    assert bindings(api) == {}


def edit(folder: Path, *, rehash: bool, newest: bool) -> None:
    """Put another subject into the intent; or, of a journal that ends with it, make its hash fit too."""
    lines = (folder / FILE).read_bytes().splitlines()
    entry = parse(lines[0])
    assert entry is not None
    body = json.loads(json.dumps(entry.body).replace('"aura"', '"mallory"'))
    changed = msgspec.structs.replace(entry, body=body)
    if rehash:
        changed = msgspec.structs.replace(changed, hash=digest(changed))
    lines = [canonical(changed), *([] if newest else lines[1:])]
    (folder / FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    if newest:
        write_head(folder, 1, entry.hash)


def test_undo_and_the_watchdog_act_only_on_the_cluster_of_the_entry(api: Api, make: Make) -> None:
    run(make(api), "revoke")
    other = Api()
    add_world(other, "uid-of-staging")
    del other.objects[paths.of_kind("ClusterRoleBinding", "", "one")]
    board = make(other)
    plan = board.make_plan(UNDO)
    assert plan.steps == ()
    assert "it was on another cluster (cluster UID uid-of-prod); this is cluster UID uid-of-staging" in plan.blocked
    known = board.memory()
    assert len(known) == 1
    assert not watch_of(known, known[0].outcome.started, board._place.why_not).bindings  # type: ignore[union-attr]
    here = make(api)
    assert len(watch_of(here.memory(), known[0].outcome.started, here._place.why_not).bindings) == 2  # type: ignore[union-attr]
    assert len(here.make_plan(UNDO).steps) == 2


def test_a_cluster_that_is_not_known_is_said_before_undo_is_confirmed(api: Api, make: Make) -> None:
    run(make(api), "revoke")
    del api.objects["/api/v1/namespaces/kube-system"]
    plan = make(api).make_plan(UNDO)
    assert len(plan.steps) == 2
    assert plan.warnings[0].startswith("WHICH CLUSTER: this cluster's UID is not known")


def test_undo_takes_back_what_was_done_to_this_optimizer(api: Api, make: Make) -> None:
    run(make(api), "revoke")
    plan = make(api, account="ops/other").make_plan(UNDO)
    assert plan.steps == ()
    assert "it was about the optimizer ops/aura, and this is about ops/other" in plan.blocked


def test_every_plan_names_its_cluster(api: Api, make: Make) -> None:
    plan = make(api).make_plan("revoke")
    assert plan.cluster == "uid-of-prod"
    assert "cluster UID uid-of-prod" in plan.where


@pytest.mark.parametrize("odd", [{"v": 7}, {"plan": 5}, {"plan": {"steps": [{}]}}, {"undo": {"kept": 3}}, {"undo": []}])
def test_one_odd_entry_is_told_and_the_others_are_undone(api: Api, make: Make, odd: dict[str, Any]) -> None:
    board = make(api)
    run(board, "revoke")
    (entry,) = [each for each in read_entries(board.journal.folder) if each.kind == "intent"]
    board.journal.append("intent", {**entry.body, "run": "0dd", **odd})
    board.journal.append("end", {"run": "0dd", "step": "x", "state": "no state"})
    again = make(api)
    assert len(again.make_plan(UNDO).steps) == 2
    assert any("entry" in words or "0dd" in words for words in again.memory.told)


def test_executions_are_ordered_by_number_and_not_by_the_clock(api: Api, make: Make) -> None:
    board = make(api)
    run(board, "revoke")
    run(board, UNDO)
    board.journal._clock.at -= 86_400  # type: ignore[attr-defined]
    run(make(api), "revoke")
    assert [each.plan.switch for each in make(api).memory()] == ["revoke", UNDO, "revoke"]
    assert len(make(api).make_plan(UNDO).steps) == 2


def test_a_disk_that_is_full_amid_a_plan_leaves_undo_whole(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = make(api)
    plan = board.make_plan("revoke")
    append = board.journal.append

    def full(kind: str, body: dict[str, Any], *masked: Any, **how: Any) -> Any:
        if kind != "intent":
            raise JournalError("the journal can't be written: No space left on device")
        return append(kind, body, *masked, **how)

    monkeypatch.setattr(board.journal, "append", full)
    outcome = board.execute(plan).result(timeout=30)
    assert any("could not be written" in note for note in outcome.notes)
    plan = make(api).make_plan(UNDO)
    assert len(plan.steps) + sum("can't be put back" in note for note in plan.notes) in {0, 2}
    assert len(board.make_plan(UNDO).steps) == 2  # the console that executed it knows all of it


def test_what_could_not_be_kept_is_named(api: Api, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = UndoStore.keep

    def full(self: UndoStore, run: str, plan: Plan, before: dict[str, bytes], step: str = "") -> Any:
        if step:
            raise JournalError("what undo needs can't be written: No space left on device")
        return keep(self, run, plan, {key: data for key, data in before.items() if "/one" in key})

    monkeypatch.setattr(UndoStore, "keep", full)
    monkeypatch.setattr("opsconsole.switches.engine.gate.LOOK_AHEAD", 5.0)
    board = make(api)
    gate = board._gate
    look = gate._look_ahead
    monkeypatch.setattr(gate, "_look_ahead", lambda plan, effects: _without_two(*look(plan, effects)))
    _, outcome = run(board, "revoke")
    assert any("undo will lack" in note for note in outcome.notes)
    plan = make(api).make_plan(UNDO)
    assert [step.target.name for step in plan.steps] == ["one"]
    assert any("ClusterRoleBinding two can't be put back" in note or "two" in note for note in plan.notes)


def _without_two(before: dict[str, bytes], missing: list[str]) -> tuple[dict[str, bytes], list[str]]:
    lost = [key for key in before if "two" in key]
    return {key: data for key, data in before.items() if key not in lost}, [*missing, *lost]


def test_an_answer_that_was_lost_is_settled_by_reading_again(api: Api, make: Make) -> None:
    def fault(method: str, path: str) -> str:
        return "lost" if method == "DELETE" and path.endswith("/one") else ""

    api.fault = fault
    _, outcome = run(make(api), "revoke")
    assert {step.state for step in outcome.steps} == {StepState.DONE}
    api.fault = lambda _method, _path: ""
    assert len(make(api).make_plan(UNDO).steps) == 2


def test_a_write_whose_fate_is_not_known_can_be_undone(api: Api, make: Make) -> None:
    """The write is done, its answer is lost, and so is every later answer about it until undo."""
    lost: set[str] = set()
    request = api.request

    def unreachable(method: str, path: str, **how: Any) -> bytes:
        if path in lost:
            raise TimedOut("no answer in time")
        if method == "DELETE" and path.endswith("/one"):
            lost.add(path)
            request(method, path, **how)
            raise TimedOut("no answer in time")
        return request(method, path, **how)

    api.request = unreachable  # type: ignore[method-assign]
    _, outcome = run(make(api), "revoke")
    assert [step.unsure for step in outcome.steps].count(True) == 1
    lost.clear()
    api.request = request  # type: ignore[method-assign]
    assert {step.target.name for step in make(api).make_plan(UNDO).steps} == {"one", "two"}


@pytest.mark.parametrize("unanswered", [2, 4], ids=["by the same request", "by the step's next try"])
def test_a_write_whose_fate_is_not_known_can_be_undone_though_a_later_try_was_refused(
    api: Api, make: Make, unanswered: int
) -> None:
    """The write is done, its answer and the look at it are lost, and the next try is denied: undo must know of it."""
    tries: list[str] = []
    request = api.request

    def flickering(method: str, path: str, **how: Any) -> bytes:
        if not path.endswith("/one") or (method != "DELETE" and not tries):
            return request(method, path, **how)
        tries.append(method)
        if len(tries) == 1:
            request(method, path, **how)
        if len(tries) <= unanswered:
            raise TimedOut("no answer in time")
        raise Denied("403: not any more", status=403)

    api.request = flickering  # type: ignore[method-assign]
    _, outcome = run(make(api), "revoke")
    assert [step.state for step in outcome.steps if step.unsure] == [StepState.FAILED]
    api.request = request  # type: ignore[method-assign]
    assert {step.target.name for step in make(api).make_plan(UNDO).steps} == {"one", "two"}


def test_a_state_folder_that_is_a_file_is_told_in_words_and_acted_on_if_that_is_chosen(
    api: Api, make: Make, tmp_path: Path
) -> None:
    board = make(api)
    plan = board.make_plan("revoke")
    (tmp_path / "undo").write_text("a file where the folder should be")
    with pytest.raises(JournalError, match="what undo needs can't be written"):
        board.execute(plan).result(timeout=30)
    assert len(bindings(api)) == 2
    board.execute(plan, without_journal=True).result(timeout=30)
    assert bindings(api) == {}
