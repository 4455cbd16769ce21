"""Which of the environment's variables are settings, and which look like one and are none. Pure.

A misspelt safeguard is no safeguard: a name that begins as ours do and is not known is never passed over, and one that
reads like "read only" is taken for it however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

PREFIX = "OPSCONSOLE_"

CONFIG = "OPSCONSOLE_CONFIG"
"""Where the settings file is."""

_READ_ONLY = "opsconsolereadonly"
_TESTS = ("OPSCONSOLE_REQUIRE_", "OPSCONSOLE_TEST", "OPSCONSOLE_WORLDS")
"""Variables of the project's own tests."""

_SERVICE = re.compile(r"OPSCONSOLE(?:_\w+)?_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)")
_LINK = re.compile(r"(?:tcp|udp|sctp)://")
_NO = frozenset({"0", "false", "no", "off", "f", "n", ""})


class Variables(NamedTuple):
    """The settings that the environment gives, as tables by section, and the names that are no setting."""

    tables: dict[str, Any]
    unknown: tuple[str, ...]


def variables(environ: Mapping[str, str], keys: Mapping[str, Collection[str]]) -> Variables:
    """Sort the variables that begin as ours do.

    Args:
        environ: all of them.
        keys: the settings there are: by section their keys; none for a setting that stands in no section.
    """
    tables: dict[str, Any] = {}
    unknown = []
    for name, value in environ.items():
        if _reads_like_read_only(name):
            # The exact name is held to the values that are allowed; a look-alike is a wish to be on the safe side.
            said = value if name.upper() == "OPSCONSOLE_READ_ONLY" else str(value.strip().lower() not in _NO)
            tables["read_only"] = "true" if str(tables.get("read_only")).lower() in {"true", "1"} else said
            continue
        if not name.startswith(PREFIX) or name == CONFIG or name.startswith(_TESTS) or _is_link(name, value):
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if not key and section in keys and not keys[section]:
            tables[section] = value
        elif key in keys.get(section, ()):
            tables.setdefault(section, {})[key] = value
        else:
            unknown.append(name)
    return Variables(tables, tuple(sorted(unknown)))


def _reads_like_read_only(name: str) -> bool:
    return "".join(filter(str.isalnum, name)).lower() == _READ_ONLY


def _is_link(name: str, value: str) -> bool:
    """Whether the kubelet set it: it tells each container of the Services of its namespace, such as ``opsconsole``."""
    return bool(_SERVICE.fullmatch(name) or (name.endswith("_PORT") and _LINK.match(value)))
