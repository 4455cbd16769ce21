"""What every test shares."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("tests.testbed.fixtures") is not None:
    pytest_plugins = ["tests.testbed.fixtures"]
