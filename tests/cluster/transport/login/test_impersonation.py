"""Whom the kubeconfig impersonates: every request says so, and the server's word for it is what the operator reads."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.cluster.questions.about.identity import identity
from opsconsole.cluster.questions.reviews import Access, may_i
from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.impersonation import Impersonation, of_user
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer, body, events, status
from tests.cluster.helpers import kubeconfig
from tests.testbed.cluster import TestCluster

WHOLE = {
    "as": "ops-oncall",
    "as-uid": "id-0815",
    "as-groups": ["oncall", "system:authenticated"],
    "as-user-extra": {"acme.io/Reason": ["incident 7", "night"], "scopes": ["read"]},
}


def test_every_field_becomes_a_header_as_client_go_writes_it() -> None:
    assert of_user(WHOLE).headers() == [
        ("Impersonate-User", "ops-oncall"),
        ("Impersonate-Uid", "id-0815"),
        ("Impersonate-Group", "oncall"),
        ("Impersonate-Group", "system:authenticated"),
        ("Impersonate-Extra-acme.io%2FReason", "incident 7"),
        ("Impersonate-Extra-acme.io%2FReason", "night"),
        ("Impersonate-Extra-scopes", "read"),
    ]


def test_a_key_with_letters_no_header_has_is_escaped_byte_by_byte() -> None:
    found = of_user({"as": "a", "as-user-extra": {"grün %": ["ja"]}}).headers()
    assert found[1] == ("Impersonate-Extra-gr%C3%BCn%20%25", "ja")


def test_nobody_is_impersonated_where_the_kubeconfig_says_nothing() -> None:
    assert of_user({"token": "t", "as": None, "as-groups": None, "as-user-extra": None}) == Impersonation()
    assert Impersonation().headers() == []


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"as-groups": ["oncall"]}, "without a user"),
        ({"as-uid": "1"}, "without a user"),
        ({"as-user-extra": {"a": ["b"]}}, "without a user"),
        ({"as": 7}, "as in the kubeconfig is no text"),
        ({"as": "a", "as-groups": "oncall"}, "as-groups in the kubeconfig is no list"),
        ({"as": "a", "as-groups": [1]}, "as-groups in the kubeconfig is no text"),
        ({"as": "a", "as-user-extra": ["b"]}, "no mapping"),
        ({"as": "a\nImpersonate-Group: system:masters"}, "no HTTP header can carry"),
        ({"as": "a", "as-groups": ["b\rc"]}, "no HTTP header can carry"),
    ],
)
def test_what_can_t_be_impersonated_is_refused_with_words(user: dict[str, Any], words: str) -> None:
    with pytest.raises(AccessError, match=words):
        of_user(user)


def test_requests_watches_and_writes_all_carry_it(faults: FaultServer, connect_to: Connect, tmp_path: Path) -> None:
    faults.on("/api/v1/pods", body({"items": []}))
    faults.on("/api/v1/pods?watch", events())
    faults.on("PATCH /api/v1/nodes/n", body({}))
    path = kubeconfig(tmp_path / "as", faults.url, {"token": "t", **WHOLE})
    connection = connect_to(path, read_only=False)
    connection.request("GET", "/api/v1/pods")
    with connection.stream("/api/v1/pods", {"watch": True}) as stream:
        assert list(stream) == []
    connection.request("PATCH", "/api/v1/nodes/n", body={})
    assert len(faults.asked) == 3
    for asked in faults.asked:
        assert asked.headers["Impersonate-User"] == "ops-oncall"
        assert asked.header_lists["impersonate-group"] == ["oncall", "system:authenticated"]
        assert asked.header_lists["impersonate-extra-acme.io%2freason"] == ["incident 7", "night"]


def test_names_beyond_ascii_are_sent_as_utf_8(faults: FaultServer, connect_to: Connect, tmp_path: Path) -> None:
    faults.on("/version", body({}))
    connect_to(kubeconfig(tmp_path / "as", faults.url, {"token": "t", "as": "jürgen"})).request("GET", "/version")
    sent = faults.asked[0].headers["Impersonate-User"]
    assert sent.encode("latin-1").decode() == "jürgen"


def test_a_token_with_a_line_break_is_refused_and_not_shown(
    faults: FaultServer, connect_to: Connect, tmp_path: Path
) -> None:
    connection = connect_to(kubeconfig(tmp_path / "config", faults.url, {"token": "my-secret\nX-Other: 1"}))
    with pytest.raises(AccessError, match="the token has a line break") as caught:
        connection.request("GET", "/version")
    assert "my-secret" not in str(caught.value)
    assert faults.asked == []


def test_the_screen_names_both_whom_we_are_and_who_logged_in(
    faults: FaultServer, connect_to: Connect, tmp_path: Path
) -> None:
    def review(name: str) -> dict[str, Any]:
        return {"status": {"userInfo": {"username": name, "groups": ["g"]}}}

    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    faults.on(f"POST {path}", body(review("ops-oncall")), body(review("jane")))
    faults.on("/version", body({"gitVersion": "v1.36.3"}))
    us = identity(connect_to(kubeconfig(tmp_path / "as", faults.url, {"token": "t", **WHOLE})))
    assert (us.user, us.login, us.who) == ("ops-oncall", "jane", "ops-oncall (impersonated by jane)")
    asked = [each.headers.get("Impersonate-User") for each in faults.requests(path)]
    assert asked == ["ops-oncall", None]
    faults.on(f"POST {path}", body(review("ops-oncall")), status(500))
    us = identity(connect_to(kubeconfig(tmp_path / "as", faults.url, {"token": "t", **WHOLE})))
    assert us.who == "ops-oncall (impersonated by an unknown login)"


def test_the_real_server_takes_us_for_whom_kubectl_would_be(
    cluster: TestCluster, connect_to: Connect, tmp_path: Path
) -> None:
    document = yaml.safe_load(cluster.admin_kubeconfig.read_text())
    document["users"][0]["user"].update(WHOLE)
    path = tmp_path / "as.yaml"
    path.write_text(yaml.safe_dump(document))
    connection = connect_to(path)
    us = identity(connection)
    done = subprocess.run(
        cluster.kubectl_command("auth", "whoami", "-o", "json"),
        env=cluster.kubectl_environment(path),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)["status"]["userInfo"]
    assert (us.user, sorted(us.groups)) == (theirs["username"], sorted(theirs["groups"]))
    assert (us.user, us.login) == ("ops-oncall", "admin")
    # The impersonated user has no rights, though the login has every one.
    assert may_i(connection, Access("list", "pods")).allowed is False
