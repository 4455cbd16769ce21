"""What a write may not say: patches that are none, counts and quantities that are none, fields that can not change."""

from __future__ import annotations

import pytest

from tests.contract.target import (
    MERGE,
    STRATEGIC,
    Target,
    limits,
    pod,
    replicas,
    said,
)

MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def test_a_patch_needs_a_type_that_is_one(target: Target, path: str) -> None:
    reply = target.patch(path, {"spec": {}}, "application/json")
    assert said(reply) == (415, "UnsupportedMediaType", "415: Unsupported Media Type")


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (MERGE, replicas("NaN"), "error decoding patch: invalid character 'N' looking for beginning of value"),
        (STRATEGIC, replicas("NaN"), "invalid character 'N' looking for beginning of value"),
        (MERGE, b'{"spec":{"repl', "error decoding patch: unexpected end of JSON input"),
        (
            MERGE,
            b"[1]",
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ],
)
def test_a_patch_that_is_no_json_is_a_bad_request(
    target: Target, path: str, kind: str, body: bytes, message: str
) -> None:
    assert said(target.patch(path, body, kind)) == (400, "BadRequest", message)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("18446744073709551615", "number 18446744073709551615"),
        ("2147483648", "number 2147483648"),
        ("1.5", "number 1.5"),
        ('"3"', "string"),
        ("true", "bool"),
        ("[]", "array"),
    ],
)
@pytest.mark.parametrize("scale", [False, True], ids=["deployment", "scale"])
def test_a_merge_patch_to_what_is_no_count_is_refused(
    target: Target, path: str, value: str, what: str, scale: bool
) -> None:
    kind = "Scale" if scale else "Deployment"
    reply = target.patch(path + ("/scale" if scale else ""), replicas(value), MERGE)
    assert (reply.status, reply.reason) == (422, "Invalid")
    assert reply.message.endswith(
        f"json: cannot unmarshal {what} into Go struct field {kind}Spec.spec.replicas of type int32"
    )


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("18446744073709551615", 0),
        ("9223372036854775808", 0),
        ("9007199254740999", 7),
        ("4294967296", 0),
        ("4294967299", 3),
        ("-2147483649", 2147483647),
        ("-4294967291", 5),
        ("2.0", 2),
    ],
)
def test_a_strategic_patch_cuts_what_is_too_large_without_a_word(
    target: Target, path: str, value: str, becomes: int
) -> None:
    reply = target.patch(path, replicas(value), STRATEGIC, dryRun="All")
    assert (reply.status, reply.body["spec"].get("replicas")) == (200, becomes)


@pytest.mark.parametrize(("value", "becomes"), [("2147483648", -2147483648), ("4294967295", -1)])
def test_a_strategic_patch_whose_low_bits_are_negative_is_invalid(
    target: Target, path: str, value: str, becomes: int
) -> None:
    message = f"spec.replicas: Invalid value: {becomes}: must be greater than or equal to 0"
    assert said(target.patch(path, replicas(value), STRATEGIC)) == (
        422,
        "Invalid",
        f'Deployment.apps "auth" is invalid: {message}',
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("1.5", '"map[spec:map[replicas:1.5]]": cannot convert float64 to int32'),
        ('"3"', '"map[spec:map[replicas:3]]": unrecognized type: int32'),
        ("{}", '"map[spec:map[replicas:map[]]]": unrecognized type: int32'),
    ],
)
def test_a_strategic_patch_to_what_is_no_count_is_refused(target: Target, path: str, value: str, why: str) -> None:
    reply = target.patch(path, replicas(value), STRATEGIC)
    assert said(reply) == (422, "Invalid", f' "" is invalid: patch: Invalid value: {why}')


def test_a_body_with_what_is_no_count_is_a_bad_request(target: Target, ns: str) -> None:
    body = b'{"metadata":{"name":"z"},"spec":{"replicas":18446744073709551615}}'
    reply = target.post(f"/apis/apps/v1/namespaces/{ns}/deployments", body)
    why = "json: cannot unmarshal number 18446744073709551615 into Go struct field DeploymentSpec.spec.replicas of "
    why += "type int32"
    assert said(reply) == (400, "BadRequest", f'Deployment in version "v1" cannot be handled as a Deployment: {why}')


@pytest.mark.parametrize("scale", [False, True], ids=["deployment", "scale"])
def test_minus_one_replicas_are_invalid(target: Target, path: str, scale: bool) -> None:
    what = 'Scale.autoscaling "auth"' if scale else 'Deployment.apps "auth"'
    reply = target.patch(path + ("/scale" if scale else ""), replicas("-1"), MERGE)
    message = f"{what} is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    assert said(reply) == (422, "Invalid", message)
    assert reply.body["details"]["causes"][0]["field"] == "spec.replicas"


def test_a_limit_under_the_request_is_invalid(target: Target, path: str) -> None:
    body = limits("64Mi")
    body["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"] = {"memory": "128Mi"}
    place = "spec.template.spec.containers[0].resources.requests"
    why = 'Invalid value: "128Mi": must be less than or equal to memory limit of 64Mi'
    assert said(target.patch(path, body, STRATEGIC)) == (
        422,
        "Invalid",
        f'Deployment.apps "auth" is invalid: {place}: {why}',
    )


def test_a_quantity_that_is_none_is_refused(target: Target, path: str) -> None:
    reply = target.patch(path, limits("lots"), STRATEGIC)
    assert reply.status == 422
    assert reply.message.endswith(
        f'containers:[map[name:main resources:map[limits:map[memory:lots]]]]]]]]": {MALFORMED}'
    )


def test_a_selector_can_not_change(target: Target, path: str) -> None:
    reply = target.patch(path, {"spec": {"selector": {"matchLabels": {"app": "other"}}}}, MERGE)
    assert (reply.status, [cause["field"] for cause in reply.body["details"]["causes"]]) == (
        422,
        ["spec.template.metadata.labels", "spec.selector"],
    )
    assert reply.message.endswith('spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable]')


def test_a_pods_spec_can_not_change(target: Target, ns: str) -> None:
    collection = f"/api/v1/namespaces/{ns}/pods"
    target.post(collection, pod("p"))
    reply = target.patch(f"{collection}/p", {"spec": {"nodeName": "elsewhere"}}, MERGE)
    assert (reply.status, reply.reason) == (422, "Invalid")
    assert reply.message.startswith('Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than')
