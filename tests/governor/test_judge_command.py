"""``opsconsole judge``: exit codes, both outputs, and what it does with bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from opsconsole.cli import main
from tests.governor.scene import patch

DATA = Path(__file__).parent / "data"
FINE = (
    "[2023-10-27 03:14:05] INFO: cycle begins",
    '{"timestamp": "2023-10-27T03:14:06Z", "action": "patch_deployment", "target": "web", "replicas": 3}',
    '{"timestamp": "2023-10-27T03:24:06Z", "action": "patch_deployment", "target": "web", "replicas": 4}',
)


def judge(*arguments: str, text: str | None = None) -> Result:
    return CliRunner(env={"HOME": "/proc/nowhere", "XDG_CONFIG_HOME": ""}).invoke(
        main, ["judge", *arguments], input=text
    )


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_healthy_log_is_clean(output):
    result = judge("-o", output, "-", text="\n".join(FINE))
    assert result.exit_code == 0, result.output
    assert "2 name an action, 1 none, 0 not understood; 0 flagged" in result.stderr


@pytest.fixture
def alone(tmp_path: Path) -> tuple[str, str]:
    """Settings without the shipped plugins."""
    settings = tmp_path / "alone.toml"
    settings.write_text('[plugins]\ndisabled = ["smartscaler", "vectorstore"]\n')
    return "--config", str(settings)


@pytest.mark.parametrize(("name", "flagged"), [("aura.log", 4), ("smartscaler.log", 6)])
def test_the_write_ups_logs_are_flagged(name, flagged, alone):
    result = CliRunner().invoke(main, [*alone, "judge", str(DATA / name)])
    assert result.exit_code == 1
    assert f"{flagged} flagged" in result.stderr


def test_plugins_judge_too_and_broken_ones_are_named(tmp_path):
    assert "smartscaler." in judge(str(DATA / "smartscaler.log")).stdout
    (tmp_path / "plugins").mkdir(mode=0o700)
    (tmp_path / "plugins" / "odd.py").write_text("raise RuntimeError('no')\n")
    settings = tmp_path / "opsconsole.toml"
    settings.write_text(f'[plugins]\nfolders = ["{tmp_path}/plugins"]\n')
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-"], input="\n".join(FINE))
    assert result.exit_code == 0
    assert "plugin odd" in result.stderr


def test_json_is_one_object_a_line_with_its_findings():
    result = judge("-o", "json", str(DATA / "aura.log"))
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 5
    last = lines[-1]
    assert last["decision"]["target"]["name"] == "auth-service"
    assert {finding["rule"] for finding in last["findings"]} == {"acts-on-no-data", "limit-floor"}
    assert all(finding["decision"] == last["decision"]["key"] for finding in last["findings"])


def test_text_shows_each_decision_with_its_findings_below():
    lines = judge(str(DATA / "aura.log")).stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "appears inactive" in line)
    assert lines[at].startswith("2023-10-27 03:14:05 WARNING")
    assert lines[at + 1].strip().startswith("CRITICAL acts-on-no-data:")


def test_text_ends_with_what_was_found_worst_first():
    lines = judge(str(DATA / "aura.log")).stdout.splitlines()
    summary = lines[lines.index("What was found, worst first:") + 1 :]
    assert [line.split()[0] for line in summary] == ["CRITICAL", "WARNING", "WARNING", "WARNING", "WARNING"]
    assert "1 × since 2023-10-27 03:14:05  takes api for inactive" in summary[0]


def test_text_tells_a_sweep_before_the_worst_of_its_objects():
    evictions = [
        f'{{"timestamp": "2023-10-27T03:14:{each:02}Z", "action": "evict_pod", "target": "Pod/shop/web-{each}"}}'
        for each in range(12)
    ]
    deletes = '{"timestamp": "2023-10-27T03:14:20Z", "action": "delete_deployment", "target": "Deployment/shop/cart"}'
    lines = judge("-", text="\n".join([*evictions, deletes])).stdout.splitlines()
    summary = lines[lines.index("What was found, worst first:") + 1 :]
    assert re.match(r"WARNING .* pods in a minute", summary[0])
    assert re.match(r"CRITICAL .* cart", summary[1])
    assert len(summary) == len(set(summary))


def test_text_shows_what_a_decision_sets():
    text = judge("-", text=patch("1Gi", "1") + "\n" + patch("64Mi", "1")).stdout
    assert "resources.limits.memory: unknown → 1Gi, working set unknown" in text
    assert "resources.limits.memory: 1Gi → 64Mi (-94 %), working set unknown" in text


def test_only_what_is_flagged_on_request():
    lines = judge("--flagged", "-o", "json", str(DATA / "aura.log")).stdout.splitlines()
    assert len(lines) == 4


def test_remarks_do_not_flag(tmp_path):
    settings = tmp_path / "opsconsole.toml"
    settings.write_text('[governor]\ndisabled = ["limit-floor"]\n')
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-"], input=patch())
    assert result.exit_code == 0, result.output
    assert "rule limit-floor is switched off" in result.stdout


def test_a_governor_that_is_off_for_the_screen_judges_here(tmp_path):
    settings = tmp_path / "opsconsole.toml"
    settings.write_text("[governor]\nenabled = false\n")
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-"], input=patch())
    assert result.exit_code == 1


@pytest.mark.parametrize("text", ["", "\n\n", "lorem ipsum\ndolor sit amet\n", "\x00\x01\x02\xff" * 50])
def test_what_is_no_decision_log_is_said_to_be_none(text):
    result = judge("-", text=text)
    assert result.exit_code == 2
    assert "nothing in it reads like a decision" in result.stderr


@pytest.mark.parametrize("unit", ["x", '{"a":', "scale deploy web replicas 3 ", '"', "[1,", "\x00"])
@pytest.mark.parametrize("before", ["", "[2023-10-27 03:14:05] INFO: Evicting pod a/b-1\n"])
def test_a_line_without_an_end_is_never_clean(tmp_path, unit, before):
    log = tmp_path / "endless.log"
    log.write_text(before + unit * (8_000_000 // len(unit)))
    result = judge(str(log))
    assert result.exit_code in ({1} if before else {1, 2})
    assert "has no end within 1 MiB, and what it says beyond that is not read" in result.stdout
    assert "unreadable: " in result.stdout


def test_bytes_that_are_no_utf8_are_read_all_the_same(tmp_path):
    log = tmp_path / "latin1.log"
    log.write_bytes(b"[2023-10-27 03:14:05] INFO: caf\xe9 \x1b]0;owned\x07\n" + patch().encode())
    result = judge(str(log))
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("path", ["/nonexistent/file.log", "/"])
def test_a_file_that_cant_be_read_is_exit_code_two(path):
    result = judge(path)
    assert result.exit_code == 2
    assert path in result.stderr
    assert "Traceback" not in result.output


def test_a_document_broken_off_at_the_end_loses_no_line():
    result = judge("-", text="[2023-10-27 03:14:05] INFO: before\n" + '{\n  "action": "patch_deployment",\n')
    assert '"action": "patch_deployment",' in result.stdout
    assert result.exit_code == 2, "an action that is named in half a document is not understood"
    assert "1 not understood" in result.stderr


def test_a_document_without_an_action_broken_off_at_the_end_is_calm():
    result = judge("-", text="[2023-10-27 03:14:05] INFO: before\n" + '{\n  "phase": "collecting",\n')
    assert '"phase": "collecting",' in result.stdout
    assert result.exit_code == 0


def test_a_log_that_is_not_understood_is_never_clean():
    result = judge("-", text="\n".join(FINE) + "\n" + "\n".join(UNCLEAR))
    assert result.exit_code == 2, result.output
    assert "3 not understood; 0 flagged" in result.stderr
    assert "not understood, 3 ×: Evicting … thing near pod …" in result.stderr


UNCLEAR = tuple(f"INFO: Evicting {at} thing near pod web-{at}" for at in range(3))


def test_how_much_must_be_understood_is_a_setting(tmp_path):
    settings = tmp_path / "opsconsole.toml"
    settings.write_text("[decisions]\nunderstood = 0.1\n")
    text = "\n".join((*FINE, *UNCLEAR))
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-"], input=text)
    assert result.exit_code == 0


def test_a_format_of_the_settings_is_read_and_a_bad_one_is_named(tmp_path):
    settings = tmp_path / "opsconsole.toml"
    row = '[decisions.formats.frob]\npattern = "frob (?P<name>[a-z]+)"\nverb = "delete"\nkind = "Pod"\nsample = "{}"\n'
    settings.write_text(row.format("frob web"))
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-o", "json", "-"], input="INFO: frob web\n")
    assert json.loads(result.stdout.splitlines()[0])["decision"]["verb"] == "delete"
    settings.write_text(row.format("something else"))
    result = CliRunner().invoke(main, ["--config", str(settings), "judge", "-"], input="INFO: frob web\n")
    assert result.exit_code != 0
    assert "not found by its own pattern" in result.output


UNTOLD = [
    json.dumps({"type": "tool_use", "name": "bash", "input": {"command": f"./fix.sh {number}"}}) for number in range(3)
]


def test_what_was_not_understood_is_counted_by_template_and_ends_with_2():
    result = judge("-", text="\n".join([*FINE, *UNTOLD]))
    assert result.exit_code == 2, result.output
    assert "not understood, 3 ×: bash ./fix.sh …" in result.stderr
    assert "2 name an action, 1 none, 3 not understood; 0 flagged" in result.stderr


def test_every_object_of_a_line_is_named():
    pods = ", ".join(f"shop/web-{number}" for number in range(8))
    line = judge("-", text=f"2026-08-12T09:14:02Z INFO Evicted pods {pods}").stdout.splitlines()[0]
    assert "[Pod/web-0 -n shop, Pod/web-1 -n shop" in line
    assert line.endswith("and 3 more]")


def test_time_that_no_line_tells_is_not_1970():
    result = judge("-", text="INFO: scaled deployment shop/web from 3 to 0")
    assert result.exit_code == 1
    assert "1970" not in result.stdout
    assert "at a time that is not told" in result.stdout


def test_json_has_what_a_decision_carries():
    text = '{"level":"info","msg":"Evicting pods","pods":["a-1","a-2"],"namespace":"shop","cause":{"node":"n-1"}}'
    text += "\n2026-08-12T09:14:02Z INFO memory limit of web was reduced from 1Gi to 512Mi"
    evicted, reduced = (json.loads(row)["decision"] for row in judge("-o", "json", "-", text=text).stdout.splitlines())
    assert (evicted["verb"], evicted["mood"], [each["name"] for each in evicted["targets"]]) == (
        *("evict", "planned"),
        ["a-1", "a-2"],
    )
    assert evicted["attributes"]["namespace"] == "shop"
    assert evicted["count"] is None
    assert [(each["before"], each["value"]) for each in reduced["fields"]] == [("1Gi", "512Mi")]
