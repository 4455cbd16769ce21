"""The memories of the reader, for the tests that ask what is read without them."""

from __future__ import annotations

from opsconsole.decisions import heard
from opsconsole.decisions.meaning import repeats, silence


def forget() -> None:
    """Know nothing of entries and sentences, as at the start."""
    heard.forget()
    silence.forget()
    repeats.forget()
