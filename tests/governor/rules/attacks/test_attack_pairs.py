"""Values in pairs, documents and sentences that stand beside others: the one that is set is judged, and no other."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import AT, judged, severities, words


def scaled(pairs: str) -> str:
    return f'time={AT} level=info msg="scaled deployment shop/web" {pairs}'


def limited(pairs: str) -> str:
    return f'time={AT} level=info msg="patched deployment shop/web memory limit" {pairs}'


def document(**more: object) -> str:
    return json.dumps({"ts": AT, "level": "info", "kind": "Deployment", "name": "web", "namespace": "shop"} | more)


C, W = Severity.CRITICAL, Severity.WARNING
ZERO_IN_PAIRS = [
    # Of two that are there now, or are wanted, the last word is what is set.
    (C, "want=5 desired=0"),
    (C, "to=5 next=0"),
    (C, "existing=5 current=0"),
    (C, "actual=5 current=0"),
    (C, "live=5 current=0"),
    (C, "actual=5 existing=0"),
    (C, "previous=5 current=0"),
    (C, "now=5 next=0"),
    (C, "have=5 want=0"),
    (C, "want=0 have=5"),
    (C, "orig=5 rec=0"),
    (C, "current=5 optimal=0"),
    # What is only advised sets nothing where something else is told, and is nothing's value of before.
    (W, "optimal_replicas=5 desired_replicas=0"),
    (W, "adjusted_replicas=5 target_replicas=0"),
    (W, "tuned_replicas=5 new_replicas=0"),
    (W, "desired_replicas=0 optimized_replicas=5"),
    (W, "replicas=0 optimal=5"),
    (W, "replicas=0 adjusted=5"),
    (W, "replicas=0 rec=5"),
    (W, "replicas=0 tuned=5"),
    (W, "replicas=0 optimized=5"),
    (W, "replicas=0 optimal_replicas=5"),
    (W, "requested=0 recommended=5"),
    (W, "now=0 rec=3"),
    (W, "replicas_now=0 replicas_recommended=3"),
    (W, "requested_replicas=0 optimal_replicas=5"),
    # A memory that is as the value that is set was made too late.
    (W, "replicas=0 last_replicas=0"),
    (W, "replicas=0 initial_replicas=0"),
    (W, "replicas=0 orig_replicas=0"),
    (W, "replicas=0 prior_replicas=0"),
]


@pytest.mark.parametrize(("how", "pairs"), ZERO_IN_PAIRS, ids=str)
def test_zero_that_pairs_set_is_told(how: Severity, pairs: str) -> None:
    assert severities(scaled(pairs)).get("replicas-zero") is how


@pytest.mark.parametrize("pairs", ["requested=2Mi recommended=1Gi", "now=2Mi optimal=1Gi", "to=2Mi tuned=1Gi"])
def test_a_limit_that_is_set_is_told_beside_what_is_advised(pairs: str) -> None:
    assert severities(limited(pairs)).get("resources-absurd") is C


@pytest.mark.parametrize(
    "pairs",
    [
        "replicas=50000 optimal_replicas=5",
        "requested_replicas=50000 desired_replicas=5",
        "requested_replicas=50000 optimal_replicas=5 desired_replicas=5",
    ],
)
def test_what_is_advised_makes_no_cut_of_what_is_set(pairs: str) -> None:
    assert "replicas-cut" not in severities(scaled(pairs))


NAMESPACE = {"kind": "Namespace", "name": "prod"}
PATCHED = {"action": "patch", "patch": {"spec": {"replicas": 0}}}
TOLD = [
    ("replicas-zero", W, document(**PATCHED, previous={"spec": {"replicas": 0}})),
    ("replicas-zero", W, document(**PATCHED, original={"replicas": 0})),
    ("replicas-zero", W, document(**PATCHED, current={"replicas": 0})),
    ("replicas-zero", C, document(**PATCHED, previous={"spec": {"replicas": 5}})),
    ("replicas-absurd", C, f"time={AT} level=info msg=hibernating deployment=shop/web from=4.5 to=0.1"),
    ("replicas-absurd", C, f"time={AT} level=info msg=sleeping deployment=shop/web from=4.5 to=0.1"),
    ("safety-off", W, words("Patched deployment shop/web, readinessProbe off. CPU request: 1 → 300m")),
    # A sentence of a change beside the value that is set tells of another one.
    ("replicas-absurd", C, document(action="scale", replicas=-1, change="replicas: 5 -> 6")),
    ("invalid-number", C, document(action="scale", replicas="NaN", change="replicas: 5 -> 6")),
    ("replicas-zero", W, document(action="scale", replicas=0, change="replicas: 5 -> 6")),
    ("replicas-zero", C, document(action="scale", replicas=0, change="replicas: 5 -> 0")),
    ("replicas-zero", W, document(**PATCHED, changes=["replicas: 5 -> 6"])),
    # Names may stand under what the values are of.
    ("object-deleted", C, json.dumps({"action": "delete", "replicas": NAMESPACE})),
    ("object-deleted", C, json.dumps({"action": "delete", "cpu": NAMESPACE})),
    ("object-deleted", C, json.dumps({"action": "delete", "memory": NAMESPACE})),
    ("object-deleted", C, json.dumps({"action": "delete", "limit": NAMESPACE})),
    ("replicas-zero", W, json.dumps({"msg": "scaling", "replicas": {"deployment": "shop/web", "to": 0}})),
    # What the line itself says, and what came of it, go before a call and a word for it.
    (
        "object-deleted",
        C,
        json.dumps({"action": {"evictPod": {"name": "a", "namespace": "b"}}, "message": "deleted statefulset shop/db"}),
    ),
    (
        "object-deleted",
        C,
        json.dumps(
            {
                "message": "needs approval",
                "tool_call": {"name": "delete_namespace", "args": {"name": "prod"}},
                "status": "done",
            }
        ),
    ),
    (
        "replicas-zero",
        C,
        f'time={AT} level=info msg="scale calculation" deployment=shop/web from=5 to=0 applied=true',
    ),
    # Words beside the value that is set.
    ("replicas-absurd", C, words("scaled deployment shop/web down to -1, want 5 have 6")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0 as they want 9 and have 5 nodes")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0 pods since we have 9 nodes and want 3")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0, users have 5 and want 9")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0, that is 0 % of 0")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0 (old) 5 (new)")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0 replicas, 50 % of 4")),
    ("replicas-zero", W, words("scaled deployment shop/web to 0: 2 replicas (new)")),
    ("replicas-zero", C, words("scaled deployment shop/web to 0, actual(3) -> expected(5)")),
    ("invalid-number", C, words("scaled deployment shop/web to NaN replicas and 2 replicas (new)")),
    ("invalid-number", C, words("scaled deployment shop/web to NaN replicas - want 5 have 3")),
    # A bound that is set, and not run into.
    ("replicas-factor", C, words("patched hpa shop/web: minReplicas 2 -> 0, above maxReplicas 10 -> 50000")),
    ("bounds-absurd", W, words("set hpa shop/web over maxReplicas 50000")),
    ("bounds-absurd", W, words("patched hpa shop/web: raised by maxReplicas 50000")),
    ("bounds-absurd", W, words("patched hpa shop/web, bounds under minReplicas 0")),
    # A word of another language in two parts.
    ("replicas-zero", C, words("Deployment shop/web hochskaliert von 5 auf 0.0")),
    ("replicas-zero", C, words("Deployment shop/web herunterskaliert von 5 auf 0")),
    # A model works with parts of numbers.
    ("replicas-zero", C, words("scaled deployment shop/web: 5.0 -> 0.0")),
    ("replicas-zero", C, words("scaled deployment shop/web from 40.0 to 0.0")),
    ("replicas-zero", C, words("scaling: deployment/shop/web: 12.0 => 0.0")),
    ("replicas-zero", C, words('Scaled Deployment "web" in namespace "shop" from 5.0 to 0.0')),
    ("replicas-zero", W, words("scaled deployment shop/web to 0.0")),
    ("replicas-factor", C, words("scaled deployment shop/web from 4.5 to 900.7")),
    ("replicas-absurd", C, words("scaling deployment shop/web to 1000000.5")),
]


@pytest.mark.parametrize(("rule", "how", "line"), TOLD, ids=lambda each: str(each)[-70:])
def test_what_is_set_is_told_beside_what_is_said_of_it(rule: str, how: Severity, line: str) -> None:
    assert severities(line).get(rule) is how


IMAGES = [
    ("db:latest", "replaced image web:1 with web:2, image of db set to db:latest"),
    ("a:2", "set image of deployment shop/web from web:1 to web:latest, replaced image a:1 with a:2"),
    (
        "x:latest",
        "Deployment shop/web: replaced image web:1.4 with web:1.5 and image of sidecar from x:1 to x:latest",
    ),
    ("web:1.4 → web:1.5", "Deployment shop/web: replaced image web:1.4 with web:1.5"),
]


@pytest.mark.parametrize(("image", "said"), IMAGES)
def test_an_image_beside_a_replaced_one_is_told(image: str, said: str) -> None:
    found = [each for each in judged([words(said)]) if each.rule == "image-changed"]
    assert [each for each in found if image in each.title], found
