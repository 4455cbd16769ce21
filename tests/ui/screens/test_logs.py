"""Logs: followed, held, the previous one, floods; bounded in memory, closed at the end."""

from __future__ import annotations

from opsconsole.records import Container, GpuProcess, Pod
from opsconsole.ui.details import subject
from opsconsole.ui.drawing.spans import plain
from opsconsole.ui.screens.pages.logs import likeliest
from opsconsole.ui.terminal import background
from opsconsole.ui.terminal.background import LogReader
from opsconsole.ui.text.buffer import KEPT
from tests.support.waiting import eventually
from tests.ui import aura
from tests.ui.inspecting import Inspector, Stream, console_with, look_at
from tests.ui.running import running, screen_text, shows, until


async def test_without_a_cluster_yaml_and_logs_say_so():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("y")
        await shows(pilot, "there is no cluster to read it from")
        await pilot.press("l")
        await shows(pilot, "there is no cluster to read it from")


async def test_a_log_follows_stays_put_when_asked_and_is_closed_at_the_end():
    inspector = Inspector()
    async with running(console_with(inspector)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("j", "l")
        await shows(pilot, "gateway line 99")
        inspector.streams[0].write("ERROR something new")
        await shows(pilot, "ERROR something new")
        await pilot.press("f", "g")
        await shows(pilot, "gateway line 0")
        inspector.streams[0].write("another")
        await until(pilot, lambda: len(pilot.app.screen.buffer.lines) == 102)
        assert "another" not in screen_text(pilot.app)
        await pilot.press("G")
        await shows(pilot, "another")
        await pilot.press("escape")
        await until(pilot, lambda: inspector.streams[0].closed)
        assert inspector.asked == [("logs", "api-gateway-7f8d9b6c5-5k9l2", "gateway", False, True)]


async def test_the_previous_log_is_read_to_its_end_and_said_to_be_the_previous():
    inspector = Inspector()
    async with running(console_with(inspector)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("j", "p")
        await shows(pilot, "Previous log production/api-gateway-7f8d9b6c5-5k9l2 gateway")
        await shows(pilot, "ended")
        assert inspector.asked[0][3:] == (True, False)


async def test_the_end_of_a_log_is_said_once_however_often_it_is_looked_at():
    async with running(console_with(Inspector())) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("j", "p")
        await shows(pilot, "end of the log")
        pilot.app.screen._take()
        await pilot.pause()
        assert screen_text(pilot.app).count("end of the log") == 1


async def test_the_next_container_is_a_key_away():
    inspector = Inspector()
    async with running(console_with(inspector)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("l")
        await shows(pilot, "optimizer (1 of 2)")
        await shows(pilot, "optimizer line 99")
        await pilot.press("c")
        await shows(pilot, "log-shipper (2 of 2)")
        await shows(pilot, "log-shipper line 99")
        await until(pilot, lambda: inspector.streams[0].closed)


async def test_a_log_that_floods_costs_bounded_memory_and_says_what_it_left_out():
    class Flood(Inspector):
        def logs(self, pod, container, *, previous, follow, tail):
            self.streams.append(Stream([f"line {n}" for n in range(60_000)], ends=True))
            return self.streams[-1]

    async with running(console_with(Flood())) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("l")
        await shows(pilot, "end of the log")
        buffer = pilot.app.screen.buffer
        assert len(buffer.lines) <= KEPT
        text = "\n".join(plain(line) for line in buffer.lines)
        assert "line 59999" in text
        assert buffer.dropped or "came too fast to be shown" in text


def test_long_lines_that_wait_for_the_screen_are_bounded_in_characters(monkeypatch):
    monkeypatch.setattr(background, "WAITING_CHARACTERS", 1_000)
    reader = LogReader("x", lambda: Stream([f"{n:0>100}" for n in range(50)], ends=True), lambda: None)
    eventually(lambda: reader._ended)
    came = reader.take()
    assert [int(each) for each in came.lines] == list(range(40, 50))
    assert (came.skipped, came.ended) == (40, "end of the log")


def test_one_line_that_is_longer_than_all_may_be_is_still_shown(monkeypatch):
    monkeypatch.setattr(background, "WAITING_CHARACTERS", 10)
    reader = LogReader("x", lambda: Stream(["short", "y" * 100], ends=True), lambda: None)
    eventually(lambda: reader._ended)
    assert reader.take().lines == ["y" * 100]


def test_the_container_in_trouble_is_the_one_whose_log_is_wanted():
    init = Container("init", init=True, ready=True)
    fine = Container("app", ready=True, state="running")
    broken = Container("proxy", restarts=9, state="waiting")
    assert likeliest(Pod("n", "p", containers=(init, fine)), previous=False) == "app"
    assert likeliest(Pod("n", "p", containers=(init, Container("app"), broken)), previous=True) == "proxy"
    assert likeliest(Pod("n", "p"), previous=False) == ""


def test_a_process_of_a_pod_leads_to_its_log():
    store = look_at(aura.console()).store
    process: GpuProcess = aura.gpu_processes()[1]
    assert subject.pod_of(process, store).name == "vector-proxy-9a8b7c6d5-q1w2e"
    assert subject.object_of(process, store).kind == "Pod"
