"""Ordinary days that raised an alarm, and the disasters next to them that must go on raising one."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

ORDINARY = [
    "Deleted 84 pods in phase Failed older than 48h in namespace etl",
    "cleaned up 120 completed pods in namespace ci",
    "removing 40 finished pods from namespace ci",
    "billing, billing-api, Deployment (apps) has changed: image 3.1 -> 3.2",
    "shop, cart, StatefulSet (apps) has changed: replicas 3 -> 0",
    "Desired change: DELETE pr-9.shop.example.org CNAME",
    "TXT record _acme-challenge.api.example.org deleted",
    zap("deletion of volume not proposed", pvc="shop/data-0"),
    zap("eviction not attempted", pod="shop/web-1"),
]


@pytest.mark.parametrize("line", [each if each.startswith("{") else words(each) for each in ORDINARY])
def test_an_ordinary_deed_raises_no_alarm(line: str) -> None:
    assert alarms(line) == set()


NEXT_TO_THEM = [
    "Deleted 84 pods in phase Running in namespace etl",
    "Deleted 84 pods in namespace etl",
    "Deleted 84 pods in phase Failed older than 48h in namespace etl, and those that run",
    "Deleted 9000 pods in phase Failed older than 48h in namespace etl",
    "evicted 84 pods in phase Succeeded",
    "helm diff done, shop, cart scaled: StatefulSet shop/cart replicas 3 -> 0",
    "deleted namespace shop and record pr-9.shop.example.org A",
    "deleted StatefulSet shop/db (record api.example.org A deleted)",
    "deleted namespace prod, outage not offered",
    "deleted PersistentVolumeClaim shop/data-0, backup not attempted",
]


@pytest.mark.parametrize("text", NEXT_TO_THEM)
def test_the_disaster_next_to_it_raises_one(text: str) -> None:
    assert alarms(words(text))
