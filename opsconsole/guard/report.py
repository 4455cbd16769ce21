"""Tells people what the guard does: a line of JSON on standard output, an event, a webhook, plugins."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TextIO

from opsconsole.guard.outlet import Outlet
from opsconsole.text import clean_line

WEBHOOK_SECONDS = 5.0
"""Longest that a webhook may take; nothing waits for it."""

HANGS = 60.0
"""Seconds that a way may take for one word; from then on it counts as failing, though it raises nothing."""

LAST_SECONDS = 6.0
"""Seconds that the end waits for the last words: one webhook that takes its time, far from a pod's grace of 30 s."""

Announce = Callable[[str, str, bool], object]
"""Writes an event: reason, note, whether it is serious."""


class Word(NamedTuple):
    """Something to tell. ``kind`` is one word in CamelCase, such as ``Frozen``; ``at`` is seconds since the epoch."""

    at: float
    kind: str
    text: str
    serious: bool = False


class Teller(Protocol):
    """A plugin's way to tell people. It is called on a thread of its own, one word after the other."""

    name: str

    def tell(self, word: Word) -> object:
        """Tell it. May block for seconds and may raise: other ways tell it all the same."""
        ...


class WayHealth(NamedTuple):
    """Whether a way to tell people works (``None``: nothing was told yet), and how many words it did not tell."""

    works: bool | None = None
    not_told: int = 0


class Reporter:
    """Tells each word in every way there is. A way that fails is told by the others, and holds up nothing.

    Args:
        out: where the lines go.
        announce: writes an event; ``None`` where there is no cluster.
        webhook: an address that takes JSON by POST; empty for none.
        tellers: the plugins' ways; they may come later than the first words.
    """

    def __init__(
        self,
        out: TextIO,
        announce: Announce | None,
        webhook: str = "",
        tellers: Callable[[], Iterable[Teller]] = tuple,
    ) -> None:
        self._out = out
        self._webhook = webhook
        self._tellers = tellers
        self._lock = threading.Lock()
        self._ways: dict[str, _Way] = {}
        if announce is not None:
            self._add("event", lambda word: announce(word.kind, clean_line(word.text, 1000), word.serious), "Event")
        if webhook:
            self._add("webhook", self._post, "Webhook")

    def tell(self, word: Word) -> None:
        """Write the line now, and the rest on threads of their own."""
        self._line(word)
        for teller in self._tellers():
            if teller.name not in self._ways:
                self._add(teller.name, teller.tell, teller.name)
        for way in list(self._ways.values()):
            way.outlet.put(word)

    def ways(self) -> dict[str, WayHealth]:
        """How each way there is does."""
        return {name: way.health() for name, way in list(self._ways.items())}

    def finish(self, at: float, seconds: float = LAST_SECONDS) -> None:
        """Wait until the last words are told, for ``seconds`` at most in all; say ``at`` which ways have not told them.

        They go on threads that end with the process.
        """
        deadline = time.monotonic() + seconds
        for name, way in list(self._ways.items()):
            if left := way.outlet.finish(max(0.0, deadline - time.monotonic())):
                self._line(Word(at, "NotTold", f"{name}: it took too long, {left} not told before the end"))

    def _add(self, name: str, hand_over: Callable[[Word], object], title: str) -> None:
        self._ways[name] = _Way(name, hand_over, title, self._line)

    def _line(self, word: Word) -> None:
        body = {"at": word.at, "event": word.kind, "text": clean_line(word.text, 1000), "serious": word.serious}
        with self._lock:
            print(json.dumps(body, ensure_ascii=False), file=self._out, flush=True)

    def _post(self, word: Word) -> None:
        text = f"opsconsole guard: {clean_line(word.text, 1000)}"
        body = json.dumps({"text": text, "event": word.kind, "at": word.at}).encode()
        headers = {"Content-Type": "application/json"}
        import urllib.request  # noqa: PLC0415 - plugins' interface imports this module, and few consoles have a webhook

        request = urllib.request.Request(self._webhook, body, headers)  # noqa: S310 - the settings allow http(s) alone
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
            pass


class _Way:
    """One way to tell people, and how it does. That it fails is said once, and so is that it works again.

    A guard without the right to write events would fail with every word that it has to say.
    """

    def __init__(
        self, name: str, hand_over: Callable[[Word], object], title: str, line: Callable[[Word], object]
    ) -> None:
        self._hand_over = hand_over
        self._title = title
        self._line = line
        self._works: bool | None = None
        self._said = ""
        self._failed = self._in_a_row = 0
        self.outlet = Outlet(name, self._tell, self._not_told)

    def health(self) -> WayHealth:
        works = False if self.outlet.held() > HANGS else self._works
        return WayHealth(works, self._failed + self.outlet.lost)

    def _tell(self, word: Word) -> None:
        self._hand_over(word)
        if self._works is False:
            words = f"{self._title}: it tells again; not told since it failed: {self._in_a_row}"
            self._line(Word(word.at, "ToldAgain", words))
        self._works, self._said, self._in_a_row = True, "", 0

    def _not_told(self, word: Word, error: Exception) -> None:
        self._works = False
        self._failed += 1
        self._in_a_row += 1
        words = f"{type(error).__name__}: {error}"
        if (state := _NUMBERS.sub("", words)) != self._said:
            self._said = state
            self._line(Word(word.at, "NotTold", f"{self._title}: {words}"))


_NUMBERS = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
"""Ports, seconds, numbers of requests and where an object is in memory (``object at 0x7f3a…``) differ from one try to
the next: the trouble is the same."""
