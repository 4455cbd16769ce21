"""Values that no optimizer means: none raises in the reader, keeps it busy, or becomes a value that nobody told."""

from __future__ import annotations

import json

import pytest

from opsconsole.decisions.entry import Entry
from opsconsole.decisions.meaning.attributes.calls import manifests
from opsconsole.decisions.meaning.programs.commands import hosts
from opsconsole.decisions.message import pairs
from opsconsole.decisions.message.document import load
from opsconsole.decisions.message.notations import printed
from opsconsole.decisions.reader import LayeredReader
from opsconsole.records import Decision, Mood

MANY = 4_000


def read(text: str) -> list[Decision]:
    """The decisions of one line."""
    document = load(text) if text.startswith("{") else None
    return LayeredReader().parse(Entry("a", text, 0.0, document=document))


def test_long_manifest_without_replicas_is_read_in_one_go() -> None:
    manifest = "kind: Service\nmetadata:\n  name: web\nspec:\n" + "    port: 80\n" * MANY
    ((ref, fields),) = manifests.given({"yaml": manifest})
    assert (str(ref), fields) == ("Service/web", ())


def test_blanks_in_a_record_are_stepped_over_once() -> None:
    assert printed.find("did {a:b" + " " * (printed.LONGEST - 100) + "!") is None


def test_slashes_before_a_command_of_a_node_are_read_once() -> None:
    assert hosts.find(":/a" * MANY + " reboot") == []


@pytest.mark.parametrize(
    "line",
    [
        '{"msg": "scaling deployment web", "replicas": 3, "confidence": ' + "9" * 400 + "}",
        '{"msg": "scaling deployments", "replicas": {"web": ' + "9" * 400 + "}}",
        '{"event": "{\\"kind\\": \\"Deployment\\"}", "action": "delete", "deployment": "web"}',
        '{"eventName": "x", "reason": "{\\"a\\": 1}", "summary": "{\\"b\\": 2}"}',
        'scaled deployment web {"metadata": 1.5, "spec": {"replicas": 3}}',
        "scaled deployment web {'replicas_delta': (1, 2), 3: b'x', 'more': {1}}",
        '{"msg": "scaled deployment web", "replicas_before": 3, "replicas_delta": "+\u0663"}',
        '{"msg": "scaled deployment web", "replicas_before": "\u0663", "replicas_delta": "+3"}',
        '{"msg": "resized deployment web", "memory_before": "1K", "memory_delta": "+1K"}',
    ],
    ids=lambda line: line[:40],
)
def test_odd_value_beside_a_deed_does_not_end_its_reading(line: str) -> None:
    assert read(line)


def test_text_of_an_event_that_is_a_document_is_read_once() -> None:
    (decision,) = read('{"event": "{\\"kind\\": \\"Deployment\\"}", "action": "delete", "name": "web"}')
    assert (decision.verb, str(decision.target)) == ("delete", "Deployment/web")


def test_literals_of_python_hold_what_json_has() -> None:
    (found,) = pairs.literals("did {'a': (1, {2}), 3: b'x', 'c': {None: 1j}}")
    assert found == {"a": [1, [2]], "3": "b'x'", "c": {"None": "1j"}}
    assert json.dumps(found)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("did {'pods': {'web-3', 'web-1', 'api-9', 'db-0', 'api-2', 'cache-7', 'job-5', 'gpu-4'}}",
         {"pods": ["web-3", "web-1", "api-9", "db-0", "api-2", "cache-7", "job-5", "gpu-4"]}),
        ("did {'pods': {'web-3', 'web-1', 'web-3'}}", {"pods": ["web-3", "web-1"]}),
        ("did [{'to': ({'b', 'a', 'd', 'c', 'f', 'e', 'h', 'g'}, {2})}]", [{"to": [list("badcfehg"), [2]]}]),
        ("did {'a': {}, 'b': set()}", {"a": {}, "b": []}),
    ],
)  # fmt: skip
def test_a_set_of_python_is_read_in_the_order_of_the_line(text: str, holds: object) -> None:
    assert pairs.literals(text) == [holds]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ({"action": "decrease_replicas", "delta": 2, "current_replicas": 6}, []),
        ({"action": "scale", "delta": -2, "replicas_before": 6}, ["4"]),
        ({"action": "scale", "delta": "+2", "replicas_before": 6}, ["8"]),
        ({"action": "scale", "decrement": 2, "replicas_before": 6}, ["4"]),
        ({"action": "scale", "increment": 2, "replicas_before": 6}, ["8"]),
        ({"action": "scale", "factor": 0.5, "replicas_before": 8}, ["4"]),
        ({"action": "scale", "factor": 0.5, "replicas_before": 9}, []),
        ({"action": "scale", "cpu_factor": 0.5, "replicas_before": 8}, []),
        ({"action": "scale", "ratio": 0.5, "replicas_before": 8}, []),
    ],
    ids=str,
)
def test_change_becomes_a_value_only_where_its_direction_and_its_kind_are_told(
    line: dict[str, object], values: list[str]
) -> None:
    (decision,) = read(json.dumps({"deployment": "web", **line}))
    assert [field.value for field in decision.fields] == values


def test_long_name_of_a_type_is_read_once() -> None:
    assert printed.find("did {a:map" + "a" * (printed.LONGEST - 100) + "}") is None


CALL = {"tool": "delete_deployment", "args": {"name": "web", "namespace": "shop"}}
ANSWERS = [
    ({"result": "dry run: nothing was deleted"}, Mood.DRY_RUN),
    ({"result": "would delete 1 deployment"}, Mood.DRY_RUN),
    ({"result": "ok", "args": {**CALL["args"], "dry_run": True}}, Mood.DRY_RUN),  # type: ignore[dict-item]
    ({"result": "pending approval by oncall"}, Mood.PROPOSED),
    ({"result": "blocked by policy"}, Mood.REFUSED),
    ({"result": "user declined"}, Mood.REFUSED),
    ({"result": {"message": "skipped: protected"}}, Mood.REFUSED),
    ({"result": "error: deployment not found"}, Mood.REFUSED),
    ({"result": "deleted 3 deployments, 1 failed"}, Mood.DONE),
    ({"result": {"message": "deployment deleted"}}, Mood.DONE),
    ({"result": "deleted", "error": {}}, Mood.DONE),
    ({"result": "deleted", "error": []}, Mood.DONE),
]


@pytest.mark.parametrize(("answer", "mood"), ANSWERS, ids=str)
def test_call_is_meant_as_its_answer_tells(answer: dict[str, object], mood: Mood) -> None:
    (decision,) = read(json.dumps({**CALL, **answer}))
    assert (decision.verb, decision.mood, str(decision.target)) == ("delete", mood, "Deployment/web -n shop")


PATH = "/api/v1/namespaces/shop/pods/web-1"
AUDIT = {"verb": "delete", "objectRef": {"resource": "pods", "namespace": "shop", "name": "web-1"}}


@pytest.mark.parametrize(
    "line",
    [
        f"DELETE {PATH}?gracePeriodSeconds=0&dryRun=All 200",
        json.dumps({"method": "DELETE", "path": f"{PATH}?dryRun=All", "code": 200}),
        json.dumps({"http": {"request": {"method": "DELETE"}}, "url": {"path": PATH, "query": "dryRun=All"}}),
        json.dumps({**AUDIT, "requestURI": f"{PATH}?dryRun=All", "responseStatus": {"code": 200}}),
    ],
    ids=["access log", "keys", "Elastic", "audit"],
)
def test_request_that_the_server_only_tries_is_a_dry_run(line: str) -> None:
    (decision,) = read(line)
    assert (decision.verb, decision.mood, str(decision.target)) == ("delete", Mood.DRY_RUN, "Pod/web-1 -n shop")


@pytest.mark.parametrize(
    ("message", "moods"),
    [("dry run", [Mood.DRY_RUN]), ("seen in watch", []), ("drift detected, corrected", [Mood.DONE])],
)
def test_outcome_of_an_object_is_meant_as_its_message_tells(message: str, moods: list[Mood]) -> None:
    found = read(json.dumps({"msg": message, "Deployment/shop/web": "deleted"}))
    assert [each.mood for each in found if each.verb] == moods


def test_map_of_values_is_refused_where_its_message_tells_so() -> None:
    (decision,) = read(json.dumps({"msg": "scaling deployments blocked", "replicas": {"web": 3}}))
    assert decision.mood is Mood.REFUSED


@pytest.mark.parametrize(
    ("line", "mood"),
    [
        ("executed ScaleDecision(target='web', replicas=0)", Mood.DONE),
        ("Executing ScaleCommand[deployment=web, replicas=0]", Mood.PLANNED),
        ("dry run: executing ScaleDecision(target='web', replicas=0)", Mood.DRY_RUN),
        ("would have executed ScaleDecision(target='web', replicas=0)", None),
        ("not executing ScaleDecision(target='web', replicas=0)", None),
    ],
)
def test_printed_decision_that_is_carried_out_is_a_deed_without_values_of_before(line: str, mood: Mood | None) -> None:
    (decision,) = read(line)
    assert (decision.verb, decision.mood) == (("scale", mood) if mood else ("", Mood.NONE))


@pytest.mark.parametrize(
    ("told", "mood"),
    [
        ({"dry_run": True}, Mood.DRY_RUN),
        ({"status": "pending_approval"}, Mood.PROPOSED),
        ({"status": "pending"}, Mood.PLANNED),
    ],
    ids=str,
)
def test_call_is_meant_as_what_stands_beside_it_tells(told: dict[str, object], mood: Mood) -> None:
    (decision,) = read(json.dumps({**CALL, **told}))
    assert (decision.verb, decision.mood) == ("delete", mood)


def test_deed_that_is_tried_once_more_is_not_refused() -> None:
    (decision,) = read("retrying the blocked deletion of node n-3")
    assert (decision.verb, decision.mood, str(decision.target)) == ("delete", Mood.PLANNED, "Node/n-3")


def test_reason_behind_a_list_of_words_names_no_object() -> None:
    (decision,) = read('exec failed: ["kubectl", "drain", "n-1"]: permission denied')
    assert [str(each) for each in decision.targets] == ["Node/n-1"]


def test_manifest_of_several_objects_is_an_act_of_each() -> None:
    first = "kind: ConfigMap\r\nmetadata:\r\n  name: a\r\n---\r\n"
    second = "kind: Deployment\r\nmetadata:\r\n  name: web\r\nspec:\r\n  replicas: 30000000000\r\n"
    found = read(json.dumps({"tool": "apply_manifest", "args": {"yaml": first + second}}))
    assert [str(each.target) for each in found] == ["ConfigMap/a", "Deployment/web"]
    assert [[field.value for field in each.fields] for each in found] == [[], ["30000000000"]]


@pytest.mark.parametrize(
    "line",
    [
        {"msg": "lru cache stats", "evicted": ["key-1", "key-2"]},
        {"msg": "summary", "evicted": ["key-1", "key-2"]},
        {"msg": "scaled", "counts": {"pods": 3, "nodes": 1}},
    ],
    ids=str,
)
def test_what_nothing_tells_to_be_of_the_cluster_is_no_object_of_it(line: dict[str, object]) -> None:
    assert [ref for each in read(json.dumps(line)) for ref in each.targets] == []


def test_list_of_pods_that_were_evicted_is_a_deed() -> None:
    for line in ({"msg": "summary", "evicted_pods": ["web-1"]}, {"msg": "summary of pods", "evicted": ["web-1"]}):
        assert [str(ref) for each in read(json.dumps(line)) for ref in each.targets] == ["Pod/web-1"]


def test_weights_that_would_be_set_are_a_dry_run() -> None:
    (decision,) = read('{"msg": "would set route weights", "weights": {"stable": 90, "canary": 10}}')
    assert decision.mood is Mood.DRY_RUN


def test_deletion_of_a_custom_object_in_an_audit_log_is_done() -> None:
    about = {"resource": "widgets", "apiGroup": "acme.io", "name": "a", "namespace": "shop"}
    (decision,) = read(json.dumps({"verb": "delete", "objectRef": about, "responseStatus": {"code": 200}}))
    assert (decision.verb, decision.mood, str(decision.target)) == ("delete", Mood.DONE, "widgets/a -n shop")
