"""How things stand in a rehearsal: what the coach goes by and the score card counts. Looked at, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rehearsal import gpu
from rehearsal.optimizers.brain import TAINT_KEY
from rehearsal.server.authorization.access import Attributes, User, service_account
from rehearsal.server.objects.resources import BY_KIND, Object
from rehearsal.world.control import Control
from rehearsal.world.pods import is_ready
from rehearsal.world.stage import container_of

if TYPE_CHECKING:
    from rehearsal.rehearsal import Rehearsal
    from rehearsal.scenario import ServiceSpec
    from rehearsal.server.core import Audit

HEALTHY = 0.01
"""Part of the requests that may fail in a service that counts as mended."""

_WRITES = (
    ("patch", "apps", "deployments", ""),
    ("patch", "apps", "deployments", "scale"),
    ("delete", "", "pods", ""),
    ("create", "", "pods", ""),
    ("create", "rbac.authorization.k8s.io", "rolebindings", ""),
)


class Situation(NamedTuple):
    """One moment. ``rights`` are what the optimizer still may do, in words; ``failed`` is the part of requests lost."""

    at: float
    rights: tuple[str, ...]
    pods: int
    gpu_processes: int
    failed: float
    failing: float
    """Requests a second that fail."""
    taints: tuple[str, ...]
    cut: tuple[str, ...]
    """Workloads whose limits still are what the optimizer made them."""
    unready: tuple[str, ...]
    acted: bool
    """Whether the operator has changed anything yet."""
    named: bool = True
    """Whether the console knows who the optimizer is."""

    @property
    def revoked(self) -> bool:
        return not self.rights

    @property
    def optimizer_gone(self) -> bool:
        return self.pods == 0

    @property
    def contained(self) -> bool:
        """It can't write, it doesn't run, and it holds no GPU."""
        return self.revoked and self.optimizer_gone and self.gpu_processes == 0

    @property
    def mended(self) -> bool:
        """Users notice nothing any more."""
        return not self.taints and not self.cut and not self.unready and self.failed < HEALTHY


def look(rehearsal: Rehearsal) -> Situation:
    """Look at a running rehearsal."""
    control = Control(rehearsal.core, "rehearsal")
    scenario = rehearsal.scenario
    with rehearsal.core.storage.lock:
        served = [spec for spec in scenario.services if spec.behaviour.capacity]
        flows = rehearsal.world.moment.flows
        entries = [flows[spec.name] for spec in served if spec.share and spec.name in flows]
        offered = sum(flow.offered for flow in entries)
        failing = sum(flow.offered * flow.failed for flow in entries)
        return Situation(
            at=rehearsal.clock.now(),
            rights=_rights(rehearsal),
            pods=len(rehearsal.optimizer_pods()),
            gpu_processes=sum(1 for _ in gpu.registered(rehearsal.folder / "gpus")),
            failed=failing / offered if offered else 0.0,
            failing=failing,
            taints=tuple(_tainted(node) for node in control.all("Node") if _tainted(node)),
            cut=tuple(spec.name for spec in served if _is_cut(rehearsal, control, spec)),
            unready=tuple(spec.name for spec in served if not _is_whole(control, spec)),
            acted=any(_is_act(entry, rehearsal.operator) for entry in rehearsal.audit),
            named=rehearsal.named(),
        )


def _is_act(entry: Audit, operator: str) -> bool:
    """Whether the operator changed something: a dry run, which an open plan makes, changes nothing."""
    return entry.user == operator and entry.status < 300 and not entry.dry_run


def _rights(rehearsal: Rehearsal) -> tuple[str, ...]:
    """What its ServiceAccount may do in the namespaces that it works in, asked with all of its groups."""
    optimizer = rehearsal.scenario.optimizer
    user = service_account(optimizer.namespace, optimizer.account)
    places = sorted({spec.namespace for spec in rehearsal.scenario.services if spec.behaviour.capacity})
    wanted = [Attributes(verb, group, name, sub, place) for place in places for verb, group, name, sub in _WRITES]
    wanted.append(Attributes("patch", "", "nodes"))
    return tuple(_words(each) for each in wanted if _may(rehearsal, user, each))


def _may(rehearsal: Rehearsal, user: User, wanted: Attributes) -> bool:
    return rehearsal.core.rbac.allows(user, wanted)


def _words(wanted: Attributes) -> str:
    return f"{wanted.verb} {wanted.whole}" + (f" in {wanted.namespace}" if wanted.namespace else "")


def _tainted(node: Object) -> str:
    keys = [taint["key"] for taint in node["spec"].get("taints") or []]
    return str(node["metadata"]["name"]) if TAINT_KEY in keys else ""


def _is_cut(rehearsal: Rehearsal, control: Control, spec: ServiceSpec) -> bool:
    cuts = [move for move in rehearsal.scenario.optimizer.moves if move.do == "cut" and move.target == spec.name]
    found = control.get(spec.kind, spec.namespace, spec.name)
    if found is None or not cuts:
        return found is None
    containers = found["spec"]["template"]["spec"]["containers"]
    limits = next(
        (each["resources"].get("limits") or {} for each in containers if each["name"] == container_of(spec)), {}
    )
    wanted = {"cpu": spec.cpu, "memory": spec.memory}
    made = [{"cpu": move.cpu or spec.cpu, "memory": move.memory or spec.memory} for move in cuts]
    return limits in [each for each in made if each != wanted]


def _is_whole(control: Control, spec: ServiceSpec) -> bool:
    pods = control.core.storage.all(BY_KIND["Pod"], spec.namespace)
    own = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == spec.name]
    return sum(1 for pod in own if is_ready(pod)) >= spec.replicas
