"""What JSON decisions say, the mad ones above all."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.decisions.meaning.values import patches as fields
from opsconsole.decisions.message import document
from opsconsole.decisions.stream import MAX_BODY, DecisionStream
from opsconsole.records import Decision, FieldValue, Ref
from tests.decisions.lines import AURA_JSON

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


def said(text: str, **more: Any) -> Decision:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"))
    found = [decision for line in text.split("\n") for decision in stream.feed("log", line, 100.0, more.get("logged"))]
    assert len(found) == 1, found
    return found[0]


def wants(**document: Any) -> dict[str, FieldValue]:
    return {field.path: field for field in said(json.dumps(document)).fields}


def test_decision_of_the_write_up() -> None:
    decision = said(AURA_JSON)
    assert decision == Decision(
        key="decisions#1",
        seq=1,
        received=100.0,
        at=1698376462.123,
        source="log",
        form="json",
        level="INFO",
        module="aura.optimizer.engine",
        message="Detected low-value traffic pattern. Reducing resource allocation for namespace: production.",
        action="patch_deployment",
        target=Ref("Deployment", "production", "auth-service"),
        fields=(
            FieldValue("containers[auth-container].resources.limits.cpu", "100m", 0.1),
            FieldValue("containers[auth-container].resources.limits.memory", "64Mi", 64 * 2**20),
        ),
        confidence=0.982,
        body=AURA_JSON,
        verb="patch",
        mood="planned",
        targets=(Ref("Deployment", "production", "auth-service"),),
        reading="action",
        attributes=decision.attributes,
    )


def test_one_line_or_many_say_the_same() -> None:
    line = json.dumps(json.loads(AURA_JSON))
    assert said(line) == said(AURA_JSON)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "null"])
def test_constant_is_named_with_its_place_and_the_document_still_shown(word: str) -> None:
    document = '{"action": "scale", "patch": {"spec": {"replicas": WORD}}, "gain": [1, {"x": WORD}]}'
    decision = said(document.replace("WORD", word))
    assert decision.problems == (f"{word} at patch.spec.replicas", f"{word} at gain[1].x")
    field = decision.fields[0]
    assert (field.path, field.value, field.problem) == ("replicas", word, word)
    assert field.number is None if word == "null" else not math.isfinite(field.number or 0.0)
    assert word in decision.body


def test_float_too_large_for_64_bits_is_infinity() -> None:
    decision = said('{"replicas": 1e400, "patch": {"spec": {"x": -1e999}}}')
    assert [field.problem for field in decision.fields] == ["-Infinity", "Infinity"]
    assert "1e400" in decision.body


@pytest.mark.parametrize(
    ("written", "value", "number", "problem"),
    [
        ("18446744073709551615", "18446744073709551615", 2.0**64, "-1 cast to an unsigned 64-bit integer"),
        ("18446744073709551611", "18446744073709551611", 2.0**64, "-5 cast to an unsigned 64-bit integer"),
        ('"18446744073709551615"', "18446744073709551615", 2.0**64, "-1 cast to an unsigned 64-bit integer"),
        ("4294967295", "4294967295", 4294967295.0, "-1 cast to an unsigned 32-bit integer"),
        ("-1", "-1", -1.0, ""),
        ("0", "0", 0.0, ""),
        ("2.5", "2.5", 2.5, ""),
        ('"NaN"', "NaN", math.nan, "NaN"),
        ('"-inf"', "-inf", -math.inf, "-Infinity"),
        ('"many"', "many", None, ""),
        ("true", "true", None, ""),
        ("9" * 5000, "Infinity", math.inf, "Infinity"),
        ("9" * 400, "9" * 400, math.inf, ""),
    ],
)
def test_replicas_are_kept_exactly(written: str, value: str, number: float | None, problem: str) -> None:
    (field,) = said('{"action": "scale_deployment", "target": "api", "replicas": ' + written + "}").fields
    assert (field.path, field.value, field.problem) == ("replicas", value, problem)
    assert repr(field.number) == repr(number)


def test_paths_of_a_patch_name_containers_and_taints_not_indexes() -> None:
    patch = {
        "metadata": {"annotations": {"a/b": "c"}},
        "spec": {
            "replicas": 3,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "a", "image": "x:1.25", "env": [{"name": "E", "value": "1"}]},
                        {"name": "b", "resources": {"requests": {"cpu": 2, "nvidia.com/gpu": "1"}}},
                    ],
                    "volumes": [{"name": "lonely"}],
                    "tolerations": [],
                }
            },
        },
    }
    found = wants(patch=patch)
    assert {path: (field.value, field.number) for path, field in found.items()} == {
        "metadata.annotations.a/b": ("c", None),
        "replicas": ("3", 3.0),
        "containers[a].image": ("x:1.25", None),
        "containers[a].env[E].value": ("1", None),
        "containers[b].resources.requests.cpu": ("2", 2.0),
        "containers[b].resources.requests.nvidia.com/gpu": ("1", 1.0),
        "volumes[lonely].name": ("lonely", None),
        "tolerations": ("[]", None),
    }
    taints = wants(action="taint_node", target="n1", patch={"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}})
    assert set(taints) == {"taints[k].effect"}


def test_json_patch_and_patch_as_text_are_understood() -> None:
    steps = [
        {"op": "replace", "path": "/spec/replicas", "value": 0},
        {"op": "remove", "path": "/spec/template/spec/containers/0/resources/limits"},
        {"op": "add", "path": "/metadata/annotations/a~1b", "value": "x"},
    ]
    for patch in (steps, json.dumps(steps)):
        found = wants(patch=patch)
        assert found["replicas"].number == 0.0
        assert found["containers[0].resources.limits"].problem == "null"
        assert found["metadata.annotations.a/b"].value == "x"
    assert wants(patch="not json") == {}


def test_too_many_fields_are_cut_and_said() -> None:
    decision = said(json.dumps({"patch": {f"k{number}": number for number in range(fields.MAX_FIELDS + 7)}}))
    assert len(decision.fields) == fields.MAX_FIELDS
    assert decision.problems == (f"more than {fields.MAX_FIELDS} fields; the rest is in the document",)


def test_endless_problems_are_counted() -> None:
    decision = said(json.dumps({"x": [None] * 100}))
    assert len(decision.problems) == 21
    assert decision.problems[-1] == "and 80 more of these"


def test_key_given_twice_is_named_and_both_values_shown() -> None:
    decision = said('{"replicas": 3, "patch": {"a": {"b": 1, "b": 2}}, "replicas": 0}')
    assert decision.problems == ("replicas is given more than once", "patch.a.b is given more than once")
    assert [field.value for field in decision.fields] == ["2", "0"]
    assert '"replicas": 3' in decision.body
    assert '"b": 1' in decision.body


@pytest.mark.parametrize(
    ("given_", "target"),
    [
        ({"action": "patch_deployment", "target": "a"}, Ref("Deployment", "", "a")),
        ({"action": "scaleStatefulSet", "target": "a", "namespace": "n"}, Ref("StatefulSet", "n", "a")),
        ({"action": "restart_cron_job", "target": "a"}, Ref("CronJob", "", "a")),
        ({"action": "delete_pod", "target": "n/a"}, Ref("Pod", "n", "a")),
        ({"action": "evict", "target": "n/a"}, Ref("Pod", "n", "a")),
        ({"action": "cordon", "target": "node-1", "namespace": "n"}, Ref("Node", "", "node-1")),
        ({"action": "scale_service", "target": "api"}, Ref("", "", "api")),
        (
            {"action": "patch", "target": "deployment/a", "message": "in the prod namespace"},
            Ref("Deployment", "prod", "a"),
        ),
        ({"action": "patch", "target": "deploy/n/a"}, Ref("Deployment", "n", "a")),
        ({"action": "patch", "target": "n/statefulsets/a"}, Ref("StatefulSet", "n", "a")),
        (
            {"action": "patch", "target": {"kind": "DaemonSet", "name": "a", "namespace": "n"}},
            Ref("DaemonSet", "n", "a"),
        ),
        ({"action": "patch", "target": {"name": "a"}, "namespace": "n"}, Ref("", "n", "a")),
        ({"deployment": "a", "namespace": "n"}, Ref("Deployment", "n", "a")),
        ({"action": "patch", "target": "  "}, None),
        ({"action": "patch", "target": 7}, None),
        ({"action": "patch"}, None),
    ],
)
def test_target_is_whom_it_says_and_unknown_parts_stay_empty(given_: dict[str, Any], target: Ref | None) -> None:
    assert said(json.dumps(given_)).target == target


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("2023-10-27T03:14:22.123Z", 1698376462.123),
        ("2023-10-27 03:14:22,5", 1698376462.5),
        ("2023-10-27T05:14:22+02:00", 1698376462.0),
        ("2023-10-27T03:14:22", 1698376462.0),
        (1698376462.25, 1698376462.25),
        (1698376462250, 1698376462.25),
        (1698376462250000000, 1698376462.25),
        ("2023-13-45T99:00:00Z", 55.0),
        (12, 55.0),
        (math.nan, 55.0),
        (True, 55.0),
        (10**30, 55.0),
        (None, 55.0),
    ],
)
def test_time_of_the_line_else_the_kubelets(when: Any, at: float) -> None:
    assert said(json.dumps({"timestamp": when}), logged=55.0).at == pytest.approx(at, abs=1e-6)


def test_confidence_is_a_number_or_unknown() -> None:
    assert said('{"confidence": 1}').confidence == 1.0
    for bad in ("NaN", "true", '"high"', "null"):
        assert said('{"confidence_score": ' + bad + "}").confidence is None


def test_hostile_text_is_cleaned_escaped_or_raw() -> None:
    message = '{"message": "\\u001b]0;x\\u0007 \x1b[31m \\u202e", '
    decision = said(message + '"target": "a\\u200bb", "action": "p\\ud800", "k\\u001b": null}')
    assert decision.message == "␛]0;x␇  <U+202E>"
    assert decision.target == Ref("", "", "a<U+200B>b")
    assert decision.action == "p<U+D800>"
    assert decision.problems == ("null at k␛",)
    assert "\x1b" not in decision.body


def test_long_document_is_cut_where_it_is_kept() -> None:
    decision = said(json.dumps({"action": "patch", "message": "y" * 100_000}))
    assert len(decision.body) == MAX_BODY + 1
    assert decision.body.endswith("…")
    assert len(decision.message) < 5000


@given(
    st.lists(st.tuples(st.text(max_size=3), JSON), max_size=4),
    st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", " : ")]),
    st.booleans(),
)
def test_document_is_read_alike_however_it_is_printed(
    pairs: list[tuple[str, Any]], marks: tuple[str, str], ascii_only: bool
) -> None:
    def printed(value: Any) -> str:
        return json.dumps(value, separators=marks, ensure_ascii=ascii_only)

    text = "{" + marks[0].join(f"{printed(key)}{marks[1]}{printed(value)}" for key, value in pairs) + "}"
    twice = [key for at, (key, _) in enumerate(pairs) if key in [other for other, _ in pairs[:at]]]
    assert repr(document._decoded(text)) == repr(json.loads(text, strict=False))
    assert len(document.duplicates(document.load(text))) == len(set(twice))


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_any_document_becomes_one_decision(value: dict[str, Any]) -> None:
    decision = said(json.dumps(value))
    assert decision.form == "json"
    assert repr(json.loads(document.reindent(json.dumps(value)))) == repr(value)


KEYS = st.sampled_from(
    [
        *("action", "target", "patch", "spec", "template", "containers", "name", "namespace", "message"),
        *("replicas", "path", "value", "timestamp", "limits", "kind"),
    ]
)
SHAPES = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, SHAPES))
def test_no_shape_of_the_known_keys_makes_the_parser_raise(value: dict[str, Any]) -> None:
    broken: list[str] = []
    stream = DecisionStream(on_broken=lambda name, error: broken.append(f"{name}: {error!r}"))
    assert len(stream.feed("log", json.dumps(value), 0.0)) == 1
    assert broken == []
