"""The public plugin interface. A plugin imports from here and from nowhere else in opsconsole; see ``docs/plugins.md``.

A plugin is a class derived from :class:`Plugin` that overrides the hooks for what it brings. It is found by its entry
point (group ``opsconsole.plugins``), among the shipped ones, or in a folder of ``plugins.folders``. opsconsole's own
parsers and rules come in through the same door.

What breaks is named on the screen and costs nothing else: a hook that raises brings nothing, a parser or rule that
raises is passed over. A plugin runs in the console's process, with the operator's rights: load only what you trust.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias

import msgspec

from opsconsole import quantity
from opsconsole.clock import Clock
from opsconsole.decisions.entry import DecisionParser, Entry, plain
from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.governor.rule import Again, Note, Rule, Verdict, View, Writing, rule
from opsconsole.guard.report import Teller, Word
from opsconsole.permit import Permit, PermitError, Redeemer
from opsconsole.records import (
    AnyRecord,
    Change,
    Decision,
    Event,
    FieldValue,
    Finding,
    Health,
    Kind,
    Metric,
    Outcome,
    Plan,
    Pod,
    Proof,
    Ref,
    Severity,
    State,
    Step,
    StepOutcome,
    StepState,
    Workload,
)
from opsconsole.settings import QuerySettings
from opsconsole.text import clean, clean_line

if TYPE_CHECKING:
    from opsconsole.cluster.questions.reviews import Access
    from opsconsole.cluster.transport.errors import ClusterError
    from opsconsole.cluster.writes import Writer
    from opsconsole.decisions.meaning.prose.forms.formats import Format, format_row
    from opsconsole.switches.engine.switch import Call, Effect, Switch

__all__ = [
    "API_VERSION",
    "Access",
    "Again",
    "AnyRecord",
    "Call",
    "Change",
    "Clock",
    "ClusterError",
    "Context",
    "Decision",
    "DecisionParser",
    "Effect",
    "Entry",
    "Event",
    "Feed",
    "FieldValue",
    "Finding",
    "Format",
    "Health",
    "Kind",
    "Metric",
    "NoSettings",
    "Note",
    "Outcome",
    "Pane",
    "PaneColumn",
    "Permit",
    "PermitError",
    "Plan",
    "Plugin",
    "Pod",
    "Proof",
    "QuerySettings",
    "Redeemer",
    "Ref",
    "Rule",
    "Severity",
    "Sink",
    "State",
    "Step",
    "StepOutcome",
    "StepState",
    "Switch",
    "Teller",
    "Tone",
    "Tools",
    "Verdict",
    "View",
    "Word",
    "Workload",
    "Writer",
    "Writing",
    "clean",
    "clean_line",
    "format_row",
    "plain",
    "quantity",
    "read_line",
    "rule",
]

API_VERSION = "1.0"
"""Version of this interface. A plugin names the one it was written for: the same major number, and a minor number that
this console has reached. The minor rises when something is added, the major when something is changed or taken away."""

HOOKS = ("feeds", "decision_parsers", "decision_formats", "queries", "rules", "panes", "switches", "tellers")
"""The methods of :class:`Plugin` that bring something."""

SWITCH_KEYS = "456789"
"""The keys that plugins' switches may have; the others are the console's own."""

Tone: TypeAlias = Literal["", "good", "warn", "bad", "dim"]

_LATE = {
    "Access": ("opsconsole.cluster.questions.reviews", "Access"),
    "Call": ("opsconsole.switches.engine.switch", "Call"),
    "ClusterError": ("opsconsole.cluster.transport.errors", "ClusterError"),
    "Effect": ("opsconsole.switches.engine.switch", "Effect"),
    "Format": ("opsconsole.decisions.meaning.prose.forms.formats", "Format"),
    "Switch": ("opsconsole.switches.engine.switch", "Switch"),
    "Writer": ("opsconsole.cluster.writes", "Writer"),
    "format_row": ("opsconsole.decisions.meaning.prose.forms.formats", "format_row"),
}
"""Names that only plugins with switches or formats need, and where they are: their modules cost a tenth of a second."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        module, attribute = _LATE[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def read_line(entry: Entry) -> Decision:
    """Read an entry as one line of text: its time, level and logger, and the message behind them."""
    # What reads lines costs more to import than all else of a plugin, and the console starts without it.
    from opsconsole.decisions import reader  # noqa: PLC0415

    return reader.read_line(entry)


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a plugin that has none."""


class Context(NamedTuple):
    """What a plugin is given when it is made."""

    clock: Clock
    settings: Any
    """The plugin's own table ``[plugins.settings.<name>]``, checked, as an instance of its ``settings_type``."""
    read_only: bool = False
    """Whether the console may change nothing; plugins' switches are not even asked for then."""


class PaneColumn(NamedTuple):
    """One column of a :class:`Pane`.

    ``cell`` makes a cell's text of a record and the time (seconds since the epoch); it must be quick, and what is not
    known reads ``?``. ``tone`` colours it, never as its only sign. ``width`` is the least it needs; the spare width is
    shared out by ``flex``.
    """

    title: str
    width: int
    cell: Callable[[Any, float], str]
    flex: int = 0
    right: bool = False
    tone: Callable[[Any], Tone] = lambda _: ""


class Pane(NamedTuple):
    """A list of records on a screen of its own. The console draws it: a plugin never touches the terminal.

    ``kinds`` are the records that it shows, those of them that ``accepts``; ``feeds`` the feeds whose state is the
    pane's; ``nothing`` what it says while there is no such record.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    feeds: tuple[str, ...]
    columns: tuple[PaneColumn, ...]
    nothing: str
    accepts: Callable[[Any], bool] = lambda _: True


class Tools(NamedTuple):
    """What plugins' switches act with. Both use up the permit that the gate hands to :meth:`Effect.act`."""

    writer: Writer
    """Reads, patches, creates and deletes objects of the cluster, with UID preconditions."""
    redeemer: Redeemer
    """``redeem(permit, effect, target)`` before anything else that an effect changes by its own means."""


class Plugin:
    """Base of every plugin. Override what you bring; every hook is called once, on a background thread, at the start.

    Attributes:
        name: as its entry point, folder or module is called; letters, digits and ``_``.
        api: the :data:`API_VERSION` that it was written for, as a literal.
        summary: one line for ``docs`` and screen.
        settings_type: a frozen msgspec struct; its table in the settings is checked against it.
    """

    name: ClassVar[str] = ""
    api: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    settings_type: ClassVar[type[msgspec.Struct]] = NoSettings

    def __init__(self, context: Context) -> None:
        self.context = context

    def feeds(self) -> Sequence[Feed]:
        """Return sources of records. See :class:`opsconsole.feeds.protocol.Feed`.

        Each reads on daemon threads of its own, puts cleaned records (:func:`clean`) into the sink and says how it is
        by :class:`Health` under its own name, which begins with ``<plugin>.``.
        """
        return ()

    def decision_parsers(self) -> Sequence[DecisionParser]:
        """Return parsers of an optimizer's log format. See :class:`opsconsole.decisions.entry.DecisionParser`.

        They are asked before the console's own, in the order of the plugins' names.
        """
        return ()

    def decision_formats(self) -> Sequence[Format]:
        """Return kinds of sentences that the console's own reader does not know, each made by :func:`format_row`.

        They are asked before the built-in ones; their names begin with the plugin's.
        """
        return ()

    def queries(self) -> Mapping[str, QuerySettings]:
        """Return PromQL to ask regularly, by name.

        Each answer is a :class:`Metric` with the key ``query/<plugin>.<name>``; its value is ``None`` and ``problem``
        says why while nothing is known. Without a configured Prometheus there is no record at all.
        """
        return {}

    def rules(self) -> Sequence[Rule]:
        """Return rules of the governor. See :class:`opsconsole.governor.rule.Rule` and :func:`rule`.

        Names begin with ``<plugin>.``; the ``governor.disabled`` setting switches them off like the console's own.
        """
        return ()

    def panes(self) -> Sequence[Pane]:
        """Return panes. Names begin with ``<plugin>.``."""
        return ()

    def switches(self, tools: Tools) -> Sequence[Switch]:
        """Return kill switches. See :class:`opsconsole.switches.engine.switch.Switch`.

        Not called in a read-only console. Names of switches and effects begin with ``<plugin>.``, keys are among
        :data:`SWITCH_KEYS`. A switch counts as dangerous, and is always confirmed, unless it has no effects at all. Its
        effects go through the gate: the intent is in the journal before, ``act`` gets a permit for one step, and an
        effect that ends without having used it up counts as failed.
        """
        return ()

    def tellers(self) -> Sequence[Teller]:
        """Return ways to tell people what the guard does. See :class:`opsconsole.guard.report.Teller`.

        Names begin with ``<plugin>.``. Each is called on a thread of its own, with one :class:`Word` after the other;
        what it raises is told by the other ways. Only ``opsconsole guard`` asks for them.
        """
        return ()
