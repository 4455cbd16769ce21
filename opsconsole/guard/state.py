"""What the guard shows of itself: by its metrics, its health and its Lease."""

from __future__ import annotations

import msgspec


class GuardState(msgspec.Struct):
    """What the guard shows of itself. Counters only rise. ``cannot`` is why a freeze would fail now."""

    frozen: bool | None = None
    trips: int = 0
    failures: int = 0
    reason: str = ""
    tripped_at: float | None = None
    standing_down_until: float = 0.0
    holes: int | None = None
    cannot: str = ""
