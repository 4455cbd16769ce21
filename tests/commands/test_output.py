"""What is printed can hurt no terminal and no parser: a row is one line, JSON escapes C1 and bidi too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import opsconsole.commands
from opsconsole.cli import main
from opsconsole.clock import SystemClock
from opsconsole.commands.output import json_text, print_json, print_line, print_lines
from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal

HOSTILE = "a\x1b[2J\x9b31m\x7f\u202ex\u2066\u200d\u2028\ufeff\U000e0041\x85b"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")


def hostile_log(tmp_path: Path) -> Path:
    log = tmp_path / "decisions.log"
    entry = {"timestamp": "2023-10-27T03:14:22Z", "level": "INFO", "message": f"scaled {HOSTILE}\nrow of its own"}
    text = f"[2023-10-27T03:14:23Z] INFO: patched deployment {HOSTILE} replicas 3 -> 0\n"
    log.write_text(json.dumps(entry) + "\n" + text, encoding="utf-8")
    return log


def test_json_is_the_same_value_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": HOSTILE, HOSTILE: ["Größe 漢字", "\ud800", None, 1.5, True]}
    for indent in (None, 2):
        print_json(value, indent=indent)
        printed = capsys.readouterr().out
        assert json.loads(printed) == value
        assert not RAW.search(printed)


def test_text_that_is_harmless_is_not_escaped() -> None:
    assert json_text({"a": "Größe 漢字 🚀"}) == '{"a":"Größe 漢字 🚀"}'


def test_a_row_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(f"one\ntwo\r{HOSTILE}")
    print_lines(f"first\nsecond {HOSTILE}")
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 3
    assert not RAW.search(printed)


@pytest.mark.parametrize("output", ["json", "text"])
def test_judge_prints_hostile_decisions_harmlessly(tmp_path: Path, output: str) -> None:
    result = CliRunner().invoke(main, ["judge", "-o", output, str(hostile_log(tmp_path))])
    assert result.output
    assert not RAW.search(result.output)
    assert "\nrow of its own" not in result.output


@pytest.mark.parametrize("output", ["json", "table"])
def test_show_decisions_prints_them_harmlessly(tmp_path: Path, output: str) -> None:
    given = ["--decision-log", str(hostile_log(tmp_path)), "show", "decisions", "-o", output, "--timeout", "5"]
    result = CliRunner().invoke(main, given, env={"KUBECONFIG": str(tmp_path / "none")})
    assert "scaled" in result.output
    assert not RAW.search(result.output)
    assert "\nrow of its own" not in result.output


@pytest.mark.parametrize("output", ["json", "text"])
@pytest.mark.parametrize("command", [["journal", "show"], ["status"], ["journal", "verify"]])
def test_the_journal_is_printed_harmlessly(tmp_path: Path, command: list[str], output: str) -> None:
    journal = Journal(tmp_path, SystemClock(), lambda: Who(user=HOSTILE))
    journal.append("note", {"text": f"{HOSTILE}\nrow of its own"})
    plan = {"title": HOSTILE, "cluster": HOSTILE, "switch": "revoke", "steps": []}
    journal.append("intent", {"run": HOSTILE, "plan": plan})
    result = CliRunner().invoke(main, [*command, "-o", output], env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path)})
    assert not RAW.search(result.output)
    assert "\nrow of its own" not in result.output


@pytest.mark.parametrize("output", ["json", "text"])
def test_the_settings_are_printed_harmlessly(output: str) -> None:
    hostile = HOSTILE.replace("\x85", "")
    result = CliRunner().invoke(main, ["config", "show", "-o", output], env={"OPSCONSOLE_CLUSTER_CONTEXT": hostile})
    assert result.exit_code == 0
    assert "cluster.context" in result.output
    assert not RAW.search(result.output)


def test_every_command_prints_through_this_door() -> None:
    folder = Path(opsconsole.commands.__file__).parent
    own = {"output.py", "completion.py"}  # the shell's script, which is click's
    echoing = {
        f"{path.name}:{number}"
        for path in folder.rglob("*.py")
        if path.name not in own
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "click.echo(" in line and "as_yaml" not in line
    }
    assert not echoing


PRINTS = (
    "from opsconsole.commands.output import *\nimport click\n"
    "@click.command()\ndef main():\n    {0}\n    print_line('plan')\n    print_line('executed', err=True)\nmain()\n"
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(("begin", "code", "done"), [("outlast_output()", 0, True), ("pass", 5, False)])
def test_a_full_disk_behind_the_output_stops_no_confirmed_work_and_is_no_traceback(begin, code, done):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", PRINTS.format(begin)]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert ended.returncode == code, ended.stderr
    assert "No space left on device" in ended.stderr
    assert ("executed" in ended.stderr) is done
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
