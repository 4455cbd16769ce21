"""From the text of ``/proc/PID/cgroup`` to the pod: a pure parser of what kubelets and runtimes write there.

=================  ==================================================================================================
cgroupfs driver    ``/kubepods/burstable/pod<uid>/<container>``
systemd driver     ``/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid with _>.slice/cri-containerd-
                   <container>.scope`` (``crio-``, ``docker-`` too)
containerd, old    ``/system.slice/containerd.service/kubepods-besteffort-pod<uid with _>.slice:cri-containerd:
                   <container>``
kind               the same below ``/kubelet.slice/kubelet-kubepods.slice/`` or ``/docker/<node>/kubelet/``
static pods        ``pod<32 hex digits>``: the hash of a manifest, which is *not* the UID of the pod's API object
=================  ==================================================================================================

Version 1 has a line a controller, version 2 the one line ``0::<path>``, a hybrid host both.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_UID = r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32}"
_POD = re.compile(rf"(?:[\w.-]*kubepods[\w.-]*-)?pod({_UID})(?:\.slice)?")
_KUBEPODS = re.compile(r"(?:[\w.-]+-)?kubepods(?:[-.][\w.-]*)?")
_CONTAINER = re.compile(r"(?:cri-containerd-|crio-|docker-|crio-conmon-)?([0-9a-f]{32,64})(?:\.scope)?")
_IN_CONTAINER = re.compile(r"(?:^|/)(?:cri-containerd|crio|docker|libpod|nerdctl|lxc)(?:[-/.]|$)|/machine\.slice/")
_DELETED = " (deleted)"


class Placement(NamedTuple):
    """Where a process lives.

    ``kubernetes`` is ``None`` where it can't be told (another cgroup namespace, a container of unknown making):
    "outside Kubernetes" is said only of what is known to be. ``static`` marks a static pod, whose ``pod_uid`` is not
    that of its API object. An empty ``pod_uid`` inside Kubernetes means that the path did not tell it.
    """

    path: str = ""
    kubernetes: bool | None = None
    pod_uid: str = ""
    container: str = ""
    static: bool = False


def parse_cgroup(text: str) -> Placement:
    """Read the text of ``/proc/PID/cgroup``. Never raises; what can't be read is not known."""
    paths = [_path(line) for line in text.splitlines() if line.count(":") >= 2]
    found = [placement for placement in map(_place, paths) if placement.kubernetes]
    uids = {placement.pod_uid for placement in found if placement.pod_uid}
    if len(uids) > 1:
        # Controllers that disagree: somebody moved it. Which pod it belongs to is then nobody's guess.
        return Placement(path=found[0].path, kubernetes=True)
    if found:
        return max(found, key=lambda placement: (bool(placement.pod_uid), bool(placement.container)))
    longest = max(paths, key=len, default="")
    return Placement(path=longest, kubernetes=None if not paths or any(map(_unclear, paths)) else False)


def _path(line: str) -> str:
    return line.split(":", 2)[2].removesuffix(_DELETED)


def _place(path: str) -> Placement:
    """The outermost pod below ``kubepods``; what a container nests below itself can't rename it."""
    parts = [part for segment in path.split("/") for part in segment.split(":") if part]
    top = next((place for place, part in enumerate(parts) if _KUBEPODS.fullmatch(part)), None)
    if top is None:
        return Placement(path)
    for place, part in enumerate(parts[top:], top):
        match = _POD.fullmatch(part)
        if match:
            uid, container = match.group(1), _container(parts[place + 1 :])
            static = len(uid) == 32
            return Placement(path, kubernetes=True, pod_uid=uid.replace("_", "-"), container=container, static=static)
    return Placement(path, kubernetes=True)


def _container(below: list[str]) -> str:
    for part in below:
        match = _CONTAINER.fullmatch(part)
        if match:
            return match.group(1)
    return ""


def _unclear(path: str) -> bool:
    """Whether the path hides where the process lives: another cgroup namespace, some container."""
    hidden = path.startswith("/..") or any(map(_POD.fullmatch, path.split("/")))
    return hidden or _IN_CONTAINER.search(path) is not None
