"""Secrets that stand in plain sight in a manifest, masked before they reach a record or a screen."""

from __future__ import annotations

from typing import Any

from opsconsole import masking
from opsconsole.text import clean_line

MAX_ENV_VALUE = 512
"""Characters kept of an environment variable's value."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def shown(name: str, value: str) -> str:
    """Return an environment variable's value as it may be shown: secrets are often put there as plain literals."""
    return clean_line(masking.mask_named(name, value), MAX_ENV_VALUE)


def mask(document: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest without its secrets, wherever in it they stand."""
    metadata = document.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and _LAST_APPLIED in annotations:
        # The whole object once more, as text: nothing in it that is not above, secrets included.
        left = {**annotations, _LAST_APPLIED: "(the manifest as last applied by kubectl, left out)"}
        document = {**document, "metadata": {**metadata, "annotations": left}}  # type: ignore[dict-item]
    masked: dict[str, Any] = masking.mask(document)
    return masked
