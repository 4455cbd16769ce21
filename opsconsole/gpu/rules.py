"""What the settings say about candidates, as the observer takes it."""

from __future__ import annotations

import re

from opsconsole.gpu.classify import protected_names
from opsconsole.gpu.host.processes import lineage
from opsconsole.gpu.observe import Rules
from opsconsole.settings import GpuSettings, OptimizerSettings, SettingsError


def rules_of(gpu: GpuSettings, optimizer: OptimizerSettings) -> Rules:
    """The rules for candidates from the settings.

    Raises:
        SettingsError: a pattern is no regular expression, or matches everything.
    """
    return Rules(
        patterns=tuple(map(_pattern, optimizer.processes)),
        protected=protected_names(gpu.protected),
        ours=lineage(),
        terminal_seconds=gpu.terminal_seconds,
    )


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise SettingsError(f"optimizer.processes: {text!r} is not a regular expression: {error}") from error
    if pattern.search(""):
        raise SettingsError(f"optimizer.processes: {text!r} matches every process: name the optimizer's program")
    return pattern
