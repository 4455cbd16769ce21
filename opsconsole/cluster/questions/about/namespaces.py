"""Whether a namespace is there: a list of one that is not is empty, and the API server says nothing about it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.questions.reviews import Api

GOOD_FOR = 20.0
"""Seconds for which an answer is not asked for again: every kind of object in an empty namespace wants it."""


class Presence(NamedTuple):
    """Whether a namespace is there (``None``: it can't be told), and what there is to say about it."""

    there: bool | None
    words: str = ""


class _Status(Wire):
    phase: str = ""


class _Namespace(Wire):
    status: _Status = msgspec.field(default_factory=_Status)


class Namespaces:
    """Asks the API server for namespaces. Safe to use from several threads.

    Args:
        api: what is asked.
        clock: tells how old an answer is.
    """

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Presence]] = {}

    def look(self, name: str) -> Presence:
        """Ask for one namespace, or say what was answered a few seconds ago. Never raises: unknown is an answer."""
        with self._lock:
            known = self._known.get(name)
        now = self._clock.monotonic()
        if known is not None and now - known[0] < GOOD_FOR:
            return known[1]
        presence = self._ask(name)
        with self._lock:
            self._known[name] = now, presence
        return presence

    def _ask(self, name: str) -> Presence:
        shown = clean_line(name, 63)
        try:
            found = decode(self._api.request("GET", paths.of_kind("Namespace", "", name)), _Namespace)
        except NotFound:
            return Presence(there=False, words=f"there is no namespace {shown}")
        except ClusterError as error:
            return Presence(
                there=None, words=f"nothing there, and whether there is a namespace {shown} can't be told ({error})"
            )
        going = found.status.phase == "Terminating"
        return Presence(there=True, words=f"namespace {shown} is being deleted" if going else "")
