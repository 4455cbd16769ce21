"""The two nights of the write-ups, replayed: every disaster is flagged before what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from opsconsole.commands.looking.judge import Judgement, LogClock, judgements
from opsconsole.governor.observed.cluster_index import working_set_key
from opsconsole.plugins.host import Plugins
from opsconsole.records import Binding, Container, FieldManager, Metric, Ref, Taint
from opsconsole.settings import OptimizerSettings, Settings
from tests.governor.rules.optimizer.test_posture import optimizer
from tests.governor.scene import OPTIMIZER, Scene, deployment, node, patch, pod

DATA = Path(__file__).parents[1] / "data"
IT = "aura-optimizer"
MI = 2.0**20


def at(clock: str, day: str = "2023-10-27") -> float:
    return datetime.fromisoformat(f"{day}T{clock}+00:00").astimezone(UTC).timestamp()


class Disaster(NamedTuple):
    """What went wrong, the rule that must have said so, on what, and when the consequence was there."""

    told: str
    rule: str
    about: str
    consequence: str


AURA = (
    Disaster("full autonomy", "autonomy", "aura-optimizer-v2", "03:12:30"),
    Disaster("rights over everything", "cluster-admin", "aura-optimizer-admin-binding", "03:12:30"),
    Disaster("ingress limits down to 128Mi", "limit-cut", "ingress-nginx", "03:12:30"),
    Disaster("ingress will be OOM killed", "will-oom", "ingress-nginx", "03:12:30"),
    Disaster("the label regex found nothing", "empty-metric", "", "03:14:15"),
    Disaster("'api' taken for gone", "acts-on-no-data", "api", "03:14:15"),
    Disaster("api-gateway starved", "limit-cut", "api-gateway", "03:14:15"),
    Disaster("409 retried without back-off", "no-back-off", "auth-service", "03:14:22"),
    Disaster("auth-service to 64Mi", "limit-cut", "auth-service", "03:14:40"),
    Disaster("auth-service will be OOM killed", "will-oom", "auth-service", "03:14:40"),
    Disaster("a blackout, not a minor dip", "budget", "", "03:14:40"),
    Disaster("taints to 'isolate' workloads", "taints-changed", "worker-2", "04:30:00"),
    Disaster("all on a single worker", "one-node", "vector-proxy", "04:45:00"),
    Disaster("a serving pod deleted", "serving-pod-deleted", "vector-proxy-1", "04:31:00"),
    Disaster("the human's scale 'corrected'", "tug-of-war", "auth-service", "05:00:30"),
    Disaster("a 10 s loop", "writes-per-minute", "auth-service", "05:02:00"),
    Disaster("scaled to zero", "replicas-zero", "vector-proxy", "05:10:30"),
    Disaster("scaled down while cold", "warm-up", "vector-proxy", "05:12:00"),
    Disaster("the death spiral", "oscillation", "vector-proxy", "05:13:30"),
)


class Night(Scene):
    """A scene with a clock on the wall."""

    def on(self, clock: str, day: str = "2023-10-27") -> Night:
        self.clock.at = at(clock, day)
        return self

    def writes(self, name: str, memory: str, replicas: int = 3, by: str = IT, **more: object) -> None:
        self.put(deployment(name, memory=memory, replicas=replicas, by=(by, self.clock.at), **more))


def the_aura_night() -> Night:
    night = Night(optimizer=OPTIMIZER).on("03:00:00")
    night.live("deployments", "pods", "nodes", "decisions", "poddisruptionbudgets")
    services = [deployment(name) for name in ("ingress-nginx", "api-gateway", "auth-service", "vector-proxy")]
    aura = optimizer("aura/optimizer:v2.0.4-final-final-v3", "8Gi", "4", AUTONOMY_LEVEL="MAXIMUM")
    account = "system:serviceaccount:ops-tools:aura"
    role = Ref("ClusterRole", "", "cluster-admin")
    night.put(*services, aura, *(node(f"worker-{i}", memory="16Gi", cpu="16") for i in (1, 2)))
    night.put(Binding("ClusterRoleBinding", "", "aura-optimizer-admin-binding", role, subjects=(account,)))
    night.put(*(pod(f"{each.name}-{i}", each, node=f"worker-{i}") for each in services for i in (1, 2)))
    night.put(
        *(
            Metric(working_set_key(each.ref, "auth-container"), "", "", 700 * MI, "B", night.clock.at)
            for each in services
        )
    )
    _starve(night)
    _isolate(night, services[3])
    _fight(night)
    _spiral(night)
    return night


def _starve(night: Night) -> None:
    log = (DATA / "aura.log").read_text().splitlines()
    night.on("03:12:00").say(patch("128Mi", "1", "ingress-nginx", "2023-10-27T03:12:00Z"))
    night.on("03:12:01").writes("ingress-nginx", "128Mi")
    night.on("03:12:30").put(_killed("ingress-nginx", night.clock.at))
    night.on("03:14:05").say(*log[:2])
    night.say(patch("128Mi", "100m", "api-gateway", "2023-10-27T03:14:05Z"))
    night.on("03:14:06").writes("api-gateway", "128Mi", cpu="100m")
    night.on("03:14:15").say(*log[2:4])
    night.on("03:14:22").say("\n".join(log[4:]))
    night.on("03:14:23").writes("auth-service", "64Mi", cpu="100m")
    night.on("03:14:40").put(_killed("auth-service", night.clock.at))


def _isolate(night: Night, proxy: object) -> None:
    isolate = Taint("aura/isolate", "batch", "NoSchedule")
    tainted = msgspec.structs.replace(
        node("worker-2", memory="16Gi", cpu="16"),
        taints=(isolate,),
        managers=(FieldManager(IT, "Update", "", at("04:20:00")),),
    )
    night.on("04:20:00").say("[2023-10-27 04:20:00] INFO: Tainting node worker-2 with aura/isolate=batch:NoSchedule")
    night.put(tainted)
    night.on("04:30:30").say(
        '{"timestamp": "2023-10-27T04:30:30Z", "action": "delete_pod", "target": "production/vector-proxy-1"}'
    )
    owner = deployment("vector-proxy")
    night.on("04:31:00").put(pod("vector-proxy-2", owner, node="worker-1"))


def _fight(night: Night) -> None:
    for second in range(0, 70, 10):
        night.on(f"05:{second // 60:02d}:{second % 60:02d}")
        night.writes("auth-service", "64Mi", 5, "kubectl", cpu="100m")
        night.clock.at += 5
        stamp = datetime.fromtimestamp(night.clock.at, UTC).isoformat()
        night.say(f'{{"timestamp": "{stamp}", "action": "scale_deployment", "target": "auth-service", "replicas": 1}}')
        night.writes("auth-service", "64Mi", 1, cpu="100m")


def _spiral(night: Night) -> None:
    for clock, replicas, by in (
        ("05:10:00", 0, IT),
        ("05:11:00", 3, "kubectl"),
        ("05:11:30", 0, IT),
        ("05:13:00", 3, "kubectl"),
    ):
        night.on(clock).writes("vector-proxy", "1Gi", replicas, by)
    night.wait(60).live("events")


def _killed(name: str, when: float) -> object:
    container = Container("auth-container", restarts=1, last_reason="OOMKilled", last_finished_at=when)
    return pod(f"{name}-1", deployment(name), containers=(container,), restarts=1, is_ready=False, status="OOMKilled")


def test_every_disaster_of_the_aura_night_is_flagged_before_its_consequence(capsys):
    night = the_aura_night()
    late = [each.told for each in AURA if (night.flagged_at(each.rule, each.about) or 1e12) >= at(each.consequence)]
    with capsys.disabled():
        print(f"\n  Aura: {len(AURA) - len(late)} of {len(AURA)} disasters flagged before their consequence")
    assert not late


def test_the_aura_night_leaves_its_damage_on_the_list():
    rows = {(row.about.name, row.path.rpartition(".")[2]): row for row in the_aura_night().governor.damage()}
    assert (rows["auth-service", "memory"].before, rows["auth-service", "memory"].now) == ("1Gi", "64Mi")
    assert rows["worker-2", "taints"].now == "aura/isolate=batch:NoSchedule"
    assert {name for name, _ in rows} == {"ingress-nginx", "api-gateway", "auth-service", "vector-proxy", "worker-2"}


SMARTSCALER = (
    Disaster("a worker killed", "optimizer-failing", "", "03:14:25"),
    Disaster("NaN in its input", "invalid-number", "", "03:14:27"),
    Disaster("-1 servers", "replicas-absurd", "", "03:20:01"),
    Disaster("NaN in the load balancer's configuration", "invalid-number", "lb-config", "03:21:01"),
    Disaster("application servers off", "replicas-zero", "app-server", "03:22:01"),
    Disaster("weights overshoot", "replicas-factor", "app-server", "03:24:01"),
)
"""The log's own lines come first; the report tells the others in prose, here each as the line it would have been."""

TOLD = (
    ("03:20:00", "[2023-10-24 03:20:00] INFO: Scale to -1 servers"),
    ("03:20:00", "[2023-10-24 03:20:00] INFO: Scaling to 18,446,744,073,709,551,615 servers"),
    (
        "03:21:00",
        '{"timestamp": "2023-10-24T03:21:00Z", "action": "update", "kind": "ConfigMap", "target": "lb-config", '
        '"patch": {"data": {"weight": NaN}}}',
    ),
    (
        "03:22:00",
        '{"timestamp": "2023-10-24T03:22:00Z", "action": "scale_deployment", "target": "app-server", "replicas": 0}',
    ),
    (
        "03:24:00",
        '{"timestamp": "2023-10-24T03:24:00Z", "action": "scale_deployment", "target": "app-server", "replicas": 400}',
    ),
)


def the_smartscaler_night() -> Night:
    day = "2023-10-24"
    night = Night(optimizer=OptimizerSettings()).on("03:00:00", day)
    night.put(deployment("app-server", replicas=12)).live("deployments", "decisions")
    for line in (DATA / "smartscaler.log").read_text().splitlines():
        if line.startswith("["):
            night.on(line[12:20], day)
        night.say(line)
    for clock, line in TOLD:
        night.on(clock, day).say(line)
    return night


def test_every_disaster_of_the_smartscaler_night_is_flagged_before_its_consequence(capsys):
    night = the_smartscaler_night()
    late = [
        each.told
        for each in SMARTSCALER
        if (night.flagged_at(each.rule, each.about) or 1e12) >= at(each.consequence, "2023-10-24")
    ]
    with capsys.disabled():
        print(f"\n  SmartScaler: {len(SMARTSCALER) - len(late)} of {len(SMARTSCALER)} disasters flagged before theirs")
    assert not late


def judged(log: Path) -> list[Judgement]:
    """What the command makes of a log, without any but the console's own parsers and rules."""
    clock = LogClock()
    return list(judgements(log.read_text().splitlines(), Settings(), clock, Plugins(clock)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aura.log", ["empty-metric", "acts-on-no-data", "no-back-off", "acts-on-no-data", "limit-floor"]),
        ("smartscaler.log", ["optimizer-failing"] * 3 + ["invalid-number"] + ["optimizer-failing"] * 2),
    ],
)
def test_the_logs_alone_tell_enough(name, expected):
    """No cluster, no metrics: what an archive would show."""
    found = [finding.rule for each in judged(DATA / name) for finding in each.findings]
    assert found == expected
