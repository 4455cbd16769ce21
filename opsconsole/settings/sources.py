"""Where settings come from: defaults < opsconsole.toml < OPSCONSOLE_* < flags. A bad value is named with its origin."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from opsconsole.decoding import convert_to
from opsconsole.files.bounded import read_bounded
from opsconsole.files.trust import why_shared
from opsconsole.names import parse_workload
from opsconsole.settings import OptimizerEntry, OptimizerSettings, Settings, SettingsError, environment
from opsconsole.text import clean_line


def load(
    file: str | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the settings.

    Args:
        file: a settings file that must exist; ``None``: ``$OPSCONSOLE_CONFIG``, or ``opsconsole/opsconsole.toml`` in
            the user's configuration folder if there is one. The working directory is not searched: a checkout must not
            be able to point a kill switch elsewhere or load a plugin.
        flags: ``{"cluster.context": "x", "read_only": True}``; ``None`` values are left out.
        environ: ``OPSCONSOLE_READ_ONLY``, ``OPSCONSOLE_<SECTION>_<KEY>``; lists are split at commas. What begins so
            and is no setting is an error; what reads like read-only is taken for it.

    Raises:
        SettingsError: names the file or variable, the key, and what is wrong with it.
    """
    path, required = settings_path(file, environ)
    settings = _convert(Settings(), _read_toml(path, required), str(path)) if path else Settings()
    settings = _convert(settings, _from_environ(environ), "the environment (OPSCONSOLE_*)")
    return overlay(settings, flags or {})


def overlay(settings: Settings, flags: Mapping[str, Any]) -> Settings:
    """Return ``settings`` with ``flags`` (as for :func:`load`) over them.

    Raises:
        SettingsError: names the key and what is wrong with it.
    """
    given = {key: value for key, value in flags.items() if value is not None}
    return _convert(settings, _nest(given), "the command line")


def choose_optimizers(settings: Settings, named: Sequence[str]) -> Settings:
    """Return ``settings`` for the optimizers that ``named`` tells, those of ``--optimizer``, and for no other one.

    Args:
        settings: as the files and the environment give them.
        named: workloads, or names of entries of ``[[optimizers]]``.

    Raises:
        SettingsError: one is neither.
    """
    entries = {entry.name: entry for entry in settings.optimizers if entry.name}
    try:
        narrowed = {name: _entry_of(name, settings.optimizers) for name in named if name not in entries}
        workloads = [name for name, entry in narrowed.items() if entry is None]
        table = settings.optimizer
        if not _is_about(table, workloads):
            kept = {key: getattr(table, key) for key in ("container", "processes", "queries")}
            table = OptimizerSettings(**kept)
        table = msgspec.structs.replace(table, name="".join(workloads[:1]), workloads=tuple(workloads[1:]))
    except ValueError as error:
        known = f"; the settings name {', '.join(entries)}" if entries else ""
        raise SettingsError(f"--optimizer: {error}{known}") from error
    of_list = [entries.get(name) or narrowed[name] for name in dict.fromkeys(named)]
    chosen = tuple(entry for entry in of_list if entry is not None)
    named_still = _workloads(table, chosen)
    left = [each for each in _workloads(settings.optimizer, settings.optimizers) if not _among(each, named_still)]
    unchosen = tuple(dict.fromkeys([*settings.optimizer.unchosen, *left]))
    table = msgspec.structs.replace(table, unchosen=unchosen)
    return msgspec.structs.replace(settings, optimizer=table, optimizers=chosen)


def _workloads(table: OptimizerSettings, entries: Sequence[OptimizerEntry]) -> list[str]:
    """Every workload that they name."""
    of_entries = [each for entry in entries for each in entry.workloads]
    return [*([table.name] if table.name else []), *table.workloads, *of_entries]


def _among(named: str, others: Sequence[str]) -> bool:
    return any(parse_workload(named).may_be(parse_workload(each)) for each in others)


def with_optimizer(settings: Settings, entry: OptimizerEntry) -> Settings:
    """Return ``settings`` for that one optimizer, in place of those that they name: a person has just found it."""
    kept = {key: getattr(settings.optimizer, key) for key in ("processes", "queries")}
    return msgspec.structs.replace(settings, optimizer=OptimizerSettings(**kept), optimizers=(entry,))


def _entry_of(named: str, entries: Sequence[OptimizerEntry]) -> OptimizerEntry | None:
    """The entry that a workload belongs to, with that workload alone; ``None`` if none names it.

    Raises:
        BadName: it is no workload.
    """
    name = parse_workload(named)
    for entry in entries:
        if any(name.may_be(parse_workload(each)) for each in entry.workloads):
            return msgspec.structs.replace(entry, workloads=(named,))
    return None


def _is_about(table: OptimizerSettings, named: Sequence[str]) -> bool:
    """Whether the accounts, users and groups of ``table`` are those of what was named, not of another optimizer."""
    own = [parse_workload(text) for text in ([table.name] if table.name else []) + list(table.workloads)]
    return bool(named) and (not own or any(parse_workload(each).may_be(name) for each in named for name in own))


def layers(file: str | None, environ: Mapping[str, str] = os.environ) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the settings file and what the environment say, as tables by section, before anything is checked.

    Raises:
        SettingsError: the file can't be read.
    """
    path, required = settings_path(file, environ)
    return (_read_toml(path, required) if path else {}), _from_environ(environ)


def settings_path(file: str | None, environ: Mapping[str, str]) -> tuple[Path | None, bool]:
    """Return where the settings file is or would be (``None``: nowhere), and whether it must be there."""
    named = file or environ.get(environment.CONFIG)
    if named:
        return Path(named), True
    homes = (Path(environ.get("XDG_CONFIG_HOME", "")), Path(environ.get("HOME", "")) / ".config")
    # A relative one would be in the working directory, where a checkout could put settings of its own.
    home = next((each for each in homes if each.is_absolute()), None)
    return (home / "opsconsole" / "opsconsole.toml", False) if home else (None, False)


def settings_remarks(file: str | None, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Say who else may change the settings file that :func:`load` reads; nothing where nobody may."""
    path, _ = settings_path(file, environ)
    why = why_shared(path) if path is not None else ""
    return (f"the settings file {clean_line(str(path), 200)}: {clean_line(why, 300)}",) if why else ()


MAX_BYTES = 4 << 20
"""Bytes of a settings file; one with every setting has ten thousand."""


def _read_toml(path: Path, required: bool) -> dict[str, Any]:
    try:
        found = read_bounded(path, MAX_BYTES)
        if len(found) > MAX_BYTES:
            raise SettingsError(f"{path}: has more than {MAX_BYTES >> 20} MiB")
        import tomllib  # noqa: PLC0415 - it costs each start, and most have no settings file

        return tomllib.loads(found.decode())
    except FileNotFoundError as error:
        if required:
            raise SettingsError(f"{path}: there is no such settings file") from error
        return {}
    except RecursionError as error:
        raise SettingsError(f"{path}: is nested too deep") from error
    except (OSError, ValueError) as error:  # no UTF-8, or no TOML
        raise SettingsError(f"{path}: can't be read: {error}") from error


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    found = environment.variables(environ, keys())
    if found.unknown:
        raise SettingsError("; ".join(f"{name}: there is no such setting ({_key_of(name)})" for name in found.unknown))
    return found.tables


def _key_of(variable: str) -> str:
    """``cluster.contxt`` of ``OPSCONSOLE_CLUSTER_CONTXT``."""
    return variable.removeprefix(environment.PREFIX).lower().replace("_", ".", 1)


def keys() -> dict[str, tuple[str, ...]]:
    """Return the keys of each section; none for a setting that stands in no section."""
    tables = msgspec.to_builtins(Settings())
    return {name: tuple(table) if isinstance(table, dict) else () for name, table in tables.items()}


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        section, _, rest = key.partition(".")
        if rest:
            nested.setdefault(section, {})[rest] = value
        else:
            nested[section] = value
    return nested


def _convert(base: Settings, layer: dict[str, Any], origin: str) -> Settings:
    """Lay ``layer`` over ``base``. Strings stand for other types only where they come from the environment."""
    if not layer:
        return base
    merged = msgspec.to_builtins(base)
    for key, value in layer.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merged[key] | {name: _split(merged[key].get(name), item) for name, item in value.items()}
        else:
            merged[key] = value
    try:
        return convert_to(merged, Settings, strict="environment" not in origin)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{origin}: {_in_words(error)}") from error


def _split(default: Any, value: Any) -> Any:
    if isinstance(default, tuple | list) and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _in_words(error: msgspec.ValidationError) -> str:
    text, _, place = str(error).partition(" - at ")
    key = place.strip("`").removeprefix("$.").removeprefix("$")
    if isinstance(error.__cause__, ValueError):
        # Raised by a section itself, which knows the key but not where it stands.
        inner, colon, rest = text.partition(": ")
        key, text = (f"{key}.{inner}".lstrip("."), rest) if colon else (key, text)
    return f"{key or 'top level'}: {text[0].lower()}{text[1:]}{_BOOL if 'expected `bool`' in text.lower() else ''}"


_BOOL = ": true or false (in the environment 1 and 0 too)"
