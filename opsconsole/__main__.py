"""``python -m opsconsole`` is the same as ``opsconsole``."""

from opsconsole.cli import main

main()
