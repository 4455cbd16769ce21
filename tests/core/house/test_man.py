"""The manual page is that of the commands as they are, and troff has nothing to object to."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from scripts.man import PAGE, page


def test_the_manual_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it anew: python -m scripts.man"


def test_troff_has_nothing_to_object_to() -> None:
    if not shutil.which("man"):
        pytest.skip("left out: man is not installed (it formats the manual page)")
    found = subprocess.run(
        ["man", "--warnings=w", "-l", PAGE],
        capture_output=True,
        text=True,
        env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert found.returncode == 0
    assert found.stderr == ""
    assert "opsconsole kill" in found.stdout.replace("\x08", "")
