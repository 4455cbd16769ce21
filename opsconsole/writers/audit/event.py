"""One audit event (``audit.k8s.io/v1``) → AuditedWrite. Pure; text from outside, in every field.

Whoever sends a request chooses its user agent, its field manager, the names in its URL, and what is in its body. The
user, the groups, the addresses, the verb and the answer are the API server's own words.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import field

from opsconsole.decoding import decoder_of
from opsconsole.records import AuditedWrite, Ref

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

NO_WRITES = frozenset({
    "events", "leases", "localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectreviews",
    "selfsubjectrulesreviews", "subjectaccessreviews", "tokenreviews",
})  # fmt: skip
"""Resources that are written all the time by everybody (events, leases), or are questions put as writes (reviews)."""

DONE = frozenset({"ResponseComplete", "Panic"})
"""Stages at which a request has its answer."""

MAX_WORD = 256
"""Characters kept of a string of an event."""

_KINDS = {
    "clusterrolebindings": "ClusterRoleBinding", "clusterroles": "ClusterRole", "configmaps": "ConfigMap",
    "cronjobs": "CronJob", "daemonsets": "DaemonSet", "deployments": "Deployment", "endpoints": "Endpoints",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler", "ingresses": "Ingress", "jobs": "Job",
    "limitranges": "LimitRange", "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "namespaces": "Namespace", "networkpolicies": "NetworkPolicy", "nodes": "Node",
    "persistentvolumeclaims": "PersistentVolumeClaim", "poddisruptionbudgets": "PodDisruptionBudget", "pods": "Pod",
    "priorityclasses": "PriorityClass", "replicasets": "ReplicaSet", "resourcequotas": "ResourceQuota",
    "rolebindings": "RoleBinding", "roles": "Role", "scaledobjects": "ScaledObject", "secrets": "Secret",
    "serviceaccounts": "ServiceAccount", "services": "Service", "statefulsets": "StatefulSet",
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
    "verticalpodautoscalers": "VerticalPodAutoscaler",
}  # fmt: skip
"""Kind by resource; one that is not here is named by its resource."""

_POD_NAME = "authentication.kubernetes.io/pod-name"


class _User(msgspec.Struct, gc=False):
    username: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str] | None] | None = None


class _Target(msgspec.Struct, gc=False, rename="camel"):
    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""


class _Answer(msgspec.Struct, gc=False):
    code: int = 0


class AuditWire(msgspec.Struct, gc=False, rename="camel"):
    """An event as far as it counts here; request and response bodies are skipped."""

    kind: str = ""
    audit_id: str = field(default="", name="auditID")
    stage: str = ""
    verb: str = ""
    request_uri: str = field(default="", name="requestURI")
    user: _User = field(default_factory=_User)
    impersonated_user: _User | None = None
    source_ips: list[str] | None = field(default=None, name="sourceIPs")
    user_agent: str = ""
    object_ref: _Target | None = None
    response_status: _Answer | None = None
    stage_timestamp: str = ""
    request_received_timestamp: str = ""


class _EventList(msgspec.Struct, gc=False):
    kind: str = ""
    items: list[msgspec.Raw] | None = None


class NoAuditEvent(ValueError):  # noqa: N818 - it is the text that is none
    """What came is no audit event."""


_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_EVENT = decoder_of(AuditWire)
_LIST = decoder_of(_EventList)


def parse(text: str | bytes) -> AuditedWrite | None:
    """Return the write that an event tells of; ``None`` for what is no write, or not answered yet.

    Raises:
        NoAuditEvent: it is no event of the audit log.
    """
    try:
        event = _EVENT.decode(text)
    except _UNREADABLE as error:
        raise NoAuditEvent("no JSON of an audit event") from error
    # Within a list the API server leaves the kind of its items out.
    if event.kind not in {"", "Event"} or not (event.stage and event.audit_id):
        raise NoAuditEvent("JSON that is no audit event")
    target = event.object_ref
    if event.stage not in DONE or event.verb not in WRITES or target is None or target.resource in NO_WRITES:
        return None
    return _write(event, target)


def events_of(body: bytes) -> list[bytes]:
    """Return the events of an ``EventList``, as the webhook of the API server sends it.

    Raises:
        NoAuditEvent: it is no such list.
    """
    try:
        found = _LIST.decode(body)
    except _UNREADABLE as error:
        raise NoAuditEvent("no JSON of a list of audit events") from error
    if found.kind != "EventList":
        raise NoAuditEvent("JSON that is no list of audit events")
    return [bytes(each) for each in found.items or ()]


def _write(event: AuditWire, target: _Target) -> AuditedWrite:
    named, dry = _parameters(event.request_uri)
    acting = event.impersonated_user
    return AuditedWrite(
        id=event.audit_id[:MAX_WORD],
        at=_time(event.stage_timestamp) or _time(event.request_received_timestamp) or 0.0,
        user=event.user.username[:MAX_WORD],
        verb=event.verb,
        about=Ref(_kind(target.resource), target.namespace[:MAX_WORD], target.name[:MAX_WORD]),
        subresource=target.subresource[:MAX_WORD],
        code=500 if event.stage == "Panic" else event.response_status.code if event.response_status else 0,
        manager=named or event.user_agent.partition("/")[0][:128],
        named=bool(named),
        agent=event.user_agent[:MAX_WORD],
        address=((event.source_ips or [""])[0])[:64],
        groups=tuple(group[:MAX_WORD] for group in (event.user.groups or ())[:16]),
        acts_as=acting.username[:MAX_WORD] if acting is not None else "",
        pod=_pod(event.user),
        dry=dry,
    )


def _parameters(uri: str) -> tuple[str, bool]:
    """Return the field manager that the request names, and whether it is a dry run."""
    try:
        query = parse_qs(urlsplit(uri[:8192]).query, max_num_fields=64)
    except ValueError:
        return "", False
    return (query.get("fieldManager") or [""])[0][:128], "dryRun" in query


def _kind(resource: str) -> str:
    return _KINDS.get(resource, resource[:MAX_WORD])


def _pod(user: _User) -> str:
    """The pod whose token was used: the API server takes it from the token itself."""
    name = ((user.extra or {}).get(_POD_NAME) or [""])[0]
    parts = user.username.split(":")
    return f"{parts[2]}/{name}"[:MAX_WORD] if name and len(parts) == 4 and parts[1] == "serviceaccount" else ""


def _time(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text[:64])
        return when.timestamp() if when.tzinfo is not None and when.year >= 1970 else None
    except (ValueError, OverflowError, OSError):
        return None
