"""What a stranger writes into the Lease keeps no guard from it for longer than a minute."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.cluster.transport.errors import ClusterError
from tests.govern.guard.test_guard import LeaseApi, lease
from tests.support.clock import ManualClock

OURS = {"holderIdentity", "leaseDurationSeconds", "renewTime", "acquireTime", "leaseTransitions"}
LAST = 2**31 - 1
"""The largest int32."""


class StrictApi(LeaseApi):
    """Takes what an API server takes: int32 numbers, and times."""

    def request(self, method: str, path: str, **given: Any) -> bytes:
        if method != "GET":
            spec = given["body"]["spec"]
            numbers = spec["leaseTransitions"], spec["leaseDurationSeconds"]
            if not all(type(number) is int and 0 <= number <= LAST for number in numbers) or "T" not in str(
                spec["acquireTime"]
            ):
                raise ClusterError(f"400: {spec}", status=400)
        return super().request(method, path, **given)


def written(**spec: Any) -> tuple[StrictApi, ManualClock]:
    """A Lease as somebody left it."""
    api, clock = StrictApi(), ManualClock(1000.0)
    lease(api, clock, "stranger").tend()
    assert api.stored is not None
    api.stored["spec"].update(spec)
    return api, clock


@pytest.mark.parametrize(
    ("moves", "after"),
    [
        (LAST, 0),
        (LAST - 1, LAST),
        (2**63, 0),
        (7, 8),
        *[(odd, 1) for odd in ("9", "many", None, -5, 1.5, True, [], {})],
    ],
)
def test_a_count_of_moves_that_somebody_wrote_keeps_nobody_from_leading(moves: object, after: int) -> None:
    api, clock = written(leaseTransitions=moves)
    mine = lease(api, clock, "a")
    mine.tend()
    clock.passes(61.0)
    assert mine.tend()
    assert api.stored is not None
    assert api.stored["spec"]["leaseTransitions"] == after
    clock.passes(2.0)
    assert mine.tend(), "and it keeps it"
    assert api.stored["spec"]["leaseTransitions"] == after


@pytest.mark.parametrize("good_for", ["years", "", None, -1, 0, 1e300, 6.5, [], {}, True])
def test_a_lease_that_says_oddly_how_long_it_is_good_is_over_in_time(good_for: object) -> None:
    api, clock = written(leaseDurationSeconds=good_for)
    mine = lease(api, clock, "a")
    assert not mine.tend()
    clock.passes(61.0)
    assert mine.tend()


@pytest.mark.parametrize("holder", ["a", "stranger", ""])
def test_only_fields_of_a_guard_s_own_are_written(holder: str) -> None:
    api, clock = written(strategy="OldestEmulationVersion", preferredHolder="x" * 200_000, holderIdentity=holder)
    mine = lease(api, clock, "a")
    mine.tend()
    clock.passes(61.0)
    assert mine.tend()
    assert api.stored is not None
    assert set(api.stored["spec"]) == OURS


@pytest.mark.parametrize("at", ["", "soon", None, 5, []])
def test_since_when_it_leads_is_told_anew_where_somebody_wrote_no_time(at: object) -> None:
    api, clock = written(holderIdentity="a", acquireTime=at)
    assert lease(api, clock, "a").tend()


def test_since_when_it_leads_stays_while_it_leads() -> None:
    api, clock = written()
    assert api.stored is not None
    before = api.stored["spec"]["acquireTime"]
    clock.passes(2.0)
    assert lease(api, clock, "stranger").tend()
    assert api.stored["spec"]["acquireTime"] == before


@pytest.mark.parametrize("part", ["spec", "metadata"])
@pytest.mark.parametrize("odd", [None, [], "x", {}])
def test_a_lease_of_odd_parts_is_no_fault(part: str, odd: object) -> None:
    api, clock = written()
    assert api.stored is not None
    api.stored[part] = odd
    if part == "metadata":
        assert lease(api, clock, "a").tend() is False
    else:
        assert lease(api, clock, "a").tend()
