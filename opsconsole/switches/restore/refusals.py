"""Why the pods of a workload are not made: the newest event of its controller says it.

A Deployment's and a ReplicaSet's status say it too. A StatefulSet's and a DaemonSet's have no place for it.
"""

from __future__ import annotations

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import Ref
from opsconsole.switches.restore.proofs import REFUSES
from opsconsole.text import clean_line

_TIMEOUT = 5.0
_REASON = "FailedCreate"
_MOST = 100
"""Events of one object that are looked at: the API server keeps one for each wording, for an hour."""


class _Series(Wire):
    last_observed_time: str = ""


class _Event(Wire):
    message: str = ""
    last_timestamp: str | None = None
    event_time: str | None = None
    series: _Series | None = None

    @property
    def at(self) -> str:
        """When it was last seen; RFC 3339, of which the later one is the greater text."""
        return (self.series.last_observed_time if self.series else "") or self.last_timestamp or self.event_time or ""


class _Events(msgspec.Struct):
    items: list[_Event] | None = None


def refusal(api: Api, about: Ref) -> str:
    """Why the API server refused the pods of a workload when its controller last tried; empty where that is not known.

    Args:
        api: reads.
        about: the workload; its UID tells its events from those of another of its name.
    """
    wanted = {"involvedObject.uid": about.uid, "reason": _REASON}
    query: dict[str, str | int | bool | None] = {
        "fieldSelector": ",".join(f"{name}={value}" for name, value in wanted.items()),
        "limit": _MOST,
    }
    try:
        body = api.request("GET", paths.collection("", "v1", "events", about.namespace), query=query, timeout=_TIMEOUT)
        events = decode(body, _Events).items or ()
    except ClusterError:
        return ""
    newest = max(events, key=lambda each: each.at, default=None)
    return f"{REFUSES} ({clean_line(newest.at)}): {clean_line(newest.message)}" if newest else ""
