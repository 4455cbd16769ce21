"""Who is at the keyboard: the Kubernetes identity, the login behind ``sudo`` and the address behind SSH."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from opsconsole import __version__
from opsconsole.journal.entry import Who
from opsconsole.records import Identity
from opsconsole.text import clean_line


def whoami(identity: Identity | None = None, environ: Mapping[str, str] = os.environ) -> Who:
    """Put together who acts.

    Args:
        identity: what the API server answered to a SelfSubjectReview; ``None`` where it was not asked.
        environ: ``SUDO_USER``, ``LOGNAME``, ``USER`` (the first that is set) and ``SSH_CONNECTION`` are read. Both can
            be forged by whoever acts; the Kubernetes identity can't.
    """
    identity = identity or Identity()
    login = next(
        (environ[name] for name in ("SUDO_USER", "LOGNAME", "USER") if environ.get(name)), f"uid {os.getuid()}"
    )
    client = (environ.get("SSH_CONNECTION") or environ.get("SSH_CLIENT") or "").split(" ")[0]
    return Who(
        user=identity.user,
        groups=identity.groups,
        context=identity.context,
        server=identity.server,
        login=clean_line(login, 128),
        client=clean_line(client, 128),
        host=clean_line(socket.gethostname(), 256),
        pid=os.getpid(),
        version=__version__,
    )
