"""NaN, Infinity and null: what counts as an invalid decision."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.scene import Scene, deployment, patch


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (patch().replace('"64Mi"', "NaN"), Severity.CRITICAL),
        (patch().replace('"100m"', "Infinity"), Severity.CRITICAL),
        (patch().replace('"64Mi"', '"NaN"'), Severity.CRITICAL),
        (patch().replace('"64Mi"', "null"), Severity.CRITICAL),
        ('{"action": "tick", "loss": NaN, "message": "trained"}', Severity.WARNING),
        ("[2023-10-24 03:14:26] ValueError: Input contains NaN, infinity or a value too large", Severity.WARNING),
        ("[2023-10-24 03:14:26] WARNING: gradient is Infinity", Severity.WARNING),
        ("[2023-10-24 03:14:26] INFO: no NaN in the input", None),
        ("[2023-10-24 03:14:26] ERROR: the nano service failed to infer", None),
        ('{"action": "tick", "error": null, "message": "fine"}', None),  # a null that is written nowhere
        (patch("1Gi", "1"), None),
    ],
)
def test_numbers_that_are_none(line, severity):
    scene = Scene().put(deployment()).wait(22)
    scene.say(line)
    found = scene.of("invalid-number")
    assert [finding.severity for finding in found] == ([severity] if severity else [])


@pytest.mark.parametrize("confidence", ["0.0", "0.5", "0.982", "1.0", "98.2", "-3", "NaN"])
def test_confidence_is_never_counted_for(confidence):
    """The same decision with any confidence gives the same findings, but for one on a number that is no probability."""
    scene = Scene().put(deployment()).wait(22)
    scene.say(patch().replace("0.982", confidence))
    expected = {"limit-cut", "invalid-number"} if confidence == "NaN" else {"limit-cut"}
    expected |= {"confidence-absurd"} if confidence in ("98.2", "-3", "NaN") else set()
    assert scene.rules() == expected


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"level": "error", "msg": "scaling failed", "usage": NaN}', True),
        ('level=warn msg="odd answer" ratio=-Inf', True),
        ('{"level": "error", "msg": "scaling failed", "usage": 4.5, "model": "nancy"}', False),
    ],
)
def test_a_number_that_is_none_is_found_among_the_attributes(line, found):
    scene = Scene()
    scene.say(line)
    assert bool(scene.of("invalid-number")) is found
