"""Whether what a plugin brings has the shape that it must have. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from opsconsole.plugin import SWITCH_KEYS, Pane, PaneColumn
from opsconsole.records import Kind, Severity
from opsconsole.settings import QuerySettings

_SHAPES: Mapping[str, tuple[str, ...]] = {
    "feeds": ("start", "stop"),
    "decision_parsers": ("parse",),
    "decision_formats": ("pattern", "needs", "verb"),
    "queries": (),
    "rules": ("severity", "kinds", "doc", "check"),
    "panes": (),
    "switches": ("title", "key", "poll_seconds", "effects", "gather", "plan", "verify"),
    "tellers": ("tell",),
}

_EFFECT = ("name", "parallel", "needs", "read", "act")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")


def fault_of(hook: str, plugin: str, name: str, thing: Any) -> str:
    """Say what is wrong with one thing that ``hook`` of ``plugin`` brought; empty if nothing is.

    Args:
        hook: one of :data:`opsconsole.plugin.HOOKS`.
        plugin: the plugin's name, with which every name must begin.
        name: of the thing.
        thing: what was brought.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        return f"its name {str(name)[:40]!r} is none: letters, digits, '-', '_' and '.' only"
    if not name.startswith(f"{plugin}."):
        return f"its name does not begin with {plugin + '.'!r}"
    missing = [attribute for attribute in _SHAPES[hook] if not hasattr(thing, attribute)]
    if missing:
        return f"it has no {', '.join(missing)}"
    further = _FURTHER.get(hook)
    return further(plugin, thing) if further else ""


def _query(_plugin: str, query: Any) -> str:
    return "" if isinstance(query, QuerySettings) else "it is no QuerySettings"


def _rule(_plugin: str, rule: Any) -> str:
    if not isinstance(rule.severity, Severity):
        return "its severity is no Severity"
    if not rule.kinds or not all(isinstance(kind, Kind) for kind in rule.kinds):
        return "its kinds are no Kinds"
    return "" if rule.doc and isinstance(rule.doc, str) else "its doc does not say what it checks"


def _pane(_plugin: str, pane: Any) -> str:
    if not isinstance(pane, Pane):
        return "it is no Pane"
    if not pane.columns or not all(isinstance(column, PaneColumn) for column in pane.columns):
        return "its columns are no PaneColumns"
    return "" if pane.kinds and all(isinstance(kind, Kind) for kind in pane.kinds) else "its kinds are no Kinds"


def _switch(plugin: str, switch: Any) -> str:
    if not (isinstance(switch.key, str) and len(switch.key) == 1 and switch.key in SWITCH_KEYS):
        return f"its key {str(switch.key)[:10]!r} is not one of {SWITCH_KEYS}"
    for name, effect in switch.effects.items():
        if missing := [attribute for attribute in _EFFECT if not hasattr(effect, attribute)]:
            return f"its effect {name} has no {', '.join(missing)}"
        if name != effect.name or not name.startswith(f"{plugin}."):
            return f"its effect {name} must be called so and begin with {plugin + '.'!r}"
    return ""


_FURTHER: Mapping[str, Callable[[str, Any], str]] = {
    "queries": _query,
    "rules": _rule,
    "panes": _pane,
    "switches": _switch,
}
