"""All sections in one record: a value that can't be used never gets into it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from opsconsole.settings.acting import GovernorSettings, GovernSettings, GuardSettings, SwitchSettings
from opsconsole.settings.observing import (
    ClusterSettings,
    DecisionSettings,
    GpuSettings,
    MetricsSettings,
    WriterSettings,
)
from opsconsole.settings.optimizers import OptimizerEntry, OptimizerSettings
from opsconsole.settings.section import Section


class UiSettings(Section, frozen=True):
    """How the screen looks."""

    theme: Literal["dark", "light", "ansi"] = "dark"
    bell: bool = True
    mouse: bool = True
    """``false``: the terminal keeps its mouse, so that text is selected and copied as everywhere else."""
    remember: bool = True
    """Keep pane, orders and filters by cluster in the state folder, for the next start."""


class JournalSettings(Section, frozen=True):
    """Where the journal is kept; empty: ``$XDG_STATE_HOME/opsconsole``."""

    folder: str = ""


class PluginSettings(Section, frozen=True):
    """Folders that plugins are loaded from, besides entry points; names that are not loaded."""

    folders: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    settings: dict[str, dict[str, Any]] = {}
    """A table for each plugin, in its own words; the plugin says which keys there are and checks them."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Each section is a table of ``opsconsole.toml``."""

    read_only: bool = False
    cluster: ClusterSettings = ClusterSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    optimizers: tuple[OptimizerEntry, ...] = ()
    decisions: DecisionSettings = DecisionSettings()
    gpu: GpuSettings = GpuSettings()
    metrics: MetricsSettings = MetricsSettings()
    governor: GovernorSettings = GovernorSettings()
    switches: SwitchSettings = SwitchSettings()
    govern: GovernSettings = GovernSettings()
    guard: GuardSettings = GuardSettings()
    writers: WriterSettings = WriterSettings()
    ui: UiSettings = UiSettings()
    journal: JournalSettings = JournalSettings()
    plugins: PluginSettings = PluginSettings()

    def __post_init__(self) -> None:
        names = [entry.name for entry in self.optimizers if entry.name]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"optimizers: two of them are called {twice!r}, and --optimizer could mean either")
