"""A class name stands once in the tree: who searches for it finds one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TREES = ("opsconsole", "rehearsal", "plugins", "scripts")


def names() -> dict[str, list[str]]:
    """Where each public class is."""
    found: dict[str, list[str]] = defaultdict(list)
    for tree in TREES:
        for path in sorted((ROOT / tree).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_no_class_name_stands_twice() -> None:
    twice = {name: places for name, places in names().items() if len(places) > 1}
    assert not twice, "name each of these after what it is"
