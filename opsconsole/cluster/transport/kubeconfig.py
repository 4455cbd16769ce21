"""The way to the cluster: server, trust and credentials from a kubeconfig, or from inside a pod.

Certificates, tokens and exec plugins are read here directly. What is rarer (OIDC and gcp auth providers, proxies, the
in-cluster files) is the kubernetes package's job and imports it only then: 250 ms of CPU and 20 MB that the first
screen of an ordinary kubeconfig need not wait for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.transport import execplugin
from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.impersonation import Impersonation, of_user
from opsconsole.cluster.transport.times import seconds
from opsconsole.text import clean_line

REREAD = 60.0
"""Seconds after which a token file is read again: the kubelet renews projected tokens long before they expire."""

_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Tls(msgspec.Struct, frozen=True):
    """Whom to trust and what to show, as PEM. Never shown and never logged."""

    ca: bytes = b""
    certificate: bytes = b""
    key: bytes = b""
    verify: bool = True
    server_name: str = ""

    def __repr__(self) -> str:
        return "Tls(…)"


class Pin(msgspec.Struct, frozen=True):
    """What the first look at the kubeconfig decided, by raw names: a renewal of credentials must not change it.

    ``context`` is empty for the files inside a pod; ``trust`` is the digest of whom is trusted, and how.
    """

    context: str
    server: str
    user: str
    trust: str
    namespace: str = ""

    def check(self, now: Pin) -> None:
        """Compare with what the kubeconfig says ``now``.

        The namespace is not compared: people change it all the time, and the one that was read first is used on.

        Raises:
            AccessError: it leads to another cluster, or to another user of it.
        """
        what = f"context {clean_line(self.context, 200)} of the kubeconfig" if self.context else "the in-cluster access"
        was, is_now = clean_line(self.server, 200), clean_line(now.server, 200)
        if now.server != self.server:
            changed = f"has another server now: it was {was} at the start and is {is_now}"
        elif now.trust != self.trust:
            changed = f"trusts another certificate authority for {was} than at the start"
        elif now.user != self.user:
            names = clean_line(self.user, 200), clean_line(now.user, 200)
            changed = f"has another user now: it was {names[0] or 'none'} at the start and is {names[1] or 'none'}"
        else:
            return
        raise AccessError(f"{what} {changed}; start opsconsole again if that is meant")


class ClusterAccess(msgspec.Struct, frozen=True):
    """A snapshot of how to reach the cluster, good until ``expires`` (epoch seconds, ``None``: until refused).

    ``authorization`` is the header's value, empty where a certificate speaks for us.
    """

    server: str
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    proxy: str = ""
    tls: Tls = Tls()
    authorization: str = ""
    impersonation: Impersonation = Impersonation()
    expires: float | None = None
    pin: Pin = Pin("", "", "", "")

    def __repr__(self) -> str:
        return f"Access(server={self.server!r}, context={self.context!r}, …)"

    @property
    def transport(self) -> tuple[str, str, Tls]:
        """What connections depend on; a renewed token alone does not need new ones."""
        return self.server, self.proxy, self.tls


class _Entry(msgspec.Struct, frozen=True):
    """A named section of a kubeconfig and the folder that its relative paths start from."""

    body: dict[str, Any]
    folder: str


class _Config(msgspec.Struct):
    current: str = ""
    clusters: dict[str, _Entry] = {}
    users: dict[str, _Entry] = {}
    contexts: dict[str, _Entry] = {}


def load(
    kubeconfig: str,
    context: str,
    clock: Clock,
    environ: Mapping[str, str] = os.environ,
    pin: Pin | None = None,
) -> ClusterAccess:
    """Read how to reach the cluster, running a credential plugin where the kubeconfig says so.

    Args:
        kubeconfig: path, or several with colons between; empty: ``$KUBECONFIG``, else ``~/.kube/config``.
        context: name of a context; empty: the current one.
        clock: for the time at which token files are read again.
        environ: where ``KUBECONFIG``, proxies and the in-cluster address come from.
        pin: what an earlier look decided. Its context is read, whatever the current one is by now.

    Raises:
        AccessError: says which file, context or plugin is at fault, or what does not fit ``pin``; no credential plugin
            was run then.
    """
    named = kubeconfig or environ.get("KUBECONFIG", "")
    files = [Path(part).expanduser() for part in (named or "~/.kube/config").split(os.pathsep) if part]
    present = [path for path in files if path.exists()]
    if not present or (pin is not None and not pin.context):
        return _in_cluster(files, context, clock, environ, pin)
    config = _merge(present)
    name = pin.context if pin is not None else context or config.current
    where = _find(config.contexts, "context", name).body
    cluster = _find(config.clusters, "cluster", str(where.get("cluster") or ""))
    user = _find(config.users, "user", str(where["user"])) if where.get("user") else _Entry({}, "")
    server = str(cluster.body.get("server") or "").rstrip("/")
    if urlsplit(server).scheme not in {"http", "https"}:
        raise AccessError(f"the cluster of context {clean_line(name, 200)} has no server address that can be used")
    tls = _tls(cluster, user)
    namespace = clean_line(str(where.get("namespace") or ""), 63)
    found = Pin(name, server, str(where.get("user") or ""), _trust(tls), namespace)
    if pin is not None:
        pin.check(found)
    access = ClusterAccess(
        server=server,
        context=clean_line(name, 200),
        cluster=clean_line(str(where.get("cluster")), 200),
        namespace=(pin or found).namespace,
        proxy=_proxy(str(cluster.body.get("proxy-url") or ""), server, environ),
        impersonation=of_user(user.body),
        tls=tls,
        pin=pin or found,
    )
    if "auth-provider" in user.body:
        return _by_library(present, name, access, clock)
    return _with_credentials(access, cluster, user, clock, environ)


def _merge(files: list[Path]) -> _Config:
    """Lay several kubeconfigs over each other: the first one that names a thing wins, as with kubectl."""
    merged = _Config(clusters={}, users={}, contexts={})
    for path in files:
        document = _parse(path)
        merged.current = merged.current or str(document.get("current-context") or "")
        for into, plural in ((merged.clusters, "clusters"), (merged.users, "users"), (merged.contexts, "contexts")):
            for each in document.get(plural) or ():
                if not isinstance(each, dict) or "name" not in each:
                    raise AccessError(f"{path}: an entry of {plural} has no name")
                body = each.get(plural.removesuffix("s")) or {}
                if not isinstance(body, dict):
                    raise AccessError(f"{path}: {plural} entry {each['name']} is no mapping")
                into.setdefault(str(each["name"]), _Entry(body, str(path.parent)))
    return merged


def _parse(path: Path) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - 30 ms, on a feed's thread instead of before the first frame

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506 - both loaders are safe ones
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(f"the kubeconfig {path} can't be read: {getattr(error, 'strerror', error)}") from error
    except yaml.YAMLError as error:
        # Not the parser's text: it quotes the file, and the file holds tokens.
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = f" (line {line + 1})" if line is not None else ""
        raise AccessError(f"the kubeconfig {path} is no YAML{at}") from None
    if not isinstance(document, dict):
        raise AccessError(f"the kubeconfig {path} is empty or no mapping")
    return document


def _find(entries: dict[str, _Entry], what: str, name: str) -> _Entry:
    entry = entries.get(name)
    if entry is None:
        known = ", ".join(sorted(clean_line(each, 80) for each in entries)[:10]) or "none"
        asked = f"no {what} named {clean_line(name, 200)}" if name else f"no current {what}"
        raise AccessError(f"the kubeconfig has {asked}; it has: {known}")
    return entry


def _tls(cluster: _Entry, user: _Entry) -> Tls:
    return Tls(
        ca=_material(cluster, "certificate-authority"),
        certificate=_material(user, "client-certificate"),
        key=_material(user, "client-key"),
        verify=not cluster.body.get("insecure-skip-tls-verify"),
        server_name=str(cluster.body.get("tls-server-name") or ""),
    )


def _trust(tls: Tls) -> str:
    """The digest of whom ``tls`` trusts. Not of what it shows: certificates are renewed."""
    parts = (hashlib.sha256(tls.ca).hexdigest(), str(tls.verify), tls.server_name)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _material(entry: _Entry, key: str) -> bytes:
    """Return ``key-data``, decoded, or what is in the file that ``key`` names."""
    if entry.body.get(f"{key}-data"):
        try:
            return base64.b64decode(str(entry.body[f"{key}-data"]), validate=True)
        except binascii.Error:
            raise AccessError(f"{key}-data in the kubeconfig is no base64") from None
    return _contents(entry, key) if entry.body.get(key) else b""


def _contents(entry: _Entry, key: str) -> bytes:
    path = Path(entry.folder, str(entry.body[key])).expanduser()
    try:
        return path.read_bytes()
    except OSError as error:
        raise AccessError(f"{key} of the kubeconfig, {path}, can't be read: {error.strerror}") from error


def _with_credentials(
    access: ClusterAccess, cluster: _Entry, user: _Entry, clock: Clock, environ: Mapping[str, str]
) -> ClusterAccess:
    """Add the first of token, token file, exec plugin and password that the user has, as kubectl would."""
    replace = msgspec.structs.replace
    if user.body.get("token"):
        return replace(access, authorization=f"Bearer {user.body['token']}")
    if user.body.get("tokenFile"):
        token = _contents(user, "tokenFile").decode("utf-8", "replace").strip()
        return replace(access, authorization=f"Bearer {token}", expires=clock.now() + REREAD)
    if isinstance(user.body.get("exec"), dict):
        given = execplugin.run(user.body["exec"], cluster.body, user.folder, environ)
        certificate, key = given.client_certificate_data.encode(), given.client_key_data.encode()
        tls = replace(access.tls, certificate=certificate, key=key) if certificate and key else access.tls
        authorization = f"Bearer {given.token}" if given.token else ""
        return replace(access, tls=tls, authorization=authorization, expires=seconds(given.expiration_timestamp))
    if user.body.get("username"):
        pair = f"{user.body['username']}:{user.body.get('password') or ''}".encode()
        return replace(access, authorization=f"Basic {base64.b64encode(pair).decode()}")
    return access


def _proxy(explicit: str, server: str, environ: Mapping[str, str]) -> str:
    """Return the proxy to go through, by the kubernetes package's own rules, ``NO_PROXY`` included."""
    if explicit:
        return explicit
    if not any(environ.get(name) for name in _PROXY_VARIABLES):
        return ""
    from kubernetes.client import Configuration  # noqa: PLC0415
    from kubernetes.client.rest import should_bypass_proxies  # noqa: PLC0415

    configuration = Configuration()
    configuration.host = server
    bypassed = should_bypass_proxies(server, configuration.no_proxy or "")
    return "" if bypassed else configuration.proxy or ""


def _by_library(files: list[Path], context: str, access: ClusterAccess, clock: Clock) -> ClusterAccess:
    """Let the kubernetes package log in (OIDC refresh tokens, gcp) and take over what it found."""
    from kubernetes.client import Configuration  # noqa: PLC0415
    from kubernetes.config import load_kube_config  # noqa: PLC0415

    configuration = Configuration()
    try:
        load_kube_config(  # type: ignore[no-untyped-call]
            config_file=os.pathsep.join(map(str, files)), context=context, client_configuration=configuration
        )
        token = configuration.get_api_key_with_prefix("BearerToken")
    except Exception as error:  # whatever the provider's libraries raise, it means: no credentials
        name = type(error).__name__
        raise AccessError(f"the auth provider of context {access.context} gave no credentials ({name})") from error
    if not token:
        raise AccessError(f"the auth provider of context {access.context} gave no token; log in again")
    return msgspec.structs.replace(access, authorization=token, expires=clock.now() + REREAD)


def _in_cluster(
    files: list[Path], context: str, clock: Clock, environ: Mapping[str, str], pin: Pin | None = None
) -> ClusterAccess:
    if context or not environ.get("KUBERNETES_SERVICE_HOST"):
        looked = " or ".join(map(str, files))
        raise AccessError(f"there is no kubeconfig at {looked}; name one by --kubeconfig or KUBECONFIG")
    from kubernetes.client import Configuration  # noqa: PLC0415
    from kubernetes.config import ConfigException, incluster_config  # noqa: PLC0415

    configuration = Configuration()
    try:
        incluster_config.load_incluster_config(configuration, try_refresh_token=False)  # type: ignore[no-untyped-call]
        ca = Path(str(configuration.ssl_ca_cert)).read_bytes()
    except (ConfigException, OSError) as error:
        raise AccessError(f"in-cluster access does not work: {clean_line(str(error), 200)}") from error
    folder = Path(incluster_config.SERVICE_TOKEN_FILENAME).parent
    namespace = folder / "namespace"
    own = clean_line(namespace.read_text().strip(), 63) if namespace.exists() else ""
    tls = Tls(ca=ca)
    found = Pin("", configuration.host, "", _trust(tls), own)
    if pin is not None:
        # Its CA is a file that the kubelet keeps up to date, so a new one is no other cluster.
        msgspec.structs.replace(pin, trust=found.trust).check(found)
    return ClusterAccess(
        server=configuration.host,
        context="in-cluster",
        cluster="in-cluster",
        namespace=(pin or found).namespace,
        tls=tls,
        pin=pin or found,
        authorization=configuration.api_key["BearerToken"],
        expires=clock.now() + REREAD,
    )
