"""The page of sources: how each feed is, in full. The header and the panes' titles have room for a word of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from opsconsole.records import Health, State
from opsconsole.ui.drawing.spans import StyledLine, fit, line
from opsconsole.ui.status import health as health_words
from opsconsole.ui.status.header import brief

_ORDER = (State.DOWN, State.DENIED, State.STALE, State.STARTING, State.LIVE, State.ABSENT)
_NAME_WIDTH = 24


def page(health: Mapping[str, Health], now: float) -> Iterator[StyledLine]:
    """Yield every source with its state and what it says, those that are not well first."""
    for word in sorted(health.values(), key=lambda word: (_rank(word), word.feed)):
        words, style = health_words.words(word, now, whole=True)
        yield line((f" {fit(word.feed, _NAME_WIDTH)} ", "strong"), (words, style))


def _rank(word: Health) -> tuple[int, int]:
    return (0, 0) if word.state is State.LIVE and word.failing else (1, _ORDER.index(word.state))


def summary(health: Iterable[Health]) -> str:
    """Return how many sources are in which state."""
    counts: dict[str, int] = {}
    for word in health:
        counts[brief(word)] = counts.get(brief(word), 0) + 1
    return ", ".join(f"{number} {state}" for state, number in counts.items())
