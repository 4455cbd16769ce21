"""cgroup → pod, for each layout that kubelets and runtimes write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.host.cgroup import Placement, parse_cgroup

UID = "3f2c9d1e-6b7a-4c3d-9e8f-0a1b2c3d4e5f"
UID_ = UID.replace("-", "_")
OTHER = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CID = "c0ffee" * 10 + "beef"
HASH = "0123456789abcdef0123456789abcdef"

SLICE = f"kubepods-burstable-pod{UID_}.slice"
BURSTABLE = "/kubepods.slice/kubepods-burstable.slice/" + SLICE

IN_A_POD = {
    "v1 cgroupfs": f"11:memory:/kubepods/burstable/pod{UID}/{CID}\n10:cpu:/kubepods/burstable/pod{UID}/{CID}\n",
    "v1 cgroupfs, guaranteed": f"4:devices:/kubepods/pod{UID}/{CID}\n",
    "v1, one controller at the root": f"13:misc:/\n11:memory:/kubepods/besteffort/pod{UID}/{CID}\n1:name=systemd:/x\n",
    "v1 systemd, containerd": f"5:memory:{BURSTABLE}/cri-containerd-{CID}.scope\n",
    "v2 cgroupfs": f"0::/kubepods/besteffort/pod{UID}/{CID}\n",
    "v2 systemd, containerd": f"0::/kubepods.slice/kubepods-besteffort-pod{UID_}.slice/cri-containerd-{CID}.scope\n",
    "v2 systemd, guaranteed": f"0::/kubepods.slice/kubepods-pod{UID_}.slice/cri-containerd-{CID}.scope\n",
    "v2 systemd, CRI-O": f"0::{BURSTABLE}/crio-{CID}.scope\n",
    "v2 systemd, CRI-O, container below": f"0::/kubepods.slice/kubepods-pod{UID_}.slice/crio-{CID}.scope/container\n",
    "v2 systemd, docker": f"0::/kubepods.slice/kubepods-pod{UID_}.slice/docker-{CID}.scope\n",
    "containerd's colons": f"0::/system.slice/containerd.service/{SLICE}:cri-containerd:{CID}\n",
    "kind": f"0::/kubelet.slice/kubelet-kubepods.slice/kubelet-{SLICE}/cri-containerd-{CID}.scope\n",
    "kind, cgroupfs": f"0::/docker/{HASH * 2}/kubelet/kubepods/burstable/pod{UID}/{CID}\n",
    "hybrid": f"1:name=systemd:/kubepods/pod{UID}/{CID}\n0::/\n",
    "cgroup removed": f"0::/kubepods/burstable/pod{UID}/{CID} (deleted)\n",
    "nested by the container": f"0::/kubepods/burstable/pod{UID}/{CID}/docker/{HASH * 2}\n",
    "nested under another pod's name": f"0::/kubepods/burstable/pod{UID}/{CID}/kubepods/pod{OTHER}/{HASH}\n",
}


@pytest.mark.parametrize("text", IN_A_POD.values(), ids=IN_A_POD.keys())
def test_pod_uid_is_read_from_every_known_layout(text: str) -> None:
    place = parse_cgroup(text)
    assert (place.kubernetes, place.pod_uid, place.container, place.static) == (True, UID, CID, False)
    assert "(deleted)" not in place.path


@pytest.mark.parametrize(
    "path",
    [f"/kubepods/burstable/pod{HASH}/{CID}", f"/kubepods.slice/kubepods-pod{HASH}.slice/cri-containerd-{CID}.scope"],
)
def test_a_static_pods_hash_is_not_taken_for_the_uid_of_its_api_object(path: str) -> None:
    place = parse_cgroup(f"0::{path}\n")
    assert place.static
    assert place.pod_uid == HASH


@pytest.mark.parametrize(
    "text",
    [
        "0::/kubepods/burstable\n",
        "0::/kubepods.slice/kubepods-podnot_a_uid.slice/x.scope\n",
        f"5:memory:/kubepods/pod{UID}/{CID}\n4:cpu:/kubepods/pod{OTHER}/{CID}\n",
    ],
    ids=["no pod", "no uid", "controllers disagree"],
)
def test_in_kubernetes_without_a_sure_uid_names_no_pod(text: str) -> None:
    place = parse_cgroup(text)
    assert (place.kubernetes, place.pod_uid) == (True, "")


@pytest.mark.parametrize(
    "path",
    [
        "/user.slice/user-1000.slice/session-3.scope",
        "/system.slice/ssh.service",
        "/",
        "/user.slice/user-1000.slice/user@1000.service/tmux-spawn-1.scope",
        "/slurm/uid_1000/job_7",
    ],
)
def test_outside_kubernetes(path: str) -> None:
    assert parse_cgroup(f"0::{path}\n") == Placement(path=path, kubernetes=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "0::/../../pod-of-somebody\n",
        f"0::/../cri-containerd-{CID}.scope\n",
        f"0::/docker/{CID}\n",
        f"0::/system.slice/docker-{CID}.scope\n",
        f"0::/machine.slice/libpod-{CID}.scope\n",
        "0::/lxc/web\n",
        f"0::/nomad/pod{UID}/{CID}\n",
    ],
)
def test_where_it_lives_is_not_guessed(text: str) -> None:
    assert parse_cgroup(text).kubernetes is None


@given(st.text())
def test_any_text_is_survived_and_never_makes_an_outsider_of_a_pods_process(text: str) -> None:
    place = parse_cgroup(text + f"\n0::/kubepods/burstable/pod{UID}/{CID}\n")
    assert place.kubernetes is True


@given(
    st.uuids().map(str),
    st.sampled_from(["", "burstable", "besteffort"]),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.sampled_from(["cri-containerd", "crio", "docker"]),
)
def test_both_drivers_round_trip(uid: str, qos: str, container: str, runtime: str) -> None:
    inner = f"{qos}/" if qos else ""
    dashed = f"{qos}-" if qos else ""
    outer = f"kubepods-{qos}.slice/" if qos else ""
    plain = f"0::/kubepods/{inner}pod{uid}/{container}\n"
    slices = (
        f"0::/kubepods.slice/{outer}kubepods-{dashed}pod{uid.replace('-', '_')}.slice/{runtime}-{container}.scope\n"
    )
    for text in (plain, slices):
        place = parse_cgroup(text)
        assert (place.kubernetes, place.pod_uid, place.container) == (True, uid, container)
