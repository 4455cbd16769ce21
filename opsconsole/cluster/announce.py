"""Tells people through the cluster's own events. They change nothing that the cluster runs."""

from __future__ import annotations

import datetime as dt

from opsconsole.cluster.questions.reviews import Api
from opsconsole.records import JsonObject

_NOTE = 1024
"""Characters that the API server takes in a note."""


def announce(api: Api, *, namespace: str, reporter: str, at: float, reason: str, note: str, serious: bool) -> None:
    """Write an event about ``namespace``. Blocks.

    Args:
        api: a connection that can write.
        namespace: where the event is, and what it is about.
        reporter: who reports it.
        at: seconds since the epoch.
        reason: one word in CamelCase.
        note: what happened.
        serious: whether it is a warning.

    Raises:
        ClusterError: it was refused, or the API server can't be reached.
    """
    body: JsonObject = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": "opsconsole-guard-", "namespace": namespace},
        "eventTime": dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": "opsconsole.io/guard",
        "reportingInstance": reporter[:128],
        "action": reason,
        "reason": reason,
        "note": note[:_NOTE],
        "type": "Warning" if serious else "Normal",
        "regarding": {"apiVersion": "v1", "kind": "Namespace", "name": namespace, "namespace": namespace},
    }
    api.request("POST", f"/apis/events.k8s.io/v1/namespaces/{namespace}/events", body=body, timeout=5.0)
