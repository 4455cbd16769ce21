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
        self.feed = DcgmFeed(MetricsSettings(url=url, timeout=10.0), SystemClock())
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


def test_the_switch_says_that_it_cannot_see_processes_and_never_that_there_is_nothing_to_do() -> None:
    blind = switch.GpuSwitch(None, [], 10.0, ManualClock(), blind=switch.NO_PROCESSES)
    plan = blind.plan(blind.gather())
    assert "no processes" in plan.blocked
    assert not plan.nothing
