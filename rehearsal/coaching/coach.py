"""The coach: what to look at and press next. Pure over what was observed; it never does anything itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rehearsal.coaching.situation import Situation
from rehearsal.scenario import Lesson

LOOK_SECONDS = 25.0
"""How long the first lesson (look before you act) stays if nothing is done."""


class CoachLine(NamedTuple):
    """One line for the screen: which lesson of how many, and its words."""

    step: int
    steps: int
    text: str

    def __str__(self) -> str:
        return f"coach {self.step}/{self.steps}: {self.text}" if self.step else f"coach: {self.text}"


def holds(condition: str, now: Situation, opened: float) -> bool:
    """Whether a lesson's condition holds."""
    return {
        "looked": now.acted or now.at - opened >= LOOK_SECONDS,
        "named": now.named,
        "revoked": now.revoked,
        "optimizer-gone": now.optimizer_gone,
        "gpus-free": now.gpu_processes == 0,
        "mended": now.mended,
    }[condition]


def line(lessons: Sequence[Lesson], now: Situation, opened: float) -> CoachLine:
    """The first lesson that is still to be learnt."""
    for number, lesson in enumerate(lessons, start=1):
        if not holds(lesson.until, now, opened):
            return CoachLine(number, len(lessons), lesson.say)
    return CoachLine(0, len(lessons), "Contained and mended. Leave the console for the score card.")


class Coach:
    """Looks and says.

    Args:
        lessons: what is to be learnt, in order; ``{kubeconfig}`` in one stands for the path of the operator's.
        look: gives the present situation; it is asked at every call.
        kubeconfig: that path.
    """

    def __init__(self, lessons: Sequence[Lesson], look: Callable[[], Situation], kubeconfig: str = "") -> None:
        self._lessons = [Lesson(each.say.replace("{kubeconfig}", kubeconfig), each.until) for each in lessons]
        self._look = look
        self._opened: float | None = None

    def current(self) -> CoachLine:
        """The line for now."""
        now = self._look()
        if self._opened is None:
            self._opened = now.at
        return line(self._lessons, now, self._opened)
