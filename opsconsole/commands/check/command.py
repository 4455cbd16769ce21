"""``opsconsole check``: what works and what doesn't, in words for a tired person."""

from __future__ import annotations

import sys
import textwrap

import click

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import connect
from opsconsole.commands.check import preflight
from opsconsole.commands.check.verdict import Check, CheckVerdict
from opsconsole.commands.output import print_json, print_lines
from opsconsole.settings import Settings

_WIDTH = 100
_MARKS = {CheckVerdict.OK: "ok   ", CheckVerdict.NOTE: "note ", CheckVerdict.FAIL: "FAIL "}


@click.command()
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def check(settings: Settings, output: str) -> None:
    """Say what works here and what doesn't, before the night.

    Looks at the API server, who you are, the rights that each pane and switch needs, the optimizer and its log,
    Prometheus and this host's GPUs. Changes nothing. Exit code 1 when something fails, else 0.
    """
    clock = SystemClock()
    connection = connect(settings.cluster, read_only=True, clock=clock)
    failed = 0
    for found in preflight.run(settings, connection, clock):
        failed += found.verdict is CheckVerdict.FAIL
        if output == "json":
            print_json(found._asdict())
        else:
            print_lines(in_words(found))
    if output == "text":
        print_lines(f"\n{failed} of the checks above failed." if failed else "\nEverything that is required works.")
    sys.exit(1 if failed else 0)


def in_words(found: Check) -> str:
    """One check as indented lines of at most 100 columns."""
    text = f"{found.words}. To do: {found.advice}" if found.advice else found.words
    start = f"{_MARKS[found.verdict]} {found.name:<24} "
    return textwrap.fill(text, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)
