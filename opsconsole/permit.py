"""Permits: the single-use right to run one effect on one target.

The gate in :mod:`opsconsole.switches` mints a permit after the intent is safely in the journal; the writing halves of
``cluster`` and ``gpu`` redeem it before they touch anything. A permit that was not minted, was used before, or names
another effect or target raises :class:`PermitError` and nothing happens.
"""

from __future__ import annotations

import secrets
import threading
from typing import Protocol

from opsconsole.records import Ref, Step


class PermitError(Exception):
    """An effect was called without a valid permit. This is a defect or a plugin that goes around the gate."""


class Permit:
    """A capability for one step. It carries no power by itself: only its :class:`Mint` can say that it is good."""

    __slots__ = ("_token", "effect", "target")

    def __init__(self, token: str, effect: str, target: Ref) -> None:
        self._token = token
        self.effect = effect
        self.target = target

    @property
    def token(self) -> str:
        """The random token that the mint knows it by."""
        return self._token


class Redeemer(Protocol):
    """What the writing halves need of the mint: one call that succeeds once."""

    def redeem(self, permit: Permit, effect: str, target: Ref) -> None:
        """Use ``permit`` up for ``effect`` on ``target``, or raise :class:`PermitError`."""
        ...


class Mint:
    """Issues permits and redeems each of them once. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outstanding: dict[str, tuple[str, Ref]] = {}

    def issue(self, step: Step) -> Permit:
        """Mint the permit for one step of a confirmed plan whose intent is in the journal."""
        permit = Permit(secrets.token_hex(16), step.effect, step.target)
        with self._lock:
            self._outstanding[permit.token] = (step.effect, step.target)
        return permit

    def redeem(self, permit: Permit, effect: str, target: Ref) -> None:
        """Use ``permit`` up; it is spent even if it turns out to name another effect or target."""
        with self._lock:
            granted = self._outstanding.pop(permit.token, None)
        if granted is None:
            raise PermitError(f"no valid permit for {effect} on {target}: never issued, or used before")
        if granted != (effect, target):
            raise PermitError(f"the permit is for {granted[0]} on {granted[1]}, not for {effect} on {target}")
