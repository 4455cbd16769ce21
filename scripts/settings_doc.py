"""Make docs/settings.md from opsconsole/settings.py: every key, its default, and the words beside it in the source."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import msgspec

from opsconsole import settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"

HEAD = """# Settings

Defaults < `opsconsole.toml` < `OPSCONSOLE_*` < flags. The file is the one that `--config` or `$OPSCONSOLE_CONFIG`
names, else `opsconsole/opsconsole.toml` in `$XDG_CONFIG_HOME` (`~/.config`). The working directory is not searched: a
checkout must not be able to point a kill switch elsewhere or load a plugin. A key of section `[cluster]` is
`OPSCONSOLE_CLUSTER_<KEY>` in the environment, lists split at commas. An unknown key or a bad value ends the start with
the file and the key: a misspelt safeguard is no safeguard.

This page is made by `python -m scripts.settings_doc`.

| key | default | |
|---|---|---|
| `read_only` | `false` | Nothing that writes is even constructed. |
"""


def words(name: str) -> dict[str, str]:
    """The docstring below each field of a section's class."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    found, field = {}, ""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
            found[field] = " ".join(str(node.value.value).split())
    return found


def toml(value: Any) -> str:
    """A default as it would stand in the file."""
    return json.dumps(value, ensure_ascii=False)


def default(key: msgspec.structs.FieldInfo) -> Any:
    """The default of one key, as JSON knows it."""
    made = key.default if key.default is not msgspec.NODEFAULT else key.default_factory()
    return msgspec.to_builtins(made)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for field in msgspec.structs.fields(settings.Settings):
        if field.name == "read_only":
            continue
        listed = isinstance(field.default, tuple)
        section = settings.OptimizerEntry if listed else type(field.default)
        first = " ".join((section.__doc__ or "").split())
        title = f"[[{field.name}]]" if listed else f"[{field.name}]"
        parts.append(f"\n## {title}\n{first}\n\n| key | default | |\n|---|---|---|\n")
        beside = words(section.__name__)
        builtin = {key.name: default(key) for key in msgspec.structs.fields(section)}
        for key in msgspec.structs.fields(section):
            text = beside.get(key.name, "").replace("|", "\\|")
            parts.append(f"| `{key.name}` | `{toml(builtin[key.name])}` | {text} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
