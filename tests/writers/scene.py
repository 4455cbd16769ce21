"""What tests of the writers share: objects with owners, as the API server would tell them."""

from __future__ import annotations

from opsconsole.records import ClusterWriter, OwnedFields, Ownership, Ref
from opsconsole.settings import WriterSettings
from opsconsole.writers.ledger import WriterLedger

START = 1_000_000.0
REPLICAS = "spec.replicas"
MEMORY = "spec.template.spec.containers[web].resources.limits.memory"


def owned(manager: str, *fields: str, at: float | None = START, sub: str = "", by: str = "Update") -> OwnedFields:
    return OwnedFields(manager, by, sub, at, tuple(sorted(fields)))


class Scene:
    """A ledger and the objects that are written."""

    def __init__(self, settings: WriterSettings | None = None) -> None:
        self.settings = settings or WriterSettings()
        self.now = START + 60.0
        self.ledger = WriterLedger(self.settings, self.now)
        self._version = 0

    def see(
        self, *entries: OwnedFields, name: str = "web", kind: str = "Deployment", uid: str = "u", generation: int = 1
    ) -> None:
        """The API server tells an object as it is now."""
        self._version += 1
        namespace = "" if kind == "Node" else "shop"
        about = Ref(kind, namespace, name, uid)
        self.ledger.own(Ownership(about, str(self._version), generation, entries), self.now)

    def wait(self, seconds: float) -> float:
        """Let time pass; returns the time in whole seconds, as the API server would note it now."""
        self.now += seconds
        return self.now // 1.0

    def rows(self) -> dict[str, ClusterWriter]:
        return {row.key: row for row in self.ledger.rows(self.now)}

    def order(self) -> list[str]:
        return [row.name for row in self.ledger.rows(self.now)]


def deployment(name: str, replicas: int = 2) -> dict[str, object]:
    """A Deployment as it is created."""
    container = {
        "name": "web",
        "image": "registry.example/web:1",
        "resources": {"requests": {"memory": "64Mi", "cpu": "50m"}, "limits": {"memory": "256Mi", "cpu": "500m"}},
    }
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }
