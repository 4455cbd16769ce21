"""What a Kubernetes that is older than the test bed's own does not have: nothing refuses it there, and nothing does it.

Such a version takes the place of the test bed's own by ``$OPSCONSOLE_TESTBED_BIN`` alone; of its own all is tried.
"""

from __future__ import annotations

from typing import Protocol

from tests.govern.rules.evasions.writes import Object

SINCE = {
    "resourceclaims": 34,
    "resourceclaimtemplates": 34,
    "resourceslices": 34,
    "deviceclasses": 34,
    "volumeattributesclasses": 34,
    "servicecidrs": 33,
    "ipaddresses": 33,
    "resize": 33,
}
"""Kinds and subresources, and the minor version that first serves them as the tests ask for them (v1, unasked)."""
POD_AS_A_WHOLE = 34
"""The minor version that first keeps what a pod asks for as a whole."""
WAITING_JOB = 36
"""The minor version that first lets the sizes of a Job that waits be changed."""
_NOT_SERVED = ("could not find the requested resource", "404 page not found")


class _Reads(Protocol):
    def get(self, path: str) -> Object: ...


def minor(api: _Reads) -> int:
    """Return the API server's minor version."""
    return int(api.get("/version")["minor"])


def serves(version: int, plural: str) -> bool:
    """Whether this minor version has the kind."""
    return SINCE.get(plural, 0) <= version


def lacks(version: int, words: str) -> bool:
    """Whether the refusal says that this version does not have what was asked for, and that is so."""
    place = words.partition("?")[0].split(": ")[0]
    return any(each in words for each in _NOT_SERVED) and any(not serves(version, part) for part in place.split("/"))
