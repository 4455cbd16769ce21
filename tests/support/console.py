"""One way of running the console's commands in this process, as somebody who has this kubeconfig."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from opsconsole.cli import main


def run_console(
    kubeconfig: Path,
    *arguments: str,
    optimizer: str = "",
    namespace: str = "",
    environment: Mapping[str, str] | None = None,
) -> Result:
    """Run ``opsconsole`` with ``arguments`` and return what it printed and its exit code.

    Args:
        kubeconfig: whose rights it has.
        arguments: the command and its own options.
        optimizer: ``namespace/name`` of the optimizer; empty: none is named.
        namespace: what ``--namespace`` says; empty: nothing.
        environment: variables that differ from this process's.
    """
    shared = ["--kubeconfig", str(kubeconfig)]
    shared += ["--optimizer", optimizer] if optimizer else []
    shared += ["--namespace", namespace] if namespace else []
    return CliRunner().invoke(main, [*shared, *arguments], env=environment)
