"""Who the API server says we are, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import decode, whoami
from opsconsole.cluster.transport.errors import NotFound
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
    version = decode(connection.request("GET", "/version", timeout=timeout), _Version)
    return Identity(
        user=user,
        groups=groups,
        context=access.context,
        cluster=access.cluster,
        server=clean_line(access.server, 253),
        version=clean_line(version.git_version, 64),
        namespace=connection.settings.namespace or access.namespace or "default",
    )
