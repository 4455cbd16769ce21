"""Which cluster this is: the UID of the namespace ``kube-system``, which lives as long as the cluster does."""

from __future__ import annotations

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport.errors import Denied, NotFound

_KUBE_SYSTEM = "/api/v1/namespaces/kube-system"


class _Metadata(Wire):
    uid: str = ""


class _Named(Wire):
    metadata: _Metadata


class _NamedList(Wire):
    items: list[_Named] | None = None


def cluster_uid(api: Api, timeout: float | None = None) -> str:
    """Ask for it. Whoever may not read the namespace may be allowed to list namespaces.

    Empty where neither is allowed, or it is not there.

    Raises:
        ClusterError: the server can't be reached, or fails.
    """
    try:
        return decode(api.request("GET", _KUBE_SYSTEM, timeout=timeout), _Named).metadata.uid
    except NotFound:
        return ""
    except Denied:
        query = {"fieldSelector": "metadata.name=kube-system"}
    try:
        body = api.request("GET", "/api/v1/namespaces", query=query, timeout=timeout)
    except (Denied, NotFound):
        return ""
    return next((each.metadata.uid for each in decode(body, _NamedList).items or ()), "")
