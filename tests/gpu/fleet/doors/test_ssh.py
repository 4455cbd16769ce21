"""The door by OpenSSH, against a real server on loopback addresses."""

from __future__ import annotations

import contextlib
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.report import AnswerError, ask_report, decode_report
from opsconsole.gpu.fleet.sent import snapshot_in
from opsconsole.gpu.fleet.ssh import SshDoor
from opsconsole.records import State
from tests.gpu.fleet.sshd import SshNodes
from tests.support.waiting import eventually


@pytest.fixture
def doors() -> Iterator[list[SshDoor]]:
    opened: list[SshDoor] = []
    yield opened
    for door in opened:
        door.close()


def door_to(nodes: SshNodes, doors: list[SshDoor], **otherwise: Any) -> SshDoor:
    doors.append(SshDoor(SystemClock(), config=str(nodes.config), **otherwise))
    return doors[-1]


def test_each_node_reports_its_own_gpus(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.nvml["gpu-1"].device(0)
    ssh_nodes.nvml["gpu-2"].device(0, uuid="GPU-other")
    door, question = door_to(ssh_nodes, doors), ask_report(20, 5, holders=True)
    found = [snapshot_in(decode_report(question, door.run(node, question.script, 20))) for node in ("gpu-1", "gpu-2")]
    assert [device.uuid for each in found for device in each.devices] == [
        "GPU-00000000-1111-2222-3333-444444444444",
        "GPU-other",
    ]


def test_the_second_look_goes_through_the_open_connection(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    door = door_to(ssh_nodes, doors)
    for _ in range(3):
        assert door.run("gpu-1", b"print('there')", 60) == b"there\n"
    assert ssh_nodes.log.read_text().count("Accepted publickey") == 1


def test_a_name_is_mapped_to_a_host(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    door = door_to(ssh_nodes, doors, hosts={"ip-10-0-0-7": "gpu-3"}, host="gpu-{node}")
    assert door.run("ip-10-0-0-7", b"print(7)", 20) == b"7\n"
    assert door.run("4", b"print(4)", 20) == b"4\n"


@pytest.mark.parametrize("name", ["-oProxyCommand=touch pwned", "a b", "a;reboot", "$(x)", "", "-", "a\nb"])
def test_a_name_that_is_no_host_is_refused(ssh_nodes: SshNodes, doors: list[SshDoor], name: str) -> None:
    with pytest.raises(DoorError, match="no host's name"):
        door_to(ssh_nodes, doors).run(name, b"", 5)


def test_a_host_key_that_is_not_known_is_not_accepted(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.forget_key("gpu-1")
    before = ssh_nodes.known_hosts.read_text()
    with pytest.raises(DoorError, match="host key not known") as caught:
        door_to(ssh_nodes, doors).run("gpu-1", b"print()", 20)
    assert caught.value.state is State.DENIED
    assert ssh_nodes.known_hosts.read_text() == before


def test_a_host_key_that_changed_is_said_as_that(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.change_key("gpu-1")
    with pytest.raises(DoorError, match="HOST KEY CHANGED") as caught:
        door_to(ssh_nodes, doors).run("gpu-1", b"print()", 20)
    assert caught.value.state is State.DENIED


@pytest.mark.parametrize("lax", ["no", "accept-new", "off"])
@pytest.mark.parametrize("changed", [False, True], ids=["not known", "another one"])
def test_a_host_key_is_not_accepted_blindly_though_the_users_configuration_would(
    ssh_nodes: SshNodes, doors: list[SshDoor], lax: str, *, changed: bool
) -> None:
    (ssh_nodes.change_key if changed else ssh_nodes.forget_key)("gpu-1")
    ssh_nodes.config.write_text(f"{ssh_nodes.config.read_text()}  StrictHostKeyChecking {lax}\n")
    before = ssh_nodes.known_hosts.read_text()
    with pytest.raises(DoorError, match="HOST KEY CHANGED" if changed else "host key not known") as caught:
        door_to(ssh_nodes, doors).run("gpu-1", b"print()", 20)
    assert caught.value.state is State.DENIED
    assert ssh_nodes.known_hosts.read_text() == before


def test_a_key_that_is_refused_is_said_and_nobody_is_asked(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    (ssh_nodes.folder / "authorized_keys").write_text((ssh_nodes.folder / "stranger.pub").read_text())
    with pytest.raises(DoorError, match="Permission denied") as caught:
        door_to(ssh_nodes, doors).run("gpu-1", b"print()", 20)
    assert caught.value.state is State.DENIED


def test_a_node_that_refuses_the_connection_is_down(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.stop()
    with pytest.raises(DoorError, match="Connection refused") as caught:
        door_to(ssh_nodes, doors).run("gpu-1", b"print()", 20)
    assert caught.value.state is State.DOWN


def test_a_name_that_nobody_knows_is_down(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    with pytest.raises(DoorError, match=r"no-such-node\.invalid"):
        door_to(ssh_nodes, doors).run("no-such-node.invalid", b"print()", 20)


def test_a_node_that_hangs_is_given_up(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    door = door_to(ssh_nodes, doors, connect_seconds=0.5)

    def connected() -> bool:
        with contextlib.suppress(DoorError):  # a busy machine may take longer than that
            door.run("gpu-1", b"print()", 20)
            return True
        return False

    eventually(connected)
    with pytest.raises(DoorError, match="no answer"):
        door.run("gpu-1", b"import time; time.sleep(20)", 0.5)


def test_a_node_without_python_says_so(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    with pytest.raises(DoorError, match="python3 is not there"):
        door_to(ssh_nodes, doors, python="/no/such/python").run("gpu-1", b"print()", 20)


def test_what_ends_badly_there_is_said_with_its_last_words(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    with pytest.raises(DoorError, match="ended with 3: no \u241b\\[31m luck"):
        door_to(ssh_nodes, doors).run(
            "gpu-1", b"import sys; print('no \\x1b[31m luck', file=sys.stderr); sys.exit(3)", 20
        )


def test_half_a_report_is_none(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.nvml["gpu-1"].device()
    question = ask_report(20, 5, holders=False)
    data = door_to(ssh_nodes, doors).run("gpu-1", question.script, 20)
    for length in range(len(question.mark), len(data) - 1, 97):
        with pytest.raises(AnswerError, match="half a report"):
            decode_report(question, data[:length])


def test_a_login_script_that_prints_does_not_disturb(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    ssh_nodes.nvml["gpu-1"].device()
    question = ask_report(20, 5, holders=False)
    noisy = b"print('Welcome to gpu-1! opsconsole {}')\n" + question.script
    assert snapshot_in(decode_report(question, door_to(ssh_nodes, doors).run("gpu-1", noisy, 20))).devices


def test_an_endless_answer_is_cut(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    question = ask_report(20, 5, holders=False)
    endless = f"import sys\nsys.stdout.write({question.mark!r})\nwhile 1: sys.stdout.write('[' * 65536)\n"
    with pytest.raises(AnswerError, match="too long"):
        decode_report(question, door_to(ssh_nodes, doors).run("gpu-1", endless.encode(), 60))


def test_the_sockets_are_private_and_gone_afterwards(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    door = door_to(ssh_nodes, doors)
    door.run("gpu-1", b"print()", 20)
    command = door.command("gpu-1")
    folder = Path(command[command.index("-S") + 1]).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.iterdir())) == 1
    door.close()
    assert not folder.exists()
    with pytest.raises(DoorError, match="closed"):
        door.run("gpu-1", b"print()", 20)


def test_a_long_path_of_the_folder_for_temporary_files_costs_no_connection(
    ssh_nodes: SshNodes, doors: list[SshDoor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's path has 107 bytes at most, and batch systems give each job a deep folder of its own."""
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert door_to(ssh_nodes, doors).run("gpu-1", b"print(7)", 20) == b"7\n"
    assert list(deep.iterdir()) == []


def test_the_command_never_weakens_what_the_user_says_of_host_keys(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    command = door_to(ssh_nodes, doors).command("gpu-1")
    assert "StrictHostKeyChecking=yes" in command
    assert not any("KnownHosts" in part for part in command)
    assert command[-3:] == ["--", "gpu-1", "python3 -I -S -"]
    assert {"BatchMode=yes", "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes"} <= set(command)


def test_as_root_it_is_sudo_that_never_asks(ssh_nodes: SshNodes, doors: list[SshDoor]) -> None:
    assert door_to(ssh_nodes, doors, sudo=True).command("gpu-1")[-1] == "sudo -n -- python3 -I -S -"


def test_an_interpreter_with_a_blank_in_its_path_is_quoted_once(
    ssh_nodes: SshNodes, doors: list[SshDoor], tmp_path: Path
) -> None:
    folder = tmp_path / "my $(touch pwned) pythons"
    folder.mkdir()
    script = folder / "py"
    script.write_text('#!/bin/sh\nexec python3 "$@"\n')
    script.chmod(0o755)
    assert door_to(ssh_nodes, doors, python=str(script)).run("gpu-1", b"print(7)", 20) == b"7\n"
