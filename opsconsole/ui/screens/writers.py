"""Who is writing: the list of writers, and the key that makes one of them the optimizer of this session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.governor.observed.attribution import GENERIC
from opsconsole.present import writers as words
from opsconsole.present.panes import writers as rows
from opsconsole.records import ClusterWriter, Kind
from opsconsole.text import clean_line
from opsconsole.ui.screens.listing import ListingScreen
from opsconsole.ui.screens.picker import PickerScreen
from opsconsole.ui.status.bars import Bar
from opsconsole.writers.candidates import WriterCandidate, candidates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from opsconsole.ui.status.header import Part


_NONE, _LEAVE = "none", "none of these: leave all as it is  (a field manager proves nothing; Down picks one)"


class WritersScreen(ListingScreen):
    """The writers, live."""

    covers = "the writers' pane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "choose", "make it the optimizer"),
        Binding("a", "fold", "the cluster's own parts"),
    ]

    def __init__(self) -> None:
        super().__init__(rows.SPEC)

    def compose(self) -> ComposeResult:
        """The pane, what is folded away, the keys."""
        yield self.pane
        yield Bar("folded", self._folded)
        yield Bar("footer", self.bottom_line)

    def _folded(self) -> Iterator[Part]:
        if self.pane.spec.accepts is not None:
            everybody: Any = list(self.ops.core.store.table(Kind.WRITER).values())
            yield 0, (f" {words.folded(everybody)}", "dim")

    def action_fold(self) -> None:
        """Show the cluster's own parts, or fold them again."""
        self.pane.spec = rows.SPEC if self.pane.spec.accepts is None else rows.WITH_SYSTEM
        self.pane.load()
        self.sync()

    async def action_choose(self) -> None:
        """Ask which program the writer is; whoever is picked is the optimizer for the rest of the session."""
        writer = self.pane.selected
        if not isinstance(writer, ClusterWriter):
            self.say("nobody is chosen")
            return
        store, core = self.ops.core.store, self.ops.core
        found = candidates(writer, store.pods.values(), store.workloads, core.settings.writers, GENERIC)
        if not found:
            self.say(f"nothing is known of {words.name(writer)} that a switch could work on")
            return
        sure = found[0].known
        title = "The optimizer of this session, " + (
            f"by the audit log: {words.name(writer)}" if sure else f"A GUESS for {words.name(writer)}"
        )
        choices = [(str(number), _shown(each)) for number, each in enumerate(found)]
        # A writer chooses its name: one like a neighbour's must not put that neighbour under a hasty Enter.
        choices = choices if sure else [(_NONE, _LEAVE), *choices]
        await self.app.push_screen(PickerScreen(title, choices, lambda picked: self._take(found, picked)))

    def _take(self, found: Sequence[WriterCandidate], picked: str) -> None:
        if picked == _NONE:
            self.say("nobody was picked: all is as it was")
        else:
            self.say(self.ops.adopt(found[int(picked)].entry), "safe")


def _shown(candidate: WriterCandidate) -> str:
    entry = candidate.entry
    who = entry.name or ", ".join((*entry.workloads, *entry.service_accounts, *entry.users, *entry.field_managers))
    return clean_line(f"{who}  ({candidate.why})", 300)
