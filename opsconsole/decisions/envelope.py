"""Takes off what a container runtime writes around a line, for log files read on a node (``/var/log/pods/…``)."""

from __future__ import annotations

import json
import re

from opsconsole.decisions import times
from opsconsole.decisions.document import MAX_CHARACTERS

_CRI = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?P<stream>stdout|stderr) "
    r"(?P<tag>[PF])(?::\S*)? (?P<text>.*)",
    re.DOTALL,
)
_DOCKER = '{"log":"'
_DOCKER_KEYS = {"log", "stream", "time"}


class Envelopes:
    """Opens the lines of one file and joins what the runtime cut at 16 KiB; other lines stay as they are."""

    def __init__(self) -> None:
        self._cut: dict[str, str] = {}

    def open(self, line: str) -> tuple[str, float | None] | None:
        """The line as the container wrote it and the runtime's time of it; ``None`` while the rest of it is to come."""
        if match := _CRI.fullmatch(line):
            whole = match["tag"] == "F"
            return self._join(match["stream"], match["text"], match["time"], whole=whole)
        if line.startswith(_DOCKER) and (entry := _docker(line)):
            text = entry["log"]
            return self._join(entry["stream"], text.removesuffix("\n"), entry["time"], whole=text.endswith("\n"))
        return line, None

    def rest(self) -> list[str]:
        """What is still waiting for its end, at the end of the file."""
        left = [text for text in self._cut.values() if text]
        self._cut.clear()
        return left

    def _join(self, stream: str, text: str, time: str, *, whole: bool) -> tuple[str, float | None] | None:
        text = self._cut.pop(stream, "") + text
        if whole or len(text) > MAX_CHARACTERS:
            return text, times.parse(time)
        self._cut[stream] = text
        return None


def _docker(line: str) -> dict[str, str] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not entry.keys() <= _DOCKER_KEYS or not isinstance(entry.get("log"), str):
        return None
    return {"stream": "", "time": ""} | {key: str(value) for key, value in entry.items()}
