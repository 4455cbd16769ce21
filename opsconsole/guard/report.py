"""Tells people what the guard does: a line of JSON on standard output, an event, a webhook."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from typing import NamedTuple, TextIO

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.text import clean_line, escape_json

WEBHOOK_SECONDS = 5.0
"""Longest that a webhook may take; nothing waits for it."""

Announce = Callable[[str, str, bool], object]
"""Writes an event: reason, note, whether it is serious."""


class Word(NamedTuple):
    """Something to tell. ``kind`` is one word in CamelCase, such as ``Frozen``."""

    at: float
    kind: str
    text: str
    serious: bool = False


class Reporter:
    """Tells each word in every way there is. A way that fails is told by the others, and holds up nothing.

    Args:
        out: where the lines go.
        announce: writes an event; ``None`` where there is no cluster.
        webhook: an address that takes JSON by POST; empty for none.
    """

    def __init__(self, out: TextIO, announce: Announce | None, webhook: str = "") -> None:
        self._out = out
        self._announce = announce
        self._webhook = webhook
        self._lock = threading.Lock()

    def tell(self, word: Word) -> None:
        """Write the line now, and the rest on a thread of its own."""
        self._line(word)
        if self._announce is not None or self._webhook:
            threading.Thread(target=self._elsewhere, args=(word,), name="guard-report", daemon=True).start()

    def _line(self, word: Word) -> None:
        body = {"at": word.at, "event": word.kind, "text": clean_line(word.text, 1000), "serious": word.serious}
        with self._lock:
            print(escape_json(json.dumps(body, ensure_ascii=False)), file=self._out, flush=True)

    def _elsewhere(self, word: Word) -> None:
        if self._announce is not None:
            try:
                self._announce(word.kind, clean_line(word.text, 1000), word.serious)
            except ClusterError as error:
                self._line(Word(word.at, "EventNotWritten", str(error)))
        if self._webhook:
            try:
                self._post(word)
            except (OSError, ValueError) as error:
                self._line(Word(word.at, "WebhookFailed", f"{type(error).__name__}: {error}"))

    def _post(self, word: Word) -> None:
        text = f"opsconsole guard: {clean_line(word.text, 1000)}"
        body = json.dumps({"text": text, "event": word.kind, "at": word.at}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._webhook, body, headers)  # noqa: S310 - the settings allow http(s) alone
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
            pass
