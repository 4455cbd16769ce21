"""One log has one answer, whatever the hash seed; and what rules are spared changes no finding."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

from opsconsole.governor.governor import Governor
from opsconsole.governor.rule import FunctionRule
from opsconsole.governor.rules import BUILT_IN
from tests.governor.bench import Stage, Stream, announced, changes, controllers, one_object

CORDONS = "\n".join(f"[2026-11-10 01:0{n // 2}:{n % 2 * 30:02d}] INFO: Cordoned node 'pool-b-{n}'" for n in range(12))


def test_one_log_has_one_answer_whatever_the_hash_seed() -> None:
    command = [sys.executable, "-m", "opsconsole", "judge", "-", "--output", "json"]
    answers = {
        subprocess.run(
            command,
            input=CORDONS,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": seed, "HOME": "/proc/nowhere", "XDG_CONFIG_HOME": ""},
        ).stdout
        for seed in ("1", "2", "4")
    }
    assert len(answers) == 1
    assert "blast-radius" in answers.pop()


@pytest.mark.parametrize("stream", [changes, announced, controllers, one_object], ids=lambda each: each.__name__)
def test_a_rule_that_is_not_asked_would_have_had_nothing_to_say(stream: Stream) -> None:
    """The same stream is judged twice: as it is, and with every rule asked about every write."""
    found = []
    for rules in (BUILT_IN, tuple(map(_asked_always, BUILT_IN))):
        stage = Stage()
        stage.governor = Governor(stage.governor.settings, stage.governor._context.optimizer, stage.clock, rules)
        for _ in range(60):
            for kind, record in stream(stage, 20):
                stage.inbox.put(kind, [record])
            stage.governor.judge(stage.store, stage.store.apply(stage.inbox.drain()))
            stage.clock.at += 0.5
        found.append(sorted(stage.governor.findings, key=lambda each: each.key))
    assert found[0] == found[1]
    assert found[0], "a stream without findings shows nothing"


def _asked_always(rule: object) -> FunctionRule:
    assert isinstance(rule, FunctionRule)
    return msgspec.structs.replace(
        rule, fields=frozenset(), written=frozenset(), lines=(), once=False, own=False, of_optimizer=False
    )
