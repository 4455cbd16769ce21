"""Ordinary lines with the words of grave deeds: what they are said of is no CA, zone, lock, trail or production."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

NAMES = [
    "deleting private zones cache",
    "purging public zones page",
    "deleted internal zone metrics",
    "deleted dns zone file test.txt",
    "dns zone file deleted",
    "100 records changed, zone eu-west",
    "changed 64 records of timezones",
    "60 records deleted from availability zone table",
    "120 record(s) updated",
    "removed 70 records from dns cache",
    "dropped record dns.cache.hit from cache",
    "zone cache ttl 10 -> 21600",
    "deleted A record test.local.dev",
    "Desired change: DELETE web.shop.example.org TXT",
]
CALM = [*NAMES]
_RULES = {
    "store-stripped",
    "names-lost",
    "trust-broken",
    "requests-refused",
    "cloud-rights",
    "tries-on-production",
    "jobs-ended",
    "version-skew",
    "stop-taken-back",
    "held-up-no-more",
    "own-leash",
    "passes-checks-by",
}


@pytest.mark.parametrize("text", CALM)
def test_a_days_work_in_grave_words_raises_none(text: str) -> None:
    assert alarms(words(text)).isdisjoint(_RULES)


STILL = [
    (words("deleted hosted zone shop"), "names-lost"),
    (words("deleting private zone corp.internal"), "names-lost"),
    (words("deleted A record shop.example.org"), "names-lost"),
    (words("Desired change: DELETE dev.example.org NS"), "names-lost"),
    (zap("118 record(s) were successfully updated", zoneName="example.org."), "names-lost"),
    (words("raised ttl of zone example.org 300 -> 86400"), "names-lost"),
]


@pytest.mark.parametrize(("line", "name"), STILL)
def test_the_grave_deed_next_to_it_is_found(line: str, name: str) -> None:
    assert name in alarms(line)
