"""The object graph: what is built, what is not, and that a part that fails leaves the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from opsconsole.composition import EVERYTHING, build_console
from opsconsole.console import Console
from opsconsole.records import State
from opsconsole.settings import Settings
from opsconsole.settings.sources import load
from tests.support.waiting import DEADLINE


def settings(folder: Path, **flags: object) -> Settings:
    return load(None, {"cluster.kubeconfig": "/nonexistent", "journal.folder": str(folder), **flags}, {})


def running(console: Console, until: Callable[[Console], bool]) -> Console:
    woken = threading.Event()
    console.on_wake(woken.set)
    console.start()
    deadline = time.monotonic() + DEADLINE
    while not until(console) and time.monotonic() < deadline:
        woken.wait(0.1)
        woken.clear()
        console.pump()
    console.stop()
    assert until(console), console.store.health
    return console


def test_a_read_only_console_has_no_switches(tmp_path: Path) -> None:
    console = build_console(settings(tmp_path, read_only=True))
    running(console, lambda c: {"gpu", "metrics", "plugins"} <= c.store.health.keys())
    assert console.switchboard is None


def test_every_feed_says_why_it_is_down_without_a_kubeconfig(tmp_path: Path) -> None:
    names = {"pods", "events", "nodes", "identity"}

    def said(console: Console) -> bool:
        found = console.store.health
        return names <= found.keys() and found["pods"].state is State.DOWN and console.switchboard is not None

    console = running(build_console(settings(tmp_path)), said)
    pods = console.store.health["pods"]
    assert "no kubeconfig" in pods.detail


def test_a_part_that_cannot_be_built_is_named_and_the_others_run(tmp_path: Path) -> None:
    console = build_console(settings(tmp_path, **{"optimizer.processes": ["("]}))
    expected = {"gpu": State.DOWN, "plugins": State.LIVE}
    running(console, lambda c: all(n in c.store.health and c.store.health[n].state is s for n, s in expected.items()))
    assert "can't be set up" in console.store.health["gpu"].detail


def test_a_command_builds_only_the_part_that_it_prints(tmp_path: Path) -> None:
    console = running(build_console(settings(tmp_path), only={"gpu"}), lambda c: "gpu" in c.store.health)
    assert set(console.store.health) == {"gpu"}


@pytest.mark.parametrize("optimizer", ["", "ops/aura"])
def test_who_writes_is_not_read_before_somebody_looks(tmp_path: Path, optimizer: str) -> None:
    """It is a second list of every object: 60 MB of 140 at 10,000 pods, for a pane that is not open."""
    flags = {"optimizer.name": optimizer} if optimizer else {}
    console = build_console(settings(tmp_path, **flags))
    running(
        console, lambda c: {"identity", "metrics", "plugins"} <= c.store.health.keys() and c.switchboard is not None
    )
    assert "writers" not in console.store.health


def test_plugins_that_fail_to_load_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    (folder / "broken.py").write_text("raise RuntimeError('boom')\n")
    flags = {"plugins.folders": [str(folder)]}

    def is_down(console: Console) -> bool:
        health = console.store.health.get("plugins")
        return health is not None and health.state is State.DOWN

    console = running(build_console(settings(tmp_path, **flags)), is_down)
    assert "boom" in console.store.health["plugins"].detail


@pytest.mark.parametrize("part", sorted(EVERYTHING))
def test_nothing_is_imported_before_the_start(part: str) -> None:
    assert build_console(Settings(), only={part}).store.health == {}
