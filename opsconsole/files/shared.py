"""What the console runs by and others may change: a settings file, a kubeconfig, the credential plugin that it names.

It is said and not refused, unlike a plugin of the console's own or the folder of its state: the operator trusts these
files for kubectl too, and a console that does not start stops no optimizer.
"""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.records import Finding, Severity

RULE = "shared-file"


def shared_file_findings(remarks: Iterable[str], now: float) -> list[Finding]:
    """Return a finding for each remark, ``the settings file …: … may be written by others``."""
    detail = "Whoever writes there chooses what is looked at and protected, or runs a program as you."
    return [Finding(f"{RULE}/{each}", RULE, Severity.WARNING, each, detail, at=now) for each in remarks]
