"""A word beside a deed never silences it: what else a line says, the deed is read, and ``judge`` flags the disaster."""

from __future__ import annotations

import pytest

from opsconsole.records import Mood
from tests.decisions.strangers.tables import read
from tests.governor.days.test_thirty_cases import judged

AT = "[2026-09-08 09:00:00] INFO: "
Values = tuple[tuple[str, str | None, str], ...]
WEB = "Deployment/web -n shop"
TO_ZERO: Values = (("replicas", "9", "0"),)
MEMORY: Values = (("resources.limits.memory", "8Gi", "64Mi"),)
FEW: Values = (("replicas", "90", "1"),)
GONE = "object-deleted"

Row = tuple[str, str, str, Values, str]
"""A line, its verb, its target, its values, and the rule that flags it; no rule where it only has to be read."""

BESIDE_A_STATE: list[Row] = [
    (
        f"{AT}Updated deployment shop/web: memory limit 8Gi -> 64Mi last_status=200",
        *("patch", WEB, MEMORY, "limit-cut"),
    ),
    (
        '{"msg":"Updated deployment shop/web","replicas":0,"old_replicas":9,"old_state":"a","new_state":"b"}',
        *("scale", WEB, TO_ZERO, "replicas-zero"),
    ),
]
"""A state of before or after beside a deed: only a pod, a node or a Job goes from one to the other by itself."""

BESIDE_A_RECORD: list[Row] = [
    (
        '{"eventName":"DescribeInstances","requestParameters":{},"message":"Deleting deployment shop/web"}',
        *("delete", WEB, (), GONE),
    ),
    ('{"protoPayload":{"methodName":"x"},"message":"Deleting deployment shop/web"}', "delete", WEB, (), GONE),
    (
        '{"protoPayload":{"methodName":"x"},"tool":"delete_deployment","arguments":{"name":"web","namespace":"shop"}}',
        *("delete", WEB, (), GONE),
    ),
    (
        '{"eventName":"ModifyInstanceAttribute","requestParameters":{},"action":"scale_deployment","target":"shop/web",'
        '"patch":{"spec":{"replicas":-1}}}',
        *("scale", WEB, (("replicas", None, "-1"),), "replicas-absurd"),
    ),
    (
        '{"decision":{"nodePoolDeleted":{"nodePoolNames":["p"]}},"message":"Deleting deployment shop/web"}',
        *("delete", WEB, (), GONE),
    ),
    (
        '{"decision":{"nodePoolDeleted":{"nodePoolNames":["p"]}},"action":"delete","name":"web",'
        '"namespace":"shop","kind":"Deployment"}',
        *("delete", WEB, (), GONE),
    ),
    (
        '{"eventName":"GetObject","requestParameters":{},"command":"kubectl delete deployment web -n shop"}',
        *("delete", WEB, (), GONE),
    ),
    (
        '{"protoPayload":{"methodName":"io.k8s.core.v1.pods.list"},"msg":"Scaling deployment shop/web from 9 to 0"}',
        *("scale", WEB, TO_ZERO, "replicas-zero"),
    ),
    (
        '{"eventName":"TerminateInstances","requestParameters":{"instanceId":"i-0abc"},'
        '"message":"Deleting namespace shop"}',
        *("delete", "Namespace/shop", (), GONE),
    ),
]
BESIDE_A_RECORD += [
    (
        '{"jsonPayload":{"decision":{"nodePoolDeleted":{"nodePoolNames":["p"]}},'
        '"message":"Deleting deployment shop/web"}}',
        *("delete", WEB, (), GONE),
    ),
    (
        '{"decision":{"scaleDown":{"nodesToBeRemoved":[{"node":{"name":"n-1"}}]}},'
        '"decisions":[{"action":"delete","kind":"Deployment","name":"web","namespace":"shop"}]}',
        *("delete", WEB, (), GONE),
    ),
]
BESIDE_A_CALL: list[Row] = [
    ("running check(a='b') and deleting deployment shop/web", "delete", WEB, (), GONE),
    (
        "executed probe(a=1): scaled deployment shop/web from 9 to 0 replicas",
        *("scale", WEB, TO_ZERO, "replicas-zero"),
    ),
    (
        "calling nodes(zone='a') then scaling deployment shop/web from 9 to 0",
        "scale",
        WEB,
        TO_ZERO,
        "replicas-zero",
    ),
    ("Tool call: list_pods(ns='shop'); kubectl delete deployment web -n shop", "delete", WEB, (), GONE),
    ("running scale_down(dry=1), deleting namespace shop", "delete", "Namespace/shop", (), GONE),
    (
        "running check(a='b') and running delete_deployment(name='web', namespace='shop')",
        *("delete", WEB, (), GONE),
    ),
]
BESIDE_A_MEASURE: list[Row] = [
    ("usage low: reduced memory limit of deployment shop/web from 8Gi to 64Mi", "patch", WEB, MEMORY, "limit-cut"),
    ("Low average load, decreased replicas of deployment shop/web from 90 to 1", "scale", WEB, FEW, "replicas-cut"),
    ("throughput fell; reduced replicas of deployment shop/web from 90 to 1", "scale", WEB, FEW, "replicas-cut"),
    ("usage is low so we cut memory limit of deployment shop/web from 8Gi to 64Mi", "patch", WEB, MEMORY, "limit-cut"),
    ("Heap fits, memory limit of deployment shop/web reduced from 8Gi to 64Mi", "patch", WEB, MEMORY, "limit-cut"),
    ("Load 3 % -> lowered memory limit of deployment shop/web from 8Gi to 64Mi", "patch", WEB, MEMORY, "limit-cut"),
]
NODE = "Node/n-1"
BESIDE_A_PLACE: list[Row] = [
    ("Deleting deployment shop/web from the allowlist", "delete", WEB, (), GONE),
    ("Evicting pod shop/web-1 from node rotation", "evict", "Pod/web-1 -n shop", (), ""),
    ("Draining node n-1 from rotation", "drain", NODE, (), ""),
    ("Scaled deployment shop/web from 9 to 0 in the rotation", "scale", WEB, TO_ZERO, "replicas-zero"),
    ("Deleted statefulset shop/db from the quorum", "delete", "StatefulSet/db -n shop", (), GONE),
    ("Scaling count of deployment shop/web from 9 to 0", "scale", WEB, TO_ZERO, "replicas-zero"),
    ("Scaling the count of deployment shop/web from 9 to 0", "scale", WEB, TO_ZERO, "replicas-zero"),
    ("Scaling replica count of deployment shop/web from 9 to 0", "scale", WEB, TO_ZERO, "replicas-zero"),
]
IN_BRACKETS: list[Row] = [
    ("[Deleting deployment shop/web] INFO done", "delete", WEB, (), GONE),
    ("[Deleting namespace shop] INFO ok", "delete", "Namespace/shop", (), GONE),
    ("[drained node n-1] INFO ok", "drain", NODE, (), ""),
    ("[Scaling deployment shop/web from 9 to 0] WARN ok", "scale", WEB, TO_ZERO, "replicas-zero"),
]
NAMED_AS_A_PART: list[Row] = [
    ("Deleting statefulset/status in namespace shop", "delete", "StatefulSet/status -n shop", (), GONE),
    ("Deleting deployment/scale", "delete", "Deployment/scale", (), GONE),
    ("Deleting deployment/eviction in namespace shop", "delete", "Deployment/eviction -n shop", (), GONE),
    ("Deleting daemonset/resize in namespace shop", "delete", "DaemonSet/resize -n shop", (), GONE),
]
MULTIPLIED: list[Row] = [
    (
        f"scaled deployment shop/web from 4 to {said} replicas",
        *("scale", WEB, (("replicas", "4", many),), rule),
    )
    for said, many, rule in (
        ("900 thousand", "900000", "replicas-absurd"),
        ("2 dozen", "24", ""),
        ("3 hundred", "300", "replicas-factor"),
        ("1.5 thousand", "1500", "replicas-factor"),
        ("2 million", "2000000", "replicas-absurd"),
    )
]
BY_A_SHARE: list[Row] = [
    (f"Reducing memory limit of deployment shop/web by 80%{more}", verb, WEB, (), "limit-cut")
    for more, verb in (
        (", cpu limit from 500m to 500m", "patch"),
        (" and setting replicas to 3", "scale"),
        (", cpu request from 1 to 1", "patch"),
        (", replicas from 3 to 3", "scale"),
    )
]
ROWS = [*BESIDE_A_STATE, *BESIDE_A_RECORD, *BESIDE_A_CALL, *BESIDE_A_MEASURE, *BESIDE_A_PLACE]
ROWS += [*IN_BRACKETS, *NAMED_AS_A_PART, *MULTIPLIED, *BY_A_SHARE]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:90])
def test_a_word_beside_it_does_not_silence_a_deed(row: Row) -> None:
    text, verb, target, fields, rule = row
    line = text if text[0] in "{[" else AT + text
    mine = [act for act in read(line) if act.verb == verb and target in map(str, act.targets)]
    assert mine, [(act.verb, [*map(str, act.targets)], act.reading) for act in read(line)]
    assert mine[0].mood in (Mood.PLANNED, Mood.DONE)
    told = [(field.path, field.before or None, field.value) for field in mine[0].fields]
    assert [value for value in fields if value not in told] == []
    if rule:
        assert rule in [finding.rule for finding in judged([line])]


SECOND = [
    *(("Restarted deployment web", link) for link in ("then", "and then", "while", "so", "by", "via", "and")),
    *(("Restarted deployment shop/web", link) for link in ("then", "and then", "while", "so", "and")),
    *(("Cordoned node n-1", link) for link in ("then", "so", "while")),
    ("Updated lease ops/leader", "then"),
]


@pytest.mark.parametrize(("first", "link"), SECOND)
def test_a_milder_deed_before_it_does_not_hide_a_disaster(first: str, link: str) -> None:
    deleted, scaled = "deleted namespace prod", "scaled deployment prod/api from 9 to 0 replicas"
    assert ("delete", "Namespace/prod") in {
        (act.verb, str(act.target)) for act in read(f"{AT}{first} {link} {deleted}")
    }
    zero = [act for act in read(f"{AT}{first} {link} {scaled}") if act.verb == "scale"]
    assert [(field.path, field.before, field.value) for act in zero for field in act.fields] == [("replicas", "9", "0")]
    assert judged([f"{AT}{first} {link} {deleted}"])
    assert judged([f"{AT}{first} {link} {scaled}"])


def test_two_deeds_of_one_sentence_have_each_their_own_values() -> None:
    text = f"{AT}Scaled deployment shop/a from 3 to 5 replicas then scaled deployment shop/b from 9 to 0 replicas"
    told = [(act.target.name, act.fields[0].before, act.fields[0].value) for act in read(text) if act.target]
    assert told == [("a", "3", "5"), ("b", "9", "0")]


@pytest.mark.parametrize("mood", ["Dry run: restarted", "Would restart", "Failed to restart"])
def test_a_second_deed_is_meant_as_the_first(mood: str) -> None:
    acts = read(f"{AT}{mood} deployment web then deleted namespace shop")
    assert [act.mood in {"dry-run", "refused"} for act in acts if act.verb == "delete"] == [True]


NO_DEEDS = [
    "generation of Deployment shop/web: 1 -> 900",
    "errors of Deployment shop/web: 1 -> 900",
    "revision for Deployment shop/web: 1 -> 900",
    "Pods Pending of Deployment shop/web: 1 -> 900",
    "restarts in StatefulSet shop/db: 1 -> 900",
    "Scaled up deployment shop/web: cost was cut, memory use is higher by 80%",
    "Scaled up deployment shop/web: errors cut as cpu pressure fell by 80%",
    "member-2 removed from the quorum",
    "latency of web increased",
    "memory usage of deployment shop/web increased from 1Gi to 4Gi",
    "average cpu of deployment shop/web decreased from 900m to 100m",
    "Tool call: list_pods(ns='shop')",
    '{"eventName":"DescribeInstances","requestParameters":{},"message":"listed the instances"}',
]


@pytest.mark.parametrize("text", NO_DEEDS)
def test_what_is_no_deed_is_flagged_as_none(text: str) -> None:
    assert judged([text if text[0] in "{[" else AT + text]) == []
