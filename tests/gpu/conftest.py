"""Fixtures of the GPU tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gpu.children import Children
from tests.nvml.fixtures import no_driver, nvml, nvml_library

__all__ = ["no_driver", "nvml", "nvml_library"]


@pytest.fixture
def children() -> Iterator[Children]:
    """Real processes, each ended when the test is over."""
    with Children() as started:
        yield started
