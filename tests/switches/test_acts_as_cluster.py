"""Whom else the optimizer can act as, on a real API server, with ``kubectl auth can-i`` as the witness."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.questions.reviews import Access, may
from opsconsole.cluster.transport.connection import Connection
from opsconsole.switches.target.rights import Account
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, settings_for
from tests.testbed.certificates import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.switches.rbac import Rbac
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class _Rewriter(BaseHTTPRequestHandler):
    """Answers each admission review with a patch that makes the question one about somebody harmless."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patch = json.dumps([{"op": "replace", "path": "/spec/user", "value": "nobody"}]).encode()
        response = {"uid": asked["request"]["uid"], "allowed": True, "patchType": "JSONPatch"}
        response["patch"] = base64.b64encode(patch).decode()
        body = json.dumps({k: asked[k] for k in ("apiVersion", "kind")} | {"response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def rewriting(cluster: TestCluster, namespace: str, tmp_path: Path) -> Iterator[None]:
    """A mutating webhook that changes the questions that are asked about the optimizer."""
    authority = CertificateAuthority()
    pair = authority.serving("webhook")
    (tmp_path / "server.crt").write_bytes(pair.certificate)
    (tmp_path / "server.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rewriter)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    rule = {"apiGroups": ["authorization.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE"]}
    user = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    hook = {
        "name": f"rewrite.{namespace}.example",
        "clientConfig": {
            "url": f"https://127.0.0.1:{server.server_address[1]}/",
            "caBundle": base64.b64encode(authority.certificate).decode(),
        },
        "rules": [rule | {"resources": ["subjectaccessreviews", "localsubjectaccessreviews"]}],
        "matchConditions": [{"name": "about-it", "expression": f"object.spec.user == '{user}'"}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 5,
    }
    cluster.api.post(HOOKS, {"metadata": {"name": f"rewrite-{namespace}"}, "webhooks": [hook]})
    yield
    cluster.api.delete(f"{HOOKS}/rewrite-{namespace}")
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("account", "rewriting")
def test_a_webhook_that_changes_the_question_gets_no_denial_out_of_it(
    cluster: TestCluster, namespace: str, rbac: Rbac, tmp_path: Path
) -> None:
    """Admission sees access reviews too: who may write webhooks could have somebody else asked about."""
    rbac.binding("all", [rbac.me])
    who = Account(namespace, ACCOUNT)
    settings = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", "")
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        asked = Access("patch", "nodes")
        eventually(lambda: may(connection, who.user, who.groups, asked).allowed is not True, "the webhook answers")
        answer = may(connection, who.user, who.groups, asked)
        assert answer.allowed is None, answer
        assert "an admission webhook changes SubjectAccessReviews" in answer.reason
    finally:
        connection.close()
