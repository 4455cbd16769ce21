"""What stands between us and a write that RBAC would allow: an admission policy or webhook, by its name. Pure."""

from __future__ import annotations

import re

from opsconsole.switches.shell import kubectl, shell
from opsconsole.text import clean_line

_POLICY = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)'")
_WEBHOOK = re.compile(r'(?:admission webhook|failed calling webhook) "([^"]+)"')


def in_words(error: Exception) -> str:
    """What failed, with the way past an admission policy or webhook where that is why."""
    return "; ".join(filter(None, [str(error), way_past(getattr(error, "reason", ""))]))


def way_past(refusal: str) -> str:
    """The step that removes what refused, in words, with its command; empty where RBAC or the server itself did.

    Args:
        refusal: the API server's own message.
    """
    if found := _POLICY.search(refusal):
        command = kubectl("delete", "validatingadmissionpolicybinding", names=[found[2]])
        return f"admission policy {clean_line(found[1])} is in the way; to remove it: {command}; then try again"
    if found := _WEBHOOK.search(refusal):
        name = clean_line(found[1])
        listing = (
            "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations "
            "-o custom-columns=KIND:.kind,NAME:.metadata.name,WEBHOOKS:.webhooks[*].name"
        )
        return (
            f"admission webhook {name} is in the way; find its configuration: {listing} | grep -F -- "
            f"{shell(found[1])}; delete it (kubectl delete KIND NAME); then try again"
        )
    return ""
