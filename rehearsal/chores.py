"""Other programs that write beside the optimizer, and harm nobody: who looks for the culprit meets them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from rehearsal.optimizers.api import MERGE, RefusedError
from rehearsal.scenario import Chore

Ask = Callable[[str, str, str, Any, str], object]
"""Sends ``(token, agent, path, body, content type)``; raises :class:`RefusedError` where the server says no."""


class Chores:
    """Does each chore when it is due.

    Args:
        chores: what there is to do.
        places: the namespace of each target.
        send: see :data:`Ask`.
        welcome: makes a token known, with the namespace and name of its ServiceAccount.
    """

    def __init__(
        self,
        chores: tuple[Chore, ...],
        places: dict[str, str],
        send: Ask,
        welcome: Callable[[str, str, str], None],
    ) -> None:
        self._chores = chores
        self._places = places
        self._send = send
        self._tokens = [secrets.token_urlsafe(24) for _ in chores]
        for chore, token in zip(chores, self._tokens, strict=True):
            namespace, _, name = chore.account.partition("/")
            welcome(token, namespace, name)
        self._due = [chore.every for chore in chores]
        self._turns = 0

    def step(self, elapsed: float) -> None:
        """Do what is due ``elapsed`` seconds into the story."""
        for number, chore in enumerate(self._chores):
            if elapsed < self._due[number]:
                continue
            self._due[number] = elapsed + chore.every
            self._turns += 1
            namespace = self._places[chore.target]
            path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{chore.target}"
            body = {"metadata": {"annotations": {chore.note: str(self._turns)}}}
            try:
                self._send(self._tokens[number], chore.agent, path, body, MERGE)
            except RefusedError:
                continue  # it has lost its rights, by the operator's hand; it tries again at the next turn
