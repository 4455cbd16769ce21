"""Versions of what runs a cluster that do not go together, by the line that tells both."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.governor.rules.told_deeds import whole_text
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_VERSION = r"[\"']?(?:version |is |at |now |to )*[=: \"']{{0,3}}v?1\.(?P<{0}>\d{{1,2}})\.\d{{1,3}}"
_NODE = late(r"\bkube(?:let|-proxy)(?:[_ ]version)?" + _VERSION.format("node"), re.IGNORECASE)
_SERVER = late(
    r"\b(?:kube-)?(?:api-?server|api server|control[- ]plane)(?:[_ ]version)?" + _VERSION.format("server"),
    re.IGNORECASE,
)
_DONE = late(
    r"\b(?:upgrad|downgrad|join|install|updat|replac|patch|chang|roll|boot|start|provision)(?:ed|ing)\b|\bnow\b",
    re.IGNORECASE,
)
_COMPARED = late(
    r"\b(?:check(?:s|ed|ing)?|compar\w+|docs?|unsupported|supported|plan(?:s|ned|ning)?|test|vs|matrix|would)\b",
    re.IGNORECASE,
)
"""What is only looked at, written down or planned."""
_MOST_BEHIND = 3


@rule(
    "version-skew",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(details=("kubelet", "Kubelet", "kube-proxy")), Interest(keys=("kubelet",))),
)
def version_skew(subject: Decision, _view: View) -> Iterable[Verdict]:
    """A kubelet or kube-proxy that is newer than its API server, or more than three minor versions older.

    By a line that tells both, and does not only think of it. Kubernetes' own version skew policy: the API server goes
    first. A node that speaks what no server understands takes no pods. Critical at two minor versions and more.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    text = whole_text(subject)
    if _DONE.search(f"{text} {subject.body}") is None or _COMPARED.search(subject.message) is not None:
        return
    node, server = _NODE.search(text), _SERVER.search(text)
    if node is None or server is None:
        return
    ahead = int(node["node"]) - int(server["server"])
    if ahead > 0 or ahead < -_MOST_BEHIND:
        way = "newer" if ahead > 0 else "older"
        yield Verdict(
            f"a node {abs(ahead)} minor versions {way} than its API server: 1.{node['node']} to 1.{server['server']}",
            "It may never be ready again. Stop before the next node, and bring the API server up first.",
            severity=Severity.CRITICAL if ahead > 1 else Severity.WARNING,
            switch=REVOKE,
        )
