"""Which labels would have fitted a query that found nothing: ``service="api"`` → ``app="api-gateway"``."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.patterns import late
from opsconsole.records import Workload

_MATCHER = late(r"(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*=~?\s*\"(?P<value>[^\"]{1,253})\"")
_NOT_IN_PROMETHEUS = late(r"[^a-zA-Z0-9_]")
_USUAL = ("app", "service", "app_kubernetes_io_name", "k8s_app", "component", "name")
"""Labels that name a service, the usual ones first."""


def matchers(query: str) -> list[tuple[str, str]]:
    """The ``label="value"`` pairs of a PromQL query, in its order."""
    return [(match["label"], match["value"]) for match in _MATCHER.finditer(query)]


def fitting(query: str, workloads: Iterable[Workload], limit: int = 3) -> tuple[str, ...]:
    """Matchers that exist in the cluster and look like those of ``query``, the likeliest first.

    Compared with the labels that workloads select their pods by, in Prometheus' spelling (``app.kubernetes.io/name`` is
    ``app_kubernetes_io_name``): the same value under another name, or a value that has the wanted one as a part.
    """
    wanted = matchers(query)
    known = {_pair(label) for workload in workloads for label in (*workload.selector, *workload.labels)}
    scored = sorted(
        (_distance(value, pair), pair)
        for label, value in wanted
        for pair in known
        if pair != (label, value) and _alike(value, pair[1])
    )
    return tuple(dict.fromkeys(f'{label}="{value}"' for _, (label, value) in scored))[:limit]


def _pair(label: tuple[str, str]) -> tuple[str, str]:
    return _NOT_IN_PROMETHEUS.sub("_", label[0]), label[1]


def _alike(wanted: str, have: str) -> bool:
    return wanted == have or wanted in have.split("-") or have in wanted.split("-")


def _distance(value: str, pair: tuple[str, str]) -> tuple[bool, int, int]:
    usual = _USUAL.index(pair[0]) if pair[0] in _USUAL else len(_USUAL)
    return value != pair[1], usual, len(pair[1])
