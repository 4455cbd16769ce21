"""``opsconsole config`` and ``completion``: where settings come from, and that what is written can be used."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.config.template import template
from opsconsole.settings import Settings
from opsconsole.settings.sources import load


def run(*arguments: str, **environment: str | None) -> tuple[int, str]:
    clean = {name: None for name in os.environ if name.startswith(("OPSCONSOLE_", "XDG_"))}
    result = CliRunner().invoke(main, list(arguments), env={**clean, "HOME": "/nonexistent", **environment})
    return result.exit_code, result.output


def lines(output: str) -> dict[str, str]:
    return {key: rest for key, _, rest in (line.partition(" = ") for line in output.splitlines())}


def test_every_value_says_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "o.toml"
    file.write_text("[ui]\ntheme = 'light'\nbell = true\n[cluster]\ncontext = 'of-the-file'\n")
    code, output = run(
        "--config",
        str(file),
        "--context",
        "typed",
        "config",
        "show",
        OPSCONSOLE_GPU_INTERVAL="7",
        OPSCONSOLE_UI_THEME="dark",
    )
    found = lines(output)
    assert code == 0
    assert found["cluster.context"] == '"typed"   # the command line'
    assert found["gpu.interval"] == "7.0   # OPSCONSOLE_GPU_INTERVAL"
    assert found["ui.theme"] == '"dark"   # OPSCONSOLE_UI_THEME'
    assert found["ui.bell"] == f"true   # {file}"
    assert found["ui.mouse"] == "true   # default"
    changed = lines(run("--config", str(file), "config", "show", "--changed")[1])
    assert set(changed) == {"ui.theme", "ui.bell", "cluster.context"}


def test_as_json_each_line_is_one_setting() -> None:
    code, output = run("config", "show", "--output", "json")
    rows = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert {row["origin"] for row in rows} == {"default"}
    assert {"key": "read_only", "value": False, "origin": "default"} in rows


def test_what_plugins_are_told_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "o.toml"
    file.write_text("[plugins.settings.slack]\nwebhook = 'https://hooks/T0KEN'\n")
    output = run("--config", str(file), "config", "show")[1]
    assert "slack" in output
    assert "T0KEN" not in output


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[ui]\ntheme = 'pink'\n", "ui.theme"),
        ("[cluster]\ncontxt = 'x'\n", "contxt"),
        ("[ui\n", "can't be read"),
        ("[optimizer]\nservice_account = 'aura'\n", "optimizer.service_account"),
    ],
)
def test_settings_that_cannot_be_used_are_named_and_config_still_works(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "o.toml"
    file.write_text(text)
    for arguments in (("config", "validate", str(file)), ("--config", str(file), "config", "validate")):
        code, output = run(*arguments)
        assert code == 2
        assert str(file) in output
        assert place in output
    assert run("--config", str(file), "config", "path") == (0, f"{file}\n")
    assert run("--config", str(file), "config", "show")[0] == 2
    code, output = run("--config", str(file), "check")
    assert code == 2
    assert "config validate" in output


def test_a_misspelt_variable_is_told() -> None:
    code, output = run("config", "validate", OPSCONSOLE_CLUSTR_CONTEXT="x", OPSCONSOLE_UI_THEME="light")
    assert code == 2
    assert "OPSCONSOLE_CLUSTR_CONTEXT: there is no such setting" in output
    assert "OPSCONSOLE_UI_THEME" not in output


def test_init_writes_a_private_file_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "opsconsole.toml"
    assert run("config", "init", str(file)) == (0, f"{file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load(str(file), environ={}) == Settings()
    file.write_text("# mine\n")
    code, output = run("config", "init", str(file))
    assert code == 2
    assert "left as it is" in output
    assert file.read_text() == "# mine\n"


def test_init_says_why_it_cannot_write() -> None:
    code, output = run("config", "init", "/proc/no/such.toml")
    assert code == 2
    assert "can't be written" in output
    assert run("config", "init", HOME=None)[0] == 2


def test_every_setting_of_the_template_can_be_uncommented(tmp_path: Path) -> None:
    text = template()
    section, tried = "", 0
    for line in text.splitlines():
        section = line if line.startswith("[") else "" if line.startswith("# [[") else section
        setting = line.removeprefix("# ")
        if " = " not in setting or (section == "" and not setting.startswith("read_only")):
            continue
        file = tmp_path / "one.toml"
        file.write_text(f"{section}\n{setting}\n")
        assert load(str(file), environ={}) == Settings(), setting
        tried += 1
    assert tried > 50
    assert set(tomllib.loads(text)) == {
        field for field in Settings.__struct_fields__ if field not in ("read_only", "optimizers")
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_our_program(shell: str) -> None:
    code, output = run("completion", shell)
    assert code == 0
    assert "_OPSCONSOLE_COMPLETE" in output


def test_a_shell_gets_commands_and_options_completed() -> None:
    asked = {"_OPSCONSOLE_COMPLETE": "bash_complete", "COMP_CWORD": "1", "COMP_WORDS": "opsconsole ki"}
    result = CliRunner().invoke(main, [], env=asked, prog_name="opsconsole")
    assert "kill" in result.output
