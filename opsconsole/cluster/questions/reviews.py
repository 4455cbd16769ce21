"""Asks the API server who we are, what we may do and what others may do. The POSTs made here store nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError
from opsconsole.records import Record
from opsconsole.text import clean_line

_REVIEWS = "/apis/authorization.k8s.io/v1"
_IDENTITY = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_Shape = TypeVar("_Shape")


class Api(Protocol):
    """What is needed of :class:`opsconsole.cluster.transport.connection.Connection`."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | bool | None] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float | None = None,
    ) -> bytes:
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


class Answer(Record, frozen=True):
    """What an authorizer said. ``allowed`` is ``None`` where it can't be known; ``reason`` says why, or by what."""

    allowed: bool | None
    reason: str = ""


def whoami(api: Api, timeout: float | None = None) -> tuple[str, tuple[str, ...]]:
    """Our user name and groups, as the API server sees us (SelfSubjectReview).

    Raises:
        ClusterError: it does not say.
    """
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = decode(api.request("POST", _IDENTITY, body=body, timeout=timeout), _SelfReview)
    info = answer.status.user_info
    return clean_line(info.username), tuple(clean_line(group) for group in info.groups or ())


def may_i(api: Api, access: Access, timeout: float | None = None) -> Answer:
    """Ask whether we may do something (SelfSubjectAccessReview). Never raises: unknown is an answer."""
    return _review(api, "SelfSubjectAccessReview", {"resourceAttributes": _attributes(access)}, timeout)


def may(api: Api, user: str, groups: Sequence[str], access: Access, timeout: float | None = None) -> Answer:
    """Ask whether somebody else may do something (SubjectAccessReview). Never raises: unknown is an answer.

    A ServiceAccount's groups are not added by the server: all of them must be in ``groups``, or a grant to a group
    is missed and the answer is a false "denied".
    """
    spec = {"user": user, "groups": list(groups), "resourceAttributes": _attributes(access)}
    return _review(api, "SubjectAccessReview", spec, timeout)


def decode(data: bytes, shape: type[_Shape]) -> _Shape:
    """Decode an answer into the shape that it must have.

    Raises:
        BadAnswer: it has another one.
    """
    try:
        return msgspec.json.decode(data, type=shape)
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


def _review(api: Api, kind: str, spec: Mapping[str, Any], timeout: float | None) -> Answer:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    try:
        answer = decode(api.request("POST", f"{_REVIEWS}/{kind.lower()}s", body=body, timeout=timeout), _Review)
    except ClusterError as error:
        return Answer(None, str(error))
    status = answer.status
    if not status.allowed and status.evaluation_error:
        return Answer(None, f"the authorizer could not tell: {clean_line(status.evaluation_error, 300)}")
    return Answer(status.allowed, clean_line(status.reason, 300))
