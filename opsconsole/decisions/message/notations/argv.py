"""Commands that programs print as the list of their words: ``["kubectl", "scale", "--replicas=2", "deploy/web"]``."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_PROGRAMS = wordset("kubectl oc helm helmfile terraform tofu pulumi argocd flux eksctl gcloud aws az istioctl kops")
_LIST = late(
    r"[\[(] ?(?P<quote>['\"])(?:[\w./-]{0,60}/)?(?:" + "|".join(sorted(_PROGRAMS)) + r")(?P=quote)"
    r"(?:,? ?['\"](?:[^'\"\\]|\\.)*['\"]){1,100} ?[\])]"
)
_WORD = late(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def joined(text: str) -> str:
    """The text with such lists as a shell would be given them."""
    if "['" not in text and '["' not in text and "('" not in text:
        return text
    return _LIST.sub(_in_place, text)


def _in_place(match: re.Match[str]) -> str:
    """A list as a line; in a JSON document as a text, so that it stays one: ``{"cmd": ["kubectl", …], "rc": 1}``."""
    before, behind = match.string[: match.start()], match.string[match.end() : match.end() + 1]
    line = _line(match[0])
    if match["quote"] == '"' and match[0][0] == "[" and _JSON_KEY.search(before[-60:]) and behind in (",", "}"):
        return json.dumps(line, ensure_ascii=False)
    return line + (";" if behind == ":" else "")


_JSON_KEY = late(r"[{,] ?\"[\w.-]{1,40}\": ?$")


def _line(printed: str) -> str:
    words = [one or two for one, two in _WORD.findall(printed)]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    return shlex.quote(word) if " " in word else word


def in_lines(document: JsonObject) -> JsonObject:
    """The document with such lists as one text each."""
    lists = {key: _of_list(value) for key, value in document.items() if isinstance(value, list) and _is_command(value)}
    named = [document[key] for key in _BINARIES if key in document]
    program = next((said for said in named if isinstance(said, str) and _is_program(said)), "")
    given = document.get("args") if program else None
    if isinstance(given, list) and given and all(isinstance(word, str) for word in given):
        rest = {key: value for key, value in document.items() if key not in ("args", *_BINARIES)}
        return {**rest, **lists, "command": _of_list([program, *given])}
    return {**document, **lists} if lists else document


_BINARIES = ("bin", "binary", "program", "exe", "executable", "cmd", "command")


def _is_program(word: str) -> bool:
    return word.rpartition("/")[2] in _PROGRAMS


def _is_command(value: list[Any]) -> bool:
    first = value[0] if len(value) > 1 else None
    return (
        isinstance(first, str)
        and first.rpartition("/")[2] in _PROGRAMS
        and all(isinstance(word, str) for word in value)
    )


def _of_list(value: list[str]) -> str:
    return " ".join([value[0].rpartition("/")[2], *map(_quoted, value[1:])])
