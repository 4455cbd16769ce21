"""``opsconsole journal``: what was done from here, by whom, and whether the record of it is as it was written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from opsconsole.commands.output import print_json, print_line
from opsconsole.decoding import convert_to
from opsconsole.journal import evidence
from opsconsole.journal.entry import JournalEntry
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.reader import read_checked, read_entries, verify
from opsconsole.journal.timeline import timeline
from opsconsole.journal.writer import JournalError
from opsconsole.settings import Settings

INTACT, BROKEN, UNREADABLE, TORN = 0, 1, 2, 3

_output = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)


@click.group(short_help="Show and verify what was done from here.")
def journal() -> None:
    """Show what the kill switches did from this machine, and verify that the record was not changed."""


@journal.command()
@_output
@click.option("-n", "--lines", type=click.IntRange(min=1), help="Only the newest so many entries.")
@click.pass_obj
def show(settings: Settings, output: str, lines: int | None) -> None:
    """Print the journal as a timeline, or as JSON, one entry a line.

    Exit code 0: printed. 2: there is a journal, and it can't be read.
    """
    folder = journal_folder(settings.journal)
    entries, doubted = _checked(folder)
    for words in doubted.values():
        print_line(f"opsconsole journal: {words}", err=True)
    if not entries:
        print_line(f"opsconsole journal: nothing was done from here yet ({folder})", err=True)
    chosen = entries[-lines:] if lines else entries
    try:
        if output == "json":
            for entry in chosen:
                print_json(entry)
        else:
            for line in timeline(chosen):
                print_line(str(line))
    except BrokenPipeError:
        sys.exit(0)


@journal.command(name="verify")
@_output
@click.option("--head", default="", metavar="HASH", help="A hash that was noted after an action; it must be there.")
@click.pass_obj
def verify_(settings: Settings, output: str, head: str) -> None:
    """Check the chain, the end, and every file of evidence.

    The chain has no secret: whoever can write the folder could make it anew. A hash noted elsewhere (--head) can't be
    forged; the screen and the command line print one after each action.

    Exit code 0: intact. 1: changed, cut or incomplete. 2: can't be read. 3: a write was cut short by a crash or a full
    disk, everything else is intact.
    """
    folder = journal_folder(settings.journal)
    try:
        report = verify(folder, head.strip())
    except JournalError as error:
        _stop(str(error))
    changed = [words for exhibit in _exhibits(_entries(folder)) if (words := evidence.check(folder, exhibit))]
    status = "broken" if changed else report.status
    if output == "json":
        body = msgspec.to_builtins(report) | {"status": status, "evidence": changed, "folder": str(folder)}
        print_json(body, indent=2)
    else:
        for problem in report.problems:
            print_line(str(problem))
        for words in changed:
            print_line(words)
        print_line(f"{status}: {report.entries} entries in {folder}; head {report.head}")
    sys.exit({"intact": INTACT, "torn": TORN}.get(status, BROKEN))


def _checked(folder: Path) -> tuple[list[JournalEntry], dict[int, str]]:
    try:
        return read_checked(folder)
    except JournalError as error:
        _stop(str(error))


def _entries(folder: Path) -> list[JournalEntry]:
    try:
        return read_entries(folder)
    except JournalError as error:
        _stop(str(error))


def _exhibits(entries: list[JournalEntry]) -> list[evidence.Exhibit]:
    return [
        convert_to(each, evidence.Exhibit)
        for entry in entries
        if entry.kind == "evidence"
        for each in entry.body.get("files", ())
    ]


def _stop(words: str) -> NoReturn:
    print_line(f"opsconsole journal: {words}", err=True)
    sys.exit(UNREADABLE)
