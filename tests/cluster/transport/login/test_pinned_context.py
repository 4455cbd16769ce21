"""The kubeconfig is decided once: a renewal of credentials never moves the console to another cluster or user."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.cluster.transport.connection import connect
from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.kubeconfig.load import load
from opsconsole.settings import ClusterSettings
from tests.support.clock import ManualClock

PROD, STAGING = "https://prod.example:6443", "https://staging.example:6443"


def authority(content: str) -> str:
    """A certificate-authority-data of some PEM."""
    return b64encode(f"-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n".encode()).decode()


def two_clusters(path: Path, current: str = "prod", **changes: Any) -> Path:
    """A kubeconfig with the contexts ``prod`` and ``staging``; ``changes`` go to the cluster of ``prod``."""
    prod = {"server": PROD, "certificate-authority-data": authority("T05F"), **changes}
    config = {
        "current-context": current,
        "clusters": [
            {"name": "prod", "cluster": prod},
            {"name": "staging", "cluster": {"server": STAGING, "certificate-authority-data": authority("VFdP")}},
        ],
        "users": [{"name": "me", "user": {"token": "t"}}, {"name": "other", "user": {"token": "o"}}],
        "contexts": [
            {"name": "prod", "context": {"cluster": "prod", "user": "me", "namespace": "shop"}},
            {"name": "staging", "context": {"cluster": "staging", "user": "me"}},
        ],
    }
    path.write_text(yaml.safe_dump(config))
    return path


def test_a_renewal_does_not_follow_the_current_context(tmp_path: Path) -> None:
    path = str(two_clusters(tmp_path / "config"))
    first = load(path, "", {})
    two_clusters(tmp_path / "config", current="staging")
    again = load(path, "", {}, first.pin)
    assert (again.context, again.server, again.namespace) == ("prod", PROD, "shop")
    assert load(path, "", {}).server == STAGING  # a console that is started now does follow it


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"server": STAGING}, f"has another server now: it was {PROD} at the start and is {STAGING}"),
        ({"certificate-authority-data": authority("VFdP")}, "trusts another certificate authority"),
        ({"certificate-authority-data": "", "insecure-skip-tls-verify": True}, "trusts another certificate authority"),
        ({"tls-server-name": "elsewhere"}, "trusts another certificate authority"),
    ],
)
def test_a_changed_cluster_of_the_context_is_an_error_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = str(two_clusters(tmp_path / "config"))
    pin = load(path, "", {}).pin
    two_clusters(tmp_path / "config", **changes)
    with pytest.raises(AccessError, match=words):
        load(path, "", {}, pin)


def test_another_user_or_a_context_that_went_is_an_error(tmp_path: Path) -> None:
    path = two_clusters(tmp_path / "config")
    pin = load(str(path), "", {}).pin
    path.write_text(path.read_text().replace("user: me", "user: other"))
    with pytest.raises(AccessError, match="has another user now: it was me at the start and is other"):
        load(str(path), "", {}, pin)
    two_clusters(path)
    path.write_text(path.read_text().replace("name: prod", "name: gone"))
    with pytest.raises(AccessError, match="no context named prod"):
        load(str(path), "", {}, pin)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"as": "root"}, "it was me at the start and is me as root"),
        ({"as": "viewer"}, {}, "it was me as viewer at the start and is me"),
        ({"as": "viewer"}, {"as": "root"}, "it was me as viewer at the start and is me as root"),
        (
            {"as": "v", "as-groups": ["a"]},
            {"as": "v", "as-groups": ["system:masters"]},
            r"as v \(groups system:masters\)",
        ),
        ({"as": "v", "as-groups": ["a"]}, {"as": "v"}, r"it was me as v \(groups a\) at the start and is me as v"),
        ({"as": "v", "as-uid": "1"}, {"as": "v", "as-uid": "2"}, r"as v \(uid 2\)"),
        ({"as": "v", "as-user-extra": {"s": ["r"]}}, {"as": "v", "as-user-extra": {"s": ["w"]}}, r"as v \(s w\)"),
    ],
)
def test_whom_it_acts_as_is_decided_once_too(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    path = tmp_path / "config"

    def write(acting: dict[str, Any]) -> str:
        config = yaml.safe_load(two_clusters(path).read_text())
        config["users"][0]["user"] |= acting
        path.write_text(yaml.safe_dump(config))
        return str(path)

    pin = load(write(before), "", {}).pin
    assert load(write(before), "", {}, pin).pin == pin
    with pytest.raises(AccessError, match=f"has another user now: .*{words}"):
        load(write(after), "", {}, pin)


def test_no_credential_plugin_runs_for_a_cluster_that_does_not_fit(tmp_path: Path) -> None:
    path = two_clusters(tmp_path / "config")
    pin = load(str(path), "", {}).pin
    ran = tmp_path / "ran"
    config = yaml.safe_load(two_clusters(path, server=STAGING).read_text())
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/usr/bin/touch", "args": [str(ran)]}
    config["users"][0]["user"] = {"exec": plugin}
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(AccessError, match="another server"):
        load(str(path), "", {}, pin)
    assert not ran.exists()


def test_two_contexts_that_look_alike_once_cleaned_are_kept_apart(tmp_path: Path) -> None:
    config = yaml.safe_load(two_clusters(tmp_path / "config").read_text())
    config["contexts"][0]["name"], config["contexts"][1]["name"] = "prod\u200b", "prod"
    config["current-context"] = "prod\u200b"
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    first = load(str(tmp_path / "config"), "", {})
    assert load(str(tmp_path / "config"), "", {}, first.pin).server == PROD


def test_a_console_whose_token_runs_out_stays_on_its_cluster(tmp_path: Path) -> None:
    clock, path = ManualClock(1_000.0), tmp_path / "config"
    prod, staging = "http://127.0.0.1:1", "http://127.0.0.1:2"
    plugin = tmp_path / "plugin.py"
    status = {"token": "t", "expirationTimestamp": "1970-01-01T00:18:20Z"}
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    plugin.write_text(f"print({json.dumps(json.dumps(credential))})\n")
    run = {"apiVersion": credential["apiVersion"], "command": sys.executable, "args": [str(plugin)]}

    def write(current: str, server: str) -> None:
        config = yaml.safe_load(two_clusters(path, current, server=server).read_text())
        config["clusters"][1]["cluster"]["server"] = staging
        config["users"][0]["user"] = {"exec": {**run, "interactiveMode": "Never"}}
        path.write_text(yaml.safe_dump(config))

    write("prod", prod)
    connection = connect(ClusterSettings(kubeconfig=str(path)), read_only=True, clock=clock)
    assert connection.access.server == prod
    write("staging", prod)
    clock.at += 200.0
    assert (connection.access.server, connection.access.context) == (prod, "prod")
    write("prod", staging)
    clock.at += 200.0
    with pytest.raises(AccessError, match="has another server now"):
        connection.request("GET", "/version")
