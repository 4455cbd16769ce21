"""The developers' pages name modules that there are, and layers that the checker holds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("docs/architecture.md", "docs/developing.md", "docs/glossary.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|yaml)|(?:[a-z_]+/)+)`", text))
    missing = {name for name in named if not any((base / name).exists() for base in (ROOT, ROOT / "opsconsole"))}
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_page(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert not {link for link in links if not (ROOT / "docs" / link).exists()}


def test_the_picture_draws_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    picture = (ROOT / "docs/developing.md").read_text(encoding="utf-8").partition("## How to add")[0]
    for contract in contracts:
        if contract["type"] == "layers":
            names = [name for layer in contract["layers"] for name in re.split(r"[|: ]+", layer)]
            assert not {name for name in names if name.rpartition(".")[2] not in picture}, contract["name"]


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    words = re.findall(r"^\| \*\*([^*]+)\*\*", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) == len(set(words)) >= 40
    assert words == sorted(words)
