"""Generated worlds of bindings on a real API server: what is called proved is what its authorizer says afterwards.

``make worlds`` tries 500 of them, a plain run forty, with other seeds each time. The seed is printed, and
``OPSCONSOLE_WORLDS_SEED`` makes a run come again.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.parallel import in_parallel
from opsconsole.present.choice import chosen
from opsconsole.records import Outcome, Plan
from opsconsole.switches.build import build_switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import details, run, settings_for
from tests.switches.rbac import GROUP, RBAC, group, user
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
WORLDS = int(os.environ.get("OPSCONSOLE_WORLDS", "40"))
SEED = int(os.environ.get("OPSCONSOLE_WORLDS_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
BATCH = 5
"""Worlds of one test."""

KINDS = (
    ("apps", "deployments"),
    ("apps", "deployments/scale"),
    ("", "pods"),
    ("", "pods/exec"),
    ("", "secrets"),
    ("", "nodes"),
    ("batch", "jobs"),
    (GROUP, "rolebindings"),
    (GROUP, "clusterroles"),
)
VERBS = ("create", "update", "patch", "delete", "bind", "escalate")
READS = ("get", "list", "watch")


class Place(NamedTuple):
    """The namespaces of all worlds: the optimizer's own, one that it has to do with, one that it has not."""

    own: str
    other: str
    far: str


@pytest.fixture(scope="module")
def place(cluster: TestCluster) -> Iterator[Place]:
    token = random.SystemRandom().randrange(10**6)
    names = Place(*(f"worlds-{token}-{part}" for part in ("own", "other", "far")))
    cluster.create_namespaces(names)
    for namespace, account in ((names.own, "aura"), (names.own, "decoy"), (names.other, "aura")):
        cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(account))
    yield names
    cluster.remove_namespaces(*names)


class World:
    """Roles and bindings by chance, some of which reach the optimizer ``own/aura``."""

    def __init__(self, cluster: TestCluster, place: Place, seed: int) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self._api = cluster.api
        self._place = place
        self._named = f"{place.own}-{seed}"
        self._made: list[str] = []
        self.kept: list[str] = []
        """Paths of the bindings in which ``eve`` is."""

    def make(self) -> None:
        """Put everything there."""
        roles = [self._role(number) for number in range(self.chance.randint(2, 4))]
        for number in range(self.chance.randint(1, 6)):
            self._binding(number, self.chance.choice(roles))

    def remove(self) -> None:
        for path in self._made:
            self._api.remove(path)

    def _rules(self) -> list[Object]:
        return [self._rule() for _ in range(self.chance.randint(1, 3))]

    def _rule(self) -> Object:
        chance = self.chance
        if chance.random() < 0.15:
            return {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        group_name, _ = chance.choice(KINDS)
        resources = [resource for each, resource in KINDS if each == group_name]
        verbs = chance.sample(VERBS, chance.randint(1, 3)) if chance.random() < 0.7 else []
        rule: Object = {
            "apiGroups": [chance.choice([group_name, group_name, "*"])],
            "resources": chance.sample(resources, chance.randint(1, len(resources))),
            "verbs": [*verbs, *chance.sample(READS, 1)],
        }
        if chance.random() < 0.15:
            rule["resourceNames"] = ["one", "two"]
        return rule

    def _role(self, number: int) -> Object:
        """A ClusterRole, one that another fills, or a Role in one of the namespaces."""
        kind = self.chance.choice(["plain", "plain", "aggregated", "local"])
        name = f"{self._named}-{number}"
        if kind == "local":
            where = self.chance.choice(self._place[:2])
            self._create(f"{RBAC}/namespaces/{where}/roles", _role("Role", name, self._rules()))
            return {"kind": "Role", "name": name, "where": where}
        if kind == "aggregated":
            label = {f"aggregate-{name}": "true"}
            source = _role("ClusterRole", f"{name}-source", self._rules())
            source["metadata"]["labels"] = label
            self._create(f"{RBAC}/clusterroles", source)
            whole = _role("ClusterRole", name, [])
            whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": label}]}
            place = self._create(f"{RBAC}/clusterroles", whole)
            eventually(lambda: self._api.get(place).get("rules"), "its controller has filled it")
        else:
            self._create(f"{RBAC}/clusterroles", _role("ClusterRole", name, self._rules()))
        return {"kind": "ClusterRole", "name": name, "where": ""}

    def _binding(self, number: int, role: Object) -> None:
        chance = self.chance
        where = role["where"] or chance.choice(["", *self._place[:2]])
        form = chance.choice(["{}", "{}", "system:{}", "{}\u200b", "{}<U+200B>", "{}\u202e"])
        name = form.format(f"{self._named}-{number}")
        subjects = [self._subject(where) for _ in range(chance.randint(1, 3))]
        metadata: Object = {"name": name}
        if chance.random() < 0.2:
            metadata["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
        body = {
            "metadata": metadata,
            "roleRef": {"apiGroup": GROUP, "kind": role["kind"], "name": role["name"]},
            "subjects": subjects,
        }
        path = f"{RBAC}/namespaces/{where}/rolebindings" if where else f"{RBAC}/clusterrolebindings"
        item = self._create(path, body)
        if user("eve") in subjects:
            self.kept.append(item)

    def _subject(self, where: str) -> Object:
        own, other = self._place.own, self._place.other
        name = f"system:serviceaccount:{own}:aura"
        account = {"kind": "ServiceAccount", "name": "aura", "namespace": own}
        choices: list[Object] = [
            account,
            account,
            account | {"namespace": other},
            account | {"name": "decoy"},
            user(name),
            user(f"{name}\u200b"),
            user("eve"),
            group(f"system:serviceaccounts:{own}"),
            group(f"system:serviceaccounts:{other}"),
            group("system:serviceaccounts"),
            user("system:anonymous"),
            group("system:unauthenticated"),
        ]
        choices += [{"kind": "ServiceAccount", "name": "aura"}] * 2 if where else []
        return dict(self.chance.choice(choices))

    def _create(self, path: str, body: Object) -> str:
        made = self._api.post(path, body)
        from urllib.parse import quote

        item = f"{path}/{quote(made['metadata']['name'], safe='')}"
        self._made.append(item)
        return item


def _role(kind: str, name: str, rules: list[Object]) -> Object:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "rules": rules}


def still_allowed(cluster: TestCluster, place: Place) -> list[str]:
    """What the API server's own authorizer lets the optimizer write, with its token or without, asked by the admin."""
    account = place.own
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{account}", "system:authenticated"]
    as_itself: Object = {"user": f"system:serviceaccount:{account}:aura", "groups": groups}
    as_nobody: Object = {"user": "system:anonymous", "groups": ["system:unauthenticated"]}
    return [*_allowed(cluster, place, as_itself), *_allowed(cluster, place, as_nobody)]


def _allowed(cluster: TestCluster, place: Place, spec: Object) -> list[str]:
    questions = [
        {"verb": verb, "group": group_name, "resource": resource, "namespace": where, "name": name}
        for where in ("", *place)
        for group_name, resource in KINDS
        for verb in (*VERBS, *(READS if resource in {"secrets", "pods/exec"} else ()))
        for name in ("", "one")
    ]

    def ask(question: Object) -> bool:
        resource, _, subresource = question["resource"].partition("/")
        attributes = question | {"resource": resource, "subresource": subresource}
        body = {"spec": spec | {"resourceAttributes": {key: value for key, value in attributes.items() if value}}}
        answer = cluster.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
        return bool(answer["status"]["allowed"])

    answers = in_parallel(ask, questions)
    return [str(question) for question, allowed in zip(questions, answers, strict=True) if allowed]


def execute(cluster: TestCluster, place: Place, world: World, journal: Path) -> tuple[Plan, Outcome | None]:
    """Revoke what a plan finds; its steps for groups too, by chance."""
    settings = settings_for(cluster.admin_kubeconfig, journal, "", f"{place.own}/aura", patience_seconds=3.0)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    board = build_switchboard(settings, connection, None, SystemClock(), pause=lambda _seconds: None)
    try:
        plan = board.make_plan("revoke")
        if plan.blocked:
            return plan, None
        if world.chance.random() < 0.5:
            plan = chosen(plan, only=[step.key for step in plan.steps])
        return plan, run(board, plan)
    finally:
        connection.close()


@pytest.mark.parametrize("batch", range(-(-WORLDS // BATCH)))
def test_nothing_is_called_proved_that_the_authorizer_still_allows(
    cluster: TestCluster, place: Place, tmp_path: Path, batch: int
) -> None:
    print(f"OPSCONSOLE_WORLDS_SEED={SEED}")
    for number in range(batch * BATCH, min(WORLDS, (batch + 1) * BATCH)):
        world = World(cluster, place, SEED + number)
        try:
            world.make()
            plan, outcome = execute(cluster, place, world, tmp_path / str(number))
            allowed = still_allowed(cluster, place)
            told = f"world {number} of seed {SEED}: {plan}\n{details(outcome) if outcome else plan.blocked}\n{allowed}"
            proved = plan.nothing if outcome is None else outcome.success
            assert not (proved and allowed), f"FALSE PROOF, {told}"
            every_step = all(step.chosen for step in plan.steps)
            assert proved or allowed or not every_step, f"all is gone, and it is not proved, {told}"
            for path in world.kept:
                assert user("eve") in cluster.api.get(path)["subjects"], f"eve lost {path}, {told}"
        finally:
            world.remove()
