"""Loads one plugin, or says why it can't be."""

from __future__ import annotations

import re

import msgspec

from opsconsole.clock import Clock
from opsconsole.decoding import convert_to
from opsconsole.plugin import API_VERSION, Context, Plugin
from opsconsole.plugins.discovery import Source
from opsconsole.plugins.errors import PluginError
from opsconsole.settings import Settings
from opsconsole.text import clean_line

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


def load(source: Source, settings: Settings, clock: Clock) -> Plugin:
    """Import a plugin, check it, and make it.

    Args:
        source: where it is.
        settings: its own table is checked and handed to it.
        clock: handed to it.

    Raises:
        PluginError: it can't be imported, is no plugin, was written for another version, does not like its settings, or
            fails when it is made.
    """
    try:
        found = source.load()
    except PluginError:
        raise
    except (Exception, SystemExit) as error:  # a module may do anything when it is imported
        raise PluginError(f"can't be imported: {in_words(error)}") from error
    if not (isinstance(found, type) and issubclass(found, Plugin)):
        raise PluginError(f"gives {type(found).__name__}, not a class derived from opsconsole.plugin.Plugin")
    if found.name != source.name:
        raise PluginError(f"calls itself {clean_line(str(found.name), 63)!r}; both names must be the same")
    check_version(found.api)
    own = _settings(found, settings.plugins.settings.get(source.name, {}))
    try:
        return found(Context(clock, own, settings.read_only))
    except Exception as error:
        raise PluginError(f"fails when it is made: {in_words(error)}") from error


def check_version(api: str) -> None:
    """Raise :class:`PluginError` unless a plugin written for interface ``api`` runs with ours."""
    theirs, ours = (_VERSION.fullmatch(str(version)) for version in (api, API_VERSION))
    if theirs is None or ours is None:
        raise PluginError(f"does not say which interface it was written for; its class needs api = {API_VERSION!r}")
    wanted, have = (tuple(map(int, version.groups())) for version in (theirs, ours))
    if wanted[0] == have[0] and wanted[1] <= have[1]:
        return
    older = "this console" if wanted > have else "the plugin"
    raise PluginError(f"was written for interface {api}, this console has {API_VERSION}; update {older}")


def in_words(error: BaseException) -> str:
    """An error of somebody else's code as one short line."""
    return clean_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, 300)


def _settings(plugin: type[Plugin], table: dict[str, object]) -> msgspec.Struct:
    try:
        return convert_to(table, plugin.settings_type)
    except msgspec.ValidationError as error:
        raise PluginError(f"its settings [plugins.settings.{plugin.name}] are wrong: {error}") from error
