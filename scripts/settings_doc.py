"""Make docs/settings.md from opsconsole/settings/: every key, its default, and the words beside it in the source."""

from __future__ import annotations

import json
from pathlib import Path

from opsconsole.commands.config.reference import tables

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


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for table in tables():
        if not table.name:
            continue
        title = f"[[{table.name}]]" if table.repeated else f"[{table.name}]"
        parts.append(f"\n## {title}\n{table.words}\n\n| key | default | |\n|---|---|---|\n")
        for key in table.keys:
            default = json.dumps(key.default, ensure_ascii=False)
            words = key.words.replace("|", "\\|")
            parts.append(f"| `{key.name}` | `{default}` | {words} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
