"""All plugins together: what they bring, and what is wrong with which of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.decisions.entry import DecisionParser
from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.governor.rule import Rule
from opsconsole.plugin import Context, NoSettings, Pane, Plugin, Teller, Tools
from opsconsole.plugins import discovery
from opsconsole.plugins.builtin import BuiltIn
from opsconsole.plugins.checks import fault_of
from opsconsole.plugins.errors import PluginError
from opsconsole.plugins.guards import GuardedFeed
from opsconsole.plugins.loading import in_words, load
from opsconsole.plugins.panes import guarded
from opsconsole.records import Finding, Health, Kind, Severity, State
from opsconsole.settings import QuerySettings, Settings
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.decisions.meaning.prose.forms.formats import Format
    from opsconsole.switches.engine.switch import Switch


def load_all(settings: Settings, clock: Clock) -> Plugins:
    """Load every plugin that is found and not switched off. Never raises: what fails is named in ``problems``."""
    found = discovery.find(settings.plugins.folders, settings.plugins.disabled)
    host = Plugins(clock, _rows(settings))
    for name, words in found.problems.items():
        host.broken(name, words)
    for name, source in sorted(found.sources.items()):
        try:
            host.add(load(source, settings, clock))
        except PluginError as error:
            host.broken(name, f"{error} ({source.origin})")
    known = {*found.sources, *settings.plugins.disabled}
    for name in sorted(settings.plugins.settings.keys() - known):
        host.broken(name, "has settings, but there is no such plugin")
    return host


def _rows(settings: Settings) -> list[Format]:
    """The formats of the settings; what reads lines is imported where there is one alone."""
    if not settings.decisions.formats:
        return []
    from opsconsole.decisions.meaning.prose.forms.formats import format_row  # noqa: PLC0415

    return [format_row(name, **msgspec.structs.asdict(each)) for name, each in settings.decisions.formats.items()]


class Plugins:
    """The loaded plugins, the console's own parsers and rules among them.

    It is a :class:`~opsconsole.feeds.protocol.Feed` too: broken plugins become findings and its health names them.
    Every method that collects may be called from any thread and never raises.
    """

    name = "plugins"

    def __init__(self, clock: Clock, formats: Sequence[Format] = ()) -> None:
        self._formats = tuple(formats)
        self.problems: dict[str, str] = {}
        """What is wrong, by plugin."""
        self._clock = clock
        self._plugins: list[Plugin] = []
        self._own = BuiltIn(Context(clock, NoSettings()))
        self._parsers: dict[str, str] = {}
        self._sink: Sink | None = None
        self._lock = threading.Lock()
        self._since = clock.now()

    @property
    def loaded(self) -> tuple[Plugin, ...]:
        """The plugins in the order of their names."""
        return tuple(self._plugins)

    def add(self, plugin: Plugin) -> None:
        """Take a plugin in."""
        self._plugins.append(plugin)

    # --- what they bring -------------------------------------------------------------------------------------------

    def decision_parsers(self) -> list[DecisionParser]:
        """The plugins' parsers, then the console's own, which knows the formats of the settings and plugins too."""
        found = list(self._each("decision_parsers"))
        self._parsers = {parser.name: plugin.name for plugin, parser in found}
        rows = self.decision_formats()
        if not rows:
            return [*(parser for _, parser in found), *self._own.decision_parsers()]
        from opsconsole.decisions.reader import LayeredReader  # noqa: PLC0415

        return [*(parser for _, parser in found), LayeredReader(rows)]

    def decision_formats(self) -> list[Format]:
        """The formats of the settings, then the plugins'."""
        return [*self._formats, *(row for _, row in self._each("decision_formats"))]

    def rules(self) -> list[Rule]:
        """The console's own rules, then the plugins'."""
        return [*self._own.rules(), *(rule for _, rule in self._each("rules"))]

    def feeds(self) -> list[Feed]:
        """The plugins' feeds, each guarded."""
        return [
            GuardedFeed(feed, self._clock, partial(self.broken, plugin.name)) for plugin, feed in self._each("feeds")
        ]

    def queries(self) -> dict[str, QuerySettings]:
        """The plugins' PromQL by ``<plugin>.<name>``, to be asked with those of the settings."""
        return {named.name: named.query for _, named in self._each("queries")}

    def panes(self) -> list[Pane]:
        """The plugins' panes, each guarded."""
        return [guarded(pane, partial(self.broken, plugin.name)) for plugin, pane in self._each("panes")]

    def tellers(self) -> list[Teller]:
        """The plugins' ways to tell people what the guard does."""
        return [teller for _, teller in self._each("tellers")]

    def switches(self, tools: Tools) -> list[Switch]:
        """The plugins' switches, each guarded. Not for a read-only console."""
        from opsconsole.plugins.switches import GuardedSwitch  # noqa: PLC0415 - a read-only console needs none of it

        taken: dict[str, str] = {}
        switches: list[Switch] = []
        for plugin, switch in self._each("switches", tools):
            if switch.key in taken:
                self.broken(plugin.name, f"switch {switch.name}: key {switch.key} belongs to {taken[switch.key]}")
            else:
                taken[switch.key] = switch.name
                switches.append(GuardedSwitch(switch, tools.redeemer))
        return switches

    # --- what is wrong with them -----------------------------------------------------------------------------------

    def broken(self, name: str, words: str) -> None:
        """Remember and tell that something is wrong with a plugin; of each, the first trouble is told."""
        with self._lock:
            if name in self.problems:
                return
            self.problems[name] = words
            sink = self._sink
        if sink is not None:
            self._tell(sink)

    def parser_broken(self, parser: str, error: Exception) -> None:
        """A parser raised: for :class:`opsconsole.decisions.feed.DecisionFeed`'s ``on_broken``."""
        self.broken(self._parsers.get(parser, "builtin"), f"parser {parser} fails: {in_words(error)}")

    def start(self, sink: Sink) -> None:
        """Tell what is wrong from now on."""
        with self._lock:
            self._sink = sink
        self._tell(sink)

    def stop(self) -> None:
        """Nothing runs here."""

    def _tell(self, sink: Sink) -> None:
        now = self._clock.now()
        with self._lock:
            problems = dict(self.problems)
        sink.put(Kind.FINDING, [self._finding(name, words) for name, words in problems.items()])
        names = ", ".join(plugin.name for plugin in self._plugins) or "none"
        words = "; ".join(f"{name}: {what}" for name, what in problems.items())
        state = State.DOWN if problems else State.LIVE
        sink.health(Health(self.name, state, self._since, now, words or names))

    def _finding(self, name: str, words: str) -> Finding:
        title = f"plugin {name} does not work as it should: what it guards may go unseen"
        return Finding(f"plugin/{name}", "plugin", Severity.WARNING, title, words, at=self._since)

    # --- how it is collected ---------------------------------------------------------------------------------------

    def _each(self, hook: str, *arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What the plugins' hook brings, as far as it has the right shape and no name comes twice."""
        for plugin in self._plugins:
            seen: set[str] = set()
            for thing in self._call(plugin, hook, arguments):
                name, fault = self._checked(plugin, hook, thing)
                fault = fault or ("there are two of this name" if name in seen else "")
                seen.add(name)
                if fault:
                    self.broken(plugin.name, f"{hook}: {clean_line(name, 60)}: {fault}")
                else:
                    yield plugin, thing

    def _call(self, plugin: Plugin, hook: str, arguments: tuple[Any, ...]) -> list[Any]:
        try:
            brought = getattr(plugin, hook)(*arguments)
            return (
                [_Query(f"{plugin.name}.{name}", query) for name, query in brought.items()]
                if hook == "queries"
                else list(brought)
            )
        except Exception as error:  # noqa: BLE001 - a plugin's hook may raise anything
            self.broken(plugin.name, f"{hook} fails: {in_words(error)}")
            return []

    def _checked(self, plugin: Plugin, hook: str, thing: Any) -> tuple[str, str]:
        """The name of what a hook brought, and what is wrong with it."""
        name = "?"
        try:
            if isinstance(thing, _Query):
                return thing.name, fault_of(hook, plugin.name, thing.name, thing.query)
            name = thing.name
            return str(name), fault_of(hook, plugin.name, name, thing)
        except Exception as error:  # noqa: BLE001 - even looking at it may fail
            return str(name), in_words(error)


class _Query(NamedTuple):
    name: str
    query: QuerySettings
