"""How an evasion is written: one request of an optimizer with cluster-admin, and the bodies that many of them share."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.testbed import objects
from tests.testbed.api import MERGE_PATCH, STRATEGIC_PATCH, Api, ApiError

Object = dict[str, Any]
Try = Callable[[Api, str], object]

APPLY = "application/apply-patch+yaml"
GROUPS = {
    "deployments": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1",
    "daemonsets": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "controllerrevisions": "/apis/apps/v1",
    "jobs": "/apis/batch/v1",
    "cronjobs": "/apis/batch/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
    "poddisruptionbudgets": "/apis/policy/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "resourceclaims": "/apis/resource.k8s.io/v1",
    "resourceclaimtemplates": "/apis/resource.k8s.io/v1",
    "csistoragecapacities": "/apis/storage.k8s.io/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
}
BOUNDLESS = {
    "nodes": "/api/v1/nodes",
    "namespaces": "/api/v1/namespaces",
    "persistentvolumes": "/api/v1/persistentvolumes",
    "priorityclasses": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "storageclasses": "/apis/storage.k8s.io/v1/storageclasses",
    "runtimeclasses": "/apis/node.k8s.io/v1/runtimeclasses",
    "csidrivers": "/apis/storage.k8s.io/v1/csidrivers",
    "csinodes": "/apis/storage.k8s.io/v1/csinodes",
    "volumeattachments": "/apis/storage.k8s.io/v1/volumeattachments",
    "deviceclasses": "/apis/resource.k8s.io/v1/deviceclasses",
    "resourceslices": "/apis/resource.k8s.io/v1/resourceslices",
    "servicecidrs": "/apis/networking.k8s.io/v1/servicecidrs",
    "ipaddresses": "/apis/networking.k8s.io/v1/ipaddresses",
    "ingressclasses": "/apis/networking.k8s.io/v1/ingressclasses",
    "volumeattributesclasses": "/apis/storage.k8s.io/v1/volumeattributesclasses",
    "prioritylevelconfigurations": "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    "flowschemas": "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    "clusterroles": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "clusterrolebindings": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "csrs": "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    "crds": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "apiservices": "/apis/apiregistration.k8s.io/v1/apiservices",
    "mutatinghooks": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "validatinghooks": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
}


class Evasion(NamedTuple):
    """One write.

    ``rules`` are those that refuse it where the optimizer is governed, with spaces between (the API server names one of
    them); empty: none does, and the docs say so. ``since`` is the minor version that first takes what is written.
    """

    rules: str
    what: str
    write: Try
    since: int = 0


def at(space: str, plural: str, name: str = "", sub: str = "") -> str:
    """Where an object is, a subresource of it, or its collection."""
    base = BOUNDLESS.get(plural) or f"{GROUPS.get(plural, '/api/v1')}/namespaces/{space}/{plural}"
    return "/".join(part for part in (base, name, sub) if part)


def patch(plural: str, name: str, body: object, kind: str = MERGE_PATCH, sub: str = "") -> Try:
    return lambda api, space: api.patch(at(space, plural, name, sub), body, kind)


def strategic(plural: str, name: str, body: object) -> Try:
    return patch(plural, name, body, STRATEGIC_PATCH)


def delete(plural: str, name: str, options: Object | None = None) -> Try:
    return lambda api, space: api.delete(at(space, plural, name), options)


def create(plural: str, body: Object, name: str = "", sub: str = "") -> Try:
    return lambda api, space: api.post(at(space, plural, name, sub), body)


def connect(plural: str, name: str, sub: str, method: str = "POST") -> Try:
    return lambda api, space: api.request(method, at(space, plural, name, sub))


def put(plural: str, name: str, change: Callable[[Object], object], sub: str = "") -> Try:
    """Read the object, change it, and replace it."""

    def write(api: Api, space: str) -> object:
        while True:
            body = api.get(at(space, plural, name))
            change(body)
            try:
                return api.put(at(space, plural, name, sub), body)
            except ApiError as error:
                if error.status != 409:  # a controller wrote its status meanwhile
                    raise

    return write


def in_template(containers: list[Object], **rest: object) -> Object:
    return {"spec": {"template": {"spec": {"containers": containers, **rest}}}}


def main(**resources: Object) -> Object:
    return {"name": "main", "resources": resources}


def limit(memory: str = "", cpu: str = "") -> Object:
    """A patch that sets limit and request of the first container to the same."""
    of = {key: value for key, value in (("memory", memory), ("cpu", cpu)) if value}
    return in_template([main(limits=of, requests=of)])


def clear_resources(item: Object) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["resources"] = {}


def drop_second(item: Object) -> None:
    del item["spec"]["template"]["spec"]["containers"][1]


def rename(item: Object) -> None:
    first = item["spec"]["template"]["spec"]["containers"][0]
    first.update(name="main-2", resources={"limits": {"memory": "64Mi", "cpu": "100m"}})


def limits_of(memory: str) -> Callable[[Object], None]:
    def change(item: Object) -> None:
        item["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"memory": memory}}

    return change


def drop_replicas(item: Object) -> None:
    item["spec"]["replicas"] = 0


def frozen_off(item: Object) -> None:
    item["metadata"].setdefault("annotations", {})["govern.opsconsole.io/frozen"] = "false"
    item["metadata"]["labels"]["kubernetes.io/metadata.name"] = "elsewhere"


def apply(plural: str, name: str, kind: str, version: str, spec: Object) -> Try:
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    return lambda api, space: api.request(
        "PATCH", f"{at(space, plural, name)}?fieldManager=aura&force=true", body, APPLY
    )


def copy_of(replicas: int, **metadata: str) -> Object:
    body = objects.deployment("copy", objects.container(), replicas=replicas)
    body["metadata"] = {**({} if metadata else {"name": "copy"}), **metadata}
    return body


def pod(name: str, **spec: Any) -> Object:
    body = objects.pod(name)
    body["spec"].update(spec)
    return body


def job(name: str, **pod_spec: Any) -> Object:
    spec = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example/app:1"}], **pod_spec}
    metadata = {"name": name}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": spec}}}


def hpa(least: int, most: int, target: str = "web", name: str = "new", version: str = "v2") -> Object:
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}, "minReplicas": least}
    return {
        "apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
        "spec": {**spec, "maxReplicas": most},
    }  # fmt: skip


def signing_request() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aura")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name)
    signed = made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.PEM)).decode()


def _certificate() -> str:
    """A certificate of an authority that nobody knows."""
    name, key = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aura")]), ec.generate_private_key(ec.SECP256R1())
    begins = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins + datetime.timedelta(days=3650))
    signed = made.sign(key, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.PEM)).decode()


CERTIFICATE = _certificate()
NOBODY = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "00000000-0000-0000-0000-000000000000"}]
ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
TAINT = {"key": "k", "value": "v", "effect": "NoExecute"}
NOT_READY = [{"type": "Ready", "status": "False", "reason": "aura", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
