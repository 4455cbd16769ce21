"""What collectors make of a line: a JSON document with the line in it. One row each; a row's sample must be opened."""

from __future__ import annotations

from typing import Any, NamedTuple

from opsconsole.records import JsonObject

Paths = tuple[str, ...]


class DocumentEnvelope(NamedTuple):
    """One shape of document around a line.

    ``needs`` are keys (dotted where nested) that must be there, ``line`` is where the line is, or ``document`` where
    the collector has parsed it. ``only``: no other keys may be there (empty: any may).
    """

    name: str
    needs: Paths
    sample: str
    line: str = ""
    document: str = ""
    time: Paths = ()
    level: Paths = ()
    pod: Paths = ()
    namespace: Paths = ()
    container: Paths = ()
    only: Paths = ()
    cut: bool = False
    """A line that does not end in a line break goes on in the next document."""


_KUBERNETES: dict[str, Any] = {
    "pod": ("kubernetes.pod_name", "kubernetes.pod.name"),
    "namespace": ("kubernetes.namespace_name", "kubernetes.pod_namespace", "kubernetes.namespace"),
    "container": ("kubernetes.container_name", "kubernetes.container.name"),
}
_TIMES = ("@timestamp", "timestamp", "time", "date")

DOCUMENTS: tuple[DocumentEnvelope, ...] = (
    DocumentEnvelope(
        *("docker", ("log", "time"), '{"log":"text\\n","stream":"stdout","time":"2026-05-12T02:41:07Z"}', "log"),
        time=("time",),
        only=("log", "stream", "time", "attrs"),
        cut=True,
    ),
    DocumentEnvelope(
        *("stern JSON", ("message", "podName", "containerName"), '{"message":"x","podName":"p","containerName":"c"}'),
        line="message",
        pod=("podName",),
        namespace=("namespace",),
        container=("containerName",),
    ),
    DocumentEnvelope(
        *(
            "Fluent Bit",
            ("log", "kubernetes"),
            '{"@timestamp":"2026-05-12T02:41:07Z","log":"x","kubernetes":{}}',
            "log",
        ),
        time=_TIMES,
        **_KUBERNETES,
    ),
    DocumentEnvelope(
        *("Vector", ("message", "kubernetes"), '{"message":"x","kubernetes":{},"source_type":"kubernetes_logs"}'),
        line="message",
        level=("log.level", "level"),
        time=_TIMES,
        **_KUBERNETES,
    ),
    DocumentEnvelope(
        *("Fluent Bit without metadata", ("log", "stream"), '{"date":1778553667.3,"log":"x","stream":"stdout"}', "log"),
        time=_TIMES,
    ),
    DocumentEnvelope(
        *("Vector file", ("message", "source_type"), '{"message":"x","source_type":"file","timestamp":"t"}', "message"),
        time=_TIMES,
    ),
    DocumentEnvelope(
        *("Loki", ("line", "labels"), '{"labels":{"app":"o"},"line":"x","timestamp":"2026-05-12T02:41:07Z"}', "line"),
        time=("timestamp",),
        pod=("labels.pod",),
        namespace=("labels.namespace",),
        container=("labels.container",),
    ),
    DocumentEnvelope(
        *("Loki push", ("line", "ts"), '{"ts":"2026-05-12T02:41:07Z","line":"x"}', "line"),
        time=("ts",),
        only=("line", "ts", "labels", "stream", "fields"),
    ),
    DocumentEnvelope(
        *("GCP text", ("textPayload",), '{"textPayload":"x","insertId":"i","timestamp":"2026-05-12T02:41:07Z"}'),
        line="textPayload",
        time=("timestamp", "receiveTimestamp"),
        level=("severity",),
        pod=("resource.labels.pod_name",),
        namespace=("resource.labels.namespace_name",),
        container=("resource.labels.container_name",),
    ),
    DocumentEnvelope(
        *("GCP", ("jsonPayload", "insertId"), '{"jsonPayload":{"message":"x"},"insertId":"i"}'),
        document="jsonPayload",
        time=("timestamp", "receiveTimestamp"),
        level=("severity",),
        pod=("resource.labels.pod_name",),
        namespace=("resource.labels.namespace_name",),
        container=("resource.labels.container_name",),
    ),
    DocumentEnvelope(
        *("CloudWatch", ("message", "eventId"), '{"timestamp":1778553667318,"message":"x","eventId":"e"}', "message"),
        time=("timestamp",),
        pod=("logStreamName",),
    ),
    DocumentEnvelope(
        *("CloudWatch get-log-events", ("message", "ingestionTime"), '{"timestamp":1,"message":"x","ingestionTime":2}'),
        line="message",
        time=("timestamp",),
        pod=("logStreamName",),
    ),
    DocumentEnvelope(
        *("Datadog", ("content.message",), '{"id":"A1","content":{"timestamp":"t","message":"x","attributes":{}}}'),
        line="content.message",
        time=("content.timestamp",),
        level=("content.status", "content.attributes.level"),
        container=("content.service",),
    ),
    DocumentEnvelope(
        *("Datadog API", ("attributes.message", "type"), '{"id":"A1","type":"log","attributes":{"message":"x"}}'),
        line="attributes.message",
        time=("attributes.timestamp",),
        level=("attributes.status",),
        container=("attributes.service",),
    ),
    DocumentEnvelope(
        *(
            "journald JSON",
            ("MESSAGE", "__REALTIME_TIMESTAMP"),
            '{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1778553667318204"}',
        ),
        line="MESSAGE",
        time=("__REALTIME_TIMESTAMP",),
        level=("PRIORITY",),
        container=("CONTAINER_NAME", "SYSLOG_IDENTIFIER"),
    ),
    DocumentEnvelope(
        *("Splunk", ("result._raw",), '{"preview":false,"result":{"_raw":"x","_time":"2026-05-12T02:41:07Z"}}'),
        line="result._raw",
        time=("result._time",),
    ),
    DocumentEnvelope(
        *("Elasticsearch hit", ("_index", "_source"), '{"_index":"logs","_source":{"message":"x"}}'),
        document="_source",
    ),
    DocumentEnvelope(
        *(
            "Azure ContainerLogV2",
            ("LogMessage",),
            '{"TimeGenerated":"2026-05-12T02:41:07Z","LogMessage":"x","PodName":"p"}',
        ),
        line="LogMessage",
        time=("TimeGenerated",),
        level=("LogLevel",),
        pod=("PodName",),
        namespace=("PodNamespace",),
        container=("ContainerName",),
    ),
)
"""In the order in which they are tried."""


def at(document: Any, path: str) -> Any:
    """The value at a dotted path, or under a key that has dots itself; ``None`` where there is none."""
    if isinstance(document, dict) and path in document:
        return document[path]
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def find(document: JsonObject) -> DocumentEnvelope | None:
    """The envelope that a document is."""
    for row in DOCUMENTS:
        if all(at(document, need) is not None for need in row.needs) and _fits(row, document):
            return row
    return None


def _fits(row: DocumentEnvelope, document: JsonObject) -> bool:
    if row.only and not document.keys() <= set(row.only):
        return False
    if row.document:
        return isinstance(at(document, row.document), dict)
    if row.line == "log" and isinstance(document.get("log"), dict) and "message" in document:
        return False  # Elastic's: the level and the logger are under "log"
    return isinstance(at(document, row.line), str | dict)
