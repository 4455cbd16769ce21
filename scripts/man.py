"""Make docs/opsconsole.1, the manual page, from the commands' own help."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from opsconsole import __version__
from opsconsole.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "opsconsole.1"

FILES = """.SH FILES
.TP
\\fI~/.config/opsconsole/opsconsole.toml\\fR
The settings; \\fBopsconsole config init\\fR writes one to begin with.
.TP
\\fI~/.local/state/opsconsole/\\fR
The journal, the evidence and the log of the console's own faults.
.SH ENVIRONMENT
.TP
\\fBOPSCONSOLE_\\fISECTION\\fB_\\fIKEY\\fR
One setting, over the file's. \\fBOPSCONSOLE_CONFIG\\fR names another file. Others that begin so are errors.
.TP
\\fBKUBECONFIG\\fR
As for kubectl.
.TP
\\fBNO_COLOR\\fR
No colours.
.SH SEE ALSO
.BR kubectl (1)
"""


def roff(text: str) -> str:
    """``text`` as roff takes it: nothing in it is a command."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join(f"\\&{line}" if line[:1] in {".", "'"} else line for line in lines)


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """The contexts of ``command`` and all below it."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from commands(below, click.Context(below, parent=context, info_name=name))


def section(context: click.Context) -> str:
    """One command: its use, its words, its options."""
    command = context.command
    use = " ".join(command.collect_usage_pieces(context))
    parts = [f".SS {roff(context.command_path)}", f".B {roff(context.command_path)}", roff(use)]
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        kept = paragraph.startswith("\b")
        parts += [".PP", *([".nf", roff(paragraph.removeprefix("\b\n")), ".fi"] if kept else [roff(paragraph)])]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            parts += [".TP", f"\\fB{roff(record[0])}\\fR", roff(record[1])]
    return "\n".join(parts) + "\n"


def page() -> str:
    """The whole page."""
    context = click.Context(main, info_name="opsconsole", **main.context_settings)
    below = "".join(section(each) for each in commands(main, context))
    head = f'.TH OPSCONSOLE 1 "" "opsconsole {__version__}" "User Commands"\n.SH NAME\nopsconsole \\- '
    what = "a console for the person on call when an AI\\-driven optimizer is hurting a Kubernetes cluster\n"
    return f"{head}{what}.SH COMMANDS\n{below}{FILES}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
