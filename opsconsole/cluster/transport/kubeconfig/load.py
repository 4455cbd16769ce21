"""The way to the cluster: server, trust and credentials from a kubeconfig, or from inside a pod.

Certificates, tokens, proxies and exec plugins are read directly, by client-go's rules;
``tests/cluster/transport/login/test_matrix.py`` runs kubectl and this on the same files. What is rarer (OIDC and gcp
auth providers, the in-cluster files) is the kubernetes package's job and imports it only then: 250 ms of CPU and 20 MB
that the first screen of an ordinary kubeconfig need not wait for.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.impersonation import Impersonation, of_user
from opsconsole.cluster.transport.kubeconfig import execplugin
from opsconsole.cluster.transport.kubeconfig.credentials import Tls, basic_of, tls_of, token_of
from opsconsole.cluster.transport.kubeconfig.file import KubeconfigEntry, Merged, find, merge
from opsconsole.cluster.transport.kubeconfig.others import remarks_on
from opsconsole.cluster.transport.kubeconfig.proxies import on_loopback, proxy_for
from opsconsole.cluster.transport.times import seconds
from opsconsole.text import clean_line

REREAD = 60.0
"""Seconds after which a token file is read again: the kubelet renews projected tokens long before they expire."""


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

    ``good_for`` are the seconds after which it is to be made anew, counted from now; ``None``: no such time.
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
    good_for: float | None = None
    pin: Pin = Pin("", "", "", "")
    remarks: tuple[str, ...] = ()
    """Which files of the kubeconfig others may change, in words."""

    def __repr__(self) -> str:
        return f"Access(server={self.server!r}, context={self.context!r}, …)"

    @property
    def transport(self) -> tuple[str, str, Tls]:
        """What connections depend on; a renewed token alone does not need new ones."""
        return self.server, self.proxy, self.tls


def load(
    kubeconfig: str,
    context: str,
    environ: Mapping[str, str] = os.environ,
    pin: Pin | None = None,
    *,
    tell: execplugin.Tell = lambda _words: None,
) -> ClusterAccess:
    """Read how to reach the cluster, running a credential plugin where the kubeconfig says so.

    Args:
        kubeconfig: path, or several with colons between; empty: ``$KUBECONFIG``, else ``~/.kube/config``.
        context: name of a context; empty: the current one.
        environ: where ``KUBECONFIG``, proxies and the in-cluster address come from.
        tell: told what a credential plugin says to the operator (where to log in) while it waits, then an empty text.
        pin: what an earlier look decided. Its context is read, whatever the current one is by now.

    Raises:
        AccessError: says which file, context or plugin is at fault, or what does not fit ``pin``; no credential plugin
            was run then.
    """
    named = kubeconfig or environ.get("KUBECONFIG", "")
    files = [Path(part).expanduser() for part in (named or "~/.kube/config").split(os.pathsep) if part]
    present = [path for path in files if path.exists()]
    config = merge(present) if pin is None or pin.context else Merged()
    if config.empty:
        return _in_cluster(files, context, environ, pin)
    name = pin.context if pin is not None else context or config.current
    access, cluster, user = _of_context(config, name, environ, pin)
    access = msgspec.structs.replace(access, remarks=remarks_on(present, cluster, user, environ))
    if not access.server.startswith("https:") and not on_loopback(access.server):
        return access  # like client-go, no credentials in the clear; to this machine itself they are sent
    if user.body.get("auth-provider") and not user.body.get("exec"):
        return _by_library(present, name, access)
    return _with_credentials(access, cluster, user, environ=environ, tell=tell)


def _of_context(
    config: Merged, name: str, environ: Mapping[str, str], pin: Pin | None
) -> tuple[ClusterAccess, KubeconfigEntry, KubeconfigEntry]:
    """Return what a context says before any credential is fetched, with its cluster and its user."""
    where = find(config.contexts, "context", name).body
    cluster = find(config.clusters, "cluster", str(where.get("cluster") or ""))
    user = find(config.users, "user", str(where["user"])) if where.get("user") else KubeconfigEntry({}, "")
    server = _server(name, str(cluster.body.get("server") or ""))
    tls = tls_of(cluster, user)
    impersonation = of_user(user.body)
    namespace = clean_line(str(where.get("namespace") or ""), 63)
    who = f"{where.get('user') or ''}{impersonation.words}"
    found = Pin(name, server, who, _trust(tls), namespace)
    if pin is not None:
        pin.check(found)
    access = ClusterAccess(
        server=server,
        context=clean_line(name, 200),
        cluster=clean_line(str(where.get("cluster")), 200),
        namespace=(pin or found).namespace,
        proxy=proxy_for(str(cluster.body.get("proxy-url") or ""), server, environ),
        impersonation=impersonation,
        tls=tls,
        pin=pin or found,
    )
    return access, cluster, user


def _server(context: str, text: str) -> str:
    """Return the API server's URL; ``host:port`` alone is plain HTTP, as for client-go."""
    parts = urlsplit(text)
    if parts.scheme.lower() not in {"http", "https"} and re.fullmatch(r"[^/:@?#]+:[0-9]+/?", text):
        parts = urlsplit(f"http://{text}")
    try:
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise AccessError(f"the cluster of context {clean_line(context, 200)} has no server address that can be used")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def _trust(tls: Tls) -> str:
    """The digest of whom ``tls`` trusts. Not of what it shows: certificates are renewed."""
    parts = (hashlib.sha256(tls.ca).hexdigest(), str(tls.verify), tls.server_name)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _with_credentials(
    access: ClusterAccess,
    cluster: KubeconfigEntry,
    user: KubeconfigEntry,
    *,
    environ: Mapping[str, str],
    tell: execplugin.Tell,
) -> ClusterAccess:
    """Add token, password or what the exec plugin gives, in the order in which client-go lets one win."""
    replace = msgspec.structs.replace
    basic = basic_of(user.body)
    token, renewed = token_of(user)
    if token:
        return replace(access, authorization=f"Bearer {token}", good_for=REREAD if renewed else None)
    if basic:
        return replace(access, authorization=basic)
    if user.body.get("exec"):
        if user.body.get("auth-provider"):
            raise AccessError("the kubeconfig's user has an auth-provider and an exec plugin: only one can count")
        given = execplugin.run(user.body["exec"], cluster.body, user.folder, environ, tell)
        certificate, key = given.client_certificate_data.encode(), given.client_key_data.encode()
        tls = replace(access.tls, certificate=certificate, key=key) if certificate and key else access.tls
        authorization = f"Bearer {given.token}" if given.token else ""
        return replace(access, tls=tls, authorization=authorization, expires=seconds(given.expiration_timestamp))
    return access


def _by_library(files: list[Path], context: str, access: ClusterAccess) -> ClusterAccess:
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
    return msgspec.structs.replace(access, authorization=token, good_for=REREAD)


def _in_cluster(files: list[Path], context: str, environ: Mapping[str, str], pin: Pin | None = None) -> ClusterAccess:
    if context or not environ.get("KUBERNETES_SERVICE_HOST"):
        looked = " or ".join(map(str, files))
        what = "the kubeconfig is empty:" if any(path.exists() for path in files) else "there is no kubeconfig at"
        raise AccessError(f"{what} {looked}; name one by --kubeconfig or KUBECONFIG")
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
        good_for=REREAD,
    )
