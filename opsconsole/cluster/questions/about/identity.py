"""Who the API server says we are, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.about.cluster_uid import cluster_uid
from opsconsole.cluster.questions.reviews import decode, whoami
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.records import Identity
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection


class _Version(Wire):
    git_version: str = ""


def identity(connection: Connection, timeout: float | None = None) -> Identity:
    """Ask the API server who we are and which version it is.

    The user is empty where the server is older than 1.28 and can't say it.

    Args:
        connection: the cluster.
        timeout: seconds without a byte, if not as the settings say.

    Raises:
        ClusterError: there is no way to the server, or it does not know us at all (401).
    """
    access = connection.access
    try:
        user, groups = whoami(connection, timeout)
    except NotFound:
        user, groups = "", ()
    login = _login(connection, timeout) if access.impersonation.user else ""
    version = decode(connection.request("GET", "/version", timeout=timeout), _Version)
    return Identity(
        user=user,
        login=login,
        groups=groups,
        context=access.context,
        cluster=access.cluster,
        server=clean_line(access.server, 253),
        version=clean_line(version.git_version, 64),
        namespace=", ".join(connection.settings.namespaces) or access.namespace or "default",
        uid=_uid(connection, timeout),
    )


def _uid(connection: Connection, timeout: float | None) -> str:
    try:
        return clean_line(cluster_uid(connection, timeout), 64)
    except ClusterError:
        return ""


class _AsLogin:
    """Makes requests without impersonating anybody."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def request(self, method: str, path: str, **how: Any) -> bytes:
        return self._connection.request(method, path, impersonate=False, **how)


def _login(connection: Connection, timeout: float | None) -> str:
    """Ask who logged in, where the kubeconfig has us act as somebody else."""
    try:
        return whoami(_AsLogin(connection), timeout)[0]
    except ClusterError:
        return "an unknown login"
