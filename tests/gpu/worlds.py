"""What the GPU tests share: a clock, pods, facts, and whole made-up hosts for the property tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from opsconsole.gpu.classify import PROTECTED, ProcessContext
from opsconsole.gpu.host.cgroup import Placement
from opsconsole.gpu.host.processes import Executable, Facts
from opsconsole.gpu.pods import Life, Standing, Standings
from opsconsole.records import Pod, ProcessState

UID = "3f2c9d1e-6b7a-4c3d-9e8f-0a1b2c3d4e5f"
PATTERN = re.compile(r"aura[-_]optimizer")


def pod(uid: str, *, name: str = "train-0", phase: str = "Running", **more: Any) -> Pod:
    return Pod(namespace="ml", name=name, uid=uid, phase=phase, **more)


def in_pod(uid: str = UID, **more: Any) -> Placement:
    return Placement(f"/kubepods/burstable/pod{uid}/c0", kubernetes=True, pod_uid=uid, container="c0", **more)


OUTSIDE = Placement("/user.slice/user-0.slice/session-1.scope", kubernetes=False)


def facts(pid: int = 4711, **more: Any) -> Facts:
    """An ordinary training process of the pod ``UID``."""
    known: dict[str, Any] = {
        "state": ProcessState.RUNNING,
        "start_ticks": 5000,
        "parent": 99,
        "parent_name": "containerd-shim",
        "name": "python",
        "command": "python train.py",
        "names": frozenset({"python", "train.py"}),
        "place": in_pod(),
    }
    return Facts(pid, **(known | more))


def world(known: Mapping[str, Standing] | None = None, *, complete: bool = True, **more: Any) -> ProcessContext:
    """A reachable API; ``known`` defaults to the pod ``UID`` being gone for long."""
    standings = {UID: Standing(Life.ABSENT, "ml/train-0", 300.0)} if known is None else known
    return ProcessContext(
        Standings(standings if complete else {}, complete, "the API server can't be reached"),
        **({"patterns": (PATTERN,)} | more),
    )


# --- for property tests --------------------------------------------------------------------------------------------

UIDS = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(5)]
uids = st.sampled_from(UIDS)
executables = st.sampled_from(
    [
        None,
        Executable("/usr/bin/python3.11", trusted=True),
        Executable("/usr/bin/dcgm-exporter", trusted=True),
        Executable("/tmp/dcgm-exporter", trusted=False),
    ]
)
names = st.sampled_from(
    ["python"] * 6 + ["aura-optimizer", "nvidia-persiste", "dcgm-exporter", "Xorg", "bash", "pt_main_thread"]
)
placements = st.one_of(
    uids.map(in_pod),
    uids.map(in_pod),
    uids.map(in_pod),
    uids.map(lambda uid: in_pod(uid.replace("-", ""), static=True)),
    st.just(OUTSIDE),
    st.just(Placement("/../x", kubernetes=None)),
    st.just(Placement("/kubepods/x", kubernetes=True)),
)
commands = st.sampled_from(
    ["python train.py", "python aura_optimizer.py --worker", "/usr/bin/aura-optimizer", "Xorg :0"]
)


small_pids = st.integers(0, 40)


@st.composite
def any_facts(draw: st.DrawFn, pids: st.SearchStrategy[int] = small_pids) -> Facts:
    """Half of them ordinary training processes of a pod, so that candidates are not rare; half of them anything."""
    if draw(st.booleans()):
        return facts(draw(pids), place=in_pod(draw(uids)))
    name = draw(names)
    return Facts(
        pid=draw(pids),
        state=draw(st.sampled_from([ProcessState.RUNNING] * 8 + list(ProcessState))),
        start_ticks=draw(st.sampled_from([1, 2, 3, 5000, None])),
        parent=draw(st.sampled_from([1, 99])),
        name=name,
        command=draw(commands),
        names=frozenset({name}),
        place=draw(placements),
        orphan=draw(st.booleans()),
        executable=draw(executables),
    )


standings = st.builds(
    Standing,
    life=st.sampled_from([*Life, Life.ABSENT, Life.ABSENT]),
    name=st.sampled_from(["", "ml/train-0"]),
    seconds=st.sampled_from([0.0, 59.9, 60.0, 4000.0, 4000.0]),
)


@st.composite
def any_world(draw: st.DrawFn) -> ProcessContext:
    known = draw(st.fixed_dictionaries(dict.fromkeys(UIDS, standings)))
    for uid in draw(st.frozensets(uids, max_size=1)):
        del known[uid]
    complete = draw(st.sampled_from([True, True, True, False]))
    return ProcessContext(
        Standings(known, complete=True) if complete else Standings({}, complete=False, why="unreachable"),
        killed=draw(st.frozensets(uids, max_size=2)),
        patterns=draw(st.sampled_from([(), (PATTERN,)])),
        protected=PROTECTED,
        ours=draw(st.frozensets(st.integers(0, 5), max_size=3)),
    )
