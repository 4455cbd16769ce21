"""An approver who may read what is asked for, and no Namespace."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from opsconsole.cluster.transport.errors import Denied, NotFound
from opsconsole.records import ChangeField, Ref
from opsconsole.settings import GovernSettings
from opsconsole.switches.approve.facts import ApprovalReader
from opsconsole.switches.approve.requests import ApprovalAsk
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.reader import FreezeReader
from tests.support.clock import ManualClock

WEB = Ref("Deployment", "shop", "web")
MEMORY = "containers[main].resources.limits.memory"
LIVE: dict[str, Any] = {
    "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 2},
    "spec": {
        "replicas": 2,
        "template": {"spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "1Gi"}}}]}},
    },
}


class NoNamespaces:
    """Answers about the Deployment, and refuses to show Namespaces."""

    def request(self, method: str, path: str, **_: Any) -> bytes:
        if path == "/api/v1/namespaces/shop":
            raise Denied("you may not get namespaces shop", status=403)
        if path == "/apis/apps/v1/namespaces/shop/deployments/web" and method == "GET":
            return msgspec.json.encode(LIVE)
        raise NotFound(f"{path} is not there", status=404)


def test_whoever_may_not_read_a_namespace_can_sign_a_limit_all_the_same() -> None:
    asked = ApprovalAsk(WEB, 0.0, fields=(ChangeField(MEMORY, "1Gi", "900Mi", after_number=900 * 1024.0**2),))
    read = ApprovalReader(
        cast("Any", NoNamespaces()),
        cast("FreezeReader", FreezeFacts),
        asked=lambda: [asked],
        denied=frozenset,
        settings=GovernSettings(),
        clock=ManualClock(),
    )
    found = read()
    assert [(each.target.name, each.problem) for each in found.requests] == [("web", "")], found.unread
