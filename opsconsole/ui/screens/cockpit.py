"""The first screen: four panes side by side, or one at a time where they do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container

from opsconsole.alarms import GroupKey, group_key
from opsconsole.present.panes import decisions, events, gpu, pods
from opsconsole.present.panes.spec import PaneSpec
from opsconsole.records import Kind, State
from opsconsole.ui import remembered
from opsconsole.ui.drawing.keys import KeyHelp, of_bindings
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.panes import PaneScreen
from opsconsole.ui.status import banner, containment, header, levels
from opsconsole.ui.status.bars import Bar, BarNote
from opsconsole.ui.table.pane import TablePane
from opsconsole.ui.terminal.background import ask

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize

    from opsconsole.records import Finding
    from opsconsole.store import Delta
    from opsconsole.ui.remembered import CockpitLook

ROWS = frozenset({
    Kind.POD, Kind.EVENT, Kind.DECISION, Kind.GPU, Kind.GPU_PROCESS, Kind.GPU_NODE, Kind.CHANGE, Kind.WRITER, Kind.AUDIT
})  # fmt: skip
"""Kinds of which nothing is seen at once but the rows of panes. What else they change is seen a second later."""

WIDE, HIGH = 140, 32
"""Cells from which on all four panes fit."""

WRITERS_KEY = "W"
"""Shows who writes to the cluster."""

COACH_LINES = 3
"""Lines that the coach may take where the terminal is narrow."""


class Cockpit(PaneScreen):
    """Pods, decisions, events and GPUs, live."""

    covers = "the cockpit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("N", "namespaces", "namespace"),
        Binding("m", "maximise", "maximise"),
        Binding("n", "alarm", "next alarm"),
        Binding("D", "app.damage", "damage"),
        Binding(WRITERS_KEY, "app.writers", "who writes"),
        Binding("i", "app.sources", "sources: how each is, and why", show=False),
        Binding("r", "app.retry", "ask every source now", show=False),
        Binding("P", "plugin_panes", "plugins' panes", show=False),
        Binding("tab", "pane(1)", "next pane", key_display="Tab"),
        Binding("shift+tab", "pane(-1)", "previous pane", show=False, key_display="Shift-Tab"),
        Binding("right,L", "pane(1)", "next pane", show=False, key_display="Right L"),
        Binding("left,h", "pane(-1)", "previous pane", show=False, key_display="Left h"),
        Binding("escape", "back", "clear filter, restore panes", show=False, key_display="Esc"),
    ]

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self._namespace = namespace
        self._maximised = False
        self._alarm: GroupKey | None = None
        self.panes: list[TablePane] = []
        self._states: dict[str, State] = {}

    # --- building --------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Lay out header, banner, panes and the lines under them."""
        look = self.ops.look
        gpus = gpu.FLEET_SPEC if self.ops.core.settings.gpu.nodes else gpu.SPEC
        specs: tuple[PaneSpec[Any], ...] = (pods.SPEC, decisions.spec(), events.SPEC, gpus)
        self.panes = [TablePane(spec, look, self._namespace) for spec in specs]
        self.panes[0].current = True
        yield Bar("header", self._header, squeeze=True)
        yield Bar("banner", self._banner, squeeze=True)
        yield Bar("levels", self._levels)
        with Container(id="body"):
            with Container(id="left"):
                yield self.panes[0]
            with Container(id="right"):
                yield from self.panes[1:]
        yield BarNote("coach", self._coach, most=COACH_LINES)
        yield Bar("others", lambda: header.others(self.panes))
        yield Bar("footer", self.bottom_line)

    def on_mount(self) -> None:
        """Show what is known already."""
        for pane in self.panes:
            pane.load()
        self._arrange()

    def on_resize(self, _event: Resize) -> None:
        """Go from four panes to one and back as the terminal's size asks."""
        self._arrange()

    @property
    def pane(self) -> TablePane:
        """The pane that the keys go to."""
        return next(pane for pane in self.panes if pane.current)

    def _arrange(self) -> None:
        width, height = self.app.size
        single = self._maximised or width < WIDE or height < HIGH
        self.query_one("#body").set_class(single, "single")
        self.query_one("#others").set_class(single, "on")
        for pane in self.panes:
            pane.set_class(pane.current, "chosen")
        for side in ("#left", "#right"):
            holds = any(pane.current for pane in self.query_one(side).query(TablePane))
            self.query_one(side).set_class(holds, "holds-chosen")

    # --- the lines around the panes --------------------------------------------------------------------------------

    def _situation(self) -> header.HeaderFacts:
        core = self.ops.core
        feeds = [feed for pane in self.panes for feed in pane.spec.feeds]
        budget = core.governor.budget if core.governor is not None else None
        return header.HeaderFacts(
            settings=core.settings,
            identity=core.identity,
            namespace=self._namespace,
            alarms=self.ops.findings.grouped.groups(),
            health=core.health(),
            shown_feeds=feeds,
            budget=budget,
        )

    def _header(self) -> Sequence[header.Part]:
        return header.header(self._situation())

    def _banner(self) -> Sequence[header.Part]:
        ops, health = self.ops, self.ops.core.health()
        held = ops.containment
        since = held.since if held is not None else None
        return banner.banner(
            banner.Alert(
                alarms=ops.findings.grouped.groups(),
                console=health.get("console"),
                containment=held,
                news=() if since is None else ops.findings.grouped.since(since),
                doubt=containment.watched(health.get("watchdog"), ops.core.clock.now()),
                working=ops.working,
                switch_keys=ops.switch_keys,
                who_key="" if ops.optimizer.known else WRITERS_KEY,
            )
        )

    def _levels(self) -> Iterator[header.Part]:
        core = self.ops.core
        return levels.levels(core.store.metrics, core.health().get("metrics"), core.clock.now())

    def _coach(self) -> Span | None:
        words = self.ops.core.coach() if self.ops.core.coach else ""
        return (words, "safe") if words else None

    def footer_keys(self) -> list[KeyHelp]:
        """The kill switches, then what goes with the cursor, then the cockpit's own keys."""
        kill = [KeyHelp(" ".join(self.ops.switch_keys.values()), "kill switches")] if self.ops.switch_keys else []
        return [*kill, *of_bindings((*PaneScreen.BINDINGS, *self.BINDINGS, *OpsScreen.BINDINGS), shown=True)]

    # --- what comes in ---------------------------------------------------------------------------------------------

    def absorb(self, delta: Delta) -> None:
        """Hand what changed to the panes and repaint."""
        changed = [pane for pane in self.panes if pane.absorb(delta)]
        if self._is_said_beside(delta):
            self.sync_in_front()
        elif self.is_current:
            for pane in changed:
                pane.sync_changed()

    def _is_said_beside(self, delta: Delta) -> bool:
        """Whether more than panes' rows has to change at once: what it says of a feed, an alarm, who owns what."""
        states = {name: self.ops.core.health()[name].state for name in delta.health}
        before, self._states = self._states, self._states | states
        return self._states != before or not ROWS.issuperset((*delta.changed, *delta.gone))

    def sync(self) -> None:
        """Repaint what is no longer true."""
        for name, on in (("#banner", any(self._banner())), ("#levels", any(self._levels()))):
            for bar in self.query(name):
                bar.set_class(on, "on")
        super().sync()

    # --- keys ------------------------------------------------------------------------------------------------------

    def choose(self, pane: TablePane) -> None:
        """Send the keys to another pane."""
        for each in self.panes:
            each.current = each is pane
        self._arrange()
        self.sync()

    async def on_table_pane_chosen(self, message: TablePane.Chosen) -> None:
        """A click chooses, a second one opens."""
        self.choose(message.pane)
        if message.open:
            await self.ops.action_open_details()

    def restore(self, look: CockpitLook) -> None:
        """Show it as it was left on this cluster, and say which filters hide rows."""
        filters = remembered.restore(self.panes, look)
        self.choose(next((pane for pane in self.panes if pane.spec.name == look.pane), self.pane))
        if filters:
            self.say(f"filtered as you left it: {', '.join(filters)} (Esc in the pane shows all)")

    def action_pane(self, by: int) -> None:
        """Go to the next or previous pane."""
        self.choose(self.panes[(self.panes.index(self.pane) + by) % len(self.panes)])

    def action_maximise(self) -> None:
        """Give the whole screen to one pane, or back to all."""
        self._maximised = not self._maximised
        self._arrange()

    def action_back(self) -> None:
        """Clear the filter; without one, restore the panes."""
        if self.pane.filter is not None:
            self.pane.set_filter(None)
        elif self._maximised:
            self.action_maximise()

    async def action_namespaces(self) -> None:
        """Pick the namespace to show, or type one that is not seen so far."""
        from opsconsole.present import namespaces  # noqa: PLC0415 - not before it is asked for
        from opsconsole.ui.screens.picker import PickerScreen  # noqa: PLC0415

        store = self.ops.core.store
        choices = namespaces.choices(store.pods.values(), store.health.get("pods"))
        picker = PickerScreen("Namespace:", choices, self._show_namespace, namespaces.typed_choice)
        await self.app.push_screen(picker)

    async def action_plugin_panes(self) -> None:
        """Pick one of the panes that plugins bring."""
        from opsconsole.ui.screens.listing import ListingScreen, of_plugin  # noqa: PLC0415 - as above
        from opsconsole.ui.screens.picker import PickerScreen  # noqa: PLC0415

        panes = {pane.name: pane for pane in self.ops.core.plugin_panes}
        if not panes:
            self.say("no plugin has a pane")
            return

        def show(name: str) -> None:
            self.app.push_screen(ListingScreen(of_plugin(panes[name], self.ops.core.clock.now)))

        choices = [(name, f"{pane.title}  ({name})") for name, pane in panes.items()]
        await self.app.push_screen(PickerScreen("Pane:", choices, show))

    def _show_namespace(self, namespace: str) -> None:
        scope = self.ops.core.scope
        self._namespace = namespace
        if namespace and scope is not None:
            scope.read(namespace)
            told = partial(self._remark, namespace)
            ask(f"namespace {namespace}", lambda: scope.trouble(namespace), told, self.say, self.ops.soon)
        self._remark(namespace, "")

    def _remark(self, namespace: str, words: str) -> None:
        if namespace != self._namespace:
            return  # the answer about one that is not shown any more
        for pane in self.panes:
            pane.set_namespace(namespace, words)
        self.sync()

    def action_alarm(self) -> None:
        """Go to what the next alarm is about, the worst first; alarms that say the same are one stop."""
        alarms = self.ops.findings.grouped.groups()
        if not alarms:
            self.say("no alarms", "safe")
            return
        known = [group_key(group.finding) for group in alarms]
        number = (known.index(self._alarm) + 1) % len(alarms) if self._alarm in known else 0
        group = alarms[number]
        self._alarm = group_key(group.finding)
        self._go_to(group.finding)
        self.say(f"alarm {number + 1} of {len(alarms)}: {header.alarm_words(group)}", "banner")

    def _go_to(self, finding: Finding) -> None:
        look = self.ops.look()
        pods_pane, decisions_pane = self.panes[0], self.panes[1]
        if finding.decision and decisions_pane.view.find(finding.decision):
            self.choose(decisions_pane)
            return
        hit = (p for p in self.ops.core.store.pods.values() if any(f.key == finding.key for f in look.pod_findings(p)))
        if any(pods_pane.view.find(pod.key) for pod in hit):
            self.choose(pods_pane)
