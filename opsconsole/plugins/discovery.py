"""Which plugins there are, by name, without importing a single one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NamedTuple

import opsconsole
from opsconsole.plugins.errors import PluginError
from opsconsole.plugins.source import check_place, load_module
from opsconsole.text import clean_line

GROUP = "opsconsole.plugins"
"""The group of the entry points."""

ATTRIBUTE = "PLUGIN"
"""What a plugin's module calls its class."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Source(NamedTuple):
    """A plugin that could be loaded. ``load`` imports it and returns what it gives, which may be anything."""

    name: str
    origin: str
    load: Callable[[], Any]


class FoundPlugin(NamedTuple):
    """Plugins by name, and what is wrong with those that can't even be considered."""

    sources: dict[str, Source]
    problems: dict[str, str]


def shipped_folder() -> Path | None:
    """Where the shipped plugins are: inside the installed package, or beside it in a checkout."""
    package = Path(opsconsole.__file__).parent
    installed = package / "_plugins"
    if installed.is_dir():
        return installed
    checkout = package.parent
    return checkout / "plugins" if (checkout / "pyproject.toml").is_file() else None


def find(folders: Sequence[str] = (), disabled: Sequence[str] = ()) -> FoundPlugin:
    """Find plugins: shipped ones, entry points, then ``folders``. The first of a name has it.

    Args:
        folders: further folders, whose packages and modules are plugins.
        disabled: names to leave out.
    """
    found = FoundPlugin({}, {})
    shipped = shipped_folder()
    candidates = [*(_in_folder(shipped, ours=True) if shipped else ()), *_entry_points()]
    for folder in folders:
        try:
            candidates += _in_folder(Path(folder).expanduser())
        except PluginError as error:
            found.problems[clean_line(folder)] = str(error)
    for source in candidates:
        taken = found.sources.get(source.name)
        if source.name in disabled:
            continue
        if taken is None:
            found.sources[source.name] = source
        else:
            found.problems[f"{source.name} ({source.origin})"] = f"the name is taken by {taken.origin}"
    return found


def _entry_points() -> Iterator[Source]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield Source(clean_line(point.name, 63), _origin(point), point.load)


def _origin(point: EntryPoint) -> str:
    distribution = point.dist.name if point.dist else "an unknown distribution"
    return clean_line(f"entry point of {distribution}", 200)


def _in_folder(folder: Path, *, ours: bool = False) -> list[Source]:
    """The plugins of a folder; ``ours`` stands or falls with the program itself."""
    try:
        if not ours:
            check_place(folder)
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise PluginError(f"plugins.folders: {folder}: {error.strerror}") from error
    return [_of_file(path) for path in entries if _is_plugin(path)]


def _is_plugin(path: Path) -> bool:
    name = path.name.removesuffix(".py")
    return bool(_NAME.fullmatch(name)) and (path.suffix == ".py" or (path / "__init__.py").is_file())


def _of_file(path: Path) -> Source:
    name = path.name.removesuffix(".py")
    return Source(name, clean_line(str(path), 200), lambda: _attribute(name, path))


def _attribute(name: str, path: Path) -> Any:
    module = load_module(name, path)
    if not hasattr(module, ATTRIBUTE):
        raise PluginError(f"{path} has no {ATTRIBUTE}")
    return getattr(module, ATTRIBUTE)
