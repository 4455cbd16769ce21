"""Logins that a container's own words carry: a token, or where a kubeconfig is. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from opsconsole.text import clean_line

_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.(eyJ[\w-]{8,}+)\.[\w-]*+")
_MOST = 1 << 16
"""Characters of one word that are looked at."""

_TOLD = re.compile(r"(?:(?<![\w-])(--?kubeconfig)(?:=|\s++)|(?<![\w$-])(KUBECONFIG)=)[\"']?+(?!-)([^\s\"';&|)]++)")
"""A kubeconfig that a script names."""

_ACCOUNT = "system:serviceaccount:"
_KUBECONFIG = "kubeconfig"
_CONTENT = ("client-key-data:", "client-certificate-data:", '"client-key-data"', "kind: Config", '"kind":"Config"')


def in_variables(container: str, variables: Iterable[tuple[str, str]], own: str) -> Iterator[str]:
    """Words for each variable of a container by which it logs in as somebody.

    Args:
        container: its name.
        variables: names and values, as the pod has them.
        own: the user that its pod runs as: a token of that one is nothing new.
    """
    for name, value in variables:
        told = next(_tokens(value, own), "")
        if told:
            yield f"container {container} has {told} in variable {name}"
        elif any(each in value[:_MOST] for each in _CONTENT):
            yield f"container {container} has a kubeconfig in variable {name}"
        elif name == "KUBECONFIG" and value:
            yield f"container {container} is told of a kubeconfig by KUBECONFIG={value}"


def in_arguments(container: str, words: Sequence[str], own: str) -> Iterator[str]:
    """Words for each argument of a container by which it logs in as somebody."""
    for at, word in enumerate(words):
        told = next(_tokens(word, own), "")
        flag, equals, value = word.partition("=")
        if told:
            yield f"container {container} has {told} among its arguments"
        elif flag.lstrip("-") == _KUBECONFIG and flag[:1] == "-":
            value = value if equals else next(iter(words[at + 1 : at + 2]), "")
            if value.strip("\"'"):
                yield f"container {container} is told of a kubeconfig by {flag} {value}"
        elif script := _TOLD.search(word[:_MOST]):
            by = f"{script[1]} {script[3]}" if script[1] else f"KUBECONFIG={script[3]}"
            yield f"container {container} is told of a kubeconfig by {by}"


def _tokens(text: str, own: str) -> Iterator[str]:
    """Tokens of ServiceAccounts in a text, in words. What they say of themselves is not checked."""
    for found in _JWT.finditer(text[:_MOST]):
        who = _subject(found.group(1))
        if who.startswith(_ACCOUNT) and who != own:
            yield f"a token of {clean_line(who)}"


def _subject(payload: str) -> str:
    try:
        told: Any = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return ""
    return str(told.get("sub", "")) if isinstance(told, dict) else ""
