"""The JSON of a pod's spec, as far as it tells whom the pod may act as. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.switches.target.workloads import on_node, stores
from opsconsole.switches.target.workloads.logins import in_arguments, in_variables
from opsconsole.text import clean_line

_TOKEN_KEY = "token"  # noqa: S105 - the name of a key
"""The key under which a Secret of type ``kubernetes.io/service-account-token`` has the token."""


class _SecretKey(Wire):
    name: str = ""
    key: str = ""


class _Item(Wire):
    key: str = ""


class _ValueFrom(Wire):
    secret_key_ref: _SecretKey | None = None
    config_map_key_ref: _SecretKey | None = None


class _Variable(Wire):
    name: str = ""
    value: str = ""
    value_from: _ValueFrom | None = None


class _Variables(Wire):
    prefix: str = ""
    secret_ref: _SecretKey | None = None
    config_map_ref: _SecretKey | None = None


class _Capabilities(Wire):
    add: list[str] | None = None


class _Windows(Wire):
    host_process: bool | None = None


class _Security(Wire):
    windows_options: _Windows | None = None
    privileged: bool | None = None
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    capabilities: _Capabilities | None = None


class _Mount(Wire):
    name: str = ""
    read_only: bool | None = None


class _Named(Wire):
    name: str = ""
    image: str = ""
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[_Variable] | None = None
    env_from: list[_Variables] | None = None
    volume_mounts: list[_Mount] | None = None
    volume_devices: list[_Mount] | None = None
    security_context: _Security | None = None


class _SecretVolume(Wire):
    secret_name: str = ""
    items: list[_Item] | None = None


class _SecretFiles(Wire):
    name: str = ""
    items: list[_Item] | None = None


class _Token(Wire):
    audience: str = ""


class _Certificate(Wire):
    signer_name: str = ""


class _Projection(Wire):
    secret: _SecretFiles | None = None
    config_map: _SecretFiles | None = None
    service_account_token: _Token | None = None
    pod_certificate: _Certificate | None = None
    cluster_trust_bundle: dict[str, Any] | None = None
    downward_api: dict[str, Any] | None = msgspec.field(default=None, name="downwardAPI")


class _Projected(Wire):
    sources: list[_Projection] | None = None


class _HostPath(Wire):
    path: str = ""


class _Claimed(Wire):
    claim_name: str = ""
    read_only: bool | None = None


class _Driver(Wire):
    driver: str = ""


class _Volume(Wire):
    name: str = ""
    persistent_volume_claim: _Claimed | None = None
    ephemeral: dict[str, Any] | None = None
    secret: _SecretVolume | None = None
    config_map: _SecretFiles | None = None
    projected: _Projected | None = None
    host_path: _HostPath | None = None
    csi: _Driver | None = None
    flex_volume: _Driver | None = None


class ActingPodSpec(Wire):
    """A pod's spec: its account, its Secrets, and by what it reaches its node."""

    service_account_name: str = ""
    node_name: str = ""
    node_selector: dict[str, str] | None = None
    containers: list[_Named] | None = None
    init_containers: list[_Named] | None = None
    ephemeral_containers: list[_Named] | None = None
    volumes: list[_Volume] | None = None
    host_network: bool | None = None
    host_pid: bool | None = msgspec.field(default=None, name="hostPID")
    security_context: _Security | None = None


def claims(pod: str, spec: ActingPodSpec) -> Iterator[str]:
    """The claims of a pod's volumes, the raw names; that of an ephemeral volume is called after the pod."""
    for volume in spec.volumes or ():
        if volume.persistent_volume_claim is not None:
            yield volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None:
            yield f"{pod}-{volume.name}"


def claims_read_only(pod: str, spec: ActingPodSpec) -> Iterator[str]:
    """Those of its claims on whose volumes it can't write."""
    written = _written(spec)
    for volume in spec.volumes or ():
        claim = volume.persistent_volume_claim
        if volume.name not in written or (claim is not None and claim.read_only):
            yield from claims(pod, ActingPodSpec(volumes=[volume]))


def _written(spec: ActingPodSpec) -> frozenset[str]:
    """The names of the volumes that one of its containers may write to."""
    containers = _containers(spec)
    mounts = [each.name for one in containers for each in one.volume_mounts or () if not each.read_only]
    return frozenset([*mounts, *(each.name for one in containers for each in one.volume_devices or ())])


def reaches_node(spec: ActingPodSpec) -> Iterator[str]:
    """By what a pod reaches its node's own credentials, in words."""
    written = _written(spec)
    yield from on_node.by_paths(
        (each.host_path.path, each.name in written) for each in spec.volumes or () if each.host_path
    )
    of_pod = spec.security_context or _Security()
    whole = of_pod.windows_options or _Windows()
    for container in _containers(spec):
        given = container.security_context or _Security()
        windows = given.windows_options or whole
        if windows.host_process if windows.host_process is not None else whole.host_process:
            yield f"host process container {container.name}"
        added = (given.capabilities or _Capabilities()).add or ()
        if given.privileged:
            yield f"privileged container {container.name}"
        else:
            by = [*on_node.by_capabilities(container.name, added, sees_all=bool(spec.host_pid))]
            root = bool(spec.host_pid) and _may_be_root(of_pod, given)
            yield from by or on_node.by_processes(container.name, root=root)


def _may_be_root(pod: _Security, own: _Security) -> bool:
    """Whether a container may run as root, or with more than others have; its own words go before its pod's."""
    user = own.run_as_user if own.run_as_user is not None else pod.run_as_user
    non_root = own.run_as_non_root if own.run_as_non_root is not None else pod.run_as_non_root
    return bool((own.capabilities or _Capabilities()).add) or not (user or (user is None and non_root))


def _containers(spec: ActingPodSpec) -> list[_Named]:
    """Everything that runs in a pod, or ran in it."""
    return [*(spec.init_containers or ()), *(spec.containers or ()), *(spec.ephemeral_containers or ())]


def secrets(spec: ActingPodSpec) -> Iterator[str]:
    """The Secrets of which a pod has a key that may log it in, as a file or as a variable."""
    for volume in spec.volumes or ():
        if volume.secret is not None and _logs_in(volume.secret.items):
            yield volume.secret.secret_name
        for source in (volume.projected.sources or ()) if volume.projected else ():
            yield source.secret.name if source.secret and _logs_in(source.secret.items) else ""
    for container in _containers(spec):
        given = [each.value_from.secret_key_ref for each in container.env or () if each.value_from is not None]
        yield from (key.name for key in given if key is not None and is_login(key.key))
        for whole in container.env_from or ():
            yield whole.secret_ref.name if whole.secret_ref else ""


def prefixes(spec: ActingPodSpec) -> Iterator[tuple[str, str]]:
    """The Secrets and ConfigMaps of which every key is a variable, and what is put before each key."""
    for whole in (each for container in _containers(spec) for each in container.env_from or ()):
        yield from ((by.name, whole.prefix) for by in (whole.secret_ref, whole.config_map_ref) if by is not None)


def config_maps(spec: ActingPodSpec) -> Iterator[str]:
    """The ConfigMaps of which a pod has a key that may be a kubeconfig, as a file or as a variable."""
    for volume in spec.volumes or ():
        given = [volume.config_map, *(each.config_map for each in (volume.projected or _Projected()).sources or ())]
        yield from (each.name for each in given if each is not None and _logs_in(each.items))
    for container in _containers(spec):
        keys = [each.value_from.config_map_key_ref for each in container.env or () if each.value_from is not None]
        yield from (key.name for key in keys if key is not None and is_login(key.key))
        yield from (each.config_map_ref.name for each in container.env_from or () if each.config_map_ref is not None)


def logins(spec: ActingPodSpec, own: str, annotations: Mapping[str, str]) -> Iterator[str]:
    """By what it logs in as somebody else than ``own`` that no Secret or ConfigMap of the cluster shows, in words."""
    for each in _containers(spec):
        variables = [(one.name, one.value) for one in each.env or ()]
        yield from in_variables(each.name, [(name, value) for name, value in variables if value], own)
        yield from in_arguments(each.name, [*(each.command or ()), *(each.args or ())], own)
        yield from stores.by_variables(each.name, variables)
        yield from stores.by_image(each.name, each.image)
    for volume in spec.volumes or ():
        yield from _filled(volume)
    yield from stores.by_annotations(annotations)


def _filled(volume: _Volume) -> Iterator[str]:
    """By what a volume is filled from elsewhere than from Secrets and ConfigMaps, in words."""
    for kind, by in (("CSI", volume.csi), ("FlexVolume", volume.flex_volume)):
        if by is not None:
            yield from stores.by_driver(volume.name, kind, by.driver)
    for source in (volume.projected or _Projected()).sources or ():
        if source.service_account_token is not None:
            yield from stores.by_audience(volume.name, source.service_account_token.audience)
        elif source.pod_certificate is not None:
            yield from stores.by_signer(volume.name, source.pod_certificate.signer_name)
        elif source == _Projection():
            yield f"volume {volume.name} has a source of a kind that is not known here"


def is_login(key: str) -> bool:
    """Whether what is under this key of a Secret may log somebody in: an account's token, or a kubeconfig."""
    return key == _TOKEN_KEY or "kubeconfig" in key.lower()


def is_login_file(key: str) -> bool:
    """Whether a file of this name is one by which tools log in: a kubeconfig, or a cloud's credentials."""
    return is_login(key) or key == "config" or "credential" in key.lower() or key.lower().endswith(".json")


def _logs_in(items: list[_Item] | None) -> bool:
    """Whether a volume shows such a key: without a choice of its own it shows all of them."""
    return not items or any(is_login_file(each.key) for each in items)


def images(spec: ActingPodSpec) -> tuple[tuple[str, str], ...]:
    """The image of each container by its name."""
    return tuple((clean_line(each.name), clean_line(each.image)) for each in spec.containers or ())
