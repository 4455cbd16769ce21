"""What collectors make of a line: a JSON document with the line in it. One row each; a row's sample must be opened."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from opsconsole.patterns import late
from opsconsole.records import JsonObject

Paths = tuple[str, ...]


class DocumentEnvelope(NamedTuple):
    """One shape of document around a line.

    ``needs`` are keys (dotted where nested) that must be there, ``line`` is where the line is, or ``document`` where
    the collector has parsed it. ``only``: no other keys may be there (empty: any may); where ``unless_line``
    that holds for a plain sentence beside a level alone: all else was taken from somewhere, whatever stands beside it.
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
    unless_line: bool = False
    only_in: Paths = ()
    """No other keys may be beside the line, where that is in a document of its own."""
    cut: bool = False
    """A line that does not end in a line break goes on in the next document."""


_KUBERNETES: dict[str, Any] = {
    "pod": ("kubernetes.pod_name", "kubernetes.pod.name"),
    "namespace": ("kubernetes.namespace_name", "kubernetes.pod_namespace", "kubernetes.namespace"),
    "container": ("kubernetes.container_name", "kubernetes.container.name"),
}
_RECORD = "resourceLogs.0.scopeLogs.0.logRecords.0"
_AZURE = (
    *("time", "resourceId", "operationName", "operationVersion", "category", "level", "location", "tenantId"),
    *("correlationId", "durationMs", "callerIpAddress", "resultType", "resultSignature", "properties"),
    *("Cloud", "Environment", "UnderlayClass", "UnderlayName", "ccpNamespace", "serviceBuild", "attrs", "containerID"),
)
"""The keys of Azure's resource logs; beside another one, a record may tell more than its line does."""
_CLOUDWATCH = (
    *("message", "timestamp", "eventId", "ingestionTime", "logStreamName", "logGroupName", "logGroup", "logStream"),
    *("id", "extractedFields", "owner", "messageType"),
)
"""The keys of CloudWatch's; programs have an ``eventId`` of their own beside their level and attributes."""
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
        only=("message", "nodeName", "namespace", "podName", "containerName", "labels", "annotations"),
        unless_line=True,
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
        only=_CLOUDWATCH,
        unless_line=True,
    ),
    DocumentEnvelope(
        *("CloudWatch get-log-events", ("message", "ingestionTime"), '{"timestamp":1,"message":"x","ingestionTime":2}'),
        line="message",
        time=("timestamp",),
        pod=("logStreamName",),
        only=_CLOUDWATCH,
        unless_line=True,
    ),
    DocumentEnvelope(
        *("CloudWatch Insights", ("@message", "@logStream"), '{"@timestamp":"t","@message":"x","@logStream":"s"}'),
        line="@message",
        time=("@timestamp",),
        pod=("@logStream",),
    ),
    DocumentEnvelope(
        *(
            "CloudWatch Insights without a stream",
            ("@message", "@log"),
            '{"@timestamp":"t","@message":"x","@log":"1:g"}',
        ),
        line="@message",
        time=("@timestamp",),
    ),
    DocumentEnvelope(
        *("Splunk HEC", ("event", "sourcetype"), '{"time":1778553667.318,"event":"x","sourcetype":"kube:a"}', "event"),
        time=("time",),
        pod=("fields.pod", "fields.pod_name"),
        namespace=("fields.namespace", "fields.namespace_name"),
        container=("fields.container_name", "fields.container"),
    ),
    DocumentEnvelope(
        *("Docker's GELF", ("short_message", "_container_id"), '{"short_message":"x","_container_id":"77ac"}'),
        line="short_message",
        time=("timestamp",),
        level=("level",),
        container=("_container_name",),
    ),
    DocumentEnvelope(
        *(
            "OpenTelemetry's file of lines",
            ("resourceLogs",),
            '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}',
        ),
        line="resourceLogs.0.scopeLogs.0.logRecords.0.body.stringValue",
        time=(f"{_RECORD}.timeUnixNano", f"{_RECORD}.observedTimeUnixNano"),
        only=("resourceLogs",),
    ),
    DocumentEnvelope(
        *("Azure ContainerLog", ("LogEntry",), '{"TimeGenerated":"2026-05-12T02:41:07Z","LogEntry":"x"}', "LogEntry"),
        time=("TimeGenerated", "time"),
        container=("ContainerName", "Name"),
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
    DocumentEnvelope(
        *(
            "Azure resource log of a cluster",
            ("properties.log", "category"),
            '{"time":"2026-05-12T02:41:07Z","category":"cluster-autoscaler","properties":{"log":"x","pod":"p"}}',
        ),
        line="properties.log",
        time=("time",),
        pod=("properties.pod",),
        only=_AZURE,
        only_in=("log", "pod", "stream", "containerID"),
    ),
    *(
        DocumentEnvelope(
            *(
                f"Azure resource log, {key}",
                (f"properties.{key}", "operationName"),
                f'{{"time":"2026-05-12T02:41:07Z","operationName":"A/Action","properties":{{"{key}":"x"}}}}',
            ),
            line=f"properties.{key}",
            time=("time",),
            level=("level",),
            only=_AZURE,
            only_in=(key, "CorrelationId", "correlationId"),
        )
        for key in ("Description", "description")
    ),
)
"""In the order in which they are tried."""


def at(document: Any, path: str) -> Any:
    """The value at a dotted path, or under a key that has dots itself; ``None`` where there is none."""
    if isinstance(document, dict) and path in document:
        return document[path]
    for key in path.split("."):
        if isinstance(document, list) and key == "0":
            document = document[0] if document else None
            continue
        document = document.get(key) if isinstance(document, dict) else None
    return document


def find(document: JsonObject) -> DocumentEnvelope | None:
    """The envelope that a document is."""
    for row in DOCUMENTS:
        first = row.needs[0]
        if first not in document and "." not in first:
            continue  # most rows end here
        if all(at(document, need) is not None for need in row.needs) and _fits(row, document):
            return row if row.pod != _KUBERNETES["pod"] or _tells_whose(document) else None
    return None


def _tells_whose(document: JsonObject) -> bool:
    """Does what stands below ``kubernetes`` say whose line it is, and not whom the line is about?"""
    about = document.get("kubernetes")
    whose = (*_KUBERNETES["pod"], *_KUBERNETES["container"])
    return not about or not isinstance(about, dict) or any(at(document, path) is not None for path in whose)


_OF_FILES = ("log.", "logtag", "time")
"""What the attributes of a line that was read from a file begin with."""


def _is_of_a_file(document: JsonObject) -> bool:
    """Is it an export of one record that holds a line as it was in a file, and no attributes of a program's own?"""
    lists = [document["resourceLogs"], at(document, "resourceLogs.0.scopeLogs")]
    lists.append(at(document, "resourceLogs.0.scopeLogs.0.logRecords"))
    if not all(isinstance(each, list) and len(each) == 1 for each in lists):
        return False
    pairs = at(document, f"{_RECORD}.attributes")
    keys = [str(pair.get("key")) for pair in pairs if isinstance(pair, dict)] if isinstance(pairs, list) else []
    plain = not any(at(document, f"{_RECORD}.{key}") for key in ("severityText", "severityNumber"))
    return plain and all(key.startswith(_OF_FILES) for key in keys)


_OF_COLLECTORS = ("pod", "container", "host", "node", "label", "docker", "annotation")
"""What the keys begin with by which a collector tells where a line comes from."""


def _is_told_by_program(document: JsonObject) -> bool:
    """Is the document's "kubernetes" an object that a program speaks of: ``{"deployment": {"name": "web"}}``?"""
    told = document.get("kubernetes")
    own = isinstance(told, dict) and bool(told) and "source_type" not in document
    return own and not any(str(key).startswith(_OF_COLLECTORS) for key in told or ())


_LINE = late(r"\s*(?:\d{4}-\d\d-\d\d[T ]\d\d:|[IWEF]\d{4} \d\d:|\[)|.*?[{=]", re.DOTALL)
"""What a line has that was written with a head, with pairs or as a document, and no plain sentence."""
_LEVELS = ("level", "severity", "levelname", "lvl", "logLevel", "log_level", "loglevel")
"""What a program writes beside its own message, and no collector of those that tell of a line."""


def _has_no_more(row: DocumentEnvelope, document: JsonObject) -> bool:
    """Has a document no other keys than those that the row knows?"""
    line = at(document, row.line)
    if row.unless_line and (not isinstance(line, str) or _LINE.match(line) or not any(map(document.get, _LEVELS))):
        return True
    inner = at(document, row.line.rpartition(".")[0]) if row.only_in else {}
    return (not row.only or document.keys() <= set(row.only)) and inner.keys() <= {*row.only_in}


def _fits(row: DocumentEnvelope, document: JsonObject) -> bool:
    if row.name == "Vector" and _is_told_by_program(document):
        return False
    if not _has_no_more(row, document):
        return False
    if row.needs == ("resourceLogs",) and not _is_of_a_file(document):
        return False
    if row.document:
        return isinstance(at(document, row.document), dict)
    if row.line == "log" and isinstance(document.get("log"), dict) and "message" in document:
        return False  # Elastic's: the level and the logger are under "log"
    return isinstance(at(document, row.line), str | dict)
