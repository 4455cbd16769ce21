"""Credential plugins of a kubeconfig (``exec:``): run one, out of the way of the screen, and read what it says.

Not left to the kubernetes package: its provider hands the plugin our standard input and error where ours is a terminal,
so that a plugin would draw over the screen and eat the keys meant for a kill switch; it has no time-out either.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.text import clean_line

TIMEOUT = 30.0
"""Seconds that a plugin may take. One that waits for a person to log in would wait for ever here."""

_VERSIONS = {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` of an ExecCredential. Never shown and never logged."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: str = ""

    def __repr__(self) -> str:
        return "Credential(…)"


class _ExecCredential(msgspec.Struct):
    status: Credential | None = None


def run(
    spec: Mapping[str, Any], cluster: Mapping[str, Any], folder: str, environ: Mapping[str, str] = os.environ
) -> Credential:
    """Run the plugin that a kubeconfig user names.

    Args:
        spec: the user's ``exec`` section.
        cluster: the cluster's section, handed over where ``provideClusterInfo`` asks for it.
        folder: where the kubeconfig is; a command with a slash in it is relative to it.
        environ: the environment that the plugin gets besides its own ``env``.

    Raises:
        AccessError: it is missing, fails, takes too long, or says what can't be understood.
    """
    command, version = str(spec.get("command") or ""), str(spec.get("apiVersion") or "")
    if not command or version not in _VERSIONS:
        raise AccessError(f"the kubeconfig's exec plugin {command or '(no command)'} has no version that is known")
    if spec.get("interactiveMode") == "Always":
        raise AccessError(f"the credential plugin {command} wants a terminal of its own; log in with kubectl first")
    program = str(Path(folder, command)) if os.sep in command else command
    arguments = [program, *(str(argument) for argument in spec.get("args") or ())]
    own = {str(each["name"]): str(each["value"]) for each in spec.get("env") or ()}
    info = {"KUBERNETES_EXEC_INFO": json.dumps(_info(spec, cluster, version))}
    return _read(command, _output(arguments, {**environ, **own, **info}, spec))


def _info(spec: Mapping[str, Any], cluster: Mapping[str, Any], version: str) -> dict[str, Any]:
    body: dict[str, Any] = {"interactive": False}
    if spec.get("provideClusterInfo"):
        about = {key: value for key, value in cluster.items() if key != "extensions"}
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                about["config"] = extension.get("extension")
        body["cluster"] = about
    return {"apiVersion": version, "kind": "ExecCredential", "spec": body}


def _output(arguments: list[str], environ: dict[str, str], spec: Mapping[str, Any]) -> bytes:
    command = clean_line(arguments[0], 200)
    try:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, env=environ, timeout=TIMEOUT, check=False
        )
    except FileNotFoundError as error:
        hint = clean_line(str(spec.get("installHint") or ""), 400)
        raise AccessError(f"the credential plugin {command} is not installed. {hint}".rstrip()) from error
    except subprocess.TimeoutExpired as error:
        raise AccessError(f"the credential plugin {command} took more than {TIMEOUT:.0f} s and was ended") from error
    except OSError as error:
        raise AccessError(f"the credential plugin {command} can't be run: {error.strerror}") from error
    if done.returncode:
        said = clean_line(done.stderr.decode("utf-8", "replace").strip()[-400:])
        raise AccessError(f"the credential plugin {command} failed with {done.returncode}: {said or 'no message'}")
    return done.stdout


def _read(command: str, output: bytes) -> Credential:
    command = clean_line(command, 200)
    try:
        status = msgspec.json.decode(output, type=_ExecCredential).status
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AccessError(f"the credential plugin {command} answered with no ExecCredential") from error
    if status is None or not (status.token or (status.client_certificate_data and status.client_key_data)):
        raise AccessError(f"the credential plugin {command} gave neither a token nor a certificate")
    return status
