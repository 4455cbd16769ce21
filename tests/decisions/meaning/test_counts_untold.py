"""A count of replicas that changes is something, though nobody has understood whose, or in which language."""

from __future__ import annotations

import pytest

from opsconsole.records import EntryReading
from tests.decisions.strangers.tables import read

CHANGED = [
    "Extinction de nuit : le petit service vitrine passe de 4 à 1 réplicas.",
    "payment-api のレプリカ数を 3 から 5 に変更しました",
    "geo-tiles went from 9 to 7 replicas without errors",
    "tenant t-0412 sleeps: its front end goes from 2 to 0 replicas",
]
SAME = ["all is well: replicas 3 -> 3", "3 of 3 replicas are ready", "replicas: 3", "p95 went from 90 to 70 ms"]


def reading(text: str) -> EntryReading:
    (found,) = read(f"2026-08-12 09:14:02,402 INFO {text}")
    return found.reading


@pytest.mark.parametrize("text", CHANGED)
def test_a_changed_count_is_never_called_nothing(text: str) -> None:
    assert reading(text) in (EntryReading.UNCLEAR, EntryReading.ACTION)


@pytest.mark.parametrize("text", SAME)
def test_a_count_that_stays_is_nothing(text: str) -> None:
    assert reading(text) is EntryReading.NONE
