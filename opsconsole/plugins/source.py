"""Imports a plugin from the very text that was checked: no compiled file, no module that was not looked at."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from opsconsole.files.trust import UntrustedPathError, check_above, read_code, refuse_shared
from opsconsole.plugins.errors import PluginError

PREFIX = "opsconsole_plugin_"
"""What the modules of plugins are called in ``sys.modules``, before the plugin's name."""

MAX_FILE = 4 << 20
"""Bytes of one file of a plugin."""

MAX_FILES = 2_000
"""Files and folders of one plugin that are looked at."""


class _Text(NamedTuple):
    path: Path
    code: bytes
    package: bool


def load_module(name: str, path: Path) -> ModuleType:
    """Check a plugin's file or package with everything in it and import it.

    Args:
        name: the plugin's.
        path: ``name.py``, or the folder of the package.

    Raises:
        PluginError: somebody else may change a part of it, or it has none that is Python.
        Exception: whatever the plugin raises when it is imported.
    """
    try:
        texts = _package(PREFIX + name, path) if path.is_dir() else {PREFIX + name: _text(path, package=False)}
    except UntrustedPathError as error:
        raise PluginError(str(error.strerror)) from error
    except OSError as error:
        raise PluginError(f"{path}: {error.strerror}") from error
    _forget(PREFIX + name)
    _FINDER.texts.update(texts)
    try:
        return importlib.import_module(PREFIX + name)
    except BaseException:
        _forget(PREFIX + name)
        raise


def check_place(folder: Path) -> None:
    """Check a folder of plugins and every folder above it.

    Raises:
        UntrustedPathError: others may change what is there.
        OSError: it can't be looked at.
    """
    real = folder.resolve(strict=True)
    check_above(folder)
    check_above(real)
    refuse_shared(folder, real.lstat())


def _package(name: str, folder: Path) -> dict[str, _Text]:
    """Every module of a package, by its full name; what is no module of it is checked, and not loaded."""
    found: dict[str, _Text] = {}
    waiting, seen = [(name, folder)], 0
    while waiting:
        package, here = waiting.pop()
        refuse_shared(here, here.lstat())
        if package and (here / "__init__.py").exists():
            found[package] = _text(here / "__init__.py", package=True)
        for each in sorted(here.iterdir()):
            seen += 1
            if seen > MAX_FILES:
                raise UntrustedPathError(f"{folder} has more than {MAX_FILES} files")
            refuse_shared(each, each.lstat())
            if each.is_dir():
                if each.name != "__pycache__":
                    importable = package and each.name.isidentifier()
                    waiting.append((f"{package}.{each.name}" if importable else "", each))
            elif package and each.suffix == ".py" and each.stem.isidentifier() and each.stem != "__init__":
                found.setdefault(f"{package}.{each.stem}", _text(each, package=False))
    return found


def _text(path: Path, *, package: bool) -> _Text:
    return _Text(path, read_code(path, MAX_FILE), package)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the modules of plugins among the texts that were checked, and nowhere else."""

    def __init__(self) -> None:
        self.texts: dict[str, _Text] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        text = self.texts.get(fullname)
        if text is None:
            return None
        # The empty search path of a package keeps Python's own finders from looking into its folder.
        spec = importlib.util.spec_from_loader(fullname, self, origin=str(text.path), is_package=text.package)
        if spec is not None:
            spec.has_location = True
        return spec

    def is_package(self, fullname: str) -> bool:
        return self.texts[fullname].package

    def get_source(self, fullname: str) -> str:
        return importlib.util.decode_source(self.texts[fullname].code)

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        text = self.texts[fullname]
        return compile(text.code, str(text.path), "exec", dont_inherit=True)


_FINDER = _Finder()
sys.meta_path.insert(0, _FINDER)


def _forget(name: str) -> None:
    for known in (sys.modules, _FINDER.texts):
        for each in [each for each in known if each == name or each.startswith(f"{name}.")]:
            del known[each]
