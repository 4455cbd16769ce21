"""A grave deed is found whatever shape stands beside it and is read for the whole entry."""

from __future__ import annotations

import pytest

from opsconsole.decisions.meaning import overlooked
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.records import Mood, Ref
from tests.governor.judged_lines import AT, judged, words

BLOCK = "x=ToolUseBlock(id='t1', name='scale_deployment', input={'name': 'api', 'replicas': 3}, type='tool_use')"
BESIDE = [
    "node n-1 rebooting by request",
    BLOCK,
    "Part(text='I restarted pod web-1')",
    "decision=ScaleDecision(name='api', replicas=3)",
    "no data for the cpu metric up",
]
GRAVE = [
    "deleted namespace prod",
    "namespace prod was deleted",
    "deleted 500 pods",
    "created clusterrolebinding aura-admin",
    "web: replicas 12 -> 0",
    "kubectl delete ns prod",
    "helm uninstall db -n prod",
]


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("grave", GRAVE)
def test_a_shape_before_it_hides_no_grave_deed(beside: str, grave: str) -> None:
    assert judged([words(f"{beside}; {grave}")])


@pytest.mark.parametrize(
    "lines",
    [
        'running commands = {\n "commands": ["kubectl delete ns prod"]\n}',
        'executing the plan: {\n "1": "kubectl delete ns prod",\n "2": "kubectl get pods"\n}',
        '{"msg":"deleted instance manager pod im-1","result":"namespace prod deleted"}',
        '{"msg":"no data for the cpu metric up","command":"kubectl delete ns prod"}',
    ],
)
def test_a_document_hides_no_grave_deed(lines: str) -> None:
    assert judged(f"{AT} {lines}".split("\n") if lines[0] != "{" else [lines])


NOT_DONE = [
    "Never run `kubectl delete crd cephclusters.ceph.rook.io`: it deletes the storage of every tenant",
    "dry run: deleted namespace prod",
    "I would have deleted namespace prod",
    "What if we deleted namespace prod?",
    "suggestion: kubectl delete ns prod",
    "deleted 5 pods",
    "namespace prod exists",
    "replicas 12 -> 0.5",
]


@pytest.mark.parametrize("text", NOT_DONE)
def test_what_nobody_does_is_not_added(text: str) -> None:
    assert overlooked.beside([], text) == []


def test_what_a_layer_has_told_is_told_once_whatever_it_says_of_it() -> None:
    refused = Act("delete", "delete", Mood.REFUSED, (Ref("Namespace", "", "prod"),))
    assert overlooked.beside([refused], "rejected: deleted namespace prod") == []
    assert [act.verb for act in overlooked.beside([], "restarted pod a; deleted namespace prod")] == ["delete"]
