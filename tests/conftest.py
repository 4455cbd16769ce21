"""What every test shares."""

from __future__ import annotations

import importlib.util
from typing import Any

from hypothesis import HealthCheck, settings

if importlib.util.find_spec("tests.testbed.fixtures") is not None:
    pytest_plugins = ["tests.testbed.fixtures"]

# How fast examples are made says how busy the machine is, and nothing of what is tested; likewise each one's time.
_BUSY: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples each time: what refuses a change is then the change. `make explore` draws new ones, and more.
settings.register_profile("repeatable", derandomize=True, **_BUSY)
settings.register_profile("exploring", max_examples=2_000, **_BUSY)
settings.load_profile("repeatable")
