"""The feed: what the pane sees while NVML works, fails, comes and goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.feed import GpuFeed, observe_host
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.nvml.snapshot import DeviceReading, Snapshot
from opsconsole.gpu.pods import PodView
from opsconsole.records import GpuDevice, GpuProcess, Health, State
from opsconsole.settings import GpuSettings, OptimizerSettings, Settings, SettingsError
from opsconsole.store import Store
from tests.gpu.children import Children
from tests.gpu.looking.test_observe import FixedProbe, FixedReader, held, observer
from tests.gpu.worlds import UID, facts, pod
from tests.nvml.world import MIB, NvmlWorld
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

CARD = DeviceReading(index=0, uuid="GPU-0", memory_total=1000, memory_used=10)


class Pane:
    """What a screen would hold."""

    def __init__(self, feed: GpuFeed) -> None:
        self.feed, self.inbox, self.store = feed, Inbox(), Store()
        feed.start(self.inbox)

    def pump(self) -> Store:
        self.store.apply(self.inbox.drain())
        return self.store

    def wait(self, condition: Callable[[Store], object]) -> None:
        eventually(lambda: condition(self.pump()), f"health {self.store.health}")

    @property
    def health(self) -> Health:
        return self.store.health["gpu"]


@pytest.fixture
def panes() -> Iterator[Callable[[GpuFeed], Pane]]:
    made: list[Pane] = []

    def make(feed: GpuFeed) -> Pane:
        made.append(Pane(feed))
        return made[-1]

    yield make
    for pane in made:
        pane.feed.stop()


Panes = Callable[[GpuFeed], Pane]


def test_devices_and_processes_arrive_and_go(panes: Panes) -> None:
    probe = FixedProbe(Snapshot(devices=(CARD,), processes=(held(4711), held(9))))
    pane = panes(GpuFeed(observer(probe, FixedReader(facts()), [pod(UID)]), ManualClock(), 0.01))
    pane.wait(lambda store: len(store.gpu_processes) == 2 and store.health["gpu"].state is State.LIVE)
    assert list(pane.store.gpus) == ["GPU-0"]
    probe.found = Snapshot(devices=(CARD,), processes=(held(9),))
    pane.wait(lambda store: list(store.gpu_processes) == ["GPU-0/9"])


def test_no_gpu_is_a_calm_and_complete_state(panes: Panes) -> None:
    probe = FixedProbe(Snapshot(devices=(CARD,), processes=(held(9),)))
    pane = panes(GpuFeed(observer(probe, FixedReader()), ManualClock(), 0.01))
    pane.wait(lambda store: store.gpus and store.gpu_processes)
    probe.error = ProbeError(State.ABSENT, "no GPU on this host: no driver")
    pane.wait(lambda store: store.health["gpu"].state is State.ABSENT)
    assert pane.health.detail == "no GPU on this host: no driver"
    pane.wait(lambda store: not store.gpus and not store.gpu_processes)


def test_old_rows_stay_when_nvml_fails(panes: Panes) -> None:
    clock = ManualClock()

    class Failing(FixedProbe):
        """Fails forty seconds later: on the feed's own thread, so that no look before it is at that time."""

        def snapshot(self) -> Snapshot:
            if self.error:
                clock.at = later
            return super().snapshot()

    later, probe = clock.at + 40, Failing(Snapshot(devices=(CARD,), processes=(held(9),)))
    pane = panes(GpuFeed(observer(probe, FixedReader()), clock, 0.01))
    pane.wait(lambda store: store.gpu_processes and store.health["gpu"].state is State.LIVE)
    seen = pane.health.seen
    probe.error = ProbeError(State.DOWN, "NVML did not answer in 5 s")
    pane.wait(lambda store: store.health["gpu"].state is State.STALE)
    assert (pane.health.seen, pane.health.detail) == (seen, "NVML did not answer in 5 s")
    assert pane.health.since == clock.now()
    assert list(pane.store.gpus) == ["GPU-0"]
    assert list(pane.store.gpu_processes) == ["GPU-0/9"]
    probe.error = None
    pane.wait(lambda store: store.health["gpu"].state is State.LIVE)


@pytest.mark.parametrize("state", [State.DOWN, State.DENIED])
def test_a_failure_from_the_start_is_told_as_it_is(panes: Panes, state: State) -> None:
    probe = FixedProbe()
    probe.error = ProbeError(state, "why")
    pane = panes(GpuFeed(observer(probe, FixedReader()), ManualClock(), 0.01))
    pane.wait(lambda store: "gpu" in store.health and store.health["gpu"].state is state)
    assert pane.health.seen is None


def test_stopping_closes_the_probe_and_says_nothing_more(panes: Panes) -> None:
    probe = FixedProbe(Snapshot(devices=(CARD,)))
    pane = panes(GpuFeed(observer(probe, FixedReader()), ManualClock(), 600.0))
    pane.wait(lambda store: store.gpus)
    pane.feed.stop()
    eventually(lambda: probe.closed, "the probe's end")


def test_a_killed_optimizers_pods_are_judged_anew_at_once(panes: Panes) -> None:
    probe = FixedProbe(Snapshot(devices=(CARD,), processes=(held(4711),)))
    feed = GpuFeed(observer(probe, FixedReader(facts())), ManualClock(), 600.0)
    pane = panes(feed)
    pane.wait(lambda store: store.gpu_processes)
    assert not pane.store.gpu_processes["GPU-0/4711"].candidate
    feed.optimizer_killed([UID])
    pane.wait(lambda store: store.gpu_processes["GPU-0/4711"].candidate)
    assert feed.judge(facts()).candidate
    assert feed.reader.read(4711) == facts()


def test_a_look_in_between_brings_the_pane_up_to_date(panes: Panes) -> None:
    probe = FixedProbe(Snapshot(devices=(CARD,)))
    feed = GpuFeed(observer(probe, FixedReader()), ManualClock(), 600.0)
    pane = panes(feed)
    pane.wait(lambda store: store.gpus)
    probe.found = Snapshot(devices=(msgspec.structs.replace(CARD, memory_used=900),))
    assert feed.look().devices[0].memory_used == 900
    pane.wait(lambda store: store.gpus["GPU-0"].memory_used == 900)


def test_this_host_behind_a_real_nvml(
    nvml: NvmlWorld, children: Children, panes: Panes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsconsole.gpu.host.processes._in_first_namespace", lambda _root: True)
    uuid = nvml.device(0)
    pid = children.orphan("aura-optimizer")
    nvml.process(pid, 2048 * MIB)
    settings = Settings(gpu=GpuSettings(interval=0.05), optimizer=OptimizerSettings(processes=(r"aura-optimizer",)))
    clock = SystemClock()
    observer = observe_host(settings, clock, lambda _: PodView(complete=True, why=""))
    feed = GpuFeed(observer, clock, settings.gpu.interval)
    pane = panes(feed)
    pane.wait(lambda store: store.gpu_processes)
    one: GpuProcess = pane.store.gpu_processes[f"{uuid}/{pid}"]
    card: GpuDevice = pane.store.gpus[uuid]
    assert (one.candidate, one.memory, one.command) == (True, 2048 * MIB, "aura-optimizer 600")
    assert card.memory_used == 2560 * MIB
    os.kill(pid, 9)
    pane.wait(lambda store: not store.gpu_processes and store.gpus[uuid].memory_used == 512 * MIB)


@pytest.mark.parametrize(("pattern", "words"), [("aura(", "not a regular expression"), ("", "every"), ("a*", "every")])
def test_a_pattern_that_cannot_be_right_is_a_settings_error(pattern: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        observe_host(Settings(optimizer=OptimizerSettings(processes=(pattern,))), SystemClock())
    assert "optimizer.processes" in str(caught.value)


def test_the_feed_imports_neither_pynvml_nor_a_screen() -> None:
    code = (
        "import sys, opsconsole.gpu.feed\n"
        "assert not {'pynvml', 'psutil', 'textual', 'kubernetes', 'structlog'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
