"""What programs do each day to one node, a preview, a certificate: and beside each what looks like it and is mad."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged


def alarms(*lines: str) -> set[str]:
    return {each.rule for each in judged(lines) if each.severity is not Severity.INFO}


def at(second: int, text: str) -> str:
    return f"2026-08-03T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z INFO tender: {text}"


def zap(second: int, message: str, **more: object) -> str:
    return json.dumps({"ts": 1_785_715_200 + second, "level": "info", "msg": message} | more)


def klog(second: int, message: str, **more: object) -> str:
    pairs = " ".join(f'{key}="{text}"' for key, text in more.items())
    return (
        f'I0803 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000100       1 m.go:9] "{message}" {pairs}'
    )


@pytest.mark.parametrize(
    "lines",
    [
        [
            zap(0, "cordoned node", node="worker-1"),
            zap(9, "draining node", node="worker-1"),
            zap(99, "node drained", node="worker-1"),
            zap(300, "uncordoned node", node="worker-1"),
        ],
        [
            at(0, "cordoning node ip-10-0-0-1: kernel update"),
            at(5, "drained node ip-10-0-0-1"),
            at(4000, "uncordoned node ip-10-0-0-1"),
            at(9000, "cordoning node ip-10-0-0-2: kernel update"),
        ],
        [
            klog(0, "Node cordoned", node="gpu-4", reason="spot interruption"),
            klog(1, "Evicted pod", pod="shop/web-1", node="gpu-4"),
            klog(2, "Node drained", node="gpu-4"),
        ],
    ],
)
def test_one_node_by_who_sees_to_nodes_and_to_nothing_else(lines: list[str]) -> None:
    assert not alarms(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        [at(0, "cordoned node ip-10-0-0-1"), at(60, "cordoned node ip-10-0-0-2")],
        [zap(0, "draining node", node="worker-1"), zap(900, "draining node", node="worker-2")],
        [klog(0, "Cordoning node", node="prod-cp-1")],
        [at(0, "drained node control-plane-3")],
        [zap(0, "cordoned node", node="eu-master2")],
        [at(0, "Scaled deployment shop/web from 4 to 3"), at(9, "cordoned node ip-10-0-0-1")],
        [at(0, "tainted node ip-10-0-0-1 with tuner/isolated=true:NoExecute")],
    ],
)
def test_more_nodes_the_control_planes_or_by_who_does_other_things(lines: list[str]) -> None:
    assert "taints-changed" in alarms(*lines)


def by_term(name: str, ttl: str, age: str, second: int = 0) -> list[str]:
    said = f"Namespace {name} with {ttl} TTL is {age} old and will be deleted (rule previews matches)"
    return [at(second, said), at(second + 1, f"Deleting Namespace {name}..")]


def test_a_term_that_was_just_over() -> None:
    assert not alarms(*by_term("pr-1", "3d", "3d0h11m"))
    assert not alarms(*by_term("pr-1", "24h", "1d1h"), *by_term("pr-2", "24h", "1d2h", 5))
    assert not alarms(*by_term("pr-1", "10m", "45m"))


@pytest.mark.parametrize(("ttl", "age"), [("3d", "300d4h"), ("1h", "90d"), ("24h", "4d12h30m")])
def test_what_has_lived_long_was_never_meant_by_a_term(ttl: str, age: str) -> None:
    assert "object-deleted" in alarms(*by_term("pr-1", ttl, age))


@pytest.mark.parametrize(
    "line",
    [
        klog(0, "Updated existing secret", logger="cert-manager.controller", secret="shop/web-tls"),
        klog(0, "Deleted Secret containing temporary private key", secret="web-tls-x7kq2", key="shop/web-tls"),
        zap(0, "Issuing certificate: updated secret shop/web-tls"),
        at(0, "compacted keyspace at revision 919, 57276 revisions removed"),
        zap(0, "compaction done, removed 31000 revisions"),
        at(0, 'assistant> an admin could run `kubectl -n old patch pvc data -p \'{"metadata":{"finalizers":null}}\'`'),
    ],
)
def test_certificates_history_and_what_is_only_proposed(line: str) -> None:
    assert not alarms(line)


@pytest.mark.parametrize(
    "lines",
    [
        [klog(0, "Updated existing secret", secret="shop/db-credentials")],
        [klog(0, "Deleted Secret", secret="shop/web-tls-x7kq2")],
        [klog(0, "Deleted temporary Secret", secret="shop/db-credentials")],
        [zap(n, "deleted temporary secret", secret=f"shop/tls-x7kq{n}") for n in range(4, 8)],
        [klog(n, "Updated existing secret", logger="cert-manager", secret=f"shop/web-{n}") for n in range(4)],
        [at(0, "removed 40 revisions of deployment shop/web")],
        [at(0, 'kubectl -n old patch pvc data -p \'{"metadata":{"finalizers":null}}\' --type=merge')],
        [zap(0, "patched deployment shop/web", replicas="null")],
    ],
)
def test_what_only_looks_like_it(lines: list[str]) -> None:
    assert alarms(*lines)
