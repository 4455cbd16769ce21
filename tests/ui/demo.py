"""Opens the Aura night in this terminal, for the terminal tests and to look at: ``python -m tests.ui.demo``."""

from __future__ import annotations

import sys

from opsconsole.ui.app import OpsConsoleApp
from tests.ui import aura

FAILED = 3
"""Exit code when something of the screen's own failed on the way."""


def main() -> int:
    app = OpsConsoleApp(aura.console())
    app.run()
    return app.return_code or (FAILED if app.failures else 0)


if __name__ == "__main__":
    sys.exit(main())
