"""Certificates that are renewed on the disk while the console runs; the server refuses the old ones within TLS."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.cluster.transport.connection import RENEW_PAUSE, Connection
from opsconsole.cluster.transport.errors import AccessError, TlsRefused
from opsconsole.settings import ClusterSettings
from rehearsal.server.tls import make_identity
from tests.cluster.helpers import kubeconfig
from tests.support.clock import ManualClock

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class MutualTls:
    """Answers every request with ``ok`` to whoever shows the certificate that it trusts at that moment."""

    def __init__(self) -> None:
        self.context: ssl.SSLContext | None = None
        self.received: list[str] = []
        self.breaks = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def shows(self, own: Path, trusted: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own / "server.crt", own / "server.key")
        context.load_verify_locations(trusted / "server.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            client.settimeout(20)
            assert self.context is not None
            wrapped = self.context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=self._answer, args=(wrapped,), daemon=True).start()

    def _answer(self, client: ssl.SSLSocket) -> None:
        with contextlib.suppress(OSError), client:
            try:
                client.do_handshake()
                asked = b""
                while not _is_whole(asked):
                    asked += client.recv(65536)
                self.received.append(asked.split(b" ")[0].decode())
                if self.breaks:
                    socket.socket.sendall(client, b"no record of TLS\r\n" * 4)
                else:
                    client.sendall(ANSWER)
            except ssl.SSLError:
                # What was not read when we close would reset the connection, and the client might not see the alert.
                while socket.socket.recv(client, 65536):
                    pass


def _is_whole(asked: bytes) -> bool:
    head, ends, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(ends) and len(body) == (int(length.group(1)) if length else 0)


@pytest.fixture
def server() -> Iterator[MutualTls]:
    made = MutualTls()
    yield made
    made.stop()


def _identity(folder: Path) -> Path:
    folder.mkdir()
    if make_identity(folder) is None:
        pytest.skip("openssl is needed")
    return folder


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000.0)


@pytest.fixture
def connection(server: MutualTls, clock: ManualClock, tmp_path: Path) -> Connection:
    """To a server that trusts us; our certificate and its authority are files."""
    ours, theirs = _identity(tmp_path / "ours"), _identity(tmp_path / "theirs")
    server.shows(theirs, ours)
    shutil.copytree(ours, tmp_path / "mine")
    shutil.copy(theirs / "server.crt", tmp_path / "ca.crt")
    user = {"client-certificate": str(tmp_path / "mine/server.crt"), "client-key": str(tmp_path / "mine/server.key")}
    config = kubeconfig(tmp_path / "config", server.url, user, **{"certificate-authority": str(tmp_path / "ca.crt")})
    made = Connection(ClusterSettings(kubeconfig=str(config)), read_only=False, clock=clock)
    assert made.request("GET", "/livez") == b"ok"
    return made


def test_a_client_certificate_that_was_renewed_on_the_disk_is_shown_once_the_old_one_is_refused(
    server: MutualTls, connection: Connection, clock: ManualClock, tmp_path: Path
) -> None:
    renewed = _identity(tmp_path / "renewed")
    server.shows(tmp_path / "theirs", renewed)
    clock.at += RENEW_PAUSE
    with pytest.raises(TlsRefused):
        connection.request("GET", "/livez")
    shutil.copytree(renewed, tmp_path / "mine", dirs_exist_ok=True)
    clock.at += RENEW_PAUSE
    assert connection.request("GET", "/livez") == b"ok"


def test_another_authority_on_the_disk_is_said_and_not_taken_over(
    server: MutualTls, connection: Connection, clock: ManualClock, tmp_path: Path
) -> None:
    other = _identity(tmp_path / "other")
    server.shows(other, tmp_path / "ours")
    with pytest.raises(TlsRefused, match="shows a certificate that we do not trust"):
        connection.request("GET", "/livez")
    shutil.copy(other / "server.crt", tmp_path / "ca.crt")
    clock.at += RENEW_PAUSE
    with pytest.raises(AccessError, match=r"trusts another certificate authority .*; start opsconsole again"):
        connection.request("GET", "/livez")
    server.shows(tmp_path / "theirs", tmp_path / "ours")
    shutil.copy(tmp_path / "theirs/server.crt", tmp_path / "ca.crt")
    clock.at += RENEW_PAUSE
    assert connection.request("GET", "/livez") == b"ok"


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_that_tls_refused_unread_is_sent_again_with_the_renewed_certificate_and_received_once(
    server: MutualTls, connection: Connection, clock: ManualClock, tmp_path: Path, method: str
) -> None:
    renewed = _identity(tmp_path / "renewed")
    server.shows(tmp_path / "theirs", renewed)
    shutil.copytree(renewed, tmp_path / "mine", dirs_exist_ok=True)
    clock.at += RENEW_PAUSE
    assert connection.request(method, "/api/v1/namespaces/x/pods", body={"kind": "Pod"}) == b"ok"
    assert server.received == ["GET", method]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_that_was_received_before_tls_broke_is_not_sent_again(
    server: MutualTls, connection: Connection, clock: ManualClock, method: str
) -> None:
    server.breaks = True
    clock.at += RENEW_PAUSE
    with pytest.raises(TlsRefused) as raised:
        connection.request(method, "/api/v1/namespaces/x/pods", body={"kind": "Pod"})
    assert not raised.value.unread
    assert server.received == ["GET", method]
