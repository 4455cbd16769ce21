"""The whole program in a real terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.whole.driver import Tmux, require_tmux

Open = Callable[..., Tmux]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    """``terminal("check", columns=80)`` runs opsconsole in tmux, with a HOME of its own and no kubeconfig."""
    require_tmux()
    program = str(Path(sys.executable).with_name("opsconsole"))
    with ExitStack() as stack:

        def start(*arguments: str, columns: int = 80, rows: int = 24, **environment: str) -> Tmux:
            folder = tmp_path / f"terminal-{columns}x{rows}"
            folder.mkdir(exist_ok=True)
            variables = {"HOME": str(tmp_path), "KUBECONFIG": "/nonexistent", "LC_ALL": "C.UTF-8", **environment}
            opened = Tmux([program, *arguments], folder, columns=columns, rows=rows, environment=variables)
            return stack.enter_context(opened)

        yield start
