"""What freezing and thawing plan from: who is to be frozen, what is there already, who could end it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.govern.identities import Identities
from opsconsole.govern.names import FREEZE, INSTALLED_FREEZE, PARAMETER
from opsconsole.records import Record, Ref
from opsconsole.switches.freeze.around.ways import Hole


class FoundObject(Record, frozen=True):
    """An object of a name that we use. ``ours``: we made it; ``intact``: it says what we would have it say."""

    ref: Ref
    ours: bool = False
    intact: bool = False


class StandingFreeze(Record, frozen=True):
    """A freeze made on the spot, by whomever: what is there under its name, and whom it freezes.

    ``identities`` is ``None`` where its policy is missing, or its condition is none that we write.
    """

    name: str
    policy: FoundObject | None = None
    binding: FoundObject | None = None
    identities: Identities | None = None

    @property
    def parts(self) -> tuple[FoundObject, ...]:
        """Its objects, the binding first: a binding without its policy is nothing, the other way round too."""
        return tuple(each for each in (self.binding, self.policy) if each is not None)

    @property
    def in_force(self) -> bool:
        """Whether it freezes whom it names."""
        return len(self.parts) == 2 and all(each.intact for each in self.parts)

    def __str__(self) -> str:
        return f"{self.identities or 'nobody knows whom'} ({self.name})"


class FreezeFacts(Record, frozen=True):
    """How the freeze stands.

    Attributes:
        identities: who is to be frozen.
        ungrouped: users among them of whom no group is named.
        me: our own user name and groups, to see whether we would freeze ourselves.
        own: what is there under the name that a freeze of these identities has, or would get.
        others: the freezes that were made on the spot besides it.
        foreign: objects of somebody else's that have a name of ours.
        full: every name that a freeze could get is taken.
        governor: the installed governor's freeze policy and binding, as far as they are there.
        governed: whom they are about; ``None`` where that can't be read.
        parameter: the object whose annotation they look at.
        frozen: what that says; ``None`` if it says nothing.
        namespaces: where it was asked what can be given in a namespace.
        holes: ways round the freeze that are open, or may be.
        asked: whether anybody asked for them.
        problem: why nothing can be planned; empty otherwise.
        gaps: what could not be read, in words.
    """

    identities: Identities = Identities()
    ungrouped: tuple[str, ...] = ()
    me: tuple[str, tuple[str, ...]] | None = None
    own: StandingFreeze = StandingFreeze(FREEZE)
    others: tuple[StandingFreeze, ...] = ()
    foreign: tuple[Ref, ...] = ()
    full: bool = False
    governor: tuple[FoundObject, ...] = ()
    governed: Identities | None = None
    parameter: Ref = Ref("Namespace", "", PARAMETER)
    frozen: str | None = None
    namespaces: tuple[str, ...] = ()
    holes: tuple[Hole, ...] = ()
    asked: bool = True
    problem: str = ""
    gaps: tuple[str, ...] = ()

    @property
    def governs(self) -> bool:
        """Whether a governor is installed and whole, whomever it is about."""
        return len(self.governor) == 2 and all(each.intact for each in self.governor)

    @property
    def installed(self) -> bool:
        """Whether the installed governor is whole, and is about these identities."""
        return self.governs and self.governed is not None and self.governed.same(self.identities)

    @property
    def by_governor(self) -> bool:
        """Whether the installed governor freezes them now."""
        return self.installed and self.frozen != "false"

    @property
    def on_the_spot(self) -> bool:
        """Whether a freeze of exactly these identities, without the governor, is in force now."""
        return self.own.in_force

    @property
    def stands(self) -> bool:
        """Whether each of these identities is frozen now, by this freeze or by others."""
        return self.by_governor or self.on_the_spot or all_covered(self.identities, list(self.in_force()))

    @property
    def name(self) -> str:
        """The name of policy and binding by which they are, or would be, frozen."""
        return INSTALLED_FREEZE if self.installed else self.own.name

    def in_force(self) -> Iterator[Identities]:
        """Whom each freeze that is in force is about."""
        if self.governs and self.governed is not None and self.frozen != "false":
            yield self.governed
        for each in (self.own, *self.others):
            if each.in_force and each.identities is not None:
                yield each.identities

    def to_thaw(self) -> tuple[StandingFreeze, ...]:
        """The freezes that are about nobody else."""
        return tuple(each for each in self.own_and_others() if self._ends(each))

    def staying(self) -> tuple[StandingFreeze, ...]:
        """The freezes that are about others, or of which it can't be read whom they are about."""
        return tuple(each for each in self.own_and_others() if each.policy is not None and not self._ends(each))

    def own_and_others(self) -> tuple[StandingFreeze, ...]:
        """Every freeze of which something is there."""
        return tuple(each for each in (self.own, *self.others) if each.parts)

    def _ends(self, each: StandingFreeze) -> bool:
        left_over = each.policy is None and each.name == self.own.name
        return left_over or (each.identities is not None and each.identities.within(self.identities))


def all_covered(wanted: Identities, by: list[Identities]) -> bool:
    """Whether each user and group of ``wanted`` is in one of ``by``, and everybody else too if that is wanted."""
    if not wanted.known or (wanted.break_glass and wanted.break_glass not in {each.break_glass for each in by}):
        return False
    users = all(any(each.cover(user, ()) for each in by) for user in wanted.users)
    return users and all(any(each.cover("", (group,)) for each in by) for group in wanted.groups)
