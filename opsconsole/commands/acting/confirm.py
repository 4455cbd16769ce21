"""The one question before a command changes the world: type this word."""

from __future__ import annotations

import sys

import click


def confirmed(word: str, question: str = "") -> bool:
    """Ask on the terminal: a stray Enter or ``y`` confirms nothing, nor does what is piped in.

    Args:
        word: what has to be typed.
        question: what is asked, before the word is.
    """
    if not sys.stdin.isatty():
        return False
    text = f"{question} Type {word} to confirm".lstrip()
    try:
        answer = click.prompt(text, default="", show_default=False, err=True)
    except click.Abort:
        return False
    return bool(answer.strip() == word)
