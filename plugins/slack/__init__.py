"""Slack: what the guard does, told in a channel by an incoming webhook."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from opsconsole.plugin import Context, Plugin, Teller, Word, clean_line

_SECONDS = 5.0
_PLAIN = re.compile(r"[!-~]+")
"""Printable ASCII without a space: all that an address is made of."""

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class SlackSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the webhook's address is read from: it is a secret, and has no place in the settings themselves.

    ``url_file`` is a file that holds it (a mounted Secret); where none is named, the environment variable ``url_env``
    does. With ``all`` everything is told, not the serious words alone.
    """

    url_file: str = ""
    url_env: str = "SLACK_WEBHOOK_URL"
    all: bool = False


class SlackTeller:
    """Posts to the webhook. The address is read each time, so that it can be changed while the guard runs."""

    name = "slack.webhook"

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings

    def tell(self, word: Word) -> None:
        """Post one word.

        Raises:
            ValueError: there is no address, or it is no https address.
            OSError: it can't be reached, or answers with an error.
        """
        if not (word.serious or self._settings.all):
            return
        mark = ":rotating_light: " if word.serious else ""
        text = f"{mark}*opsconsole guard: {_escaped(word.kind)}* {_escaped(clean_line(word.text, 2000))}"
        headers = {"Content-Type": "application/json"}
        import urllib.request  # noqa: PLC0415 - where nothing is told, it is not needed

        request = urllib.request.Request(self._url(), json.dumps({"text": text}).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - _url() lets https alone through
            pass

    def _url(self) -> str:
        own = self._settings
        where = f"file {own.url_file}" if own.url_file else f"environment variable {own.url_env}"
        held = Path(own.url_file).read_text(encoding="utf-8") if own.url_file else os.environ.get(own.url_env, "")
        url = held.strip()
        if not _is_address(url):
            raise ValueError(f"{where} holds no https address")  # the address itself is a secret
        return url


class Slack(Plugin):
    """Tells what the guard does in a Slack channel."""

    name = "slack"
    api = "1.0"
    summary = "tells in a Slack channel what the guard does"
    settings_type = SlackSettings

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.settings: SlackSettings = context.settings

    def tellers(self) -> Sequence[Teller]:
        own = self.settings
        named = own.url_file or os.environ.get(own.url_env)
        return (SlackTeller(own),) if named else ()  # nobody has asked for it


def _is_address(url: str) -> bool:
    """Whether a request can be made of it: what urllib says of one that can't be would tell the secret in it."""
    try:
        parts = urllib.parse.urlsplit(url)
        fit = _PLAIN.fullmatch(url) is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return fit and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL))


def _escaped(text: str) -> str:
    """Text as Slack wants it: without these it would make links and mentions of what the optimizer wrote."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


PLUGIN = Slack
