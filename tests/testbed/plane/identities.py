"""Who is who in a test cluster: its certificates, its kubeconfigs, its service accounts' tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from tests.testbed.api import Api
from tests.testbed.plane import kubeconfig
from tests.testbed.plane.certificates import CertificateAuthority, KeyPair, TokenSigner, service_account_claims
from tests.testbed.plane.components import ISSUER, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MASTERS = ("system:masters",)
# By token: the API server verifies a client certificate's signature again for each request, which was a sixth of
# all its work. Whoever else logs in (:meth:`Identities.user_kubeconfig`) does so by certificate.
_BY_TOKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
    "kwok": ("kwok", _MASTERS),
    "admin": ("admin", _MASTERS),
    "testbed": ("testbed", _MASTERS),
}
# Not recorded in the audit log: the cluster's own parts, and the test bed itself.
QUIET_USERS = (
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "system:apiserver",
    "kwok",
    "testbed",
)
# The API server refuses to issue a token that lives shorter than this.
_SHORTEST_TOKEN_REQUEST = 600


class Identities:
    """Issues what the components, the tests and the console under test log in with."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._authority = CertificateAuthority()
        self._signer = TokenSigner()
        self._endpoint = kubeconfig.Endpoint(layout.api_url, self._authority.certificate)
        self._tokens = {name: secrets.token_hex(16) for name in _BY_TOKEN}
        self._write_own_client()

    @property
    def admin_kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._layout.directory / "admin.kubeconfig"

    def api(self) -> Api:
        """Return a client of the quiet user ``testbed``, who may do everything."""
        return Api(self._layout.api_url, self._layout.pki("ca.crt"), token=self._tokens["testbed"])

    def write(self) -> None:
        """Write the certificates and kubeconfigs that the components read."""
        layout = self._layout
        self._write_pair("apiserver", self._authority.serving("kube-apiserver", ["kubernetes.default.svc"]))
        self._write_pair("kubelet", self._authority.serving("kubelet"))
        self._write_pair("apiserver-kubelet", self._authority.client("kube-apiserver-kubelet", _MASTERS))
        self._write_secret(layout.pki("service-account.key"), self._signer.private_pem)
        lines = []
        for name, (user, groups) in _BY_TOKEN.items():
            token = self._tokens[name]
            document = kubeconfig.with_token(self._endpoint, user, token, "default")
            kubeconfig.write(layout.directory / f"{name}.kubeconfig", document)
            lines.append(f'{token},{user},{name},"{",".join(groups)}"\n')
        self._write_secret(layout.pki("tokens.csv"), "".join(lines).encode())

    def user_kubeconfig(self, name: str, groups: Sequence[str], namespace: str) -> Path:
        """Return the path of a kubeconfig with a client certificate for ``name`` in ``groups``."""
        path = self._kubeconfig_path(name, repr((name, tuple(groups), namespace)))
        return self._write_certificate_kubeconfig(path, name, groups, namespace)

    def user_certificate(self, name: str, groups: Sequence[str]) -> tuple[Path, Path]:
        """Return the paths of a client certificate for ``name`` in ``groups``, and of its key."""
        stem = self._kubeconfig_path(name, repr((name, tuple(groups)))).stem
        self._write_pair(stem, self._authority.client(name, groups))
        return self._layout.pki(f"{stem}.crt"), self._layout.pki(f"{stem}.key")

    def service_account_token(self, api: Api, namespace: str, name: str, seconds: float) -> str:
        """Return a token of a service account, good for ``seconds``; zero or less: already over.

        From ten minutes up it is issued by the API (TokenRequest). A shorter one is signed here with the
        cluster's own key, as the API refuses to; a token that has been used stays good up to 10 s longer, as
        the API server remembers it for so long.
        """
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}"
        if seconds >= _SHORTEST_TOKEN_REQUEST:
            answer = api.post(f"{path}/token", {"spec": {"expirationSeconds": int(seconds)}})
            return str(answer["status"]["token"])
        uid = api.get(path)["metadata"]["uid"]
        return self._signer.sign(service_account_claims(ISSUER, namespace, name, uid, seconds))

    def service_account_kubeconfig(self, api: Api, namespace: str, name: str, seconds: float) -> Path:
        """Return the path of a kubeconfig with such a token inside."""
        token = self.service_account_token(api, namespace, name, seconds)
        document = kubeconfig.with_token(self._endpoint, name, token, namespace)
        return kubeconfig.write(self._kubeconfig_path(name, token), document)

    def _write_own_client(self) -> None:
        self._layout.pki("").mkdir(mode=0o700)
        self._layout.pki("ca.crt").write_bytes(self._authority.certificate)
        self._write_pair("testbed", self._authority.client("testbed", _MASTERS))

    def _write_certificate_kubeconfig(self, path: Path, user: str, groups: Sequence[str], namespace: str) -> Path:
        pair = self._authority.client(user, groups)
        return kubeconfig.write(path, kubeconfig.with_certificate(self._endpoint, user, pair, namespace))

    def _kubeconfig_path(self, name: str, content: str) -> Path:
        # User names may hold anything ("system:serviceaccount:…", slashes): the file's name may not.
        plain = "".join(letter if letter.isalnum() else "-" for letter in name)[:40]
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        return self._layout.directory / "kubeconfigs" / f"{plain}-{digest}.yaml"

    def _write_pair(self, name: str, pair: KeyPair) -> None:
        self._layout.pki(f"{name}.crt").write_bytes(pair.certificate)
        self._write_secret(self._layout.pki(f"{name}.key"), pair.key)

    def _write_secret(self, path: Path, content: bytes) -> None:
        path.touch(mode=0o600)
        path.write_bytes(content)
