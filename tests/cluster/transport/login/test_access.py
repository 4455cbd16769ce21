"""The way to the cluster: kubeconfigs, credential plugins, inside a pod."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.kubeconfig.load import REREAD, ClusterAccess, execplugin, load
from tests.cluster.helpers import kubeconfig
from tests.support.waiting import DEADLINE

V1 = "client.authentication.k8s.io/v1"
CA = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"
SERVER = "https://api.example:6443"


def read(path: Path, context: str = "", **environ: str) -> ClusterAccess:
    return load(str(path), context, environ)


def test_a_context_says_server_cluster_and_namespace(tmp_path: Path) -> None:
    access = read(kubeconfig(tmp_path / "c", f"{SERVER}/", {"token": "t"}))
    assert (access.server, access.context, access.cluster, access.namespace) == (SERVER, "test", "somewhere", "home")
    assert access.authorization == "Bearer t"
    assert access.expires is None


def test_the_named_context_wins_over_the_current_one(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "c", SERVER)
    text = path.read_text().replace("current-context: test", "current-context: nothing")
    path.write_text(text)
    assert read(path, "test").context == "test"
    with pytest.raises(AccessError, match="no context named nothing; it has: test"):
        read(path)


def test_several_files_are_laid_over_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    kubeconfig(first, "https://first:1", {"token": "first"})
    kubeconfig(second, "https://second:1", {"token": "second"})
    access = load(f"{first}:{tmp_path / 'missing'}:{second}", "", {})
    assert access.server == "https://first:1"
    assert load("", "", {"KUBECONFIG": str(second)}).server == "https://second:1"


def test_files_are_found_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(f"# Zertifizierungsstelle für den Betrieb\n{CA}")
    (tmp_path / "me.crt").write_text("CERT")
    (tmp_path / "token").write_text("from-file\n")
    user = {"client-certificate": "me.crt", "client-key-data": base64.b64encode(b"KEY").decode(), "tokenFile": "token"}
    access = read(kubeconfig(tmp_path / "c", SERVER, user, **{"certificate-authority": "ca.pem"}))
    assert (access.tls.ca, access.tls.certificate, access.tls.key) == (CA.encode(), b"CERT", b"KEY")
    assert access.authorization == "Bearer from-file"
    assert access.good_for == REREAD


def test_a_password_becomes_basic_authentication(tmp_path: Path) -> None:
    access = read(kubeconfig(tmp_path / "c", SERVER, {"username": "me", "password": "pw"}))
    assert access.authorization == f"Basic {base64.b64encode(b'me:pw').decode()}"


def test_tls_can_be_told_to_look_away(tmp_path: Path) -> None:
    tls = read(kubeconfig(tmp_path / "c", SERVER, **{"insecure-skip-tls-verify": True, "tls-server-name": "x"})).tls
    assert not tls.verify
    assert tls.server_name == "x"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("[]", "no mapping"),
        ("users: [{user: {token: my-secret}", "no YAML"),
        ("\tx", "no YAML"),
        ("contexts: [1]", r"got `int` - at `\$.contexts\[0\]`"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]", "no cluster named gone"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b}]", "no server"),
    ],
)
def test_a_broken_kubeconfig_is_named_and_never_quoted(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "broken"
    path.write_text(content)
    with pytest.raises(AccessError, match=words) as caught:
        read(path)
    assert "my-secret" not in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match=r"client-certificate .*gone.crt.*No such file"):
        read(kubeconfig(tmp_path / "c", SERVER, {"client-certificate": "gone.crt"}))
    with pytest.raises(AccessError, match=r"client-key-data .* no base64"):
        read(kubeconfig(tmp_path / "c", SERVER, {"client-certificate-data": "QQ==", "client-key-data": "%%%"}))


def plugin(tmp_path: Path, answer: str, **spec: Any) -> dict[str, Any]:
    """A credential plugin that prints ``answer``, which is Python's expression for a text."""
    script = tmp_path / "plugin.py"
    script.write_text(f"import json, os, sys\ninfo = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\nprint({answer})\n")
    version = "client.authentication.k8s.io/v1"
    fixed = {"apiVersion": version, "interactiveMode": "Never", "command": sys.executable, "args": [str(script)]}
    return {"exec": {**fixed, **spec}}


def status(**fields: str) -> str:
    return json.dumps(json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": fields}))


def test_a_plugin_gives_a_token_that_expires(tmp_path: Path) -> None:
    user = plugin(tmp_path, status(token="from-plugin", expirationTimestamp="1970-01-01T01:00:00Z"))
    access = read(kubeconfig(tmp_path / "c", SERVER, user))
    assert access.authorization == "Bearer from-plugin"
    assert access.expires == 3600.0


def test_a_plugin_gives_a_certificate(tmp_path: Path) -> None:
    user = plugin(tmp_path, status(clientCertificateData="C", clientKeyData="K"))
    access = read(kubeconfig(tmp_path / "c", SERVER, user))
    assert (access.tls.certificate, access.tls.key, access.authorization) == (b"C", b"K", "")


def test_a_plugin_is_told_what_it_asks_for_and_has_no_terminal(tmp_path: Path) -> None:
    answer = (
        f"json.dumps({{'kind': 'ExecCredential', 'apiVersion': '{V1}', 'status':"
        " {'token': '/'.join([info['spec']['cluster']['server'], os.environ['EXTRA'],"
        " str(info['spec']['interactive']), sys.stdin.read()])}})"
    )
    user = plugin(tmp_path, answer, provideClusterInfo=True, env=[{"name": "EXTRA", "value": "more"}])
    assert read(kubeconfig(tmp_path / "c", SERVER, user)).authorization == f"Bearer {SERVER}/more/False/"


@pytest.mark.parametrize(
    ("answer", "spec", "words"),
    [
        ("sys.exit('\\x1b[31mlogged out')", {}, r"failed with 1: ␛\[31mlogged out"),
        ("'no json'", {}, "no ExecCredential"),
        ("'{}'", {}, "no ExecCredential of client.authentication"),
        (status(), {}, "neither a token nor a certificate"),
        ("''", {"command": "opsconsole-no-such-plugin", "installHint": "brew it"}, "not installed. brew it"),
        ("''", {"interactiveMode": "Always"}, "log in with kubectl first"),
        ("''", {"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "no version that is known"),
    ],
)
def test_a_plugin_that_fails_is_named(tmp_path: Path, answer: str, spec: dict[str, Any], words: str) -> None:
    with pytest.raises(AccessError, match=words):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, answer, **spec)))


def test_a_plugin_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execplugin, "TIMEOUT", 0.5)
    with pytest.raises(AccessError, match="took more than"):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, "__import__('time').sleep(60)")))


def test_a_plugin_with_a_path_is_found_beside_the_kubeconfig(tmp_path: Path) -> None:
    script = tmp_path / "login"
    script.write_text(f"#!{sys.executable}\nprint({status(token='beside')})\n")
    script.chmod(0o700)
    user = {"exec": {"apiVersion": V1, "interactiveMode": "Never", "command": "./login"}}
    assert read(kubeconfig(tmp_path / "c", SERVER, user)).authorization == "Bearer beside"


def test_a_proxy_is_taken_from_the_kubeconfig_or_the_environment(
    tmp_path: Path,
) -> None:
    explicit = kubeconfig(tmp_path / "a", SERVER, **{"proxy-url": "http://proxy:3128"})
    assert read(explicit).proxy == "http://proxy:3128"
    plain = kubeconfig(tmp_path / "b", SERVER)
    assert read(plain, HTTPS_PROXY="http://everyone:3128").proxy == "http://everyone:3128"
    inside = kubeconfig(tmp_path / "d", "https://10.1.2.3:6443")
    environ = {"HTTPS_PROXY": "http://everyone:3128", "NO_PROXY": "10.0.0.0/8,.internal"}
    assert read(inside, **environ).proxy == ""


def test_a_plugin_that_prints_without_an_end_is_ended(tmp_path: Path) -> None:
    endless = "[sys.stdout.write('x' * 65536) for _ in iter(int, 1)]"
    with pytest.raises(AccessError, match="prints without an end"):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, endless)))


def test_what_a_plugin_tells_the_operator_is_handed_on_while_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execplugin, "TIMEOUT", 5.0)
    words = "To sign in, open https://login.example/device and enter the code ABC-123"
    waiting = (
        f"(sys.stderr.write({words!r}), sys.stderr.flush(), __import__('time').sleep(5.5), {status(token='t')})[3]"
    )
    told: list[str] = []
    path = kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, waiting))
    access = load(str(path), "", {}, tell=told.append)
    assert access.authorization == "Bearer t"
    assert words in told[0]
    assert told[-1] == ""


def test_a_plugin_has_a_session_of_its_own_and_its_children_end_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "child"
    child = f"open({str(mark)!r}, 'w').write(str(__import__('subprocess').Popen(['sleep', '600']).pid))"
    path = kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, f"({child}, __import__('time').sleep(600))"))
    for seconds in (1.0, 5.0, 25.0):  # until it has begun: on a busy machine a process takes seconds to
        monkeypatch.setattr(execplugin, "TIMEOUT", seconds)
        with pytest.raises(AccessError, match="took more than"):
            read(path)
        if mark.exists() and mark.read_text():
            break
    assert _is_gone(int(mark.read_text())), "the plugin's child is still there"


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + DEADLINE
    while _runs(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it went between two looks, or while it was read
        return False


def _left(mark: Path, **how: Any) -> str:
    """An expression that starts a process that stays, and writes down its number."""
    start = f"__import__('subprocess').Popen(['sleep', '600'], {', '.join(f'{k}={v}' for k, v in how.items())})"
    return f"open({str(mark)!r}, 'w').write(str({start}.pid))"


QUIET = {"stdout": -3, "stderr": -3}


@pytest.mark.parametrize(
    "how",
    [{}, QUIET, {"process_group": 0}, {**QUIET, "process_group": 0}, {"start_new_session": True}],
    ids=["its pipes", "its session", "its pipes and a group", "its session and a group", "its pipes and a session"],
)
def test_what_a_plugin_leaves_behind_holds_nothing_up_and_is_ended(tmp_path: Path, how: dict[str, Any]) -> None:
    mark = tmp_path / "child"
    began = time.monotonic()
    path = kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, f"({_left(mark, **how)}, {status(token='t')})[1]"))
    assert read(path).authorization == "Bearer t"
    assert time.monotonic() - began < execplugin.TIMEOUT
    assert _is_gone(int(mark.read_text()))


def test_a_daemon_that_a_plugin_has_let_go_in_good_order_is_left_alone(tmp_path: Path) -> None:
    mark = tmp_path / "agent"
    left = _left(mark, **QUIET, start_new_session=True)
    path = kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, f"({left}, {status(token='t')})[1]"))
    assert read(path).authorization == "Bearer t"
    os.kill(int(mark.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("pipe", ["stdout", "stderr"])
def test_a_plugin_that_never_stops_talking_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipe: str) -> None:
    monkeypatch.setattr(execplugin, "TIMEOUT", 1.0)
    monkeypatch.setattr(execplugin, "LOGIN_TIMEOUT", 1.0)
    monkeypatch.setattr(execplugin, "MAX_OUTPUT", 1 << 40)
    talk = f"[(sys.{pipe}.write('x\\n'), sys.{pipe}.flush()) for _ in iter(int, 1)]"
    with pytest.raises(AccessError, match="took more than"):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, talk)))


def test_a_plugin_that_closes_its_pipes_and_stays_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execplugin, "TIMEOUT", 1.0)
    silent = "(os.close(1), os.close(2), __import__('time').sleep(600))"
    with pytest.raises(AccessError, match="took more than"):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, silent)))


def test_a_plugin_that_stops_itself_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execplugin, "TIMEOUT", 1.0)
    with pytest.raises(AccessError, match="took more than"):
        read(kubeconfig(tmp_path / "c", SERVER, plugin(tmp_path, "os.kill(os.getpid(), 19)")))


def test_a_kubeconfig_nested_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    for text in ("[" * 50_000, "- " * 50_000 + "x", "a: &a [x]\nb: [" + "*a, " * 5_000 + "]"):
        path.write_text(text)
        with pytest.raises(AccessError, match=r"nested too deep|no YAML"):
            read(path)


def test_an_auth_provider_is_left_to_the_kubernetes_package(tmp_path: Path) -> None:
    def part(fields: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part({'exp': 99999999999, 'sub': 'eve'})}.sig"
    user = {"auth-provider": {"name": "oidc", "config": {"id-token": token, "idp-issuer-url": "https://idp"}}}
    access = read(kubeconfig(tmp_path / "c", SERVER, user))
    assert access.authorization == f"Bearer {token}"
    assert access.good_for == REREAD
    broken = {"auth-provider": {"name": "oidc", "config": {}}}
    with pytest.raises(AccessError, match="auth provider of context test"):
        read(kubeconfig(tmp_path / "d", SERVER, broken))


def test_inside_a_pod_the_mounted_token_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kubernetes.config import incluster_config

    (tmp_path / "token").write_text("mounted")
    (tmp_path / "ca.crt").write_text("CA")
    (tmp_path / "namespace").write_text("ops\n")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    environ = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    access = read(tmp_path / "none", **environ)
    assert (access.server, access.namespace, access.tls.ca) == ("https://10.96.0.1:443", "ops", b"CA")
    assert access.authorization == "bearer mounted"
    with pytest.raises(AccessError, match="no kubeconfig"):
        read(tmp_path / "none", "some-context", **environ)


def test_no_kubeconfig_anywhere_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match=f"no kubeconfig at {tmp_path}/none"):
        read(tmp_path / "none")
