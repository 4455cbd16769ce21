"""Every action of a screen with its key: the list behind the palette, and the sections of the help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.binding import Binding

from opsconsole.switches.registry import WITH_KEYS
from opsconsole.ui.drawing.keys import KeyHelp, bindings_of, key_words, of_bindings
from opsconsole.ui.drawing.spans import fit
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.cockpit import Cockpit
from opsconsole.ui.screens.panes import PaneScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

    from opsconsole.present.panes.spec import PaneSpec

_KEY_WIDTH = 18
_NOT_CHOSEN = frozenset({"execute", "app.palette"})
"""Actions that are only done by their key: a confirmation is a key press of its own."""


class HelpSection(NamedTuple):
    """A part of the help: what it is about, sentences, keys."""

    title: str
    keys: Sequence[KeyHelp]
    words: Sequence[str] = ()


def choices(screen: OpsScreen, kill: Iterable[BindingType]) -> list[tuple[str, str]]:
    """Return each action of ``screen`` with how it is shown, the kill switches first."""
    switches = [(f"app.{each.action}", each) for each in kill if isinstance(each, Binding)]
    own = [(each.action, each) for each in bindings_of(type(screen)) if isinstance(each, Binding)]
    found: dict[str, str] = {}
    for action, binding in (*switches, *own):
        if action not in _NOT_CHOSEN:
            does = binding.description.partition(": ")[0] if action.startswith("app.switch(") else binding.description
            found.setdefault(action, f"{fit(key_words(binding), _KEY_WIDTH)} {does}")
    return list(found.items())


def sections(screen: OpsScreen, kill: Iterable[BindingType], pane: PaneSpec[Any] | None) -> list[HelpSection]:
    """Return the help: the keys of what is in front first, then the kill switches, then everything else."""
    from opsconsole.ui.screens.pages.logs import LogScreen  # noqa: PLC0415 - not before it is asked for
    from opsconsole.ui.screens.pages.text import SideScreen, TextScreen  # noqa: PLC0415
    from opsconsole.ui.screens.picker import PickerScreen  # noqa: PLC0415
    from opsconsole.ui.screens.writers import WritersScreen  # noqa: PLC0415

    texts: tuple[type[OpsScreen], ...] = (TextScreen, SideScreen, LogScreen)
    kinds: tuple[type[OpsScreen], ...] = (PaneScreen, Cockpit, *texts, PickerScreen, WritersScreen)
    here = [kind for kind in kinds if isinstance(screen, kind)]
    kill_keys = of_bindings(kill)
    found = [_of_pane(pane)] if pane is not None else []
    found += [HelpSection(f"Here, in {kind.covers}", of_bindings(kind.BINDINGS)) for kind in reversed(here)]
    found += [HelpSection("Kill switches: each shows its plan first", kill_keys)] if kill_keys else []
    found.append(HelpSection("Everywhere", of_bindings(OpsScreen.BINDINGS)))
    return [
        *found,
        *(HelpSection(f"In {kind.covers}", of_bindings(kind.BINDINGS)) for kind in kinds if kind not in here),
    ]


def _of_pane(pane: PaneSpec[Any]) -> HelpSection:
    words = [pane.about] if pane.about else []
    words.append(f"s goes through its orders: {', '.join(sort.name for sort in pane.sorts)}; S reverses them.")
    if pane.stream:
        words.append("f pauses it, and lets it follow again.")
    return HelpSection(f"Here, in the pane {pane.title}", (), words)


def notes(*, read_only: bool) -> list[str]:
    """Return what must be known besides the keys."""
    keys = " ".join(spec.key for spec in WITH_KEYS)
    return [f"READ-ONLY: the kill switches ({keys}) are off; this console can't write."] if read_only else []
