"""The rehearsal's server keeps no more after a day than after an hour, whatever the story does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rehearsal.server.authorization.access import Tokens
from rehearsal.server.objects.resources import RESOURCES
from rehearsal.server.objects.storage import HISTORY, SNAPSHOTS
from rehearsal.world import events
from rehearsal.world.events import Recorder
from rehearsal.world.metrics.series import RETENTION, Database
from scripts.soak import Weighing, grown
from tests.rehearsal.builders import Stage

PODS = next(resource for resource in RESOURCES if resource.plural == "pods")


def test_writes_and_snapshots_are_kept_for_a_while_only(stage: Stage) -> None:
    storage = stage.core.storage
    for number in range(HISTORY + 500):
        storage.put(PODS, {"metadata": {"namespace": "a", "name": f"p{number % 7}"}})
        storage.page([{}, {}], 1)
    assert len(storage._history) == HISTORY
    assert len(storage._snapshots) <= SNAPSHOTS


def test_series_of_pods_that_are_long_gone_go_too() -> None:
    database = Database()
    for number in range(100):
        database.write("memory", {"pod": f"p{number}"}, number * 100.0, 1.0)
    database.forget(100 * 100.0)
    assert len(list(database.everything())) == RETENTION / 100
    assert {one.labels["pod"] for one in database.named("memory")} >= {"p99"}


def test_a_recorder_remembers_the_newest_events_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "REMEMBERED", 10)
    recorder = Recorder(stage.core, "kubelet")
    node = stage.human.all("Node")[0]
    for number in range(30):
        recorder.normal(node, "Pulled", f"image {number}")
        recorder.normal(node, "Ready", "the same again and again")
    assert len(recorder._known) == 10
    counts = [event["count"] for event in stage.human.all("Event") if event["reason"] == "Ready"]
    assert counts == [30]


def test_tokens_of_pods_that_are_gone_are_dropped(stage: Stage) -> None:
    tokens = Tokens(stage.core.storage)
    for number in range(50):
        tokens.add_account(f"token {number}", "ops", "aura", (f"p{number}", "a uid that no pod has"))
    assert len(tokens._accounts) == 1


@pytest.mark.parametrize(("after", "words"), [(500.0, "the server grew from 100 to 500 MiB"), (110.0, "")])
def test_a_growing_process_fails_the_soak(after: float, words: str) -> None:
    weighed = [Weighing(hour, 60.0, after if hour > 18 else 100.0, 1, 1) for hour in range(1, 25)]
    assert "".join(grown(weighed)) == words


@pytest.mark.timeout(600)
def test_half_an_hour_of_story_is_soaked() -> None:
    command = [sys.executable, "-m", "scripts.soak", "--hours", "0.5", "--every", "0.125", "--speed", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [float(row[0]) for row in rows] == [0.12, 0.25, 0.38, 0.5]
    assert int(rows[-1][3]) > 100
