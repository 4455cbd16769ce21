"""German with its words as keyboards and syslogs without umlauts have them, too: ``geloescht`` beside ``gelöscht``."""

from __future__ import annotations

from opsconsole.decisions.words.foreign.tongue import Tongue

_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def without(tongue: Tongue) -> Tongue:
    """The language with each row twice, where two letters are written for one of its own."""
    return Tongue(_twice(tongue.deeds), _twice(tongue.others), tongue.comma)


def _twice(told: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    both = ((row, (row[0].translate(_DIGRAPHS), row[1])) for row in told)
    return tuple(dict.fromkeys(row for rows in both for row in rows))
