"""By what a pod reaches the credentials of its node: the kubelet's, and those of every pod that runs there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

_KEPT = tuple(
    PurePosixPath(path)
    for path in """
    /etc/cni /etc/etcd /etc/k0s /etc/kubernetes /etc/origin /etc/rancher /etc/srv /etc/ssl/etcd
    /home /root /srv/kubernetes /opt/etcd /opt/kubernetes /opt/rke
    /proc /system
    /run/api.sock /run/buildkit /run/containerd /run/containers /run/cri-dockerd.sock /run/crio /run/dbus
    /run/docker.sock /run/dockershim.sock /run/host-containerd /run/k0s /run/k3s /run/multus /run/podman
    /run/systemd/private /run/user
    /pipe/containerd-containerd /pipe/docker_engine /programdata/docker /programdata/kubernetes /k
    /var/lib/containerd /var/lib/containers /var/lib/docker /var/lib/etcd /var/lib/k0s /var/lib/kube-proxy
    /var/lib/kubelet/bootstrap-kubeconfig /var/lib/kubelet/kubeconfig /var/lib/kubelet/pki /var/lib/kubelet/pods
    /var/lib/kubernetes /var/lib/microshift /var/lib/minikube /var/lib/rancher /var/snap/k8s /var/snap/microk8s
    /var/vcap /local/host-containers /local/var /mnt/stateful_partition /sysroot
    """.split()  # noqa: SIM905 - one a line would be a page
)
"""Where kubelets, runtimes, network plugins and installers keep credentials, pods' tokens, or sockets that start
containers.

By distribution: kubeadm, AKS and EKS (``/etc/kubernetes``, ``/var/lib/kubelet``), GKE and kops (``/etc/srv``,
``/srv/kubernetes``, ``/mnt/stateful_partition``), k3s and RKE (``/var/lib/rancher``, ``/etc/rancher``, ``/opt/rke``),
k0s, minikube, microk8s and Canonical's snap, OpenShift and MicroShift (``/etc/origin``, ``/sysroot``), Talos
(``/system``), Bottlerocket (``/local``, ``/run/host-containerd``), TKGI (``/var/vcap``), kubespray (``/etc/ssl/etcd``),
Windows (``C:\\k``, named pipes). systemd starts what it is told by its own socket or that of D-Bus. ``/var/run`` is
``/run``. A kubelet that keeps its files elsewhere calls that place ``kubelet``.

The sockets of device plugins (``/var/lib/kubelet/device-plugins``, ``pod-resources``), logs and drivers are not among
them: what watches GPUs has those. Who may write there is another matter (:data:`_RUN`).
"""

_RUN = tuple(
    PurePosixPath(path.replace("+", " "))
    for path in """
    /bin /boot /efi /etc /lib /lib32 /lib64 /libx32 /nix /opt /ostree /sbin /snap /sys /usr
    /run/systemd/system /run/systemd/transient /run/systemd/generator /run/udev
    /var/lib/cloud /var/lib/cni /var/lib/dpkg /var/lib/rpm /var/lib/snapd /var/lib/systemd
    /var/spool/anacron /var/spool/at /var/spool/cron /var/usrlocal /var/opt
    /var/lib/kubelet/config.yaml /var/lib/kubelet/config.json /var/lib/kubelet/config.d
    /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/volumeplugins
    /var/lib/kubelet/device-plugins /var/lib/kubelet/plugins_registry
    /var/log/containers /var/log/pods
    /windows /program+files /program+files+(x86) /programdata
    """.split()  # noqa: SIM905 - one a line would be a page
)
"""Whence a node starts programs as root, and by what it is told which: whoever may write there runs what he likes.

Programs and libraries, cron, systemd, udev, the runtime's plugins (``/opt/cni/bin``), package managers, ``cloud-init``;
``/sys`` has ``kernel/uevent_helper``. A plugin of one's own beside the kubelet's has it put the node's directories into
other pods. A link among the pods' logs has the kubelet show as a log whatever file of the node it leads to; a directory
of one's own below ``/var/log`` is not looked at for logs.
"""

_TOLD_ONLY = tuple(
    map(
        PurePosixPath,
        """
        /etc/localtime /etc/timezone /etc/machine-id /etc/hostname /etc/os-release /etc/ssl/certs /etc/pki/ca-trust
        /etc/resolv.conf /etc/hosts /usr/share/zoneinfo /usr/share/ca-certificates /usr/local/share/ca-certificates
        /opt/local-path-provisioner
        """.split(),  # noqa: SIM905 - as above
    )
)
"""Below those, what nobody starts anything by: the time zone, names, certificates that are trusted, claims' data."""

_INNOCENT = tuple(map(PurePosixPath, ("/var/lib/rancher/k3s/storage", "/var/snap/microk8s/common/default-storage")))
"""Where provisioners make ordinary volumes below those: a directory for each claim."""

_KUBELET = "kubelet"

_BREAK_OUT = frozenset({"ALL", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"})
"""Capabilities by which a container reads what is not its own."""

_BREAK_OUT_SEEING_ALL = frozenset({"SYS_PTRACE"})
"""Those that do so where it sees the node's processes (``hostPID``)."""


def by_paths(paths: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """Words for each of a pod's ``hostPath`` volumes by which it reaches its node's credentials.

    Args:
        paths: each with whether the pod may write there.
    """
    return (told for path, writable in paths if (told := by_path("hostPath", path, writable=writable)))


def by_path(kind: str, path: str, *, writable: bool) -> str:
    """Words for a place of the node, called ``kind``, by which a pod reaches credentials; empty where it does not.

    They are kept there, or the pod may have the node itself run what it likes.
    """
    if has_credentials(path):
        return f"{kind} {path}"
    return f"writable {kind} {path}" if writable and is_run(path) else ""


def has_credentials(path: str) -> bool:
    """Whether credentials of a node are kept below this path of it, or above it."""
    given = _on_disk(path)
    if any(given.is_relative_to(each) for each in _INNOCENT):
        return False
    return any(given.is_relative_to(kept) or kept.is_relative_to(given) for kept in _KEPT)


def is_run(path: str) -> bool:
    """Whether a node starts programs from below this path of it or above it, or is told by it which to start."""
    given = _on_disk(path)
    if any(given.is_relative_to(each) for each in (*_INNOCENT, *_TOLD_ONLY)):
        return False
    return any(given.is_relative_to(run) or run.is_relative_to(given) for run in _RUN)


def _on_disk(path: str) -> PurePosixPath:
    """The path as :data:`_KEPT` spells such."""
    if "\\" in path or path[1:2] == ":":  # Windows: C:\k, c:/k, \\.\pipe\docker_engine
        path = path[2 if path[1:2] == ":" else 0 :].replace("\\", "/").lower()
    given = PurePosixPath("/" + path.lstrip("/"))  # "//etc" is /etc to the kernel, and another path to the library
    if given.is_relative_to("/var/run"):
        given = PurePosixPath("/run") / given.relative_to("/var/run")
    if _KUBELET in given.parts and not given.is_relative_to("/var/log"):
        given = PurePosixPath("/var/lib", *given.parts[given.parts.index(_KUBELET) :])
    return given


def by_capabilities(container: str, added: Iterable[str], *, sees_all: bool) -> Iterator[str]:
    """Words for the capabilities that a container was given beyond the runtime's own."""
    wanted = _BREAK_OUT | (_BREAK_OUT_SEEING_ALL if sees_all else frozenset())
    found = sorted({each.upper().removeprefix("CAP_") for each in added} & wanted)
    if found:
        yield f"container {container} with {', '.join(found)}"


def by_processes(container: str, *, root: bool) -> Iterator[str]:
    """Words for a container that sees the node's processes: root reads other pods' files by ``/proc/PID/root``."""
    if root:
        yield f"container {container} as root with hostPID"
