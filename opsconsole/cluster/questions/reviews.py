"""Asks the API server who we are, what we may do and what others may do. The POSTs made here store nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, Denied
from opsconsole.decoding import decoder_of
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.text import clean_line

_BY_BINDING = re.compile(r'^RBAC: allowed by (ClusterRoleBinding|RoleBinding) "((?:[^"\\]|\\.)*)" of ')
"""How RBAC gives its reason: the binding's name in Go's quotes, a RoleBinding's with ``/namespace`` behind it."""

_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", re.DOTALL)
_PLAIN_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BY_RBAC = "RBAC: allowed by "
_IDENTITY = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_Shape = TypeVar("_Shape")


class RequestOptions(TypedDict, total=False):
    """What may be said of a request besides its method and path."""

    query: Mapping[str, str | int | bool | None] | None
    body: Any
    content_type: str
    accept: str
    timeout: float | None


class Api(Protocol):
    """What is needed of :class:`opsconsole.cluster.transport.connection.Connection`."""

    def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> bytes:
        """Make one request and return the body of its 2xx answer, or raise a ``ClusterError``."""
        ...


class Access(Record, frozen=True, order=True):
    """One question to an authorizer. An empty namespace asks for all namespaces (or a cluster-wide object)."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        named = f" {self.name}" if self.name else ""
        return f"{self.verb} {resource}{named}" + (f" -n {self.namespace}" if self.namespace else "")


class Review(Record, frozen=True):
    """What an authorizer said. ``allowed`` is ``None`` where it can't be known; ``reason`` says why, or by what.

    ``binding`` is the binding by which RBAC allows it, its name as it is; ``None`` where no binding is named.
    ``foreign`` is true where it is allowed by another authorizer than RBAC: no binding can be taken away then.
    """

    allowed: bool | None
    reason: str = ""
    binding: Ref | None = None
    foreign: bool = False


def whoami(api: Api, timeout: float | None = None) -> tuple[str, tuple[str, ...]]:
    """Our user name and groups, as the API server sees us (SelfSubjectReview).

    Raises:
        ClusterError: it does not say.
    """
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = decode(api.request("POST", _IDENTITY, body=body, timeout=timeout), _SelfReview)
    info = answer.status.user_info
    return clean_line(info.username), tuple(clean_line(group) for group in info.groups or ())


def may_i(api: Api, access: Access, timeout: float | None = None) -> Review:
    """Ask whether we may do something (SelfSubjectAccessReview). Never raises: unknown is an answer."""
    return _review(api, "SelfSubjectAccessReview", {"resourceAttributes": _attributes(access)}, timeout)


class TokenFields(Record, frozen=True):
    """What a request carries beside its user and groups. RBAC looks at none of it; a webhook may decide by it.

    ``extra`` are the further fields of a user, each with its values; of a pod's token they name the pod and its node.
    """

    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


_BARE = TokenFields()


def may(
    api: Api,
    user: str,
    groups: Sequence[str],
    access: Access,
    timeout: float | None = None,
    *,
    credential: TokenFields = _BARE,
) -> Review:
    """Ask whether somebody else may do something (SubjectAccessReview). Never raises: unknown is an answer.

    Where we may not ask for the whole cluster, the namespace's own review is tried (LocalSubjectAccessReview).

    A ServiceAccount's groups are not added by the server: all of them must be in ``groups``, or a grant to a group
    is missed and the answer is a false "denied".
    """
    spec: dict[str, Any] = {"groups": list(groups), "resourceAttributes": _attributes(access)}
    spec |= {"user": user} if user else {}
    spec |= {"uid": credential.uid} if credential.uid else {}
    spec |= {"extra": {name: list(values) for name, values in credential.extra}} if credential.extra else {}
    try:
        return _verdict(_ask(api, "SubjectAccessReview", spec, "", timeout))
    except Denied as error:
        refusal: ClusterError = error
    except ClusterError as error:
        return Review(None, str(error))
    if not access.namespace:
        return Review(None, str(refusal))
    try:
        return _verdict(_ask(api, "LocalSubjectAccessReview", spec, access.namespace, timeout))
    except ClusterError:
        return Review(None, str(refusal))


def binding_named_by(reason: str) -> Ref | None:
    """The binding that RBAC's reason for an allowed request names; ``None`` where it names none."""
    found = _BY_BINDING.match(reason)
    if found is None:
        return None
    name = _ESCAPE.sub(_unescaped, found[2])
    if found[1] == "ClusterRoleBinding":
        return Ref(found[1], "", name)
    name, _, namespace = name.rpartition("/")  # no name of Kubernetes' holds a slash
    return Ref(found[1], namespace, name)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if code[0] in "xuU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _PLAIN_ESCAPES.get(code, code)


def json_object(data: bytes, about: object = "") -> JsonObject:
    """``data``, an answer, as the JSON object that it must be; ``about`` is what was asked for.

    Raises:
        BadAnswer: it is none.
    """
    where = f"{about}: " if about else ""
    try:
        found: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadAnswer(f"{where}the API server's answer is no JSON") from error
    if not isinstance(found, dict):
        raise BadAnswer(f"{where}the API server's answer is no object")
    return found


def decode(data: bytes, shape: type[_Shape]) -> _Shape:
    """Decode an answer into the shape that it must have.

    Raises:
        BadAnswer: it has another one.
    """
    try:
        return decoder_of(shape).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadAnswer(f"the API server's answer makes no sense: {clean_line(str(error), 200)}") from error


class _UserInfo(Wire):
    username: str = ""
    groups: list[str] | None = None


class _SelfStatus(Wire):
    user_info: _UserInfo


class _SelfReview(Wire):
    status: _SelfStatus


class _Verdict(Wire):
    allowed: bool = False
    reason: str = ""
    evaluation_error: str = ""


class _Review(Wire):
    status: _Verdict
    spec: dict[str, Any] | None = None


def _attributes(access: Access) -> dict[str, str]:
    given = {
        "verb": access.verb,
        "group": access.group,
        "resource": access.resource,
        "subresource": access.subresource,
        "namespace": access.namespace,
        "name": access.name,
    }
    return {key: value for key, value in given.items() if value}


def _review(api: Api, kind: str, spec: Mapping[str, Any], timeout: float | None) -> Review:
    try:
        return _verdict(_ask(api, kind, spec, "", timeout))
    except ClusterError as error:
        return Review(None, str(error))


def _ask(api: Api, kind: str, spec: Mapping[str, Any], namespace: str, timeout: float | None) -> _Verdict:
    body: dict[str, Any] = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    if namespace:
        body["metadata"] = {"namespace": namespace}
    path = paths.collection("authorization.k8s.io", "v1", f"{kind.lower()}s", namespace)
    answer = decode(api.request("POST", path, body=body, timeout=timeout), _Review)
    if answer.spec is not None and _told(answer.spec) != _told(spec):
        raise BadAnswer(f"another question was answered than was asked: an admission webhook changes {kind}s")
    return answer.status


def _told(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A review's question without what is empty. Whoever may write a mutating webhook may change what is asked."""
    return {key: value for key, value in spec.items() if value}


def _verdict(status: _Verdict) -> Review:
    if not status.allowed and status.evaluation_error:
        return Review(None, f"the authorizer could not tell: {clean_line(status.evaluation_error, 300)}")
    foreign = status.allowed and not status.reason.startswith(_BY_RBAC)
    binding = binding_named_by(status.reason) if status.allowed else None
    return Review(status.allowed, clean_line(status.reason, 300), binding, foreign)
