"""Names without importing; the first of a name has it; what is installed finds what is shipped."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.plugins import discovery
from opsconsole.plugins.host import load_all
from opsconsole.settings import PluginSettings, Settings
from tests.plugins.conftest import Workshop
from tests.plugins.test_broken import WHOLE

ROOT = Path(__file__).parent.parent.parent


def test_names_are_known_without_importing_anything(workshop: Workshop) -> None:
    marker = workshop.folder / "imported"
    workshop.write("bomb", f"import pathlib; pathlib.Path({str(marker)!r}).touch()")
    package = workshop.folder / "package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    for other in ("README.md", "_private.py", ".hidden.py", "Upper.py", "has-dash.py"):
        (workshop.folder / other).write_text("raise RuntimeError")
    (workshop.folder / "data").mkdir()
    found = discovery.find([str(workshop.folder)])
    assert set(found.sources) == {"bomb", "package"}
    assert found.problems == {}
    assert not marker.exists()


def test_disabled_ones_are_not_even_considered(workshop: Workshop) -> None:
    workshop.write("bomb", "raise RuntimeError")
    workshop.disabled = ("bomb",)
    workshop.settings = {"bomb": {}}
    host = workshop.load()
    assert (host.loaded, host.problems) == ((), {})


def test_package_with_modules_of_its_own(workshop: Workshop) -> None:
    package = workshop.folder / "whole"
    package.mkdir()
    (package / "words.py").write_text('SUMMARY = "from beside"')
    (package / "__init__.py").write_text(
        WHOLE.replace('api = "1.0"', 'api = "1.0"\n    from .words import SUMMARY as summary')
    )
    assert [plugin.summary for plugin in workshop.load().loaded] == ["from beside"]


def test_failed_import_leaves_no_module_behind(workshop: Workshop) -> None:
    workshop.write("whole", "raise RuntimeError")
    assert "whole" in workshop.load().problems
    assert "opsconsole_plugin_whole" not in sys.modules
    workshop.write("whole", WHOLE + "# mended\n")
    assert workshop.load().problems == {}


def installed(folder: Path, name: str, text: str, value: str) -> None:
    """A distribution with an entry point, as pip leaves it."""
    (folder / f"{name}_module.py").write_text(text)
    info = folder / f"{name}_dist-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[opsconsole.plugins]\n{name} = {value}\n")


def test_entry_points(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    installed(site, "whole", WHOLE, "whole_module:Whole")
    installed(site, "broken", "raise RuntimeError", "broken_module:Nothing")
    monkeypatch.syspath_prepend(str(site))
    host = workshop.load()
    assert [plugin.name for plugin in host.loaded] == ["whole"]
    assert "entry point of broken-dist" in host.problems["broken"]
    workshop.write("whole", "raise RuntimeError")
    host = workshop.load()
    assert [plugin.name for plugin in host.loaded] == ["whole"]
    (words,) = [words for name, words in host.problems.items() if name.startswith("whole (")]
    assert words == "the name is taken by entry point of whole-dist"


def test_shipped_plugins_load_from_a_checkout() -> None:
    host = load_all(Settings(), SystemClock())
    assert {plugin.name for plugin in host.loaded} >= {"smartscaler", "vectorstore"}
    assert host.problems == {}


def test_no_plugin_may_replace_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "smartscaler.py").write_text("raise RuntimeError")
    host = load_all(Settings(plugins=PluginSettings(folders=(str(tmp_path),))), SystemClock())
    assert type(next(plugin for plugin in host.loaded if plugin.name == "smartscaler")).__name__ == "SmartScaler"
    assert any(name.startswith("smartscaler (") for name in host.problems)


def test_shipped_plugins_use_the_public_interface_alone() -> None:
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                allowed = name == "opsconsole.plugin" or name.partition(".")[0] in {*sys.stdlib_module_names, "msgspec"}
                assert allowed, f"{path.name} imports {name}"


def test_wheel_carries_the_shipped_plugins(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "from opsconsole.plugins import discovery, host; from opsconsole.settings import Settings;"
        "from opsconsole.clock import SystemClock; loaded = host.load_all(Settings(), SystemClock());"
        "print(discovery.shipped_folder(), loaded.problems, sorted(each.name for each in loaded.loaded))"
    )
    path = [str(tmp_path / "site"), *(each for each in sys.path if "site-packages" in each)]
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[1:1] = {path!r}; {script}"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == f"{tmp_path}/site/opsconsole/_plugins {{}} ['slack', 'smartscaler', 'vectorstore']"


def test_folder_beside_an_installed_package_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "opsconsole").mkdir()
    (tmp_path / "plugins").mkdir()
    monkeypatch.setattr(discovery.opsconsole, "__file__", str(tmp_path / "opsconsole" / "__init__.py"))
    assert discovery.shipped_folder() is None
