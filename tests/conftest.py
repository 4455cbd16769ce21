"""What every test shares."""

from __future__ import annotations

import importlib.util

from hypothesis import HealthCheck, settings

if importlib.util.find_spec("tests.testbed.fixtures") is not None:
    pytest_plugins = ["tests.testbed.fixtures"]

# How fast examples are made says how busy the machine is, and nothing of what is tested; likewise each one's time.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
