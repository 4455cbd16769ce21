"""Kubeconfigs of every kind that people have: what kubectl makes of each of them, opsconsole must make too."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"


class Room(NamedTuple):
    """What a case has to work with."""

    folder: Path
    url: str
    ca: bytes
    certificate: bytes
    key: bytes

    def file(self, name: str, content: str | bytes) -> str:
        """Write a file beside the kubeconfig and return its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def plugin(self, answer: str, **spec: Any) -> dict[str, Any]:
        """A user with a credential plugin that prints what the Python expression ``answer`` gives."""
        self.file("plugin.py", f"import json, os, sys\nprint({answer})\n")
        given = {
            "apiVersion": V1,
            "interactiveMode": "Never",
            "command": sys.executable,
            "args": [str(self.folder / "plugin.py")],
            **spec,
        }
        return {"exec": {key: value for key, value in given.items() if value is not None}}


Document = dict[str, Any] | str
Case = Callable[[Room], Document | tuple[Mapping[str, str], Document]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def config(room: Room, user: Mapping[str, Any] | None = None, /, **cluster: Any) -> dict[str, Any]:
    """A kubeconfig of one context, trusted, with the given user; ``cluster`` changes the cluster, ``None`` removes."""
    about = {"server": room.url, "certificate_authority_data": b64(room.ca), **cluster}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [
            {
                "name": "k",
                "cluster": {key.replace("_", "-"): value for key, value in about.items() if value is not None},
            }
        ],
        "users": [{"name": "u", "user": {"token": "t"} if user is None else dict(user)}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a document with other top-level parts; ``None`` removes one."""
    named = {key.replace("_", "-"): value for key, value in changes.items()}
    return {key: value for key, value in {**document, **named}.items() if value is not None}


def credential(**status: Any) -> str:
    """The Python expression of what a plugin prints."""
    return repr(json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": status}))


def _pair(room: Room) -> dict[str, Any]:
    return {"client-certificate-data": b64(room.certificate), "client-key-data": b64(room.key)}


def _wrapped(data: bytes) -> str:
    text = b64(data)
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64)) + "\n"


def _several_files(*documents: Callable[[Room], Document]) -> Case:
    def case(room: Room) -> tuple[Mapping[str, str], Document]:
        names = []
        for number, make in enumerate(documents):
            found = make(room)
            text = found if isinstance(found, str) else yaml.safe_dump(found)
            names.append(str(room.folder / room.file(f"several/{number}", text)))
        return {"KUBECONFIG": os.pathsep.join(names)}, ""

    return case


def _with(text: str) -> Case:
    """The ordinary document with a text before it."""
    return lambda room: text + yaml.safe_dump(config(room))


def _user(**user: Any) -> Case:
    return lambda room: config(room, {key.replace("_", "-") if key != "tokenFile" else key: user[key] for key in user})


def _files(user: Mapping[str, Any], **contents: str) -> Case:
    def case(room: Room) -> Document:
        for name, text in contents.items():
            room.file(name, text)
        return config(room, user)

    return case


CASES: dict[str, Case] = {
    # --- credentials
    "a token": config,
    "no credentials but a certificate": lambda room: config(room, _pair(room)),
    "a token and a certificate": lambda room: config(room, {"token": "t", **_pair(room)}),
    "a password": _user(username="me", password="pw"),
    "a user name without a password": _user(username="me"),
    "a token and a password": _user(token="t", username="me", password="pw"),
    "a token with a line break": _user(token="t\nX-Other: 1"),
    "a token with a space behind it": _user(token="t "),
    "a token with letters beyond ASCII": _user(token="tökén"),
    "a token that is a number": lambda room: yaml.safe_dump(config(room)).replace("token: t", "token: 12345"),
    "a token that looks like a time": lambda room: yaml.safe_dump(config(room)).replace("token: t", "token: 12:30"),
    "a token that looks like a date": lambda room: yaml.safe_dump(config(room)).replace(
        "token: t", "token: 2026-01-02"
    ),
    "a token that is yes": lambda room: yaml.safe_dump(config(room)).replace("token: t", "token: yes"),
    "a token that is null": lambda room: config(room, {**_pair(room), "token": None}),
    "a token file": _files({"tokenFile": "token"}, token="from-file\n"),
    "a token file over a token": _files({"tokenFile": "token", "token": "inline"}, token="from-file\n"),
    "a token file that is missing": _files({"tokenFile": "gone"}),
    "a token file that is missing beside a token": _files({"tokenFile": "gone", "token": "inline"}),
    "a token file that is empty": _files({"tokenFile": "token"}, token="\n"),
    "a token file that is empty beside a token": _files({"tokenFile": "token", "token": "inline"}, token=""),
    "certificate files": lambda room: config(
        room,
        {
            "client-certificate": room.file("pki/me.crt", room.certificate),
            "client-key": room.file("pki/me.key", room.key),
        },
    ),
    "a certificate without a key": lambda room: config(room, {"client-certificate-data": b64(room.certificate)}),
    "a key without a certificate": lambda room: config(room, {"token": "t", "client-key-data": b64(room.key)}),
    "a certificate as data and as a file": lambda room: config(
        room, {**_pair(room), "client-certificate": room.file("me.crt", room.certificate)}
    ),
    "a certificate that is no base64": _user(client_certificate_data="%%%", client_key_data="%%%"),
    "a certificate that is no PEM": _user(client_certificate_data="QQ==", client_key_data="QQ=="),
    "a certificate in wrapped base64": lambda room: config(
        room, {"client-certificate-data": _wrapped(room.certificate), "client-key-data": _wrapped(room.key)}
    ),
    # --- on whose behalf
    "as a user": _user(token="t", **{"as": "ops"}),
    "as a user in groups": _user(token="t", **{"as": "ops", "as-groups": ["a", "b, c"]}),
    "as a user with a uid": _user(token="t", **{"as": "ops", "as-uid": "1-2"}),
    "as a user with extra": _user(token="t", **{"as": "ops", "as-user-extra": {"acme.io/Why": ["x", "y"], "z": ["1"]}}),
    "as groups without a user": _user(token="t", **{"as-groups": ["a"]}),
    "as a number": _user(token="t", **{"as": 7}),
    "as groups that are one text": _user(token="t", **{"as": "ops", "as-groups": "a"}),
    "as a user by a certificate": lambda room: config(room, {**_pair(room), "as": "ops", "as-groups": ["a"]}),
    "as a user beyond ASCII": _user(token="t", **{"as": "jürgen"}),
    # --- the cluster
    "a CA file": lambda room: config(
        room, certificate_authority_data=None, certificate_authority=room.file("pki/ca.crt", room.ca)
    ),
    "a CA in wrapped base64": lambda room: config(room, certificate_authority_data=_wrapped(room.ca)),
    "a CA with comments in another language": lambda room: config(
        room,
        certificate_authority_data=None,
        certificate_authority=room.file("ca.crt", "# Betriebs-CA für Köln – 本番\n".encode() + room.ca),
    ),
    "a CA behind a damaged one": lambda room: config(
        room,
        certificate_authority_data=b64(
            b"-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n" + room.ca,
        ),
    ),
    "a CA as data and as a file": lambda room: config(room, certificate_authority=room.file("ca.crt", room.ca)),
    "a CA file that is missing": lambda room: config(
        room, certificate_authority_data=None, certificate_authority="gone.crt"
    ),
    "a CA that is no PEM": lambda room: config(room, certificate_authority_data=b64(b"nothing")),
    "a server that is not trusted": lambda room: config(room, certificate_authority_data=None),
    "no verification": lambda room: config(room, certificate_authority_data=None, insecure_skip_tls_verify=True),
    "no verification and a CA": lambda room: config(room, insecure_skip_tls_verify=True),
    "no verification as a text": lambda room: config(
        room, certificate_authority_data=None, insecure_skip_tls_verify="true"
    ),
    "another server name": lambda room: config(room, tls_server_name="recording.test"),
    "a server name that is not its": lambda room: config(room, tls_server_name="other.test"),
    "a server below a path": lambda room: config(room, server=f"{room.url}/k8s/clusters/c-1"),
    "a server with a slash behind it": lambda room: config(room, server=f"{room.url}/"),
    "a server in capitals": lambda room: config(room, server=room.url.replace("https", "HTTPS")),
    "no server": lambda room: config(room, server=None),
    "a server without a scheme": lambda room: config(room, server=room.url.removeprefix("https://")),
    "a server of another scheme": lambda room: config(room, server=room.url.replace("https", "ftp")),
    "a proxy of another scheme": lambda room: config(room, proxy_url="ftp://127.0.0.1:1"),
    "a proxy that is not there": lambda room: config(room, proxy_url="http://127.0.0.1:1"),
    "an environment's proxy and a server on loopback": lambda room: (
        {"HTTPS_PROXY": "http://127.0.0.1:1"},
        config(room),
    ),
    # --- the file
    "empty": lambda _room: "",
    "only comments": lambda _room: "# nothing\n",
    "a list": lambda _room: "[1]",
    "no YAML": lambda _room: "a: [",
    "JSON": lambda room: json.dumps(config(room)),
    "several documents": lambda room: yaml.safe_dump(config(room)) + "---\n" + yaml.safe_dump(config(room, {})),
    "an empty document before it": _with("---\n"),
    "a comment before it": _with("# mine\n"),
    "a byte order mark before it": _with("\ufeff"),
    "another kind": lambda room: changed(config(room), kind="Secret"),
    "another version": lambda room: changed(config(room), apiVersion="v2"),
    "no kind": lambda room: changed(config(room), kind=None),
    "unknown keys": lambda room: changed(config(room), extra={"a": 1}, preferences={}),
    "no current context": lambda room: changed(config(room), current_context=None),
    "a current context that is missing": lambda room: changed(config(room), current_context="gone"),
    "a cluster that is missing": lambda room: changed(config(room), clusters=[]),
    "a user that is missing": lambda room: changed(config(room), users=[]),
    "a name twice": lambda room: changed(config(room), users=config(room)["users"] * 2),
    "a list that is null": lambda room: {**config(room), "users": None},
    "an alias": lambda room: yaml.safe_dump(config(room)).replace("token: t", "token: &x t\n    password: ''"),
    "an empty file before it": _several_files(lambda _room: "", config),
    "a file of comments behind it": _several_files(config, lambda _room: "# nothing\n"),
    "the first file wins": _several_files(lambda room: config(room, {"token": "first"}), config),
    "parts in several files": _several_files(
        lambda room: changed(config(room), users=None), lambda room: {"users": config(room)["users"]}
    ),
    "a broken file behind it": _several_files(config, lambda _room: "a: ["),
    "a missing file before it": lambda room: (
        {"KUBECONFIG": f"{room.folder}/gone{os.pathsep}{room.folder}/config"},
        config(room),
    ),
    # --- credential plugins
    "a plugin": lambda room: config(room, room.plugin(credential(token="p"))),
    "a plugin of v1beta1": lambda room: config(
        room, room.plugin(credential(token="p").replace(V1, V1BETA1), apiVersion=V1BETA1, interactiveMode=None)
    ),
    "a plugin of v1alpha1": lambda room: config(
        room, room.plugin(credential(token="p"), apiVersion="client.authentication.k8s.io/v1alpha1")
    ),
    "a plugin that answers in another version": lambda room: config(
        room, room.plugin(credential(token="p").replace(V1, V1BETA1))
    ),
    "a plugin without a mode": lambda room: config(room, room.plugin(credential(token="p"), interactiveMode=None)),
    "a plugin that wants a terminal": lambda room: config(
        room, room.plugin(credential(token="p"), interactiveMode="Always")
    ),
    "a plugin that takes one if there is one": lambda room: config(
        room, room.plugin(credential(token="p"), interactiveMode="IfAvailable")
    ),
    "a plugin of an unknown mode": lambda room: config(
        room, room.plugin(credential(token="p"), interactiveMode="Sometimes")
    ),
    "a plugin with an environment": lambda room: config(
        room,
        room.plugin(
            f"json.dumps({{'apiVersion': {V1!r}, 'kind': 'ExecCredential', "
            "'status': {'token': os.environ['A'] + 'x' + os.environ['B']}})",
            env=[{"name": "A", "value": "1"}, {"name": "B"}],
        ),
    ),
    "a plugin with an environment without a name": lambda room: config(
        room, room.plugin(credential(token="p"), env=[{"value": "1"}])
    ),
    "a plugin with a certificate": lambda room: config(
        room,
        room.plugin(credential(clientCertificateData=room.certificate.decode(), clientKeyData=room.key.decode())),
    ),
    "a plugin with half a certificate": lambda room: config(
        room, room.plugin(credential(clientCertificateData=room.certificate.decode()))
    ),
    "a plugin that gives nothing": lambda room: config(room, room.plugin(credential())),
    "a plugin that fails": lambda room: config(room, room.plugin("sys.exit(3)")),
    "a plugin that speaks on standard error": lambda room: config(
        room, room.plugin(f"(sys.stderr.write('warning'), {credential(token='p')})[1]")
    ),
    "a plugin beside a token": lambda room: config(room, {"token": "t", **room.plugin(credential(token="p"))}),
    "a plugin beside a password": lambda room: config(
        room, {"username": "me", "password": "pw", **room.plugin(credential(token="p"))}
    ),
    "a plugin that is missing": lambda room: config(room, room.plugin("''", command="opsconsole-no-such-plugin")),
    "a plugin that impersonates": lambda room: config(room, {"as": "ops", **room.plugin(credential(token="p"))}),
    "a plugin and an auth provider": lambda room: config(
        room, {"auth-provider": {"name": "oidc"}, **room.plugin(credential(token="p"))}
    ),
}
"""By name: what makes the kubeconfig (and maybe the environment) of the case."""
