"""Secrets that stand in plain sight in a manifest, masked before they reach a record or a screen."""

from __future__ import annotations

import re
from typing import Any

from opsconsole.text import clean_line

MASKED = "(masked)"
MAX_ENV_VALUE = 512
"""Characters kept of an environment variable's value."""

_SECRET_NAME = re.compile(r"passw|passphrase|token|secret|credential|api_?key|access_?key|private_?key|auth", re.I)
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def shown(name: str, value: str) -> str:
    """Return an environment variable's value as it may be shown: secrets are often put there as plain literals."""
    return clean_line(_masked(name, value), MAX_ENV_VALUE)


def mask(document: dict[str, Any]) -> None:
    """Mask, in place, a Secret's data and what looks like a secret in the environment of any container."""
    if document.get("kind") == "Secret":
        for field in ("data", "stringData"):
            if isinstance(document.get(field), dict):
                document[field] = dict.fromkeys(document[field], MASKED)
    _mask_below(document)


def _mask_below(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _mask_below(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "env" and isinstance(inner, list):
                _mask_env(inner)
            elif key == _LAST_APPLIED:
                # The whole object once more, as text: nothing in it that is not above, secrets included.
                value[key] = "(the manifest as last applied by kubectl, left out)"
            else:
                _mask_below(inner)


def _mask_env(variables: list[Any]) -> None:
    for each in variables:
        if isinstance(each, dict) and isinstance(each.get("value"), str):
            each["value"] = _masked(str(each.get("name") or ""), each["value"])


def _masked(name: str, value: str) -> str:
    return MASKED if _SECRET_NAME.search(name) else _LOGIN_IN_URL.sub(MASKED, value)
