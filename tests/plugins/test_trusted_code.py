"""No code of a plugin runs that somebody else could have written, exchanged, or compiled."""

from __future__ import annotations

import os
import py_compile
import sys
from pathlib import Path

import pytest

from tests.plugins.conftest import HEAD, Workshop

EVIL = 'from pathlib import Path\nPath({mark!r}).touch()\nSUMMARY = "evil"\n'
PACKAGE = HEAD.replace('summary = "for a test"', "from .words import SUMMARY as summary").format(body="")


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that foreign code makes when it runs."""
    return tmp_path / "it-ran"


@pytest.fixture
def package(workshop: Workshop) -> Path:
    folder = workshop.folder / "sample"
    folder.mkdir(mode=0o755)
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "words.py").write_text('SUMMARY = "as it should be"\n')
    return folder


def summaries(workshop: Workshop) -> list[str]:
    return [plugin.summary for plugin in workshop.load().loaded]


def test_a_package_of_ones_own_is_loaded(workshop: Workshop, package: Path) -> None:
    assert summaries(workshop) == ["as it should be"]
    assert not list(package.rglob("*.pyc"))


@pytest.mark.parametrize("part", ["words.py", "below", "below/deeper.py", "data.json", "word-lists/a/b"])
def test_another_part_of_the_package_that_others_may_write(workshop: Workshop, package: Path, part: str) -> None:
    (package / "below").mkdir(mode=0o755)
    (package / "below" / "__init__.py").touch(mode=0o644)
    (package / "below" / "deeper.py").touch(mode=0o644)
    (package / "data.json").touch(mode=0o644)
    (package / "word-lists" / "a").mkdir(parents=True, mode=0o755)
    (package / "word-lists" / "a" / "b").touch(mode=0o644)
    assert summaries(workshop) == ["as it should be"]
    (package / part).chmod(0o777)
    host = workshop.load()
    assert host.loaded == ()
    assert "may be written by others" in host.problems["sample"]


@pytest.mark.parametrize("place", ["__pycache__/words.cpython-{}{}.pyc", "words.pyc", "further.pyc"])
def test_a_planted_compiled_file_does_not_run(workshop: Workshop, package: Path, mark: Path, place: str) -> None:
    evil = mark.parent / "evil.py"
    evil.write_text(EVIL.format(mark=str(mark)))
    target = package / place.format(*sys.version_info[:2])
    target.parent.mkdir(exist_ok=True, mode=0o755)
    # Unchecked: Python takes such a file for the text beside it without comparing.
    py_compile.compile(
        str(evil), str(target), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    target.chmod(0o644)
    assert summaries(workshop) == ["as it should be"]
    if "further" in place:
        (package / "__init__.py").write_text(PACKAGE.replace(".words", ".further"))
        assert "ModuleNotFoundError" in workshop.load().problems["sample"]
    assert not mark.exists()


def test_a_folder_above_that_others_may_write(workshop: Workshop, package: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    workshop.folder.rename(shared / "plugins")
    workshop.folder = shared / "plugins"
    assert summaries(workshop) == ["as it should be"]
    shared.chmod(0o777)
    host = workshop.load()
    assert host.loaded == ()
    assert "may be written by others" in host.problems[str(workshop.folder)]


@pytest.mark.parametrize("part", ["sample.py", "sample", "sample/words.py", "sample/below"])
def test_a_symbolic_link_is_not_followed(workshop: Workshop, package: Path, mark: Path, part: str) -> None:
    elsewhere = mark.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "__init__.py").write_text(EVIL.format(mark=str(mark)))
    link = workshop.folder / part
    if part == "sample/below":
        link.symlink_to(elsewhere)
    elif part == "sample/words.py":
        link.unlink()
        link.symlink_to(elsewhere / "__init__.py")
    else:
        package.rename(mark.parent / "away")
        link.symlink_to(elsewhere / "__init__.py" if part.endswith(".py") else elsewhere)
    host = workshop.load()
    assert host.loaded == ()
    assert "symbolic link" in host.problems["sample"]
    assert not mark.exists()


def test_code_of_somebody_else(workshop: Workshop, package: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    os.chown(package / "words.py", 54321, 54321)
    assert "belongs to somebody else" in workshop.load().problems["sample"]


def test_what_is_exchanged_after_the_check_does_not_run(workshop: Workshop, package: Path, mark: Path) -> None:
    late = HEAD.format(body="    def rules(self):\n        from . import words\n        return []\n")
    (package / "__init__.py").write_text(late)
    host = workshop.load()
    (package / "words.py").write_text(EVIL.format(mark=str(mark)))
    host.rules()
    assert host.problems == {}
    assert not mark.exists()


def test_an_endless_file_is_refused(workshop: Workshop, package: Path) -> None:
    (package / "words.py").write_bytes(b"#" * (5 << 20))
    assert "larger than 4 MiB" in workshop.load().problems["sample"]
