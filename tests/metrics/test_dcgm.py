"""GPUs from a real Prometheus: devices with their memory, unknown where nothing is told, and no processes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.metrics.dcgm import MIB, NO_PROCESSES, DcgmFeed, devices
from opsconsole.records import Health, State
from opsconsole.settings import MetricsSettings
from opsconsole.store import Store
from opsconsole.switches.gpu import switch
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Told(NamedTuple):
    labels: dict[str, str]
    value: float
    at: float = 0.0


class GpuPane:
    """A running feed and what the screen would have of it."""

    def __init__(self, url: str) -> None:
        self.inbox, self.store = Inbox(), Store()
        self.feed = DcgmFeed(MetricsSettings(url=url, timeout=60.0), SystemClock())
        self.feed.start(self.inbox)

    def health(self) -> Health | None:
        self.store.apply(self.inbox.drain())
        word = self.store.health.get("gpu")
        return word if word is not None and word.state is not State.STARTING else None


@pytest.fixture
def panes() -> Iterator[list[GpuPane]]:
    made: list[GpuPane] = []
    yield made
    for pane in made:
        pane.feed.stop()


def test_a_real_prometheus_tells_of_devices_and_it_is_said_that_there_are_no_processes(
    prometheus_url: str, panes: list[GpuPane]
) -> None:
    panes.append(GpuPane(prometheus_url))
    health = eventually(panes[0].health)
    assert (health.state, health.detail) == (State.LIVE, NO_PROCESSES)
    (device,) = panes[0].store.gpus.values()
    assert (device.key, device.node, device.index, device.name) == ("gpu-7/GPU-aa", "gpu-7", 1, "NVIDIA A100")
    assert (device.memory_used, device.memory_total) == (30_000 * MIB, 40_960 * MIB)
    assert (device.temperature, device.utilization) == (61, None)
    assert device.error == "last Xid error 79"
    assert not panes[0].store.gpu_processes


def test_a_prometheus_that_is_gone_is_down_in_words(panes: list[GpuPane]) -> None:
    panes.append(GpuPane("http://127.0.0.1:9"))
    assert eventually(panes[0].health).state is State.DOWN


def test_without_an_address_it_is_absent_and_says_which_setting(panes: list[GpuPane]) -> None:
    panes.append(GpuPane(""))
    health = eventually(panes[0].health)
    assert (health.state, "metrics.url" in health.detail) == (State.ABSENT, True)


def test_numbers_that_are_none_are_unknown_and_hostile_labels_are_clean() -> None:
    labels = {"gpu": "9" * 99, "UUID": "GPU\x1b[2J", "Hostname": "n\u202e"}
    answers = {
        "FB_USED": [Told(labels, math.nan)],
        "FB_FREE": [Told(labels, math.inf)],
        "GPU_UTIL": [Told(labels, -1.0)],
    }
    (device,) = devices(answers)
    assert (device.memory_used, device.memory_total, device.utilization, device.index) == (None, None, None, 0)
    assert "\x1b" not in device.key
    assert "\u202e" not in device.key


def test_a_mig_device_is_not_counted_beside_its_gpu() -> None:
    whole = {"gpu": "0", "UUID": "GPU-a", "Hostname": "n"}
    found = devices({"FB_USED": [Told(whole, 10.0), Told(whole | {"GPU_I_ID": "3"}, 5.0)]})
    assert [device.memory_used for device in found] == [10 * MIB]


def mig(instance: str) -> dict[str, str]:
    return {"gpu": "0", "UUID": "GPU-a", "Hostname": "n", "modelName": "A100", "GPU_I_ID": instance}


def test_a_gpu_of_which_only_mig_devices_are_told_is_shown_by_them() -> None:
    told = [Told(mig("7") | {"GPU_I_PROFILE": "1g.5gb"}, 10.0), Told(mig("8"), 5.0)]
    first, second = devices({"FB_USED": told})
    assert (first.key, first.mig_parent, first.name) == ("n/GPU-a/mig-7", "GPU-a", "A100 MIG 1g.5gb")
    assert (first.memory_used, second.memory_used) == (10 * MIB, 5 * MIB)
    assert (second.key, second.name) == ("n/GPU-a/mig-8", "A100 MIG")


def test_a_whole_gpu_that_does_not_tell_its_memory_hides_no_mig_device() -> None:
    whole = {name: text for name, text in mig("").items() if text}
    found = devices({"FB_USED": [Told(mig("7"), 10.0)], "GPU_TEMP": [Told(whole, 61.0)]})
    assert [(one.mig_parent, one.memory_used, one.temperature) for one in found] == [
        ("", None, 61),
        ("GPU-a", 10 * MIB, None),
    ]


class MigPrometheus:
    """Knows MIG devices alone."""

    def query(self, query: str) -> list[Told]:
        return [Told(mig("7"), 1.0)] if query.endswith("FB_USED") else []

    def close(self) -> None:
        return


def test_where_only_mig_devices_are_told_nobody_says_that_there_is_no_gpu() -> None:
    inbox, store = Inbox(), Store()
    feed = DcgmFeed(MetricsSettings(url="http://x", timeout=1.0), SystemClock(), lambda _: MigPrometheus())
    feed.start(inbox)

    def live() -> bool:
        store.apply(inbox.drain())
        return "gpu" in store.health and store.health["gpu"].state is State.LIVE

    try:
        eventually(live)
        assert set(store.gpus) == {"n/GPU-a/mig-7"}
    finally:
        feed.stop()


def test_the_switch_says_that_it_cannot_see_processes_and_never_that_there_is_nothing_to_do() -> None:
    blind = switch.GpuSwitch(None, [], 10.0, ManualClock(), blind=switch.NO_PROCESSES)
    plan = blind.plan(blind.gather())
    assert "no processes" in plan.blocked
    assert not plan.nothing
