"""Trust and credentials of a kubeconfig's entries, by client-go's rules; where it refuses, so do we, and say why."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.kubeconfig.file import KubeconfigEntry
from opsconsole.files.bounded import read_bounded

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_MAX_FILE = 4 << 20


class Tls(msgspec.Struct, frozen=True):
    """Whom to trust and what to show, as PEM. Never shown and never logged."""

    ca: bytes = b""
    certificate: bytes = b""
    key: bytes = b""
    verify: bool = True
    server_name: str = ""

    def __repr__(self) -> str:
        return "Tls(…)"


def tls_of(cluster: KubeconfigEntry, user: KubeconfigEntry) -> Tls:
    """Read whom to trust and what certificate to show.

    Raises:
        AccessError: a file can't be read, data is no base64, or the entries contradict each other.
    """
    skip = bool(cluster.body.get("insecure-skip-tls-verify"))
    if skip and (cluster.body.get("certificate-authority") or cluster.body.get("certificate-authority-data")):
        raise AccessError("the kubeconfig has a certificate authority and insecure-skip-tls-verify: only one can count")
    _only_one(cluster, "certificate-authority")
    certificate = b""
    key = b""
    if user.body.get("client-certificate") or user.body.get("client-certificate-data"):
        _only_one(user, "client-certificate")
        _only_one(user, "client-key")
        certificate, key = material(user, "client-certificate"), material(user, "client-key")
        if not key:
            raise AccessError("the kubeconfig has a client-certificate without a client-key")
    return Tls(
        ca=certificates(material(cluster, "certificate-authority")),
        certificate=certificate,
        key=key,
        verify=not skip,
        server_name=str(cluster.body.get("tls-server-name") or ""),
    )


def certificates(bundle: bytes) -> bytes:
    """Return the PEM blocks of a bundle without what stands between them: comments in any language and encoding.

    Raises:
        AccessError: there is something, and no certificate in it.
    """
    found = [block.group() for block in _BLOCK.finditer(bundle) if block.group(1) == b"CERTIFICATE"]
    if bundle and not found:
        raise AccessError("the kubeconfig's certificate-authority holds no PEM certificate")
    return b"\n".join(found) + b"\n" if found else b""


def material(entry: KubeconfigEntry, key: str) -> bytes:
    """Return ``key-data``, decoded, or what is in the file that ``key`` names.

    Raises:
        AccessError: no base64, or no such file.
    """
    if entry.body.get(f"{key}-data"):
        # Line breaks in it (a block scalar, `base64` without -w0) are fine for Go too.
        text = str(entry.body[f"{key}-data"]).replace("\r", "").replace("\n", "")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise AccessError(f"{key}-data in the kubeconfig is no base64") from None
    return contents(entry, key) if entry.body.get(key) else b""


def contents(entry: KubeconfigEntry, key: str) -> bytes:
    """Return what is in the file that ``key`` names, relative to the kubeconfig's folder.

    Raises:
        AccessError: it can't be read, or is far too long.
    """
    path = Path(entry.folder, str(entry.body[key]))
    try:
        found = read_bounded(path, _MAX_FILE)
    except OSError as error:
        raise AccessError(f"{key} of the kubeconfig, {path}, can't be read: {error.strerror}") from error
    if len(found) > _MAX_FILE:
        raise AccessError(f"{key} of the kubeconfig, {path}, has more than {_MAX_FILE >> 20} MiB")
    return found


def token_of(user: KubeconfigEntry) -> tuple[str, bool]:
    """Return the user's bearer token, and whether it is in a file that is to be read again. The file goes first.

    Raises:
        AccessError: there is a token file alone, and it can't be read or is empty.
    """
    token = str(user.body.get("token") or "")
    if not user.body.get("tokenFile"):
        return token, False
    try:
        found = contents(user, "tokenFile").decode("utf-8", "surrogateescape").strip()
    except AccessError:
        if not token:
            raise
        found = ""
    if not (found or token):
        raise AccessError("tokenFile of the kubeconfig names an empty file")
    return found or token, True


def basic_of(user: Mapping[str, Any]) -> str:
    """Return the header for a user name with a password; empty where there is neither.

    Raises:
        AccessError: there is a token too.
    """
    name, password = user.get("username") or "", user.get("password") or ""
    if not (name or password):
        return ""
    if user.get("token") or user.get("tokenFile"):
        raise AccessError("the kubeconfig's user has a token and a password: only one can count")
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _only_one(entry: KubeconfigEntry, key: str) -> None:
    if entry.body.get(key) and entry.body.get(f"{key}-data"):
        raise AccessError(f"the kubeconfig has both {key} and {key}-data: only one can count")
