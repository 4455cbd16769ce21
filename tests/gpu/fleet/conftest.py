"""Fixtures of the tests of other machines' GPUs."""

from __future__ import annotations

from tests.gpu.fleet.placing import cgroups
from tests.gpu.fleet.sshd import ssh_nodes

__all__ = ["cgroups", "ssh_nodes"]
