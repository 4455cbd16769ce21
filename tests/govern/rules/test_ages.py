"""What is not tried of an older API server is what it does not have, and of the test bed's own nothing is left out."""

from __future__ import annotations

import pytest

from tests.govern.rules.evasions.ages import SINCE, lacks, serves
from tests.govern.rules.evasions.ordinary import evasions, others
from tests.testbed.plane.build import KUBERNETES_VERSION

OWN = int(KUBERNETES_VERSION.split(".")[1])
NO_KIND = "PUT /apis/resource.k8s.io/v1/namespaces/a/resourceclaims/gpu?dryRun=All: 404 404 page not found"
NO_SUB = "PATCH /api/v1/namespaces/a/pods/b/resize?dryRun=All: 404 the server could not find the requested resource"


@pytest.mark.parametrize(
    ("version", "words", "lacking"),
    [
        (33, NO_KIND, True),
        (34, NO_KIND, False),
        (32, NO_SUB, True),
        (33, NO_SUB, False),
        (30, NO_SUB.replace("/resize", "/scale"), False),
        (30, NO_KIND.replace("404 page not found", 'resourceclaims "gpu" not found'), False),
        (30, "DELETE /api/v1/namespaces/a/pods/b?dryRun=All: 403 opsconsole: deletes: it may not", False),
        (30, "", False),
    ],
)
def test_only_what_a_version_never_had_is_left_out(version: int, words: str, lacking: bool) -> None:
    assert lacks(version, words) is lacking


def test_of_the_test_bed_s_own_version_all_is_tried() -> None:
    assert all(serves(OWN, plural) for plural in SINCE)
    assert evasions(OWN) == evasions(10**6)
    assert len(others(OWN)) == len(others(10**6))
    assert len(evasions(30)) < len(evasions(OWN))
