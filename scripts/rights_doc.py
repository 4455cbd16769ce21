"""Make docs/rights.md from the table that ``opsconsole check`` asks by: the rights of each pane and each switch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from opsconsole.commands.check import rights
from opsconsole.switches.registry import SPECS
from opsconsole.switches.spec import Right

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "rights.md"

HEAD = """# Rights by feature

Leave a row out and its pane says DENIED with the verb and the resource, or its plan says which step would be refused;
the rest goes on. `opsconsole check` asks the authorizer for all of them. Ready roles are in
[examples/rbac](../examples/rbac/): `read-only.yaml` has the panes, `responder.yaml` the switches. For some namespaces
alone bind the rights marked *n* there by a RoleBinding and start with `--namespace a,b`; those marked *c* are to
objects without a namespace.

This page is made by `python -m scripts.rights_doc`. `tests/commands/test_rights_doc.py` gives each row of the panes,
and nothing else, to a user of a real cluster and opens it.

## Panes
| to see | needs |
|---|---|
"""

SWITCHES = """
Decisions are logs of the optimizer's pods: they need the pods of its namespace too. GPUs of this host need no right in
the cluster; whose a process is comes from the pods. Prometheus is asked by its own URL.

## Switches
On top of the panes. A key or command that is not here needs none.

With rights in a few namespaces alone revoke, optimizer, restore and undo do what they may there and name what they may
not; approve lists, shows and denies, and can't sign. Freeze, downgrade and the guard's freeze are refused whole, since
what they make has no namespace: the words name the right that is missing.

| key | `opsconsole kill` | needs |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    panes = "".join(f"| {name} | {_words(needed)} |\n" for name, needed in rights.PANES.items())
    switches = "".join(f"| `{spec.key}` | `{spec.name}` | {_words(spec.rights)} |\n" for spec in SPECS if spec.rights)
    return f"{HEAD}{panes}{SWITCHES}{switches}"


def _words(needed: Iterable[Right]) -> str:
    needed = tuple(needed)
    parts = []
    for mark, wanted in (("n", True), ("c", False)):
        found = [right for right in needed if rights.namespaced(right) is wanted]
        if found:
            parts.append(f"*{mark}* {rights.together(found)}")
    return "; ".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
