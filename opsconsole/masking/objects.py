"""Values (JSON) without their secrets, and JSON within strings of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from opsconsole.masking.looks import MASK
from opsconsole.masking.names import LONGEST_NAME, is_secret_name
from opsconsole.masking.programs import CommandWords
from opsconsole.masking.texts import MAX_TEXT, mask_text

TOO_DEEP = "[left out: nested too deep]"
TOO_MUCH = "[left out: too many values]"
TOO_LONG = "[left out: too much text]"

MAX_DEPTH = 64
"""Levels of nesting that are followed; Kubernetes' own objects have about 15."""

MAX_VALUES = 500_000
"""Values that are followed in one object; a Deployment has some hundreds, the largest CRDs some ten thousand."""

MAX_INNER = 1 << 20
"""Characters of JSON within a string that are looked at as JSON; longer ones are looked at as text."""

MAX_COMMAND = 50
"""Words of a container's command that are looked at for the program that its arguments are for."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}+={0,2}\Z")


def mask(value: Any) -> Any:
    """A copy of ``value`` (JSON) without its secrets. Keys, structure, numbers and references to Secrets stay."""
    return _Objects().walk(value, MAX_DEPTH)


def mask_named(name: str, value: str) -> str:
    """The value of an environment variable (or header) of this name, as it may be shown."""
    return (MASK if value else value) if is_secret_name(name) else mask(value)


class _Objects:
    """Follows one value. ``left`` and ``room``: how many values and characters of text may still be looked at."""

    def __init__(self) -> None:
        self.left = MAX_VALUES
        self.room = 2 * MAX_TEXT
        self._of_secrets = False

    def walk(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if isinstance(value, str):
            self.room -= len(value)
            return self._text(value, depth) if self.room >= 0 else TOO_LONG
        if not isinstance(value, Mapping | list | tuple):
            return value
        if depth <= 0:
            return TOO_DEEP
        if self.left <= 0:
            return TOO_MUCH
        return self._object(value, depth - 1) if isinstance(value, Mapping) else self._list(value, depth - 1)

    def _object(self, value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        secret = value.get("kind") == "Secret" or str(value.get("type", "")).startswith("kubernetes.io/")
        listed_as_secret = self._of_secrets
        secret = secret or listed_as_secret
        names = [each for each in (value.get("name"), value.get("key")) if isinstance(each, str)]
        pair = any(is_secret_name(name) for name in names)
        masked: dict[Any, Any] = {}
        for key, item in value.items():
            if secret and key in {"data", "stringData"}:
                masked[key] = dict.fromkeys(item, MASK) if isinstance(item, Mapping) else MASK
            elif is_secret_name(str(key)) or (pair and key == "value"):
                masked[key] = self._strings(item, depth)
            elif key == "args" and isinstance(item, list | tuple) and isinstance(value.get("command"), list | tuple):
                self.left -= 1
                masked[key] = self._list(item, depth - 1, value["command"]) if depth > 0 else TOO_DEEP
            else:
                self._of_secrets = key == "items" and value.get("kind") == "SecretList"
                masked[key] = self.walk(item, depth)
                self._of_secrets = listed_as_secret
        return masked

    def _list(self, value: Sequence[Any], depth: int, command: Sequence[Any] = ()) -> list[Any]:
        """A list; as arguments of a command, ``--password`` tells what the next one is."""
        arguments = CommandWords()
        for word in command[-MAX_COMMAND:]:
            arguments.masked(str(word)[:LONGEST_NAME])
        masked: list[Any] = []
        for item in value:
            known = arguments.masked(item) if isinstance(item, str) else None
            masked.append(self.walk(item, depth) if known is None else known)
        return masked

    def _strings(self, value: Any, depth: int) -> Any:
        """Mask a string or a list of strings; an object (``secretKeyRef``) is looked at by itself."""
        if isinstance(value, str):
            return MASK if value else value
        if isinstance(value, list | tuple) and depth > 0:
            return [self._strings(item, depth - 1) for item in value]
        return self.walk(value, depth)

    def _text(self, text: str, depth: int) -> str:
        """JSON within a string (``last-applied-configuration`` repeats the whole object so) is looked at as JSON."""
        if len(text) > MAX_INNER or depth <= 0:
            return mask_text(text)
        if text.lstrip()[:1] not in {"{", "["}:
            return MASK if _hides(text) else mask_text(text)
        try:
            inner = msgspec.json.decode(text)
            masked = self.walk(inner, depth - 1)
            again = text if masked == inner else msgspec.json.encode(masked).decode()
        except (ValueError, RecursionError):
            return mask_text(text)
        return mask_text(again)


def _hides(text: str) -> bool:
    """Whether a string is the base64 of a text with a secret in it."""
    if len(text) % 4 or not _BASE64.match(text):
        return False
    try:
        inner = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return False
    return mask_text(inner) != inner
