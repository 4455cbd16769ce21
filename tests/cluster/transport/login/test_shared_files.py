"""A kubeconfig, or what it names, that others may write: it is used as kubectl uses it, and it is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.prober import Prober
from opsconsole.cluster.transport.kubeconfig.file import KubeconfigEntry
from opsconsole.cluster.transport.kubeconfig.load import ClusterAccess, load
from opsconsole.cluster.transport.kubeconfig.others import remarks_on
from opsconsole.records import Kind, Severity
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer
from tests.cluster.helpers import RecordingSink, kubeconfig
from tests.support.waiting import eventually

Load = Callable[..., ClusterAccess]
CREDENTIAL = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}'


@pytest.fixture
def login(tmp_path: Path) -> Path:
    """A credential plugin, in a folder of its own."""
    path = tmp_path / "bin" / "login"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\nprint({CREDENTIAL!r})\n")
    path.chmod(0o755)
    return path


def user(command: str, *args: str, **env: str) -> dict[str, Any]:
    given = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": command}
    return {"exec": given | {"args": list(args), "env": [{"name": name, "value": env[name]} for name in env]}}


def remarks(path: Path, **environ: str) -> tuple[str, ...]:
    access = load(str(path), "", {"PATH": os.environ["PATH"], **environ})
    assert access.authorization == "Bearer t", "it is used all the same"
    return access.remarks


def test_what_nobody_else_may_write_is_no_remark(tmp_path: Path, login: Path) -> None:
    config = kubeconfig(tmp_path / "config", "https://api.test", user(str(login)))
    config.chmod(0o600)
    assert remarks(config) == ()


def test_a_kubeconfig_that_others_may_write(tmp_path: Path, login: Path) -> None:
    config = kubeconfig(tmp_path / "config", "https://api.test", user(str(login)))
    config.chmod(0o666)
    [said] = remarks(config)
    assert said == f"the kubeconfig {config}: {config} may be written by others; take that away: chmod go-w"


def test_a_credential_plugin_that_others_may_write_however_it_is_named(tmp_path: Path, login: Path) -> None:
    login.chmod(0o777)
    for each, environ in (
        (user(str(login)), {}),
        (user("bin/login"), {}),
        (user("login"), {"PATH": f"{login.parent}:{os.environ['PATH']}"}),
        (user("login", PATH=f"{login.parent}:{os.environ['PATH']}"), {}),
        (user(sys.executable, str(login)), {}),
    ):
        config = kubeconfig(tmp_path / "config", "https://api.test", each)
        [said] = [found for found in remarks(config, **environ) if "login" in found]
        assert said.startswith(f"the kubeconfig's credential plugin {login}: {login} may be written by others"), each


def test_a_credential_plugin_in_a_folder_that_others_may_write(tmp_path: Path, login: Path) -> None:
    login.parent.chmod(0o777)
    [said] = remarks(kubeconfig(tmp_path / "config", "https://api.test", user(str(login))))
    assert f"{login.parent} may be written by others" in said


def test_a_token_file_that_others_may_write(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t")
    token.chmod(0o666)
    [said] = remarks(kubeconfig(tmp_path / "config", "https://api.test", {"tokenFile": "token"}))
    assert said.startswith(f"the kubeconfig's tokenFile {token}: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"args": [None, "", "/no/such/file"]},
        {"args": None},
        {"env": None},
        {"env": [{"name": "PATH"}]},
        {"command": ""},
    ],
)
def test_a_plugin_that_is_odd_is_no_remark_and_breaks_nothing_else(tmp_path: Path, odd: dict[str, Any]) -> None:
    path = kubeconfig(tmp_path / "config", "http://api.test", user("no-such-program"))
    document = yaml.safe_load(path.read_text())
    document["users"][0]["user"]["exec"] |= odd
    path.write_text(yaml.safe_dump(document))
    assert load(str(path), "", {}).remarks == ()


@pytest.mark.parametrize("name", ["x" * 5_000, "/" + "x" * 5_000, "a\0b", "\ud800", "~", ".", "/"])
def test_a_name_that_no_file_can_have_is_no_remark(name: str) -> None:
    odd = KubeconfigEntry({"exec": {"command": name, "args": [name]}, "tokenFile": name, "client-key": name}, "/tmp")
    assert remarks_on([Path(name)], KubeconfigEntry({"certificate-authority": name}, "/tmp"), odd, {}) == ()


def test_a_folder_that_may_not_be_searched_is_no_remark(tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may search every folder")
    (tmp_path / "closed").mkdir(mode=0)
    user = KubeconfigEntry({"tokenFile": str(tmp_path / "closed" / "token")}, "/")
    assert remarks_on([], KubeconfigEntry({}, ""), user, {}) == ()


def test_it_is_a_finding_on_the_screen_said_once(faults: FaultServer, tmp_path: Path, connect_to: Connect) -> None:
    faults.on("/livez", answers.body("ok"))
    config = kubeconfig(tmp_path / "config", faults.url, {"token": "t"})
    config.chmod(0o666)
    prober, sink = Prober(connect_to(config), SystemClock(), every=0.05), RecordingSink()
    prober.start(sink)
    try:
        sink.wait(lambda s: s.records[Kind.FINDING])
        eventually(lambda: len(faults.requests("/livez")) > 3, "it is looked at again")
        [finding] = sink.records[Kind.FINDING].values()
        assert (finding.rule, finding.severity) == ("shared-file", Severity.WARNING)
        assert f"{config} may be written by others" in finding.title
    finally:
        prober.stop()


def test_what_is_no_longer_so_is_no_finding_any_more(tmp_path: Path, connect_to: Connect, faults: FaultServer) -> None:
    connection: Any = connect_to(kubeconfig(tmp_path / "config", faults.url, {"token": "t"}))
    remarks = iter([("the kubeconfig a: open", "the kubeconfig b: open"), ("the kubeconfig b: open",), ()])
    prober, sink = Prober(connection, SystemClock()), RecordingSink()
    for wanted in (2, 1, 0):
        access: Any = SimpleNamespace(remarks=next(remarks))
        prober._connection = SimpleNamespace(known_access=access)  # type: ignore[assignment]
        prober._tell_remarks(sink)
        assert len(sink.records[Kind.FINDING]) == wanted
