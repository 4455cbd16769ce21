"""``opsconsole config``: where the settings are, what is in effect and why, a file to begin with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from opsconsole.commands.config.effective import DEFAULT, effective, known, misspelt
from opsconsole.commands.output import json_text, print_json, print_line
from opsconsole.settings import Settings, SettingsError
from opsconsole.settings.sources import layers, load, settings_path

BAD = 2
"""Exit code for settings that can't be used."""

_FILE = "opsconsole.settings_file"
"""Where the command line keeps the file that ``--config`` names."""


@click.group(short_help="Say where the settings are and what is in effect.")
def config() -> None:
    """Say where the settings are, what is in effect and where it comes from; write a file to begin with."""


@config.command()
@click.pass_context
def path(context: click.Context) -> None:
    """Print which settings file is read.

    Exit code 0: it is there. 1: it is not, and nothing is missed. 2: it was named and is not there.
    """
    found, required = settings_path(context.meta.get(_FILE), os.environ)
    if found is None:
        print_line("opsconsole config: neither XDG_CONFIG_HOME nor HOME is set: no file is read", err=True)
        sys.exit(1)
    print_line(str(found))
    if not found.exists():
        print_line("opsconsole config: there is no such file yet; `opsconsole config init` writes one", err=True)
        sys.exit(BAD if required else 1)


@config.command()
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--changed", is_flag=True, help="Only what is not the default.")
@click.pass_context
def show(context: click.Context, output: str, *, changed: bool) -> None:
    """Print the value of every setting that is in effect, and where it comes from.

    What plugins are told is not printed, since it may hold secrets. Exit code 2: the settings can't be used.
    """
    file = context.meta.get(_FILE)
    try:
        loaded = load(file)
        in_file, in_environment = layers(file)
    except SettingsError as error:
        _refuse(str(error))
    used = context.find_object(Settings) or loaded
    name = str(settings_path(file, os.environ)[0])
    for each in effective(used, loaded, in_file, in_environment, name):
        if changed and each.origin == DEFAULT:
            continue
        if output == "json":
            print_json(each._asdict())
        else:
            value = json_text(each.value)
            print_line(f"{each.key} = {value}   # {each.origin}")


@config.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.pass_context
def validate(context: click.Context, file: str | None) -> None:
    """Check FILE, or the settings that would be used: every key, every value, and the OPSCONSOLE_* variables.

    Exit code 0: all can be used. 2: something is wrong; each line names the file or variable and the key.
    """
    chosen = file or context.meta.get(_FILE)
    wrong = [f"{name}: there is no such setting" for name in misspelt(os.environ)]
    try:
        load(chosen, environ={} if file else known(os.environ))
    except SettingsError as error:
        wrong.append(str(error))
    for words in wrong:
        print_line(words, err=True)
    if wrong:
        sys.exit(BAD)
    where = settings_path(chosen, os.environ)[0]
    there = where is not None and where.exists()
    print_line(f"{where}: can be used" if there else "there is no settings file; the defaults are used")


@config.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def init(context: click.Context, file: Path | None) -> None:
    """Write a settings file with every setting, its default and what it is for, all commented out.

    A file that is there is left alone. Exit code 2: nothing was written; the words say why.
    """
    from opsconsole.commands.config.template import template  # noqa: PLC0415 - the other commands don't need it

    where = file or settings_path(context.meta.get(_FILE), os.environ)[0]
    if where is None:
        _refuse("neither XDG_CONFIG_HOME nor HOME is set: name a file")
    try:
        where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Exclusive, so that a file which appears meanwhile is not overwritten; private, since it may come to hold
        # what a plugin must not tell everybody.
        with os.fdopen(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(template())
    except FileExistsError:
        _refuse(f"{where} is there already and was left as it is")
    except OSError as error:
        _refuse(f"{where} can't be written: {error.strerror}")
    print_line(str(where))


def _refuse(words: str) -> NoReturn:
    print_line(f"opsconsole config: {words}", err=True)
    sys.exit(BAD)
