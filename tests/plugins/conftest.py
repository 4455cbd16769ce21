"""A folder to write plugins into, and the host that loads them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from opsconsole.plugins import discovery
from opsconsole.plugins.host import Plugins, load_all
from opsconsole.settings import PluginSettings, Settings
from tests.metrics.conftest import prometheus_url
from tests.support.clock import ManualClock

__all__ = ["prometheus_url"]

HEAD = """\
import typing

import msgspec
from opsconsole.plugin import *

class Sample(Plugin):
    name = "sample"
    api = "1.0"
    summary = "for a test"

{body}

PLUGIN = Sample
"""


class Workshop:
    """Writes plugins and loads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, dict[str, object]] = {}
        self.disabled: tuple[str, ...] = ()

    def write(self, name: str, text: str) -> Path:
        """A module of exactly this text."""
        path = self.folder / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        return path

    def sample(self, body: str) -> Path:
        """The plugin ``sample`` whose class has this body."""
        return self.write("sample", HEAD.format(body=textwrap.indent(textwrap.dedent(body), "    ")))

    def load(self, *, read_only: bool = False) -> Plugins:
        """Load everything in the folder."""
        plugins = PluginSettings(folders=(str(self.folder),), disabled=self.disabled, settings=self.settings)
        return load_all(Settings(plugins=plugins, read_only=read_only), ManualClock(1_000_000.0))


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Without the shipped plugins."""
    monkeypatch.setattr(discovery, "shipped_folder", lambda: None)
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    return Workshop(folder)
