"""The rehearsal's audit log as a file: one event a line, as kube-apiserver writes it at level Metadata."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from rehearsal.server.core import Audit


class AuditFile:
    """Appends each write that the server answers. Called on the requesting threads, one at a time.

    Args:
        path: the file; it is made when the first write comes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, entry: Audit) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_event(entry), separators=(",", ":")) + "\n")


def _event(entry: Audit) -> dict[str, object]:
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    target = {"resource": entry.resource, "namespace": entry.namespace, "name": entry.name}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": str(uuid.uuid4()),
        "stage": "ResponseComplete",
        "requestURI": "/?dryRun=All" if entry.dry_run else "/",
        "verb": entry.verb,
        "user": {"username": entry.user},
        "sourceIPs": ["127.0.0.1"],
        "userAgent": entry.agent,
        "objectRef": target | ({"subresource": entry.subresource} if entry.subresource else {}),
        "responseStatus": {"metadata": {}, "code": entry.status},
        "requestReceivedTimestamp": at,
        "stageTimestamp": at,
    }
