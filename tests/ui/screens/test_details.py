"""What opens over the cockpit: pages, manifests, the damage view."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.console import InspectError
from opsconsole.decisions.entry import Entry
from opsconsole.decisions.reader import read_line
from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.governor.announced.announcements import Announcement, AnnouncementState
from opsconsole.records import (
    KIND_OF,
    Change,
    ChangeField,
    Container,
    Event,
    FieldValue,
    GpuDevice,
    Health,
    Kind,
    Pod,
    Ref,
    State,
)
from opsconsole.ui.details import damage, problems, subject
from opsconsole.ui.drawing.spans import plain
from tests.ui import aura
from tests.ui.inspecting import Inspector, console_with, look_at
from tests.ui.running import running, screen_text, shows, until


def page_text(record, look) -> str:
    return "\n".join(plain(line) for line in subject.page(record, look))


def test_a_pods_page_tells_state_limits_last_words_and_restarts():
    look = look_at(aura.console())
    text = page_text(aura.pods()[1], look)
    for word in ("OOMKilled", "exit code 137", "128Mi", "100m", "ReplicaSet/api-gateway-7f8d9b6c5", "BackOff x5"):
        assert word in text


def test_what_is_not_known_of_a_pod_is_a_question_mark():
    look = look_at(aura.console())
    pod = Pod("ns", "bare", partial=True, containers=(Container("c", last_reason="Error"),))
    text = page_text(pod, look)
    assert "Owner              ?" in text
    assert "UID                ?" in text
    assert "Error, exit code ?, ?" in text
    assert "only the server's table row" in text


def test_a_decisions_page_compares_with_what_is_there_now():
    look = look_at(aura.console())
    text = page_text(aura.decisions()[3], look)
    assert "1Gi → 64Mi" in text
    assert "-94 %" in text
    assert "-90 %" in text
    assert "counts for nothing" in text
    assert "CRITICAL: memory limit" in text


def test_a_decisions_page_tells_its_meaning_in_rows():
    look = look_at(aura.console())
    pods = tuple(Ref("Pod", "shop", f"web-{number}") for number in range(25))
    decision = msgspec.structs.replace(
        aura.decisions()[0],
        verb="evict",
        mood="dry-run",
        target=pods[0],
        targets=pods,
        count=25,
        attributes={"reason": "pressure"},
        fields=(FieldValue("replicas", "1", 1.0, before="3", before_number=3.0),),
        optimizer="night shift",
        source="sizer-1/app",
    )
    text = page_text(decision, look)
    assert "Verb               evict" in text
    assert "Mood               dry-run" in text
    assert "Targets            Pod/web-0 -n shop" in text
    assert "Pod/web-19 -n shop" in text
    assert "and 5 more" in text
    assert "Count              25" in text
    assert "From               night shift sizer-1/app" in text
    assert "reason             pressure" in text
    assert "3 → 1" in text


def test_a_decision_on_an_unknown_target_says_that_now_is_unknown():
    look = look_at(aura.console())
    decision = aura.decisions()[3]
    fields = {name: getattr(decision, name) for name in decision.__struct_fields__}
    stranger = type(decision)(**fields | {"target": Ref("Deployment", "nowhere", "nobody")})
    text = page_text(stranger, look)
    assert "what it is now is unknown" in text
    assert "? → 64Mi" in text


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ("NaN at patch.spec.replicas", "Invalid values"),
        ("-Infinity at replicas", "Invalid values"),
        ("null at patch.spec", "Invalid values"),
        ("spec.replicas is given more than once", "Invalid values"),
        ("appears inactive", "Its claims"),
        ("returned no data", "Its input has no data"),
        ("is empty", "Its input has no data"),
        ("returned NaN", "Its input is not a number"),
        ("failed: 409 Conflict", "Errors that it reports"),
        ("more than 64 fields; the rest is in the document", "List cut short"),
        ("smells of fish", "Notes of the log reader"),
    ],
)
def test_a_problem_is_called_what_it_is(problem, kind):
    assert problems.kind_of(problem)[0].startswith(kind)


def test_what_the_parsers_say_is_known_by_its_kind():
    """Whatever words they find one day, none of the night's must fall to the last of the kinds."""
    for text in (
        "Target service 'api' appears inactive. Reallocating resources.",
        "Metric 'request_count{service=\"api\"}' returned no data.",
        "Failed to patch deployment 'auth-service': 409 Conflict",
    ):
        told = read_line(Entry(source="log", text=text, received=0.0))
        assert told is not None
        assert told.problems
        assert all(problems.kind_of(each)[0] != problems._OTHER for each in told.problems)


def test_problems_of_one_kind_stand_under_one_heading():
    decision = msgspec.structs.replace(aura.decisions()[0], problems=("NaN at a", "returned no data", "NaN at b"))
    rows = [plain(row) for row in problems.section(decision)]
    assert sum(row.startswith(" Invalid values") for row in rows) == 1
    assert rows.index("   NaN at b") == rows.index("   NaN at a") + 1


class Judging:
    """A governor that has seen one decision come true."""

    findings = ()

    def __init__(self, deed: Announcement, change: Change) -> None:
        self._deed, self._change = deed, change

    def owner(self, pod):
        return None

    def deed(self, key):
        return self._deed

    def change(self, key):
        return self._change

    def working_set(self, about, container):
        return 600.0 * (1 << 20)


def test_a_decision_that_came_true_is_told_against_what_was_there_before_it():
    decision = aura.decisions()[3]
    about = Ref("Deployment", "production", "auth-service")
    path = "containers[auth-container].resources.limits.memory"
    announced = (ChangeField(path, "4Gi", "64Mi", 4.0 * (1 << 30), 64.0 * (1 << 20)),)
    deed = Announcement(decision.key, decision.at, decision.at, about, announced, AnnouncementState.DONE, change="c1")
    change = Change("c1", decision.at + 3, about, announced, manager="aura", by_optimizer=True, decision=decision.key)
    look = look_at(aura.console())._replace(governor=Judging(deed, change))
    text = page_text(decision, look)
    assert "Outcome            done, 3 s later, by aura" in text
    assert "4Gi → 64Mi    -98 %; now 1Gi; used 600Mi in the last hour: WILL BE OOM-KILLED" in text
    assert "Write seen at 03:14:24 UTC by aura: Deployment/auth-service -n production" in text


def test_what_was_unknown_when_it_was_said_stays_unknown():
    decision = aura.decisions()[3]
    announced = (ChangeField("replicas", "", "0", None, 0.0),)
    deed = Announcement(decision.key, decision.at, decision.at, None, announced, AnnouncementState.NOT_SEEN)
    look = look_at(aura.console())._replace(governor=Judging(deed, None))
    text = page_text(decision, look)
    assert "replicas          ? → 0" in text
    assert "Outcome            no write seen" in text
    assert "What was written" not in text


def test_a_target_without_namespace_is_found_if_only_one_fits():
    from opsconsole.ui.details.decision import find_target

    store = look_at(aura.console()).store
    assert find_target(Ref("", "", "auth-service"), store).key == "Deployment/production/auth-service"
    assert find_target(Ref("", "", "nobody"), store) is None
    assert find_target(Ref("Node", "", "node-1"), store).name == "node-1"
    assert find_target(None, store) is None


def test_a_process_page_says_why_clean_up_may_or_may_not():
    look = look_at(aura.console())
    zombie, alive, protected = aura.gpu_processes()
    assert "CANDIDATE: clean-up may end it" in page_text(zombie, look)
    assert "NOT a candidate" in page_text(alive, look)
    assert "PROTECTED: never killed" in page_text(protected, look)
    assert "GPU memory         ? (?)" in page_text(protected, look)


def test_a_device_that_says_nothing_is_unknown_not_empty():
    look = look_at(aura.console())
    text = page_text(GpuDevice("GPU-x", 7), look)
    assert "? of ? (?)" in text
    assert "Throttled          ?" in text
    assert "Temperature        ?" in text


def test_every_record_that_can_be_opened_has_a_page_a_title_and_knows_its_object():
    core = aura.console()
    look = look_at(core)
    for records in aura.records().values():
        for record in records:
            if type(record) in KIND_OF:
                assert page_text(record, look)
                assert subject.title(record)
                assert subject.newest(record, core.store) == record
                subject.object_of(record, core.store)
                subject.pod_of(record, core.store)


def test_the_object_of_an_event_and_of_a_decision():
    store = look_at(aura.console()).store
    assert subject.object_of(aura.events()[0], store).name == "api-gateway-7f8d9b6c5-5k9l2"
    assert subject.object_of(aura.decisions()[3], store).uid == "uid-auth"
    assert subject.pod_of(aura.decisions()[0], store).name == "aura-optimizer-v2-rt45g"
    assert subject.object_of(aura.gpus()[0], store) is None


async def test_enter_opens_and_esc_goes_back_everywhere():
    async with running(console_with(Inspector())) as pilot:
        await shows(pilot, "OOMKilled")
        for pane in ("pods", "decisions", "events", "gpu"):
            assert pilot.app.cockpit.pane.spec.name == pane
            for key in ("enter", "l", "p", "y", "d", "question_mark"):
                await pilot.press(key)
            for _ in range(4):
                if pilot.app.screen is not pilot.app.cockpit:
                    await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is pilot.app.cockpit)
            await pilot.press("tab")


async def test_a_page_is_live_and_says_when_its_record_is_gone():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(console_with(Inspector(), feed)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("j", "enter")
        await shows(pilot, "exit code 137")
        feed.drop(Kind.POD, "production/api-gateway-7f8d9b6c5-5k9l2")
        await shows(pilot, "GONE")
        assert "exit code 137" in screen_text(pilot.app)


async def test_yaml_is_read_on_a_thread_of_its_own_and_can_be_searched():
    inspector = Inspector()
    async with running(console_with(inspector)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("j", "y")
        await shows(pilot, "name: api-gateway-7f8d9b6c5-5k9l2")
        assert all(name.startswith("read ") for name in inspector.threads)
        await pilot.press("slash", *"labels", "enter")
        await shows(pilot, "/labels")
        assert pilot.app.screen.buffer.match == 3
        await pilot.press("slash", *"nowhere", "enter")
        await shows(pilot, "not found")


async def test_an_error_of_the_inspector_is_shown_as_words():
    inspector = Inspector(
        InspectError("403: you may not get pods/log in production: ask for the role in examples/rbac")
    )
    async with running(console_with(inspector)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("y")
        await shows(pilot, "NOT READ")
        await shows(pilot, "you may not get pods/log")
        await pilot.press("escape", "l")
        await shows(pilot, "you may not get pods/log")


async def test_an_error_that_nobody_foresaw_is_words_too():
    async with running(console_with(Inspector(RuntimeError("boom")))) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("y")
        await shows(pilot, "this could not be read: RuntimeError: boom")


async def test_an_event_opens_with_its_whole_message_and_its_pod():
    async with running() as pilot:
        await shows(pilot, "FailedScheduling")
        await pilot.press("tab", "tab", "enter")
        await shows(pilot, "1 Insufficient memory")
        await shows(pilot, "as it is now")


def damage_row(**more) -> Damage:
    given = {"about": Ref("Deployment", "production", "auth-service"), "path": "replicas", "before": "3", "now": "0",
             "before_number": 3.0, "now_number": 0.0, "standing": DamageState.DAMAGED, "certain": True,
             "first_at": aura.NOW - 60, "last_at": aura.NOW - 30, "writes": 4, "now_by": "aura"}  # fmt: skip
    return Damage(**given | more)


def test_the_damage_is_told_by_object_with_what_is_open_first():
    look = look_at(aura.console())
    rows = [
        damage_row(path="image", before="a", now="a", before_number=None, now_number=None,
                   standing=DamageState.RESTORED),
        damage_row(),
        damage_row(about=Ref("Node", "", "node-1"), path="taints", before="", now="x:NoSchedule", before_number=None,
                   now_number=None, certain=False),
    ]  # fmt: skip
    lines = [plain(line) for line in damage.page(rows, look)]
    text = "\n".join(lines)
    assert "2 fields of 2 objects not as before; 1 restored" in text
    assert "3 → 0" in text
    assert "DAMAGED -100 %; 4 writes, last 30s ago by aura" in text
    assert "the writer can't be told for certain" in text
    assert text.index("replicas") < text.index("image")


def test_the_way_back_is_named_while_there_is_something_to_put_back_and_a_key_for_it():
    look, fine = look_at(aura.console()), damage_row(standing=DamageState.RESTORED)
    assert "R puts them back" in plain(damage.page([damage_row()], look, restorable=True)[0])
    assert "puts them back" not in plain(damage.page([damage_row()], look)[0])
    assert "puts them back" not in plain(damage.page([fine], look, restorable=True)[0])


def test_what_only_the_log_tells_and_what_may_be_its_own_doing_is_said():
    rows = [damage_row(certain=False, announced="64Mi"), damage_row(path="replicas", doubtful=True)]
    page = "\n".join(plain(line) for line in damage.page(rows, look_at(aura.console())))
    assert "from its log, not seen" in page
    assert "BEFORE may be the optimizer's own value" in page


def test_no_damage_is_said_calmly():
    assert "No change by the optimizer was seen" in plain(damage.page([], look_at(aura.console()))[0])


async def test_the_damage_view_is_live_and_the_budget_is_in_the_header():
    class Budget:
        limit, memory_share, cpu_share, share, share_with_unsure, crossed = 0.05, 0.073, 0.02, 0.073, 0.073, True
        minutes = 60

    class Governor:
        budget = Budget()
        rows = (damage_row(),)

        def damage(self):
            return self.rows

        def owner(self, pod):
            return None

        def deed(self, key):
            return None

    core = aura.console()
    core.governor = Governor()
    async with running(core) as pilot:
        await shows(pilot, "BUDGET CROSSED mem 7.3 % cpu 2.0 % of 5 %/h")
        await pilot.press("D")
        await shows(pilot, "DAMAGED -100 %")
        await pilot.press("escape")
        await shows(pilot, "Pods 6")


async def test_without_a_governor_the_damage_view_says_why_there_is_none():
    async with running() as pilot:
        await pilot.press("D")
        await shows(pilot, "the governor is off")


def test_an_event_on_a_pod_that_is_gone_says_so():
    look = look_at(aura.console(aura.MemoryFeed({Kind.POD: aura.pods()}, [Health("pods", State.LIVE, 0)])))
    event = Event("e", "ns", "Warning", "Killing", "bye", Ref("Pod", "ns", "gone"))
    assert "not there any more" in page_text(event, look)
