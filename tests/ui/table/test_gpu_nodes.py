"""The GPU pane where several nodes are looked at: their rows, their ages, folding, filter, order."""

from __future__ import annotations

import re
from typing import Any

import pytest

from opsconsole.records import Finding, GpuDevice, GpuNode, GpuProcess, Health, Kind, Ref, Severity, State, gpu_order
from opsconsole.settings import GpuSettings, Settings
from tests.support.clock import ManualClock
from tests.ui import aura
from tests.ui.night import NOW
from tests.ui.running import running, screen_lines, screen_text, shows, until

GIB = 1 << 30


def node(name: str, **more: Any) -> GpuNode:
    known = {
        "state": State.LIVE,
        "since": NOW - 60,
        "seen": NOW - 3,
        "driver": "550.54.15",
        "cuda": "12.4",
        "gpus": 2,
        "memory_used": 70 * GIB,
        "memory_total": 160 * GIB,
    }
    return GpuNode(name, **(known | more))


def devices(name: str) -> list[GpuDevice]:
    return [
        GpuDevice(f"GPU-{n}", n, "A100", memory_total=80 * GIB, memory_used=35 * GIB, utilization=5, node=name)
        for n in range(2)
    ]


def process(name: str, pid: int, **more: Any) -> GpuProcess:
    device = more.pop("device", f"{name}/GPU-1")
    known = {"memory": 30 * GIB, "name": "python", "pod": "ml/train-0", "node": name, "boot": "b", "place": "000001"}
    return GpuProcess(f"{device}/{pid}", pid, device, **(known | more))


def fleet(*, unseen: int = 1) -> aura.MemoryFeed:
    nodes = [
        node("gpu-1", candidates=1),
        node("gpu-2", state=State.STALE, seen=NOW - 300, detail="ssh gpu-2: no answer in 20 s"),
        node("gpu-3", problems=("Xid 79 on GPU 3: the GPU fell off the bus", "a reboot is pending")),
    ]
    records: dict[Kind, Any] = {
        Kind.GPU_NODE: nodes,
        Kind.GPU: [device for each in nodes for device in devices(each.name)],
        Kind.GPU_PROCESS: [
            process("gpu-1", 4711, candidate=True, why="pod ml/train-0 is not there any more"),
            process("gpu-2", 5711),
        ],
    }
    health = [
        Health("pods", State.LIVE, NOW - 60, NOW - 1),
        Health("gpu", State.LIVE, NOW - 60, NOW - 1, "ssh, 2 of 3 nodes; ssh gpu-2: no answer", unread=unseen),
    ]
    return aura.MemoryFeed(records, health)


def console(feed: aura.MemoryFeed | None = None) -> Any:
    return aura.console(feed or fleet(), Settings(gpu=GpuSettings(nodes="ssh")), ManualClock(NOW))


GPU_PANE = ("tab", "tab", "tab", "m")


def rows(app: Any) -> list[str]:
    return [line for line in screen_lines(app) if "gpu-" in line or "GPU0" in line or "GPU1" in line]


def gpu_pane(app: Any) -> Any:
    return next(pane for pane in app.cockpit.panes if pane.spec.name == "gpu")


async def test_each_node_stands_above_its_devices_and_each_device_above_its_processes() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        text = screen_text(pilot.app)
        places = [text.index(word) for word in ("gpu-1 ", "4711", "STALE 5m", "5711", "Xid 79")]
        assert places == sorted(places)
        assert "NODE" in text
        assert "ssh gpu-2: no answer" in text
        assert "2 problems: Xid 79" in text


def mixed() -> list[Any]:
    """A node whose UUIDs are in another order than its GPUs, one of which is cut into MIG devices."""
    cards = [GpuDevice(f"GPU-{uuid}", n, "A100", node="gpu-1") for n, uuid in ((2, "a"), (10, "b"), (0, "c"))]
    slices = [GpuDevice(f"MIG-{n}", 2, f"MIG slice {n}", mig_parent="GPU-a", node="gpu-1") for n in range(2)]
    held = [
        process("gpu-1", 77, device="gpu-1/MIG-0", place=slices[0].place, memory=None),
        process("gpu-1", 88, device="gpu-1/GPU-c", place=cards[2].place, memory=GIB),
        process("gpu-1", 99, device="gpu-1/GPU-c", place=cards[2].place, memory=2 * GIB),
    ]
    return [*held, *slices, *cards, node("gpu-1")]


def test_nodes_stand_in_the_order_of_their_numbers() -> None:
    names = [
        "gpu-10",
        "gpu-9",
        "gpu-1",
        "gpu-01",
        "a100-2.rack-11",
        "a100-2.rack-2",
        "ip-10-0-0-7",
        "ip-10-0-0-70",
        "b",
    ]
    shuffled = [GpuNode(name, State.LIVE, 0.0) for name in sorted(names)]
    assert [node.name for node in sorted(shuffled, key=gpu_order)] == [
        "a100-2.rack-2",
        "a100-2.rack-11",
        "b",
        "gpu-01",
        "gpu-1",
        "gpu-9",
        "gpu-10",
        "ip-10-0-0-7",
        "ip-10-0-0-70",
    ]
    mixed_up = [GpuDevice(f"u{n}", n, node=node) for node in ("gpu-01", "gpu-1") for n in (0, 1)]
    assert [one.node for one in sorted(mixed_up, key=gpu_order)] == ["gpu-01", "gpu-01", "gpu-1", "gpu-1"]


def test_devices_come_by_their_number_and_mig_devices_behind_the_gpu_that_they_are_part_of() -> None:
    names = [one.name if isinstance(one, GpuNode) else one.key for one in sorted(mixed(), key=gpu_order)]
    assert [name.rpartition("/")[2] for name in names] == [
        *("gpu-1", "GPU-c", "99", "88"),
        *("GPU-a", "MIG-0", "77", "MIG-1", "GPU-b"),
    ]


async def test_a_mig_device_is_told_from_its_gpu() -> None:
    feed = fleet()
    async with running(console(feed), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        feed.put(Kind.GPU, *(one for one in mixed() if isinstance(one, GpuDevice)))
        await shows(pilot, "MIG slice 1")
        lines = [line for line in screen_lines(pilot.app) if "MIG slice" in line]
        assert all("GPU2/MIG" in line for line in lines)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (node("gpu-9", detail="GPU 0 not wholly read: the GPU is lost"), "not wholly read"),
        (
            node("gpu-9", state=State.ABSENT, detail="no driver", problems=("none is seen any more, there were 8",)),
            "none is seen any more",
        ),
        (node("gpu-9", candidates=2, problems=("Xid 79",)), "2 to clean up; Xid 79"),
        (node("gpu-9", candidates=2), "2 to clean up; seen"),
    ],
    ids=["not wholly read", "gone", "both", "well"],
)
async def test_what_is_wrong_with_a_node_is_in_its_row(row: GpuNode, words: str) -> None:
    feed = fleet()
    async with running(console(feed), (200, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        feed.put(Kind.GPU_NODE, row)
        await shows(pilot, words)


async def test_a_driver_that_most_others_do_not_have_is_told_in_the_nodes_row() -> None:
    feed, title = fleet(), "GPU driver of node gpu-9 is 570"
    finding = Finding("x", "gpu-driver-differs", Severity.WARNING, title, about=Ref("Node", "", "gpu-9"), at=NOW)

    def told(app: Any) -> bool:
        return any(" ! " in line and "gpu-9 " in line and title in line for line in screen_lines(app))

    async with running(console(feed), (200, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        feed.put(Kind.GPU_NODE, node("gpu-9", driver="570.10.01"))
        feed.put(Kind.FINDING, finding)
        await until(pilot, lambda: told(pilot.app))


@pytest.mark.parametrize("state", [State.STALE, State.DOWN, State.DENIED])
async def test_what_was_seen_of_a_node_that_does_not_answer_is_drawn_as_old(state: State) -> None:
    feed = fleet()
    async with running(console(feed), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        feed.put(Kind.GPU_NODE, node("gpu-2", state=state, seen=NOW - 300, detail="no answer"))
        await shows(pilot, f"{state.upper()} 5m")
        drawn = {"".join(text for text, _ in row.spans): row.row for row in gpu_pane(pilot.app).lines(160, 30)[2:]}
        old = {text for text, style in drawn.items() if "stale" in style}
        assert len(old) == 3, "two devices and a process"
        assert all("gpu-2" in text for text in old)
        assert not any(state.upper() in text for text in old), "the node's own row is as of now"
        feed.put(Kind.GPU_NODE, node("gpu-2"))
        await until(pilot, lambda: not any("stale" in row.row for row in gpu_pane(pilot.app).lines(160, 30)))


async def test_z_folds_the_node_of_the_cursor_and_shows_it_again() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        before = len(rows(pilot.app))
        await pilot.press("j", "j", "z")
        await shows(pilot, "1 folded")
        assert "4711" not in screen_text(pilot.app)
        assert "5711" in screen_text(pilot.app)
        await pilot.press("z")
        await shows(pilot, "4711")
        assert len(rows(pilot.app)) == before


async def test_Z_folds_every_node_and_a_filter_looks_behind_the_folds() -> None:  # noqa: N802 - the key's name
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE, "Z")
        await shows(pilot, "3 folded")
        assert not any("GPU0" in line for line in rows(pilot.app))
        await pilot.press("slash", *"5711", "enter")
        await shows(pilot, "5711 ")
        await pilot.press("escape", "Z")
        await until(pilot, lambda: "folded" not in screen_text(pilot.app))


async def test_the_title_counts_gpus_and_not_rows() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        gpus = len(pilot.app.core.store.gpus)
        assert f"GPU {gpus} " in screen_lines(pilot.app)[gpu_pane(pilot.app).region.y]
        await pilot.press("slash", *"4711", "enter")
        await until(pilot, lambda: "of" in screen_lines(pilot.app)[gpu_pane(pilot.app).region.y])
        assert re.search(r"GPU \d+ of \d+ rows", screen_lines(pilot.app)[gpu_pane(pilot.app).region.y])


async def test_where_nothing_is_folded_the_keys_say_so() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press("z")
        await shows(pilot, "nothing is folded here")


async def test_a_nodes_page_tells_driver_problems_and_memory_by_workload() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        await pilot.press("enter")
        await shows(pilot, "Memory by workload")
        text = screen_text(pilot.app)
        assert "550.54.15" in text
        assert "ml/train-0" in text


async def test_the_help_of_the_pane_tells_of_the_nodes() -> None:
    async with running(console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "4711")
        await pilot.press("question_mark")
        await until(pilot, lambda: "The GPUs of the nodes" in screen_text(pilot.app))
        assert "This host's GPUs" not in screen_text(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)
@pytest.mark.parametrize("maximised", [True, False])
async def test_a_process_is_never_shown_without_its_node(size: tuple[int, int], *, maximised: bool) -> None:
    """A PID alone names no process of a fleet, whatever the order is and however little room there is."""
    long = "ip-10-0-12-7.eu-west-1.compute.internal"
    feed = fleet()
    async with running(console(feed), size) as pilot:
        await pilot.press(*(GPU_PANE if maximised and size[0] > 80 else GPU_PANE[:3]))
        await shows(pilot, "4711")
        feed.put(Kind.GPU_NODE, node(long))
        feed.put(Kind.GPU_PROCESS, process(long, 6711, memory=90 * GIB))
        await pilot.press("s", "s")  # by memory: not below its node
        await shows(pilot, "6711")
        (line,) = [line for line in screen_lines(pilot.app) if "6711" in line]
        assert "ip-10-0-" in line


async def test_one_host_alone_has_neither_nodes_nor_the_column() -> None:
    async with running(aura.console(), (160, 40)) as pilot:
        await pilot.press(*GPU_PANE)
        await shows(pilot, "GPU/PID")
        header = next(line for line in screen_lines(pilot.app) if "GPU/PID" in line)
        assert "NODE" not in header
