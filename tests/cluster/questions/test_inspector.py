"""Opening a thing: its manifest without secrets, its log with what went wrong in it."""

from __future__ import annotations

import pytest
import yaml

from opsconsole.cluster.questions.about.identity import identity
from opsconsole.cluster.questions.inspector import ClusterInspector
from opsconsole.console import InspectError
from opsconsole.records import Pod, Ref
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer

SECRET = "/api/v1/namespaces/ops/secrets/token"
DEPLOYMENT = "/apis/apps/v1/namespaces/ops/deployments/aura"
LOG = "/api/v1/namespaces/ops/pods/aura/log"


def inspector(faults: FaultServer, connect_to: Connect) -> ClusterInspector:
    return ClusterInspector(connect_to(faults.url))


def test_a_secret_is_opened_without_its_data(faults: FaultServer, connect_to: Connect) -> None:
    applied = '{"data":{"token":"aHVudGVyMg=="}}'
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": applied, "team": "ds"}
    document = {
        "kind": "Secret",
        "metadata": {"name": "token", "annotations": annotations},
        "data": {"token": "aHVudGVyMg=="},
        "stringData": {"more": "hunter2"},
    }
    faults.on(SECRET, answers.body(document))
    shown = inspector(faults, connect_to).manifest(Ref("Secret", "ops", "token"))
    assert "aHVudGVyMg" not in shown
    assert "hunter2" not in shown
    read = yaml.safe_load(shown)
    assert read["data"] == {"token": "[redacted]"}
    assert read["metadata"]["annotations"]["team"] == "ds"


def test_managers_are_folded_and_environment_secrets_masked(faults: FaultServer, connect_to: Connect) -> None:
    env = [{"name": "API_KEY", "value": "hunter2"}, {"name": "LEVEL", "value": "MAXIMUM"}]
    fields = {"manager": "aura", "operation": "Update", "subresource": "scale", "time": "T", "fieldsV1": {"f:spec": {}}}
    document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "aura", "managedFields": [fields]},
        "spec": {"template": {"spec": {"containers": [{"name": "a", "env": env}]}}, "script": "one\ntwo\n"},
    }
    faults.on(DEPLOYMENT, answers.body(document))
    shown = inspector(faults, connect_to).manifest(Ref("Deployment", "ops", "aura"))
    read = yaml.safe_load(shown)
    assert read["metadata"]["managedFields"] == ["aura (Update scale) T"]
    values = [each["value"] for each in read["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert values == ["[redacted]", "MAXIMUM"]
    assert "script: |\n    one\n    two\n" in shown
    assert list(read) == ["apiVersion", "kind", "metadata", "spec"]


def test_hostile_manifests_are_cleaned(faults: FaultServer, connect_to: Connect) -> None:
    hostile = "\x1b[2J\u202eevil\u2028\x9b"
    faults.on(DEPLOYMENT, answers.body({"metadata": {"name": "x", "annotations": {hostile: hostile}}}))
    shown = inspector(faults, connect_to).manifest(Ref("Deployment", "ops", "aura"))
    assert "evil" in shown
    assert not set(shown) & set("\x1b\u202e\u2028\x9b")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answers.status(404, "gone"), "404"),
        (answers.status(403, "no"), "may not get deployments.apps aura -n ops"),
        (answers.body("[]"), "no object"),
        (answers.hang_up, "cut"),
    ],
)
def test_what_cannot_be_opened_says_why(
    faults: FaultServer, connect_to: Connect, answer: answers.Answer, words: str
) -> None:
    faults.on(DEPLOYMENT, answer)
    with pytest.raises(InspectError, match=words):
        inspector(faults, connect_to).manifest(Ref("Deployment", "ops", "aura"))


def test_a_kind_that_is_not_known_is_said(faults: FaultServer, connect_to: Connect) -> None:
    with pytest.raises(InspectError, match="can't open a Rollout"):
        inspector(faults, connect_to).manifest(Ref("Rollout", "ops", "aura"))
    assert faults.asked == []


def test_a_log_is_cleaned_and_its_troubles_stand_in_it(faults: FaultServer, connect_to: Connect) -> None:
    def first(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.chunk(b"2026-11-21T22:36:01Z \x1b[31mred\n")
        exchange.cut()

    def second(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.chunk(b"2026-11-21T22:36:02Z on\n")
        answers.silence(exchange)

    faults.on(LOG, first, second)
    pod = Pod(namespace="ops", name="aura")
    stream = inspector(faults, connect_to).logs(pod, "c", previous=False, follow=True, tail=5)
    found = []
    for line in stream:
        found.append(line)
        if line == "on":
            stream.close()
    assert found[0] == "␛[31mred"
    assert found[1].startswith("--- opsconsole: the connection to")
    assert found[2:] == ["--- opsconsole: the log goes on ---", "on"]


@pytest.mark.parametrize(
    "line",
    [
        "connecting to postgres://u:hunter2@db/shop",
        "start --api-key=hunter2 --level 3",
        "MYSQL_PWD=hunter2",
        '{"password": "hunter2"}',
        "Authorization: Bearer hunter2",
    ],
)
def test_a_log_shows_no_secret_that_looks_like_one(faults: FaultServer, connect_to: Connect, line: str) -> None:
    faults.on(LOG, answers.body(f"2026-11-21T22:36:01Z {line}\n"))
    pod = Pod(namespace="ops", name="aura")
    [shown] = inspector(faults, connect_to).logs(pod, "c", previous=False, follow=False, tail=5)
    assert "hunter2" not in shown
    assert "[redacted]" in shown


def test_a_log_that_cannot_be_read_says_why(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(LOG, answers.status(403, "no"))
    pod = Pod(namespace="ops", name="aura")
    with pytest.raises(InspectError, match="may not get pods/log"):
        list(inspector(faults, connect_to).logs(pod, "c", previous=True, follow=False, tail=5))


def test_identity_is_what_the_server_says(faults: FaultServer, connect_to: Connect) -> None:
    user = {"status": {"userInfo": {"username": "eve\x1b", "groups": ["on-call", "system:authenticated"]}}}
    faults.on("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", answers.body(user, 201), answers.status(404))
    faults.on("/version", answers.body({"gitVersion": "v1.36.3"}))
    connection = connect_to(faults.url)
    who = identity(connection)
    assert (who.user, who.groups) == ("eve␛", ("on-call", "system:authenticated"))
    assert (who.context, who.cluster, who.namespace) == ("test", "somewhere", "home")
    assert (who.server, who.version) == (faults.url, "v1.36.3")
    assert identity(connection).user == ""
