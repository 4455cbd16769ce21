"""What every test of the screen shares: a terminal that is the same everywhere."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def true_colour_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
