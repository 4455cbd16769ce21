"""Fixtures of the test NVML: ``nvml`` is a world that every worker started in the test will see."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tests.nvml.build import CannotBuildError, build_library
from tests.nvml.world import NvmlWorld


@pytest.fixture(scope="session")
def nvml_library() -> Path:
    """The folder with our ``libnvidia-ml.so.1``."""
    try:
        return build_library()
    except CannotBuildError as error:
        pytest.skip(f"the test NVML can't be built: {error}")


@pytest.fixture
def no_driver() -> None:
    """Leave a test out where the host has an NVIDIA driver: what is installed can't be hidden from a process."""
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return
    pytest.skip("this host has an NVIDIA driver")


@pytest.fixture
def nvml(nvml_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NvmlWorld:
    """An empty world, found through ``LD_LIBRARY_PATH`` by processes started from here (the worker is one)."""
    world = NvmlWorld(tmp_path / "nvml.txt")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(nvml_library))
    monkeypatch.setenv("OPSCONSOLE_TEST_NVML", str(world.path))
    return world
