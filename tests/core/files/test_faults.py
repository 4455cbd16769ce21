from __future__ import annotations

import json
from pathlib import Path

from opsconsole.files.faults import MAX_BYTES, log_file, record_fault


def fault() -> Exception:
    try:
        raise RuntimeError("boom")
    except RuntimeError as error:
        return error


def test_a_fault_is_one_json_line_with_its_traceback(tmp_path: Path) -> None:
    file = tmp_path / "state" / "opsconsole.log"
    record_fault("drawing the pods", fault(), file)
    record_fault("drawing the events", fault(), file)
    first, second = map(json.loads, file.read_text().splitlines())
    assert first["event"] == "drawing the pods"
    assert second["event"] == "drawing the events"
    assert "RuntimeError: boom" in first["exception"]


def test_a_full_or_forbidden_disk_does_not_end_the_console(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    record_fault("drawing", fault(), tmp_path / "file" / "opsconsole.log")


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.log"
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    record_fault("drawing", fault(), file)
    assert file.stat().st_size < MAX_BYTES
    assert (tmp_path / "opsconsole.log.1").stat().st_size > MAX_BYTES


def test_it_is_kept_where_state_is_kept() -> None:
    assert log_file({"XDG_STATE_HOME": "/s"}) == Path("/s/opsconsole/opsconsole.log")
    assert log_file({"HOME": "/h"}) == Path("/h/.local/state/opsconsole/opsconsole.log")
