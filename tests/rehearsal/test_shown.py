"""``opsconsole show`` on the rehearsal: a row says of a pod or process what its pane says, though it stands alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.running.rehearse import as_toml
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from tests.support.waiting import eventually

Show = Callable[[str], list[str]]


@pytest.fixture
def shown(rehearse: Callable[..., Rehearsal], aura: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Prints a pane of a running incident; returns its rows without the titles, none while it is not live."""
    monkeypatch.setenv("HOME", str(tmp_path))
    rehearsal = rehearse(aura)
    rehearsal.start()
    file = tmp_path / "opsconsole.toml"
    file.write_text(as_toml(rehearsal.settings), encoding="utf-8")

    def show(what: str) -> list[str]:
        result = CliRunner().invoke(main, ["--config", str(file), "show", what, "--timeout", "60"])
        assert result.exit_code in {0, 1}, result.output  # 1: not live at that moment
        return result.stdout.splitlines()[1:] if result.exit_code == 0 else []

    return show


def test_what_was_found_on_a_workload_stands_beside_its_pods(shown: Show) -> None:
    """Decisions, workloads and metrics are read for it, though pods are all that is printed."""

    def hit() -> list[str]:
        return [row for row in shown("pods") if " auth-service-" in row and "acts on no data" in row]

    eventually(hit, "what it says without data is found on the pods that it hits", 120)


def test_the_optimizers_own_pod_is_marked_and_so_is_what_was_found_on_it(shown: Show) -> None:
    def told() -> bool:
        rows = [row for row in shown("pods") if " aura-optimizer-v2-" in row]
        return len(rows) == 1 and " OPT " in rows[0] and "mutable image" in rows[0]

    eventually(told, "its row says so", 120)


def test_a_process_on_a_gpu_is_judged_by_the_pods(shown: Show) -> None:
    def judged() -> bool:
        rows = [row for row in shown("gpu") if "pt_trainer" in row]
        return bool(rows) and not [row for row in rows if "not known" in row or "still loading" in row]

    eventually(judged, "a process is there, and judged", 120)
