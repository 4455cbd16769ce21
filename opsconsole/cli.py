"""The command line: what there is, and the settings it shares. Each command's module is imported only when it runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from opsconsole import __version__
from opsconsole.settings import Settings, SettingsError
from opsconsole.settings.sources import choose_optimizers, load, overlay, settings_remarks

COMMANDS = {
    "completion": "opsconsole.commands.completion:completion",
    "config": "opsconsole.commands.config.command:config",
    "approve": "opsconsole.commands.acting.approve:approve",
    "check": "opsconsole.commands.check.command:check",
    "status": "opsconsole.commands.looking.status:status",
    "writers": "opsconsole.commands.looking.writers:writers",
    "show": "opsconsole.commands.looking.show:show",
    "kill": "opsconsole.commands.acting.kill:kill",
    "guard": "opsconsole.commands.running.guard:guard",
    "govern": "opsconsole.commands.acting.govern:govern",
    "judge": "opsconsole.commands.looking.judge:judge",
    "journal": "opsconsole.commands.looking.journal:journal",
    "node": "opsconsole.commands.running.node:node",
    "rehearse": "opsconsole.commands.running.rehearse:rehearse",
}
"""Command → where it is. The help line of each is its docstring's first sentence."""

SETTINGS_FILE, SETTINGS_ERROR = "opsconsole.settings_file", "opsconsole.settings_error"
"""Where the context keeps the file that ``--config`` names, and why the settings can't be used."""

MEND_SETTINGS = frozenset({"config", "completion"})
"""Commands that work though the settings can't be used."""

TAKE_SETTINGS = frozenset({"check", "show", "kill", "guard", "writers"})
"""Commands that take the shared options behind their name too: nobody remembers the order at night."""


class WrongUsage(click.ClickException):
    """Options, settings or variables can't be used: exit code 2, as for all other wrong usage."""

    exit_code = 2


def _lay_over(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put one shared option over the settings that the context has so far."""
    if value is None or parameter.name is None:
        return
    given = context.find_object(Settings) or Settings()
    try:
        if parameter.name == "optimizer":
            context.obj = choose_optimizers(given, value) if value else given
        elif value != ():
            flat = ",".join(value) if isinstance(value, tuple) else value
            context.obj = overlay(given, {SETTING_OF[parameter.name]: flat})
    except SettingsError as error:
        raise WrongUsage(str(error)) from error


SETTING_OF = {
    "kubeconfig": "cluster.kubeconfig",
    "context": "cluster.context",
    "namespace": "cluster.namespace",
    "decision_log": "decisions.log",
    "prometheus": "metrics.url",
    "read_only": "read_only",
    "gpu_nodes": "gpu.nodes",
    "theme": "ui.theme",
}
"""Shared option → the setting that it sets."""


def _shared() -> list[click.Option]:
    def option(*names: str, **attributes: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=_lay_over, **attributes)

    return [
        option("--kubeconfig", metavar="FILE", help="Kubeconfig (default: $KUBECONFIG, ~/.kube/config, in-cluster)."),
        option("--context", metavar="NAME", help="Context of the kubeconfig (default: its current one)."),
        option(
            "-n",
            "--namespace",
            metavar="NAME[,NAME]",
            multiple=True,
            help="Read these namespaces alone (default: all; the context's own where all of them are denied).",
        ),
        option(
            "--optimizer",
            metavar="[KIND/]NAMESPACE/NAME",
            multiple=True,
            help="The optimizer, its kind as kubectl takes it; or a name from [[optimizers]]. May be given again.",
        ),
        option("--decision-log", metavar="FILE", help="Read its decisions from this file, not from its pods' logs."),
        option("--prometheus", metavar="URL", help="Prometheus to ask for service levels."),
        option(
            "--gpu-nodes",
            type=click.Choice(["ssh", "exec", "dcgm"]),
            help="Look at the nodes' GPUs, not at this host's: by ssh, in pods, or devices alone by Prometheus.",
        ),
        option("--read-only", is_flag=True, default=None, help="Only read: what could write is not built at all."),
        option("--theme", type=click.Choice(["dark", "light", "ansi"]), help="Colours of the screen."),
    ]


def _load(context: click.Context, _parameter: click.Parameter, file: str | None) -> None:
    context.meta[SETTINGS_FILE] = file
    try:
        context.obj = load(file)
    except SettingsError as error:
        context.meta[SETTINGS_ERROR] = str(error)  # main() says it: `config` must work on settings that don't


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for: the console's first frame pays for none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is not a command")
        if cmd_name in TAKE_SETTINGS:
            taken = {name for parameter in command.params for name in parameter.opts}
            command.params.extend(option for option in _shared() if taken.isdisjoint(option.opts))
        return command


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=_shared(),
)
@click.option(
    "--config",
    metavar="FILE",
    callback=_load,
    expose_value=False,
    is_eager=True,
    help="Settings file (default: opsconsole/opsconsole.toml in ~/.config).",
)
@click.version_option(__version__, prog_name="opsconsole")
@click.pass_context
def main(context: click.Context) -> None:
    """Watch an AI-driven optimizer and stop it.

    Without a command, opens the console on the current kubeconfig context.
    """
    if sys.stdin is None:  # closed by whoever started us; what reads it finds that nothing is there
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - it stays open as long as we run
    if SETTINGS_ERROR in context.meta and context.invoked_subcommand not in MEND_SETTINGS:
        raise WrongUsage(f"{context.meta[SETTINGS_ERROR]}; `opsconsole config validate` says more")
    remarks = settings_remarks(context.meta[SETTINGS_FILE]) if context.invoked_subcommand != "completion" else ()
    for each in remarks:
        click.echo(f"warning: {each}", err=True)
    if context.invoked_subcommand is None:
        from opsconsole.commands.running.cockpit import open_cockpit

        sys.exit(open_cockpit(context.find_object(Settings) or Settings(), remarks))


if __name__ == "__main__":
    main()
