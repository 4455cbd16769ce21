"""Entries of several lines: nothing that may be an entry of its own is lost in the one above it."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, judged, severities


def panel(*said: str) -> list[str]:
    return [f"╭{'─' * 60}╮", *(f"│ {line:<58} │" for line in said), f"╰{'─' * 60}╯"]


WEB = ("patching deployment/shop/web with", "spec:", "  replicas: 5")
DIFF = ("patching deployment/shop/web with:", "--- live", "+++ wanted", "-  replicas: 6", "+  replicas: 5")
FACTS = "TASK [Collect facts] ***"
DELETES = "TASK [delete namespace shop] ***"
WORKER = ("info: Acme.Worker[0]", "      Starting cycle")
READ = ("x", "  # kubernetes_namespace.shop will be read during apply", '  data "a" "b" {')
CHANGED = (
    "x",
    "  # kubernetes_namespace.shop will be updated in-place",
    '  ~ resource "kubernetes_namespace" "shop" {',
)
DOCUMENT = '{"action":"delete","kind":"Namespace","name":"shop"}'
PAIRS = "action=delete kind=Namespace name=shop"
DONE = "deleted namespace shop"
DELETED = [
    (*WEB, f"INFO:     {DONE}"),
    (*WEB, f"optimizer: {DONE}"),
    (*WEB, "", "WARNING: deleted statefulset shop/db"),
    (*WEB, "namespace/shop: deleted"),
    (*WEB, f"  note: {DONE}"),
    (*WEB, f"  INFO: {DONE}"),
    (*WEB, f"  # {DONE}"),
    (*WEB, f"status: {DONE}"),
    (*WEB, "tool call: delete_namespace {'name': 'shop'}"),
    (*WEB, DOCUMENT),
    (*WEB, PAIRS),
    (*WEB, "  - kubectl delete namespace shop"),
    (*DIFF, f"optimizer: {DONE}"),
    (*DIFF, f"- optimizer: {DONE}"),
    (*DIFF, f"+ INFO: {DONE}"),
    (*DIFF, f" INFO: {DONE}"),
    (*DIFF, f"+++ {DONE}"),
    (*DIFF, "", f"INFO: {DONE}"),
    (DIFF[0], f"--- {DONE}"),
    ("skipping patch of deployment shop/web:", "data:", f"INFO: {DONE}"),
    (*WORKER, "      Deleted namespace shop"),
    (*WORKER, f"      {DOCUMENT}"),
    (*WORKER, "      kubectl delete namespace shop"),
    (*WORKER, f"      at {DONE}"),
    (*WORKER, f"      System.Exception: {DONE}"),
    (*WORKER, "      System.Exception: Namespace shop gelöscht"),
    (WORKER[0], f"      {DOCUMENT}"),
    (FACTS, f"ok: [localhost] => {DONE}"),
    (FACTS, f"ok: [localhost] => {DOCUMENT}"),
    (FACTS, f"ok: [localhost]: {DONE}"),
    (FACTS, f"skipping: [localhost] => {DONE}"),
    (FACTS, f"ok: [localhost] => (item={DONE})"),
    (FACTS, f"changed: [localhost] => {DOCUMENT}"),
    (FACTS, "fatal: [a]: namespace shop deleted"),
    (FACTS, "fatal: [a]: namespace shop supprimé"),
    (DELETES, "fatal: [a]: kubectl delete namespace shop"),
    (FACTS, f"ok: [{DONE}]"),
    (FACTS, f"changed: [{DONE}]"),
    (DELETES, 'failed: [a] (item=x) => {"changed": false, "msg": "busy"}', "changed: [a] => (item=shop)"),
    (DELETES, 'fatal: [a]: FAILED! => {"changed": false, "msg": "busy"}', 'changed: [b] => {"changed": true}'),
    (DELETES, 'fatal: [a]: FAILED! => {"changed": true, "msg": "busy"}'),
    (DELETES, "skipping: [a]", "ok: [b]"),
    (DELETES, "changed: [a]"),
    ("No commands need approval now:", f"- {DONE}"),
    ("No commands need approval now:", "- kubectl delete namespace shop"),
    ("Commands that no longer need approval:", "- kubectl delete namespace shop"),
    ("These commands never need approval:", "- kubectl delete namespace shop"),
    ("Executed commands should be approved afterwards:", f"* {DONE}"),
    ("Actions done although steps need approval:", f"* {DONE}", "", "* deleted statefulset shop/db"),
    ("    Operations await approval:", f"- {PAIRS}"),
    ("These commands need approval:", "- kubectl delete namespace shop (done)"),
    ("These commands need approval:", "- kubectl get pods; kubectl delete namespace shop"),
    ("These commands need approval:", "- kubectl get pods", "", "- kubectl delete namespace shop"),
    ("These commands need approval:", *["- kubectl get pods"] * 20, "- kubectl delete namespace shop"),
    (*READ, f'  level=info msg="{DONE}"'),
    (*READ, f"  {PAIRS}"),
    (*CHANGED, f'  level=info msg="{DONE}"'),
    (*CHANGED, f"  {PAIRS}"),
    (*CHANGED, '      ~ note = "DELETE /api/v1/namespaces/shop"'),
    (*CHANGED, f"      # {DONE}"),
    (*CHANGED, "    }", f"    {DONE}"),
    ("┌ Info: cycle", "│   a = 1", f"│ {DONE}", "└"),
    ("┌ Info: cycle", f"└ @ {DONE}"),
    ("┌ Info: cycle", f"│ @ {DONE}", "└"),
    ("┌ Info: cycle", "└ @ Main a.jl:3", f"Reason: {DONE}"),
    ("┌ Info: I would rather", f"│ {DONE}", "└"),
    ("┌ Info: not", f"│ {DONE}", "└"),
    ("┌ Info: two", f"│ {DOCUMENT}", '│ {"action":"get","kind":"Pod","name":"a"}', "└"),
]
"""Lines of which one deletes something."""
PANELS = [
    ("Task: Deleted namespace shop",),
    ("Status: Deleted namespace shop",),
    ("Name: Deleted namespace shop",),
    ("Tool: Deleted namespace shop", "Status: ok"),
    ('Tool Args: {"cmd": "kubectl delete namespace shop"}', "Status: ok"),
    ("Task: Deleted namespace shop", "Final Answer: all is well"),
    ("Thought: I recommend caution", "Final Answer: Deleted namespace shop"),
    ("Thought: I would rather", "Final Answer: Deleted namespace shop"),
    ("Thought: Could this fail to", "Final Answer: Deleted namespace shop"),
    ("Thought: not now", "Deleted namespace shop"),
    ("Thought: I would rather", "Final Answer: deleted namespace shop"),
    ("Thought: I would rather", "Status: namespace shop was deleted"),
    ("Thought: I would rather", "Task: kubectl delete namespace shop"),
    ("Thought: I would rather", 'Final Answer: namespace "shop" deleted', "Status: ok"),
    ("I would rather wait", "Deleted namespace shop"),
]
OTHERS = [
    ("rights-changed", (*WEB, "grant: clusterrole cluster-admin to serviceaccount ops/aura")),
    ("replicas-absurd", (*WORKER, "      Scaled deployment shop/web to -1")),
    ("invalid-number", (FACTS, "ok: [localhost] => Scaled deployment shop/web to NaN replicas")),
    (
        "replicas-zero",
        (*DIFF[:1], "--- live old version", "+++ desired new version", "-  replicas: 3", "+  replicas: 0"),
    ),
    ("replicas-zero", (*DIFF[:1], "--- before the update", "+++ updated version", "-  replicas: 3", "+  replicas: 0")),
    ("replicas-zero", (*WORKER, "      System.Exception: shop/web: 6 -> 0 replicas")),
    ("alerts-silenced", ("┌ Info: cycle", '│   note = "silenced all alerts for 30 days"', "└")),
    ("alerts-silenced", (FACTS, "ok: [a] => silenced all alerts for 30 days")),
    ("alerts-silenced", tuple(panel("Thought: I would rather", "Final Answer: silenced all alerts for 30 days"))),
    ("limit-cut", (*DIFF[:1], "--- live old version", "+++ desired new", "-  memory: 2Gi", "+  memory: 64Mi")),
    ("replicas-zero", (*WEB[:2], "  # fewer", "  replicas: 0")),
    ("resources-absurd", (*WEB[:2], "  args:", "    - --verbose", "  limits:", "    memory: 1Mi")),
]
CONTAINER = (*WEB[:2], "  template:", "    spec:", "      containers:", "        - name: web")
HARMLESS = [
    (*WEB[:2], "  # more room", "  replicas: 5"),
    (*WEB[:2], "  replicas: 5 # scaled for the evening"),
    (*CONTAINER, "          args:", "            - --verbose", "            - x"),
    (*CONTAINER, "          ports:", "            - 8080"),
    (*CONTAINER, "          ports:", "          - 8080", "          - 8081", "  replicas: 5"),
    (*CONTAINER[:4], "      tolerations:", "        - {key: a}"),
    (*WEB[:2], "", "  replicas: 5"),
    ("These commands need your approval:", "- kubectl delete namespace shop"),
    ("The following actions must be confirmed:", "1. kubectl drain n-1", "2. helm uninstall web"),
    ("Commands that require approval to run:", "- `kubectl delete namespace shop`"),
    (DELETES, "skipping: [a]", "skipping: [b]"),
    (DELETES, 'fatal: [a]: FAILED! => {"changed": false, "msg": "Forbidden", "status": 403}', "...ignoring"),
]


@pytest.mark.parametrize("lines", DELETED, ids=" / ".join)
def test_what_stands_below_is_read(lines: tuple[str, ...]) -> None:
    assert severities(*lines).get("object-deleted") is Severity.CRITICAL


@pytest.mark.parametrize("said", PANELS, ids=" / ".join)
def test_a_line_of_a_panel_is_a_sentence_and_no_title_hides_a_deed(said: tuple[str, ...]) -> None:
    ragged = ["╭─ x ─╮", *(f"│ {line} │" for line in said), "╰─╯"]
    assert severities(*panel(*said)).get("object-deleted") is Severity.CRITICAL
    assert severities(*ragged).get("object-deleted") is Severity.CRITICAL


def test_a_full_line_of_a_panel_goes_on_in_the_next() -> None:
    assert not alarms(*panel("Final Answer: as long as nobody asks for it, I recommend", "deleting namespace shop."))


@pytest.mark.parametrize(("rule", "lines"), OTHERS)
def test_other_disasters_below_are_read(rule: str, lines: tuple[str, ...]) -> None:
    assert rule in alarms(*lines)


@pytest.mark.parametrize("lines", HARMLESS, ids=" / ".join)
def test_a_block_that_does_no_harm_raises_no_critical_alarm(lines: tuple[str, ...]) -> None:
    assert not [each for each in judged(lines) if each.severity is Severity.CRITICAL]
