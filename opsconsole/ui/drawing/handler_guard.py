"""Keeps a failing message handler from ending the app: what failed is said on the screen and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.message import Message


class Guarded:
    """Mixed into widgets and screens; Textual ends the whole app when a handler raises, we go on without it."""

    async def _dispatch_message(self, message: Message) -> None:
        ours: Any = self
        try:
            await super()._dispatch_message(message)  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - a defect of ours must not take the console away
            ours.app.failed(f"{type(message).__name__.lower()} on {ours.id or type(self).__name__.lower()}", error)
