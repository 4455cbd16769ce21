"""Credential plugins of a kubeconfig (``exec:``): run one, out of the way of the screen, and read what it says.

Not left to the kubernetes package: its provider hands the plugin our standard input and error where ours is a terminal,
so that a plugin would draw over the screen and eat the keys meant for a kill switch; it has no time-out either. Here a
plugin has a session of its own without a terminal; what it tells the operator (an address and a code to log in with) is
handed on, and it is ended with us.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import AccessError, PluginFailed
from opsconsole.cluster.transport.kubeconfig.leftovers import end_session, has_ended
from opsconsole.decoding import decode_as
from opsconsole.text import clean_line

TIMEOUT = 30.0
"""Seconds that a plugin may take that says nothing."""

LOGIN_TIMEOUT = 300.0
"""Seconds that one may take that has told the operator something, such as where to log in."""

LINGER = 2.0
"""Seconds that its output is waited for once it has ended: whatever it started may hold that open for ever."""

_LOOK = 0.1
"""Seconds between two looks at whether it has ended."""

MAX_OUTPUT = 1 << 20
"""Bytes of an ExecCredential; one that prints more is ended."""

MAX_TOLD = 600
"""Characters handed on of what it tells the operator, its newest."""

_MODES = ("Never", "IfAvailable", "Always")
_VERSIONS = {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}
_running: set[subprocess.Popen[bytes]] = set()

Tell = Callable[[str], None]


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` of an ExecCredential. Never shown and never logged."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: str | None = None

    def __repr__(self) -> str:
        return "Credential(…)"


class _ExecCredential(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: Credential | None = None


def run(
    spec: Mapping[str, Any],
    cluster: Mapping[str, Any],
    folder: str,
    environ: Mapping[str, str] = os.environ,
    tell: Tell = lambda _words: None,
) -> Credential:
    """Run the plugin that a kubeconfig user names.

    Args:
        spec: the user's ``exec`` section.
        cluster: the cluster's section, handed over where ``provideClusterInfo`` asks for it.
        folder: where the kubeconfig is; a command with a slash in it is relative to it.
        environ: the environment that the plugin gets besides its own ``env``.
        tell: told what the plugin says to the operator while it waits, and an empty text when it has ended.

    Raises:
        AccessError: it is missing, fails, takes too long, or says what can't be understood.
    """
    command, version = str(spec.get("command") or ""), str(spec.get("apiVersion") or "")
    _check(spec, clean_line(command, 200), version)
    program = str(Path(folder, command)) if os.sep in command else command
    arguments = [program, *(str(argument or "") for argument in spec.get("args") or ())]
    info = {"KUBERNETES_EXEC_INFO": json.dumps(_info(spec, cluster, version))}
    return _read(clean_line(command, 200), version, _output(arguments, {**environ, **_own(spec), **info}, spec, tell))


def program_of(spec: Mapping[str, Any], folder: str, environ: Mapping[str, str]) -> str:
    """Return the path of the program that :func:`run` would run; empty where there is none."""
    command = str(spec.get("command") or "")
    if os.sep in command:
        return str(Path(folder, command))
    return shutil.which(command, path={**environ, **_own(spec)}.get("PATH")) or ""


def _own(spec: Mapping[str, Any]) -> dict[str, str]:
    return {str(each["name"]): str(each.get("value") or "") for each in spec.get("env") or () if each}


def _check(spec: Mapping[str, Any], command: str, version: str) -> None:
    """Raise where client-go would not run it either, or would hand it the terminal."""
    mode = spec.get("interactiveMode") or ("IfAvailable" if version.endswith("beta1") else "")
    if not command or version not in _VERSIONS:
        raise AccessError(f"the kubeconfig's exec plugin {command or '(no command)'} has no version that is known")
    if mode not in _MODES:
        raise AccessError(f"the kubeconfig's exec plugin {command} has no interactiveMode, or one that is not known")
    if any(not (each or {}).get("name") for each in spec.get("env") or ()):
        raise AccessError(f"the kubeconfig's exec plugin {command} has an env entry without a name")
    if mode == "Always":
        raise AccessError(f"the credential plugin {command} wants a terminal of its own; log in with kubectl first")


def _info(spec: Mapping[str, Any], cluster: Mapping[str, Any], version: str) -> dict[str, Any]:
    body: dict[str, Any] = {"interactive": False}
    if spec.get("provideClusterInfo"):
        about = {key: value for key, value in cluster.items() if key not in {"extensions", "certificate-authority"}}
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                about["config"] = extension.get("extension")
        body["cluster"] = about
    return {"apiVersion": version, "kind": "ExecCredential", "spec": body}


def _output(arguments: list[str], environ: dict[str, str], spec: Mapping[str, Any], tell: Tell) -> bytes:
    command = clean_line(arguments[0], 200)
    try:
        plugin = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        hint = clean_line(str(spec.get("installHint") or ""), 400)
        raise AccessError(f"the credential plugin {command} is not installed. {hint}".rstrip()) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its command or environment has a NUL character"
        raise AccessError(f"the credential plugin {command} can't be run: {why}") from error
    _running.add(plugin)
    reading = _Reading(plugin, command, tell)
    try:
        output = reading.result()
    finally:
        _end(plugin)
        if reading.told:
            tell("")
    if plugin.returncode:
        said = reading.words or "no message"
        raise PluginFailed(f"the credential plugin {command} failed with {plugin.returncode}: {said}")
    return output


class _Reading:
    """Reads what a plugin prints, so much and for so long as it may."""

    def __init__(self, plugin: subprocess.Popen[bytes], command: str, tell: Tell) -> None:
        self._plugin = plugin
        self._command = command
        self._tell = tell
        self._output = bytearray()
        self._said = bytearray()
        self.told = False

    @property
    def words(self) -> str:
        """What it has said to the operator, its newest, on one line."""
        lines = self._said.decode("utf-8", "replace").split("\n")
        return clean_line("  ".join(line.strip() for line in lines if line.strip()))[-MAX_TOLD:]

    def result(self) -> bytes:
        """Return what it printed once it has ended.

        Raises:
            PluginFailed: it took too long, or printed too much.
        """
        began = time.monotonic()
        ended = 0.0
        with selectors.DefaultSelector() as selector:
            for pipe, take in ((self._plugin.stdout, self._take_output), (self._plugin.stderr, self._take_words)):
                assert pipe is not None  # noqa: S101 - both are pipes
                selector.register(pipe, selectors.EVENT_READ, take)
            while selector.get_map() or not ended:
                self._read(selector)
                now = time.monotonic()
                ended = ended or (now if has_ended(self._plugin.pid) else 0.0)
                if ended and now > ended + LINGER:
                    break
                if not ended and now > began + self._limit:
                    raise self._late()
        return bytes(self._output)

    def _read(self, selector: selectors.BaseSelector) -> None:
        """Take what is there, or wait for a moment."""
        for key, _ in selector.select(_LOOK):
            data = os.read(key.fd, 1 << 16)
            if not data:
                selector.unregister(key.fileobj)
            key.data(data)
        if not selector.get_map():
            time.sleep(_LOOK / 10)

    @property
    def _limit(self) -> float:
        return LOGIN_TIMEOUT if self.told else TIMEOUT

    def _late(self) -> PluginFailed:
        said = f" It said: {self.words}" if self.words else ""
        return PluginFailed(f"the credential plugin {self._command} took more than {self._limit:.0f} s; ended.{said}")

    def _take_output(self, data: bytes) -> None:
        self._output += data
        if len(self._output) > MAX_OUTPUT:
            raise PluginFailed(f"the credential plugin {self._command} prints without an end, and was ended")

    def _take_words(self, data: bytes) -> None:
        self._said += data
        del self._said[: -4 * MAX_TOLD]
        if words := self.words:
            self.told = True
            self._tell(f"the credential plugin {self._command} says: {words}")


def _end(plugin: subprocess.Popen[bytes]) -> None:
    """End a plugin and whatever it has started, and reap it."""
    pipes = [pipe for pipe in (plugin.stdout, plugin.stderr) if pipe is not None]
    end_session(plugin.pid, [pipe.fileno() for pipe in pipes])
    for pipe in pipes:
        pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        plugin.wait(2.0)
    _running.discard(plugin)


@atexit.register
def _end_all() -> None:
    """No plugin outlives the console."""
    for plugin in list(_running):
        with contextlib.suppress(OSError):
            end_session(plugin.pid, ())


def _read(command: str, version: str, output: bytes) -> Credential:
    try:
        found = decode_as(output, _ExecCredential)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PluginFailed(f"the credential plugin {command} answered with no ExecCredential") from error
    if found.kind != "ExecCredential" or found.api_version != version:
        raise PluginFailed(f"the credential plugin {command} answered with no ExecCredential of {version}")
    status = found.status
    if status is None or not (status.token or status.client_certificate_data or status.client_key_data):
        raise PluginFailed(f"the credential plugin {command} gave neither a token nor a certificate")
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise PluginFailed(f"the credential plugin {command} gave a certificate without its key, or a key alone")
    return status
