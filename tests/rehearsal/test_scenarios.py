"""Scenario files: the shipped ones hold together, and a wrong one says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import scenario
from rehearsal.scenario import BUILT_IN, ScenarioError

MINIMAL = """
title = "t"
story = "s"
[traffic]
base = 1.0
[[nodes]]
name = "n"
cpu = "1"
memory = "1Gi"
[[services]]
name = "web"
image = "x"
behaviour = {}
[optimizer]
module = "aura"
namespace = "ops"
name = "o"
account = "a"
image = "x"
bindings = []
"""


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_shipped_ones_can_be_read(name: str) -> None:
    found = scenario.load(name)
    assert found.optimizer.moves
    assert found.lessons
    assert [lesson.until for lesson in found.lessons][-1] == "mended"


def test_a_teams_own_file(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(MINIMAL, encoding="utf-8")
    assert scenario.load(str(file)).services[0].name == "web"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('title = "t"', "title = 1", "Expected `str`, got `int` - at `$.title`"),
        ('title = "t"', 'titel = "t"', "Object contains unknown field `titel`"),
        ('title = "t"', "title =", "not TOML"),
        (
            "behaviour = {}",
            "behaviour = {}\ncalls = { db = 1.0 }",
            "services.web: calls db, which is no service after it",
        ),
        (
            "bindings = []",
            'bindings = []\nmoves = [{ at = 1, do = "cut", target = "x" }]',
            "optimizer.moves[0]: target 'x' is not in this scenario",
        ),
        ("bindings = []", 'bindings = []\nmoves = [{ at = 1, do = "dance" }]', "Invalid enum value 'dance'"),
        (
            "bindings = []",
            'bindings = []\nworkers = [{ name = "w", device = 0, memory = 1 }]',
            "optimizer.workers.w: there is no device 0",
        ),
        ("[traffic]", '[[lessons]]\nsay = "x"\nuntil = "soon"\n[traffic]', "lessons: until 'soon' is none of"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(before: str, after: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario.parse(MINIMAL.replace(before, after), "night.toml")
    assert str(refused.value).startswith("night.toml: ")
    assert words in str(refused.value)


def test_a_file_that_is_not_there_says_what_there_is() -> None:
    with pytest.raises(ScenarioError, match="built in: aura, smartscaler"):
        scenario.load("nowhere.toml")
