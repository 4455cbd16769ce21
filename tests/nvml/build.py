"""Compiles nvml.c into a ``libnvidia-ml.so.1``, kept in a cache outside the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("nvml.c")
NAME = "libnvidia-ml.so.1"


class CannotBuildError(Exception):
    """There is no C compiler here."""


def cache_folder() -> Path:
    """Where compiled things are kept: ``$OPSCONSOLE_TEST_CACHE``, else the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("OPSCONSOLE_TEST_CACHE") or Path(home) / "opsconsole-tests")


def build_library() -> Path:
    """Compile the library unless it is there, and return the folder that holds it (for ``LD_LIBRARY_PATH``).

    Raises:
        CannotBuildError: no compiler.
    """
    return compile_into(SOURCE, NAME, ["-shared", "-fPIC"]).parent


def compile_into(source: Path, name: str, flags: list[str]) -> Path:
    """Compile one C file to ``name`` in a folder of the cache that its text names."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise CannotBuildError("no C compiler (gcc or cc) on PATH")
    command = [compiler, "-O1", "-Wall", "-Wextra", "-Werror", *flags]
    digest = hashlib.sha256(source.read_bytes() + repr(command).encode()).hexdigest()[:16]
    target = cache_folder() / f"{source.stem}-{digest}" / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{name}.{os.getpid()}")
        subprocess.run([*command, "-o", str(fresh), str(source), "-lpthread"], check=True, capture_output=True)
        fresh.replace(target)
    return target
