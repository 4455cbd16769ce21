"""Where a pod gets logins from outside the cluster's Secrets: stores of secrets, and the identities that clouds give.

What such a login is for no cluster tells. A cloud's identity may be somebody in this very cluster (access entries of
EKS, IAM of GKE, Azure RBAC), and a store may hold a kubeconfig. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from opsconsole.text import clean_line

_DATA_DRIVERS = frozenset(
    """
        blob.csi.azure.com file.csi.azure.com cinder.csi.openstack.org csi-image.warm-metal.tech
        gcsfuse.csi.storage.gke.io hostpath.csi.k8s.io image.csi.k8s.io local.csi.openebs.io nfs.csi.k8s.io
        parallelstore.csi.storage.gke.io pmem-csi.intel.com smb.csi.k8s.io topolvm.io
    """.split()  # noqa: SIM905 - one a line would be a page
)
"""Drivers whose volumes within a pod's spec are disks and files: what another driver puts there is not known."""

_OWN_AUDIENCES = re.compile(
    r"(https://)?kubernetes(\.default(\.svc(\.[\w.-]+)?)?)?/?|api|k3s|rke2|istio-ca|identity\.l5d\.io"
)
"""Whom a pod's own token is for where it logs in nowhere else: the API server, and meshes that know it as itself."""

_OWN_SIGNER = "kubernetes.io/kube-apiserver-client-pod"
"""Signs certificates by which a pod is its own account."""

_STORE = re.compile(
    r"(?<![a-z0-9])(1password|akeyless|conjur|doppler|infisical|kiam|kube2iam|onepassword|openbao|secretless"
    r"|(?:bank-)?vaults?(?:-agent|-env|-k8s)?"
    r"|secrets?-?(?:injector|manager|provider|store)[a-z-]*|secrets-webhook)(?![a-z0-9])"
)
"""Names of stores, and of what fetches from one, in an annotation's domain or as an image's last name."""

_STORE_DOMAINS = frozenset({"iam.amazonaws.com", "secrets.k8s.aws"})
_SWITCH = re.compile(r"(.*-)?(inject|injection|enabled)")
_OFF = frozenset({"", "0", "disabled", "false", "n", "no", "off"})
_ABOUT_THEM = frozenset({"checksum", "reloader.stakater.com", "secret.reloader.stakater.com"})
"""Domains whose annotations speak of stores and inject nothing."""

_REFERENCE = re.compile(
    r"(>>)?(vault|bao):[^#\s]{1,200}#\S|(op|berglas|sm|keeper|akv|secretsmanager)://\S|(ref|secretref)\+[a-z]+://\S"
    r"|azurekeyvault@|akeyless:/|gcp:secretmanager:|arn:aws[a-z-]*:(secretsmanager|ssm):|projects/[^/\s]+/secrets/"
)
"""Values of variables that stand for one of a store: what starts the container puts that in their place."""

_LOGIN_VARIABLES = frozenset(
    """
        AKEYLESS_ACCESS_ID AKEYLESS_ACCESS_KEY ALIBABA_CLOUD_ACCESS_KEY_SECRET ALIBABA_CLOUD_ROLE_ARN
        ARM_CLIENT_CERTIFICATE_PATH ARM_CLIENT_SECRET ARM_OIDC_TOKEN ARM_OIDC_TOKEN_FILE_PATH ARM_USE_MSI
        AWS_ACCESS_KEY_ID AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_FULL_URI
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_PROFILE AWS_ROLE_ARN AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
        AWS_SHARED_CREDENTIALS_FILE AWS_WEB_IDENTITY_TOKEN_FILE AZURE_CLIENT_CERTIFICATE_PATH AZURE_CLIENT_ID
        AZURE_CLIENT_SECRET AZURE_FEDERATED_TOKEN_FILE CLOUDSDK_AUTH_ACCESS_TOKEN CLOUDSDK_AUTH_ACCESS_TOKEN_FILE
        CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE CONJUR_AUTHN_API_KEY CONJUR_AUTHN_LOGIN DIGITALOCEAN_ACCESS_TOKEN
        DOPPLER_TOKEN GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS GOOGLE_OAUTH_ACCESS_TOKEN HCLOUD_TOKEN
        IBMCLOUD_API_KEY IDENTITY_ENDPOINT INFISICAL_TOKEN LINODE_TOKEN MSI_ENDPOINT
        OCI_RESOURCE_PRINCIPAL_VERSION OP_CONNECT_TOKEN OP_SERVICE_ACCOUNT_TOKEN
        OS_APPLICATION_CREDENTIAL_SECRET OS_PASSWORD RANCHER_TOKEN_KEY TELEPORT_IDENTITY_FILE TELEPORT_PROXY
        VAULT_ADDR VAULT_ROLE VAULT_TOKEN
    """.split()  # noqa: SIM905 - as above
)
"""Variables by which the tools of clouds and stores log in, by their manuals."""

_CLOUD_ACCOUNTS = (
    "azure.workload.identity/client-id",
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "pod-identity.alibabacloud.com/role-name",
)
"""Annotations of a ServiceAccount by which a cloud takes whoever runs as it for somebody of its own."""


def by_driver(volume: str, kind: str, driver: str) -> Iterator[str]:
    """Words for a volume that a driver fills, unless that is known to keep data; ``kind`` is how drivers are called."""
    if driver not in _DATA_DRIVERS:
        yield f"volume {volume} is filled by {kind} driver {driver or '?'}, which may give it a login"


def by_audience(volume: str, audience: str) -> Iterator[str]:
    """Words for a token of its own that is for somebody else than the API server: a cloud or a store takes it."""
    if audience and not _OWN_AUDIENCES.fullmatch(audience):
        yield f"volume {volume} has a token for {clean_line(audience)}, which may give it a login for that"


def by_signer(volume: str, signer: str) -> Iterator[str]:
    """Words for a certificate that somebody else than the API server's own signer makes for it."""
    if signer != _OWN_SIGNER:
        yield f"volume {volume} has a certificate by signer {clean_line(signer) or '?'}"


def by_annotations(annotations: Mapping[str, str]) -> Iterator[str]:
    """Words for each domain of annotations by which a store's injector puts secrets into a pod."""
    found: dict[str, str] = {}
    off = set()
    for key, value in annotations.items():
        domain, slash, name = key.lower().rpartition("/")
        domain = domain if slash else name
        if domain in _ABOUT_THEM or not (domain in _STORE_DOMAINS or _STORE.search(domain)):
            continue
        if _SWITCH.fullmatch(name) and value.strip().lower() in _OFF:
            off.add(domain)
        found.setdefault(domain, key)
    for domain, key in found.items():
        if domain not in off:
            yield f"annotation {clean_line(key)} has a store's secrets put into it"


def by_image(container: str, image: str) -> Iterator[str]:
    """Words for a container that fetches secrets from a store, by the last name of its image."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    if _STORE.search(name):
        yield f"container {container} ({clean_line(name)}) fetches from a store of secrets"


def by_variables(container: str, variables: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Words for variables by which a container logs in at a cloud or a store; a value may not be known."""
    given = list(variables)
    names = [name for name, _ in given if name in _LOGIN_VARIABLES]
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"container {container} logs in at a cloud or a store by {names[0]}{more}"
    for name, value in given:
        if _REFERENCE.match(value):
            yield f"container {container} gets a store's secret in variable {clean_line(name)}"
            return


def is_login_variable(name: str) -> bool:
    """Whether the tools of clouds and stores log in by a variable of this name."""
    return name in _LOGIN_VARIABLES


def by_account(annotations: Iterable[tuple[str, str]]) -> str:
    """Words for a ServiceAccount that a cloud takes for somebody of its own; empty where none is known to."""
    return next((f"{key} {clean_line(value)}" for key, value in annotations if key in _CLOUD_ACCOUNTS and value), "")
