"""A kubeconfig for the rehearsal's server, in a private folder that only the user can read."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


def write(path: Path, server: str, token: str, *, context: str, user: str, namespace: str, ca_file: str = "") -> None:
    """Write a kubeconfig (JSON is YAML) that holds ``token``, readable by its owner alone."""
    cluster = {"server": server} | ({"certificate-authority": ca_file} if ca_file else {})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": user, "namespace": namespace}}],
        "current-context": context,
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(config), indent=2))
