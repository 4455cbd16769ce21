"""A real OpenSSH server on several loopback addresses: each is a node with GPUs of its own, told by the test NVML."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.nvml.world import NvmlWorld
from tests.support.waiting import eventually
from tests.testbed.plane.processes import free_port

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
REQUIRED = os.environ.get("OPSCONSOLE_REQUIRE_SSH", "") not in {"", "0"}


def why_not() -> str:
    """Why there can be no server here; empty where there can."""
    missing = [name for name, path in (("sshd", SSHD), ("ssh-keygen", shutil.which("ssh-keygen"))) if not path]
    if missing:
        return f"{' and '.join(missing)} not found (Debian: openssh-server)"
    if os.getuid() == 0 and not Path("/run/sshd").exists():
        Path("/run/sshd").mkdir(mode=0o755)
    return ""


class SshNodes:
    """The server, the client's configuration, and the nodes' NVML worlds by name.

    Args:
        folder: an empty one, for keys and configuration.
        library: the folder of the test NVML.
        names: of the nodes; each gets a loopback address.
    """

    def __init__(self, folder: Path, library: Path, names: tuple[str, ...]) -> None:
        self.folder = folder
        self.addresses = {name: f"127.0.1.{number}" for number, name in enumerate(names, 2)}
        self.nvml = {name: NvmlWorld(folder / f"{name}.nvml") for name in names}
        self.config = folder / "ssh_config"
        self.known_hosts = folder / "known_hosts"
        self.log = folder / "sshd.log"
        self._library = library
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._keys()
        self._write()

    def start(self) -> None:
        """Start the server and wait until it listens."""
        with self.log.open("ab") as log:
            command = [str(SSHD), "-D", "-e", "-f", str(self.folder / "sshd_config")]
            self._process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        addresses = self.addresses.values()
        eventually(lambda: all(_listens(each, self.port) for each in addresses), f"sshd: {self.log.read_text()}")

    def stop(self) -> None:
        """Stop the server and break every connection, as the end of the machine would."""
        if self._process is not None:
            sessions = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            self._process.wait(60)
            self._process = None
            for session in sessions:
                with contextlib.suppress(psutil.NoSuchProcess):
                    session.kill()

    def forget_key(self, name: str) -> None:
        """Make the node's host key one that the client does not know."""
        kept = [line for line in self.known_hosts.read_text().splitlines() if self.addresses[name] not in line]
        self.known_hosts.write_text("".join(line + "\n" for line in kept))

    def change_key(self, name: str) -> None:
        """Make the client know another host key for the node than it has."""
        self.forget_key(name)
        with self.known_hosts.open("a") as file:
            file.write(f"[{self.addresses[name]}]:{self.port} {(self.folder / 'user.pub').read_text()}")

    def _keys(self) -> None:
        for name in ("host", "user", "stranger"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(command, check=True)
        (self.folder / "authorized_keys").write_text((self.folder / "user.pub").read_text())
        public = (self.folder / "host.pub").read_text()
        lines = (f"[{address}]:{self.port} {public}" for address in self.addresses.values())
        self.known_hosts.write_text("".join(lines))

    def _write(self) -> None:
        server = [
            f"Port {self.port}",
            *(f"ListenAddress {address}" for address in self.addresses.values()),
            f"HostKey {self.folder / 'host'}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {self.folder / 'sshd.pid'}",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            "StrictModes no",
            "UsePAM no",
            "MaxStartups 500",
        ]
        for name, address in self.addresses.items():
            # SHLVL: in a first shell bash would read the startup file of whoever runs the tests; that may do anything.
            values = f"SHLVL=2 LD_LIBRARY_PATH={self._library} OPSCONSOLE_TEST_NVML={self.nvml[name].path}"
            server += [f"Match LocalAddress {address}", f"  SetEnv {values}"]
        (self.folder / "sshd_config").write_text("\n".join(server) + "\n")
        client = [
            line for name, address in self.addresses.items() for line in (f"Host {name}", f"  HostName {address}")
        ]
        client += [
            "Host *",
            f"  Port {self.port}",
            f"  User {pwd.getpwuid(os.getuid()).pw_name}",
            f"  IdentityFile {self.folder / 'user'}",
            "  IdentitiesOnly yes",
            f"  UserKnownHostsFile {self.known_hosts}",
            "  GlobalKnownHostsFile /dev/null",
        ]
        self.config.write_text("\n".join(client) + "\n")


@pytest.fixture
def ssh_nodes(tmp_path: Path, nvml_library: Path) -> Iterator[SshNodes]:
    """Four nodes behind a real OpenSSH server."""
    why = why_not()
    if why and REQUIRED:
        pytest.fail(f"OPSCONSOLE_REQUIRE_SSH: {why}")
    if why:
        pytest.skip(f"no OpenSSH server: {why}")
    nodes = SshNodes(tmp_path, nvml_library, ("gpu-1", "gpu-2", "gpu-3", "gpu-4"))
    nodes.start()
    yield nodes
    nodes.stop()


def _listens(address: str, port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((address, port)) == 0
