"""Logins that a pod carries in its own words or in a ConfigMap: its account's rights are not all that it acts by."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.containment import exit_code
from opsconsole.records import Ref
from opsconsole.switches.target.acts_as.secrets import PodSecrets
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.workloads.wire import PodShape, pod_fact
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import make, selector, template
from tests.switches.rbac import Rbac
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]


def token(sub: str) -> str:
    """A token as the API server makes them, as far as its shape goes."""
    parts = ({"alg": "RS256", "kid": "x"}, {"sub": sub, "iss": "https://kubernetes.default.svc"})
    head, body = (base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)
    return f"{head}.{body}.c2lnbmF0dXJl"


OTHER, OWN = token("system:serviceaccount:kube-system:admin"), token("system:serviceaccount:ops:aura")
OF_OTHER = "a token of system:serviceaccount:kube-system:admin"


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"env": [{"name": "TOKEN", "value": OTHER}]}, (f"container main has {OF_OTHER} in variable TOKEN",)),
        ({"args": [f"--token={OTHER}"]}, (f"container main has {OF_OTHER} among its arguments",)),
        (
            {"command": ["sh", "-c", f"curl -H 'Authorization: Bearer {OTHER}' x"]},
            (f"container main has {OF_OTHER} among its arguments",),
        ),
        ({"env": [{"name": "TOKEN", "value": OWN}]}, ()),
        ({"env": [{"name": "TOKEN", "value": token("alice@example.org")}]}, ()),
        ({"env": [{"name": "TOKEN", "value": "eyJhbGciOiJ9.eyJub3RfanNvbg.x"}]}, ()),
        (
            {"env": [{"name": "X", "value": "apiVersion: v1\nkind: Config\nusers: []"}]},
            ("container main has a kubeconfig in variable X",),
        ),
        (
            {"env": [{"name": "KUBECONFIG", "value": "/etc/aura/config"}]},
            ("container main is told of a kubeconfig by KUBECONFIG=/etc/aura/config",),
        ),
        ({"args": ["--kubeconfig", "/etc/x"]}, ("container main is told of a kubeconfig by --kubeconfig /etc/x",)),
        ({"args": ["-kubeconfig=/etc/x"]}, ("container main is told of a kubeconfig by -kubeconfig /etc/x",)),
        (
            {"command": ["sh", "-c", "exec /aura --kubeconfig=/etc/x --once"]},
            ("container main is told of a kubeconfig by --kubeconfig /etc/x",),
        ),
        (
            {"args": ["sh", "-c", "export KUBECONFIG='/etc/x'; /aura"]},
            ("container main is told of a kubeconfig by KUBECONFIG=/etc/x",),
        ),
        ({"args": ["sh", "-c", "KUBECONFIG= /aura --kubeconfig='' --no-kubeconfig x --kubeconfig --once"]}, ()),
        ({"args": ["--kubeconfig="]}, ()),
        ({"args": ['--kubeconfig=""']}, ()),
        ({"args": ["--kubeconfig"]}, ()),
        ({"args": ["kubeconfig", "print"]}, ()),
        ({"env": [{"name": "KUBECONFIG", "value": ""}]}, ()),
    ],
)
def test_by_which_of_its_words_a_container_logs_in(container: Object, words: tuple[str, ...]) -> None:
    spec = {"serviceAccountName": "aura", "containers": [{"name": "main", "image": "x"} | container]}
    body = {"metadata": {"name": "aura-1", "namespace": "ops"}, "spec": spec}
    assert pod_fact(msgspec.json.decode(msgspec.json.encode(body), type=PodShape)).logins == words


class Metadata:
    """Answers with the metadata of one ConfigMap, or refuses to."""

    def __init__(self, fields: Object | None) -> None:
        self._fields = fields

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        if self._fields is None:
            raise from_status(403, b"", RequestWords("GET", path))
        return json.dumps({"metadata": {"name": "conf", "managedFields": [{"fieldsV1": self._fields}]}}).encode()


@pytest.mark.parametrize(
    ("fields", "opens", "said"),
    [
        ({"f:data": {"f:kubeconfig": {}}}, "has ConfigMap conf with kubeconfig", ""),
        ({"f:binaryData": {".": {}, "f:kubeconfig": {}}}, "has ConfigMap conf with kubeconfig", ""),
        ({"f:data": {"f:settings": {}}}, "", ""),
        (None, "", "what is in its ConfigMaps is not looked at (conf: 403"),
    ],
)
def test_what_is_in_a_config_map_is_told_and_that_it_may_not_be_read_is_said(
    fields: Object | None, opens: str, said: str
) -> None:
    pod = PodFact(Ref("Pod", "ops", "aura-1", "u1"), config_maps=("conf",))
    secrets = PodSecrets(Metadata(fields), 5.0)  # type: ignore[arg-type]
    logins, unlooked = secrets.logins([OptimizerFacts("ops/aura", pods=(pod,))], [])
    assert bool(logins) == bool(opens)
    assert opens in "".join(logins)
    assert bool(unlooked) == bool(said)
    assert said in "".join(unlooked)


@pytest.mark.parametrize("by", ["a token", "a ConfigMap"])
@pytest.mark.usefixtures("stopped_after")
def test_an_optimizer_that_carries_another_login_is_not_proved_revoked(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, by: str
) -> None:
    del account
    core = f"/api/v1/namespaces/{namespace}"
    cluster.api.post(f"{core}/serviceaccounts", objects.service_account("hidden"))
    rbac.binding("hidden", [rbac.me | {"name": "hidden"}])
    rbac.binding("own", [rbac.me])
    made = template()
    asked = {"spec": {"expirationSeconds": 3600}}
    given = cluster.api.post(f"{core}/serviceaccounts/hidden/token", asked)["status"]["token"]
    if by == "a token":
        made["spec"]["containers"][0]["env"] = [{"name": "API", "value": given}]
    else:
        cluster.api.post(f"{core}/configmaps", {"metadata": {"name": "conf"}, "data": {"kubeconfig": "users: []"}})
        made["spec"]["volumes"] = [{"name": "conf", "configMap": {"name": "conf"}}]
    name = make(cluster, namespace, "Deployment", replicas=1, **(selector() | {"template": made}))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, patience_seconds=1.0)
    outcome = run(board, board.make_plan("revoke"))
    assert not may_as(cluster, f"system:serviceaccount:{namespace}:{ACCOUNT}", "patch", "nodes")
    assert may_as(cluster, f"system:serviceaccount:{namespace}:hidden", "patch", "nodes")
    assert exit_code(outcome) == 1, details(outcome)
    assert given not in details(outcome)
    told = [proof.detail for proof in outcome.proofs if proof.holds is None]
    what = "a token of system:serviceaccount" if by == "a token" else "has ConfigMap conf with kubeconfig"
    assert any(what in words for words in told), details(outcome)
