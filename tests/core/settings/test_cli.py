from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole import __version__
from opsconsole.cli import COMMANDS, main


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments), env={"HOME": "/proc/nowhere", **environment})
    return result.exit_code, result.output


def test_every_command_can_be_loaded_and_says_what_it_is() -> None:
    code, output = run("--help")
    assert code == 0
    assert [name for name in COMMANDS if f"  {name} " not in output] == []


def test_version() -> None:
    assert run("--version") == (0, f"opsconsole, version {__version__}\n")


def test_shared_options_stand_on_either_side_of_the_command() -> None:
    before = run("--kubeconfig", "/nonexistent", "show", "pods", "--timeout", "5")
    behind = run("show", "pods", "--timeout", "5", "--kubeconfig", "/nonexistent")
    assert before[0] == behind[0] == 1
    assert "there is no kubeconfig at /nonexistent" in before[1]
    assert "there is no kubeconfig at /nonexistent" in behind[1]


def test_a_bad_setting_is_an_error_in_words(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text("[ui]\ntheme = 'pink'\n")
    code, output = run("--config", str(file), "check")
    assert code == 2
    assert str(file) in output
    assert "ui.theme" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("command", ["check", "show"])
def test_no_cluster_is_said_in_words(command: str) -> None:
    arguments = [command, "pods", "--timeout", "5"] if command == "show" else [command]
    code, output = run(*arguments, KUBECONFIG="/nonexistent")
    assert code == 1
    assert "there is no kubeconfig at /nonexistent" in output
    assert "Traceback" not in output


def test_a_settings_file_that_others_may_write_is_used_and_said_on_standard_error(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text("[ui]\ntheme = 'light'\n")
    arguments = ["--config", str(file), "config", "show", "-o", "json"]
    quiet = CliRunner().invoke(main, arguments, env={"HOME": "/proc/nowhere"})
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    file.chmod(0o666)
    warned = CliRunner().invoke(main, arguments, env={"HOME": "/proc/nowhere"})
    assert (warned.exit_code, warned.stdout) == (0, quiet.stdout)
    assert f"warning: the settings file {file}: {file} may be written by others" in warned.stderr


def test_a_standard_input_that_is_closed_has_nothing_in_it() -> None:
    command = f"exec {shlex.quote(sys.executable)} -m opsconsole judge - <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 2}, done.stderr
