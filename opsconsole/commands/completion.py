"""``opsconsole completion``: what a shell needs to complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_VARIABLE = "_OPSCONSOLE_COMPLETE"
"""The variable by which click's scripts ask the program for completions; click derives it from the program's name."""

_HOW = {
    "bash": 'eval "$(opsconsole completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(opsconsole completion zsh)"   # in ~/.zshrc, behind compinit',
    "fish": "opsconsole completion fish > ~/.config/fish/completions/opsconsole.fish",
}


@click.command(
    epilog="\b\n" + "\n".join(_HOW.values()),
    short_help="Print a completion script for your shell.",
)
@click.argument("shell", type=click.Choice(sorted(_HOW)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a completion script for bash (4.4 or newer), zsh or fish."""
    made = get_completion_class(shell)
    if made is None:  # click knows all three; another version may not
        raise click.ClickException(f"this version of click has no completion for {shell}")
    click.echo(made(context.find_root().command, {}, "opsconsole", _VARIABLE).source())
