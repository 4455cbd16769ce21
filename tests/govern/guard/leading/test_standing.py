"""What the guard makes of a freeze from one look to the next, by tables."""

from __future__ import annotations

import pytest

from opsconsole.govern.identities import Identities
from opsconsole.guard.standing import FreezeWatch, Seen
from opsconsole.records import Ref
from opsconsole.switches.freeze.facts import FoundObject, FreezeFacts, StandingFreeze

ONE, TWO = Identities(("one",)), Identities(("two",))
BOTH = Identities(("one", "two"))
UNREAD = "the optimizer's pods can't be read: 503"


def frozen(by: Identities | None, wanted: Identities = ONE, problem: str = "", *gaps: str) -> FreezeFacts:
    """``wanted`` are to be frozen, and a freeze of ``by`` is in force."""
    parts = [FoundObject(Ref(kind, "", "f"), ours=True, intact=True) for kind in ("policy", "binding")]
    own = StandingFreeze("f", *parts, by) if by else StandingFreeze("f")
    mine = by is not None and by.same(wanted)
    rest = () if mine or by is None else (own,)
    return FreezeFacts(wanted, own=own if mine else StandingFreeze("g"), others=rest, problem=problem, gaps=gaps)


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        ([frozen(None)], Seen.FREE),
        ([frozen(ONE)], Seen.FROZEN),
        ([frozen(ONE), frozen(None)], Seen.THAWED),
        ([frozen(ONE), frozen(None), frozen(None)], Seen.FREE),
        ([frozen(ONE), None], Seen.UNKNOWN),
        ([frozen(ONE), None, frozen(None)], Seen.THAWED),
        ([frozen(ONE), frozen(ONE, Identities(), "whom?", UNREAD)], Seen.UNKNOWN),
        ([frozen(ONE), frozen(ONE, Identities(), "whom?", UNREAD), frozen(ONE)], Seen.FROZEN),
        ([frozen(ONE), frozen(ONE, BOTH)], Seen.OUTGROWN),
        ([frozen(ONE), frozen(ONE, TWO)], Seen.OUTGROWN),
        ([frozen(ONE), frozen(ONE, BOTH), frozen(None, BOTH)], Seen.THAWED),
        ([frozen(ONE), frozen(ONE, BOTH), frozen(BOTH, BOTH)], Seen.FROZEN),
        ([frozen(BOTH, BOTH), frozen(BOTH, ONE, "", UNREAD), frozen(ONE, ONE, "", UNREAD)], Seen.THAWED),
        ([frozen(BOTH, BOTH), frozen(ONE, ONE)], Seen.FROZEN),
    ],
)
def test_a_thaw_is_told_from_a_look_that_failed_and_from_a_new_identity(
    looks: list[FreezeFacts | None], seen: Seen
) -> None:
    standing = FreezeWatch()
    assert [standing.see(look) for look in looks][-1] is seen
