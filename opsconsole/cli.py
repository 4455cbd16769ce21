"""The command line: what there is, and the settings it shares. Each command's module is imported only when it runs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from opsconsole import __version__

COMMANDS = {
    "check": "opsconsole.commands.check:check",
    "show": "opsconsole.commands.show:show",
    "kill": "opsconsole.commands.kill:kill",
    "judge": "opsconsole.commands.judge:judge",
    "journal": "opsconsole.commands.journal:journal",
    "node": "opsconsole.commands.node:node",
    "rehearse": "opsconsole.commands.rehearse:rehearse",
}
"""Command → where it is. The help line of each is its docstring's first sentence."""


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
        return command


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="Settings file (default: opsconsole/opsconsole.toml in ~/.config).")
@click.option("--kubeconfig", metavar="FILE", help="Kubeconfig (default: $KUBECONFIG, ~/.kube/config, in-cluster).")
@click.option("--context", metavar="NAME", help="Context of the kubeconfig (default: its current one).")
@click.option("-n", "--namespace", metavar="NAME", help="Show this namespace alone (default: all).")
@click.option(
    "--optimizer",
    metavar="[KIND/]NAMESPACE/NAME",
    help="The optimizer: Deployment, StatefulSet, DaemonSet, CronJob, Job or pod.",
)
@click.option("--decision-log", metavar="FILE", help="Read its decisions from this file instead of its pods' logs.")
@click.option("--prometheus", metavar="URL", help="Prometheus to ask for service levels.")
@click.option("--read-only", is_flag=True, default=None, help="Nothing that writes is even constructed.")
@click.option("--theme", type=click.Choice(["dark", "light", "ansi"]), help="Colours of the screen.")
@click.version_option(__version__, prog_name="opsconsole")
@click.pass_context
def main(ctx: click.Context, /, config: str | None, **flags: Any) -> None:
    """Watch an AI-driven optimizer and stop it.

    Without a command, opens the console on the current kubeconfig context.
    """
    from opsconsole.settings import SettingsError, load

    try:
        ctx.obj = load(config, _as_settings(flags))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if ctx.invoked_subcommand is None:
        from opsconsole.commands.cockpit import open_cockpit

        sys.exit(open_cockpit(ctx.obj))


def _as_settings(flags: dict[str, Any]) -> dict[str, Any]:
    return {
        "read_only": flags["read_only"],
        "cluster.kubeconfig": flags["kubeconfig"],
        "cluster.context": flags["context"],
        "cluster.namespace": flags["namespace"],
        "optimizer.name": flags["optimizer"],
        "decisions.log": flags["decision_log"],
        "metrics.url": flags["prometheus"],
        "ui.theme": flags["theme"],
    }


if __name__ == "__main__":
    main()
