"""``opsconsole rehearse`` from a shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.running.rehearse import as_toml, console_settings
from opsconsole.settings import OptimizerSettings, Settings, SwitchSettings, UiSettings
from opsconsole.settings.sources import load
from rehearsal import scenario
from rehearsal.rehearsal import Rehearsal


def test_headless_plays_and_prints_the_card() -> None:
    done = CliRunner().invoke(main, ["rehearse", "--headless", "1", "--speed", "4"])
    assert done.exit_code == 0, done.output
    assert "Score card: The Aura night" in done.output
    assert "it could not write any more never" in done.output


def test_a_scenario_that_is_not_there_is_said_without_a_traceback() -> None:
    done = CliRunner().invoke(main, ["rehearse", "--scenario", "nowhere.toml"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: nowhere.toml: no scenario can be read there")


def test_serving_says_how_to_connect_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "opsconsole", "rehearse", "--serve", "--scenario", "smartscaler"]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"HOME": str(tmp_path)})
    assert serving.stdout is not None
    lines = [serving.stdout.readline() for _ in range(3)]
    config = re.fullmatch(r"opsconsole --config (\S+)\n", lines[2])
    assert config is not None
    settings = load(config[1], {}, {})
    assert settings.optimizer.name == "Deployment/analytics/smart-scaler"
    assert oct(Path(settings.cluster.kubeconfig).stat().st_mode)[-3:] == "600"
    assert oct(Path(settings.cluster.kubeconfig).parent.stat().st_mode)[-3:] == "700"
    shown = subprocess.run(
        [sys.executable, "-m", "opsconsole", "--config", config[1], "show", "pods"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "smart-scaler" in shown.stdout
    serving.send_signal(signal.SIGTERM)
    rest, _ = serving.communicate(timeout=120)
    assert serving.returncode == 0
    assert "Score card: The SmartScaler day" in rest
    assert not Path(config[1]).exists()


def test_settings_as_toml_read_back(tmp_path: Path) -> None:
    flags = {"cluster.context": 'a"b\\c', "optimizer.processes": (r"worker --run x\b",), "gpu.simulation": "/tmp/x"}
    file = tmp_path / "o.toml"
    file.write_text(as_toml(flags), encoding="utf-8")
    assert tomllib.loads(file.read_text())["cluster"]["context"] == 'a"b\\c'
    assert load(str(file), {}, {}).optimizer.processes == (r"worker --run x\b",)


def test_a_rehearsal_never_points_at_the_users_own_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    own = Settings(
        read_only=True,
        optimizer=OptimizerSettings(name="prod/real"),
        switches=SwitchSettings(quiet_seconds=3.0),
        ui=UiSettings(theme="light"),
    )
    rehearsal = Rehearsal(scenario.load("aura"))
    try:
        made = console_settings(own, rehearsal)
        assert not made.ui.remember, "no filter of the last rehearsal hides what there is to see"
    finally:
        rehearsal.stop()
    assert made.cluster.kubeconfig == str(rehearsal.kubeconfig)
    assert made.optimizer.name == "Deployment/ops-tools/aura-optimizer-v2"
    assert (made.read_only, made.ui.theme, made.switches.quiet_seconds) == (True, "light", 3.0)
    assert made.journal.folder == str(tmp_path / "opsconsole" / "rehearsals" / rehearsal.run)
