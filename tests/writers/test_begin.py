"""Who asks for the writers before the console is built gets them when it is."""

from __future__ import annotations

from opsconsole.clock import SystemClock
from opsconsole.console import Console
from opsconsole.settings import Settings


def test_asked_for_before_everything_is_built_they_are_read_as_soon_as_they_can_be() -> None:
    core, begun = Console(Settings(), [], SystemClock()), []
    core.watch_writers()
    core.offer_writers(lambda: begun.append("begun"))
    assert begun == ["begun"]


def test_not_asked_for_they_are_not_read() -> None:
    core, begun = Console(Settings(), [], SystemClock()), []
    core.offer_writers(lambda: begun.append("begun"))
    assert begun == []
    core.watch_writers()
    assert begun == ["begun"]
