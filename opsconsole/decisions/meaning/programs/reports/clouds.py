"""Records of what clouds have done or decided: audit logs of Google and Amazon, GKE's cluster autoscaler."""

from __future__ import annotations

from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.programs.commands import requests
from opsconsole.decisions.meaning.programs.reports import cloud_events, service_scaling
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import EntryReading, JsonObject, Mood, Ref

_SIGNS = (
    "protoPayload",
    "requestParameters",
    "nodesToBeRemoved",
    "increasedMigs",
    "nodePoolCreate",
    "nodePoolDelete",
    '"objectRef"',
)
MOST = 100
"""Nodes and groups of one decision."""

_METHOD = late(r"io\.k8s\.(?:[\w-]+\.)+v\w+\.(?P<resource>[a-z]+)(?:\.(?P<sub>[a-z]+))?\.(?P<verb>[a-z]+)")
_OBJECT = late(
    r"(?:[\w.-]+/)+?(?:namespaces/(?P<namespace>[\w-]+)/)?(?P<resource>[a-z]+)/(?P<name>[\w.:-]+)(?:/[a-z]+)?"
)
_VERBS = {"patch": "patch", "update": "patch", "create": "create", "delete": "delete", "deletecollection": "delete"}
_PARTS = {"scale": "scale", "eviction": "evict", "resize": "patch", "binding": "create"}


RECORDS = frozenset({"protoPayload", "jsonPayload", "requestParameters", "responseElements", "decision"})
"""Keys under which such a record holds what it tells."""
_FURTHER = (
    *("action", "operation", "verb", "op", "tool", "tool_name", "function", "patch", "changes", "actions"),
    *("decisions", "operations", "plan", "steps", "patches", "adjustments"),
    *("command", "cmd", "message", "msg", "text", "log", "textPayload"),
)
"""Keys that no cloud's record has of itself, and that may tell another deed than the record does."""


def beside(document: JsonObject) -> JsonObject:
    """What a document tells beside the record, in words or by the keys of an action; empty where it tells no more."""
    if _is_audit(document):
        return {}
    inner = document.get("jsonPayload")
    whole = {**inner, **document} if isinstance(inner, dict) else document
    rest = {key: value for key, value in whole.items() if key not in RECORDS}
    # Cloud Logging's "operation" is an object with an id: it tells no deed.
    told = any(rest.get(key) and (key != "operation" or isinstance(rest[key], str)) for key in _FURTHER)
    return rest if told else {}


def find(source: str, document: JsonObject) -> list[Act]:
    """The actions of such a record; none where it only reads, or is no such record."""
    told = cloud_events.find(document) if cloud_events.SIGN in source else []
    told = told or (service_scaling.find(document) if service_scaling.SIGN in source else [])
    if told:
        return told
    if not _may_be_in(source):
        return []
    if _is_audit(document):
        return _of_cluster(document)
    audit, request = document.get("protoPayload"), document.get("requestParameters")
    if isinstance(audit, dict) and isinstance(audit.get("methodName"), str):
        return _audited(audit)
    if isinstance(document.get("eventName"), str) and isinstance(request, dict):
        return _called(document, request)
    inner = document.get("jsonPayload")
    decision = (inner if isinstance(inner, dict) else document).get("decision")
    return _decided(decision) if isinstance(decision, dict) else []


_SHELLS = ("exec", "attach")
"""Parts of a pod by which a command is run in it."""


def by_cause(activity: JsonObject) -> list[Act]:
    """What the cause of an activity tells of its group: ``changing the desired capacity from 4 to 5``."""
    name, cause = activity.get("AutoScalingGroupName"), activity.get("Cause")
    match = _CAUSE.search(cause) if isinstance(name, str) and isinstance(cause, str) else None
    if match is None:
        return []
    mood = Mood.DONE if activity.get("StatusCode") == "Successful" else Mood.PLANNED
    fields = (with_before(patches.field("replicas", match["after"]), match["before"]),)
    return [Act("scale", "scale", mood, (Ref("NodeGroup", "", str(name)),), None, fields)]


_CAUSE = late(
    r"\b(?:chang|increas|decreas|shrink|grow)\w{2,4} the (?:desired )?capacity from "
    r"(?P<before>\d{1,6}) to (?P<after>\d{1,6})\b"
)


def tells_no_deed(document: JsonObject) -> EntryReading | None:
    """How an event of the audit log is read that does nothing to its object: a command in a pod, a status, a look.

    ``None`` where it may do something. What a command in a pod does is told nowhere: it stays unclear.
    """
    if not _is_audit(document):
        return None
    part = document["objectRef"].get("subresource")
    if document["verb"] not in _VERBS or (part and part not in _PARTS):
        runs = part in _SHELLS and document["verb"] in ("create", "get")
        return EntryReading.UNCLEAR if runs else EntryReading.NONE
    return None


def _may_be_in(source: str) -> bool:
    for sign in _SIGNS:  # noqa: SIM110 - every document comes by, and a loop takes half the time of any()
        if sign in source:
            return True
    return False


def _is_audit(document: JsonObject) -> bool:
    """Is it an event of the API server's own audit log?"""
    return isinstance(document.get("objectRef"), dict) and isinstance(document.get("verb"), str)


def _of_cluster(event: JsonObject) -> list[Act]:
    """``{"verb": "patch", "objectRef": {"resource": "pods", "name": "a"}, "responseStatus": {"code": 200}}``."""
    about, verb = event["objectRef"], _VERBS.get(event["verb"], "")
    resource, part = str(about.get("resource") or ""), str(about.get("subresource") or "")
    kind = kinds.of_word(resource) or (resource if verb == "delete" else "")  # custom ones are none of the table
    if not verb or not kind or (part and part not in _PARTS):
        return []
    answer = event.get("responseStatus")
    code = answer.get("code") if isinstance(answer, dict) else None
    mood = Mood.PLANNED if not isinstance(code, int) else Mood.DONE if code < 400 else Mood.REFUSED
    asked = str(event.get("requestURI") or "").partition("?")[2]
    mood = Mood.DRY_RUN if mood is not Mood.REFUSED and requests.is_dry(asked) else mood
    partly = event["verb"] == "patch" or part == "scale"  # an update says what stays as it is too
    body = event.get("requestObject") if partly else None
    body = {"spec": body["spec"]} if isinstance(body, dict) and "spec" in body else body
    fields = tuple(patches.fields_of({"patch": body})) if isinstance(body, dict | list) else ()
    target = Ref(kind, str(about.get("namespace") or ""), str(about.get("name") or ""))
    return [Act(_PARTS.get(part, verb), event["verb"], mood, (target,), None, fields)]


def _audited(audit: JsonObject) -> list[Act]:
    """``io.k8s.apps.v1.deployments.patch`` on ``apps/v1/namespaces/shop/deployments/web``."""
    method = _METHOD.fullmatch(audit["methodName"])
    if method is None:
        return _operated(audit)
    verb = _VERBS.get(method["verb"], "")
    part = method["sub"] or ""
    if not verb or (part and part not in _PARTS):
        return []
    kind = kinds.of_word(method["resource"])
    found = _OBJECT.fullmatch(str(audit.get("resourceName") or ""))
    target = Ref(kind, (found["namespace"] or "") if found else "", found["name"] if found else "")
    request = audit.get("request")
    fields = tuple(patches.fields_of({"patch": request})) if verb == "patch" and isinstance(request, dict) else ()
    return [Act(_PARTS.get(part, verb), audit["methodName"], _mood(audit), (target,), None, fields)]


def _operated(audit: JsonObject) -> list[Act]:
    """``google.container.v1.ClusterManager.SetNodePoolSize``: an operation of the cloud itself."""
    name = audit["methodName"].rpartition(".")[2]
    resource, _, last = str(audit.get("resourceName") or "").rpartition("/")
    named = verbs.of_name(name)
    if named is None or not last:
        return []
    kind = kinds.of_word(resource.rpartition("/")[2]) or kinds.in_words(verbs.parts(name))
    return [Act(named.verb, name, _mood(audit), (Ref(kind, "", last),))]


def _mood(audit: JsonObject) -> Mood:
    status = audit.get("status")
    return Mood.REFUSED if isinstance(status, dict) and status.get("code") not in (None, 0) else Mood.DONE


def _called(document: JsonObject, request: JsonObject) -> list[Act]:
    """CloudTrail's record of a call: its name, what it was called with, and whether it failed."""
    named = verbs.of_name(document["eventName"])
    if named is None:
        return []
    pairs = leaves(request)[: patches.MAX_FIELDS]
    targets = choice.choose(choice.candidates(pairs, bare=3), named.verb, "")
    fields = tuple(in_attributes(pairs, named.verb))
    verb = "scale" if fields and all(field.path == "replicas" for field in fields) else named.verb
    mood = Mood.REFUSED if document.get("errorCode") else Mood.DONE
    return [Act(verb, document["eventName"], mood, targets, None, fields)]


def _decided(decision: JsonObject) -> list[Act]:
    """What GKE's autoscaler decides: nodes that go, groups that grow, pools that come and go."""
    acts = [_act("delete", "Node", each, "node") for each in _list(decision, "scaleDown", "nodesToBeRemoved")]
    acts += [_act("scale", "NodeGroup", each, "mig") for each in _list(decision, "scaleUp", "increasedMigs")]
    for key in ("nodePoolCreated", "nodePoolCreate"):
        acts += [_act("create", "NodePool", {"pool": each}, "pool") for each in _list(decision, key, "nodePools")]
    gone = _list(decision, "nodePoolDeleted", "nodePoolNames") + _list(decision, "nodePoolDelete", "nodePoolNames")
    acts += [Act("delete", "delete", Mood.PLANNED, (Ref("NodePool", "", str(name)),)) for name in gone]
    return [act for act in acts if act.targets[0].name][:MOST]


def _act(verb: str, kind: str, item: Any, key: str) -> Act:
    about = item.get(key) if isinstance(item, dict) else None
    name = about.get("name") if isinstance(about, dict) else ""
    return Act(verb, verb, Mood.PLANNED, (Ref(kind, "", str(name or "")),))


def _list(decision: JsonObject, key: str, inner: str) -> list[Any]:
    part = decision.get(key)
    found = part.get(inner) if isinstance(part, dict) else None
    return found if isinstance(found, list) else []
