"""Which value each setting has, and where it comes from; what in the environment is no setting. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from opsconsole.settings import Settings
from opsconsole.settings.environment import variables
from opsconsole.settings.sources import keys

FLAG, DEFAULT = "the command line", "default"
HIDDEN = "(not shown)"
"""Stands for the settings of plugins: a webhook's address or a token may be among them."""


class Effective(NamedTuple):
    """One setting: ``section.key``, its value as JSON knows it, and where it comes from."""

    key: str
    value: Any
    origin: str


def effective(
    used: Settings, loaded: Settings, file: Mapping[str, Any], environ: Mapping[str, Any], path: str
) -> Iterator[Effective]:
    """Every setting in the order of the file.

    Args:
        used: what is in effect, the command line's flags included.
        loaded: what file and environment give, without the flags.
        file: the tables of the file as they stand there.
        environ: the tables that the environment gives.
        path: the file's name.
    """
    before = dict(_flat(loaded))
    for key, value in _flat(used):
        if value != before.get(key):
            origin = FLAG
        elif _has(environ, key):
            origin = "OPSCONSOLE_" + key.replace(".", "_").upper()
        elif _has(file, key):
            origin = path
        else:
            origin = DEFAULT
        yield Effective(key, _shown(key, value), origin)


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """Names in ``environ`` that begin as settings do and are none: a misspelt safeguard is no safeguard."""
    return list(variables(environ, keys()).unknown)


def known(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` without those."""
    unknown = set(misspelt(environ))
    return {name: value for name, value in environ.items() if name not in unknown}


def _flat(settings: Settings) -> Iterator[tuple[str, Any]]:
    for section, value in msgspec.to_builtins(settings).items():
        if isinstance(value, dict):
            yield from ((f"{section}.{key}", each) for key, each in value.items())
        else:
            yield section, value


def _has(layer: Mapping[str, Any], key: str) -> bool:
    section, _, rest = key.partition(".")
    return section in layer and (not rest or rest in layer[section])


def _shown(key: str, value: Any) -> Any:
    return dict.fromkeys(value, HIDDEN) if key == "plugins.settings" else value
