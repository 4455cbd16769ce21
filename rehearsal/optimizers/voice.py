"""How an optimizer speaks: lines of text in one log, JSON documents over many lines in another, as in the write-ups."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Write = Callable[[str], None]


class Voice:
    """Formats what an optimizer says.

    Args:
        text: takes a line for its own log.
        documents: takes a document for the sidecar's log.
        module: what its JSON documents call the speaker.
    """

    def __init__(self, text: Write, documents: Write, module: str) -> None:
        self._text = text
        self._documents = documents
        self._module = module
        self.now = 0.0

    def say(self, level: str, message: str) -> None:
        """One line: ``[2023-10-27 03:14:05] ERROR: …``."""
        at = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%d %H:%M:%S")
        self._text(f"[{at}] {level}: {message}")

    def decide(self, message: str, confidence: float, action: str, target: str, patch: Any) -> None:
        """One decision as a JSON document over many lines. Python writes NaN and Infinity into it as they are."""
        moment = datetime.fromtimestamp(self.now, UTC)
        document = {
            "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
            "level": "INFO",
            "module": self._module,
            "message": message,
            "confidence_score": confidence,
            "action": action,
            "target": target,
            "patch": patch,
        }
        self._documents(json.dumps(document, indent=2))
