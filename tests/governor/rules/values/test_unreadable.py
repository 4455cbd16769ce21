"""What is written so that it can't be judged is a finding in itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole.cli import main

DEED = {"timestamp": "2024-01-01T00:00:00Z", "level": "INFO", "action": "patch", "target": "deployment/shop/checkout"}


def nested(levels: int, leaf: object = 0) -> object:
    for _ in range(levels):
        leaf = {"spec": leaf}
    return leaf


EVASIONS = {
    "a deep patch": json.dumps({**DEED, "patch": nested(300)}),
    "a deep patch as a string": json.dumps({**DEED, "patch": '{"spec":' * 3000 + "0" + "}" * 3000}),
    "a list of lists": json.dumps({**DEED, "patch": "[" * 400 + "]" * 400}),
    "a deep patch in a command": f"[2024-01-01T00:00:00Z] INFO: kubectl patch deploy/checkout -p '{nested(200)}'",
    "a deed in a deep wrapper": '{"x":' * 5000 + json.dumps({**DEED, "patch": {"spec": {"replicas": 0}}}) + "}" * 5000,
    "padding before the patch": json.dumps({**DEED, "pad": "x" * 300_000, "patch": {"spec": {"replicas": 0}}}),
    "padding that ends as an object does": json.dumps(
        {**DEED, "pad": "}" * 300_000, "patch": {"spec": {"replicas": 0}}}
    ),
    "an object that is cut off": json.dumps({**DEED, "pad": "x" * 9_000})[:-2],
    "padding behind the patch": json.dumps({**DEED, "patch": {"spec": {"replicas": 0}}, "pad": "x" * 300_000}),
}

PLAIN = {
    "a string within a string": json.dumps({**DEED, "patch": json.dumps(json.dumps({"spec": {"replicas": 0}}))}),
    "a whole object": json.dumps({**DEED, "patch": {"spec": {"template": {"spec": {"a": nested(30)}}}}}),
    "a long object that is no JSON": "{'note': 'none', 'pad': '" + "x" * 9_000 + "'}",
    "prose with brackets that nothing closes": "[2024-01-01T00:00:00Z] INFO: " + "see [note " * 300,
    "such prose behind an object": '[2024-01-01T00:00:00Z] INFO: {"a": 1} ' + "see [note " * 300,
    "prose": "[2024-01-01T00:00:00Z] INFO: " + "[note] " * 300,
}


def judged(tmp_path: Path, line: str) -> list[dict[str, object]]:
    log = tmp_path / "optimizer.log"
    log.write_text(line + "\n")
    result = CliRunner().invoke(main, ["judge", "-o", "json", str(log)])
    return [finding for row in result.stdout.splitlines() for finding in json.loads(row)["findings"]]


@pytest.mark.parametrize("line", EVASIONS.values(), ids=EVASIONS.keys())
def test_what_hides_from_the_rules_is_a_finding(tmp_path: Path, line: str) -> None:
    found = [finding for finding in judged(tmp_path, line) if finding["rule"] == "unreadable"]
    assert found
    assert all(finding["severity"] == "warning" for finding in found)


@pytest.mark.parametrize("line", PLAIN.values(), ids=PLAIN.keys())
def test_what_can_be_read_is_none(tmp_path: Path, line: str) -> None:
    assert "unreadable" not in {finding["rule"] for finding in judged(tmp_path, line)}


def test_a_patch_that_is_a_string_within_a_string_is_judged(tmp_path: Path) -> None:
    assert "replicas-zero" in {finding["rule"] for finding in judged(tmp_path, PLAIN["a string within a string"])}
