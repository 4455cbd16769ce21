"""Kubeconfig files for a test cluster, complete in themselves: certificates and tokens are inside."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.plane.certificates import KeyPair


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The server that a kubeconfig points to."""

    url: str
    ca: bytes
    cluster: str = "testbed"


def with_certificate(endpoint: Endpoint, user: str, pair: KeyPair, namespace: str = "default") -> dict[str, Any]:
    """Return a kubeconfig of a user with a client certificate."""
    credentials = {
        "client-certificate-data": _encode(pair.certificate),
        "client-key-data": _encode(pair.key),
    }
    return _document(endpoint, user, credentials, namespace)


def with_token(endpoint: Endpoint, user: str, token: str, namespace: str = "default") -> dict[str, Any]:
    """Return a kubeconfig of a user with a bearer token."""
    return _document(endpoint, user, {"token": token}, namespace)


def of_webhook(url: str) -> dict[str, Any]:
    """Return a kubeconfig that tells the API server where a webhook is."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "webhook", "cluster": {"server": url}}],
        "users": [{"name": "api-server", "user": {}}],
        "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "api-server"}}],
        "current-context": "webhook",
    }


def write(path: Path, document: dict[str, Any]) -> Path:
    """Write ``document`` so that only this user can read it, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def _document(endpoint: Endpoint, user: str, credentials: dict[str, str], namespace: str) -> dict[str, Any]:
    context = f"{user}@{endpoint.cluster}"
    cluster = {"server": endpoint.url, "certificate-authority-data": _encode(endpoint.ca)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": endpoint.cluster, "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": context, "context": {"cluster": endpoint.cluster, "user": user, "namespace": namespace}}],
        "current-context": context,
    }


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
