"""A certificate for the loopback server, made by ``openssl`` where there is one: kubectl sends no token without TLS."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

_SECONDS = 10.0


class TlsIdentity(NamedTuple):
    """A server's context, and the file that its clients must trust."""

    context: ssl.SSLContext
    ca_file: Path


def make_identity(folder: Path) -> TlsIdentity | None:
    """Make a key and a self-signed certificate for 127.0.0.1 in ``folder``; ``None`` where ``openssl`` can't."""
    key, certificate = folder / "server.key", folder / "server.crt"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "3", "-subj", "/CN=opsconsole rehearsal", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    try:
        key.touch(mode=0o600)
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS, stdin=subprocess.DEVNULL)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    except (OSError, subprocess.SubprocessError):
        return None
    return TlsIdentity(context, certificate)
