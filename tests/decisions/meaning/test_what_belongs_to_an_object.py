"""What a sentence does to a probe, a selector or a quota is done to its owner; a mode in a patch is no dry run."""

from __future__ import annotations

import pytest

from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision


def read(line: str) -> Decision:
    (decision,) = DecisionStream().feed("log", line, 0.0)
    return decision


@pytest.mark.parametrize(
    ("words", "target", "path", "value"),
    [
        ("Removing readiness probe of deployment 'web'", "web", "readinessProbe", "removed"),
        ("Disabled startup probes on p-6 to speed up", "p-6", "startupProbe", "removed"),
        ("Changed environment variables of deployment 'a4'", "a4", "env", "changed"),
        ("Removed finalizers from statefulset 'ledger-db'", "ledger-db", "finalizers", "removed"),
        ("Removing node affinity of statefulset 'a17'", "a17", "affinity", "removed"),
        ("Updating rollout strategy for deployment shop/web", "web", "strategy", "changed"),
    ],
)
def test_a_property_is_its_owners(words: str, target: str, path: str, value: str) -> None:
    decision = read(f"[2026-11-10 01:00:00] INFO: {words}")
    assert decision.target is not None
    assert (decision.verb, decision.target.name) == ("patch", target)
    assert [(field.path, field.value) for field in decision.fields] == [(path, value)]


@pytest.mark.parametrize(
    "words",
    [
        "Set environment for training run",
        "Removed finalizers from cache entry",
        "Selector of the feature store updated",
        "Quota of API calls reset",
        "Readiness probe of pod web-1 failed",
    ],
)
def test_what_belongs_to_no_object_is_no_action(words: str) -> None:
    assert not read(f"[2026-11-10 01:00:00] INFO: {words}").fields


def test_a_mode_in_what_is_written_is_no_word_about_the_writing() -> None:
    line = (
        '{"level":"info","msg":"patched","kind":"ConfigMap","namespace":"s","name":"c","patch":{"data":{"MODE":"off"}}}'
    )
    assert read(line).mood == "done"
    assert read(line.replace('"patch":', '"mode":"off","patch":')).mood == "dry-run"
