"""Every setting, its type and its default, in one record: a value that can't be used never gets into it."""

from opsconsole.settings.acting import GovernorSettings, GovernSettings, GuardSettings, SwitchSettings
from opsconsole.settings.observing import (
    MAX_NAMESPACES,
    ClusterSettings,
    DecisionSettings,
    FormatSettings,
    GpuSettings,
    MetricsSettings,
    QuerySettings,
    WriterSettings,
)
from opsconsole.settings.optimizers import OptimizerEntry, OptimizerSettings, Role
from opsconsole.settings.section import Section, SettingsError
from opsconsole.settings.tree import JournalSettings, PluginSettings, Settings, UiSettings

__all__ = [
    "MAX_NAMESPACES",
    "ClusterSettings",
    "DecisionSettings",
    "FormatSettings",
    "GovernSettings",
    "GovernorSettings",
    "GpuSettings",
    "GuardSettings",
    "JournalSettings",
    "MetricsSettings",
    "OptimizerEntry",
    "OptimizerSettings",
    "PluginSettings",
    "QuerySettings",
    "Role",
    "Section",
    "Settings",
    "SettingsError",
    "SwitchSettings",
    "UiSettings",
    "WriterSettings",
]
