"""One optimizer everywhere: every spelling of its name means the same to everybody who asks whose a pod is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsconsole.cluster.questions.optimizer import Membership, find
from opsconsole.cluster.transport.errors import NotFound
from opsconsole.governor.context import RuleContext
from opsconsole.names import KINDS, BadName, WorkloadName, parse_account, parse_workload
from opsconsole.optimizer import OptimizerMatch, Optimizers, above_in, climb, top_owner
from opsconsole.records import Kind, Pod, Ref, Workload
from opsconsole.settings import GovernorSettings, OptimizerEntry, OptimizerSettings, Settings, SettingsError
from opsconsole.settings.sources import choose_optimizers, load
from opsconsole.store import Batch, Store
from opsconsole.switches.target.reader import TargetReader

# --- names ----------------------------------------------------------------------------------------------------------

WORDS = {
    "Deployment": ["deployment", "deployments", "deploy", "Deployment", "DEPLOY", "deployments.apps"],
    "StatefulSet": ["statefulset", "statefulsets", "sts", "StatefulSet", "statefulsets.apps"],
    "DaemonSet": ["daemonset", "daemonsets", "ds", "DaemonSet"],
    "ReplicaSet": ["replicaset", "replicasets", "rs", "ReplicaSet"],
    "ReplicationController": ["replicationcontroller", "replicationcontrollers", "rc"],
    "CronJob": ["cronjob", "cronjobs", "cj", "CronJob", "cronjobs.batch"],
    "Job": ["job", "jobs", "Job", "jobs.v1.batch"],
    "Pod": ["pod", "pods", "po", "Pod"],
}  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), [(word, kind) for kind, words in WORDS.items() for word in words])
def test_every_word_that_kubectl_takes_is_one_kind(word: str, kind: str) -> None:
    assert parse_workload(f"{word}/ops/aura") == WorkloadName(kind, "ops", "aura")


def test_a_bare_name_is_of_any_kind() -> None:
    assert parse_workload("ops/aura") == WorkloadName("", "ops", "aura")


@pytest.mark.parametrize(
    "name", ["", "aura", "/aura", "ops/", "a/b/c/d", "//", "deploy//aura", "Ops/Aura", "ops/au ra"]
)
def test_a_name_that_is_none_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(BadName, match=r"an optimizer is named namespace/name or kind/namespace/name"):
        parse_workload(name)


@pytest.mark.parametrize("kind", ["secret", "deployments.evil.io", "hpa", "x"])
def test_a_kind_that_runs_no_pods_is_refused_with_the_kinds_that_do(kind: str) -> None:
    with pytest.raises(BadName, match=r"it can be one of Deployment, StatefulSet"):
        parse_workload(f"{kind}/ops/aura")


@pytest.mark.parametrize("text", ["ops/aura", "system:serviceaccount:ops:aura", " ops/aura "])
def test_an_account_is_named_in_two_ways(text: str) -> None:
    account = parse_account(text)
    assert (str(account), account.user) == ("ops/aura", "system:serviceaccount:ops:aura")


@pytest.mark.parametrize(
    "text", ["aura", "ops/aura/x", "ops:aura", "system:serviceaccount:ops", "system:serviceaccount:ops/aura", "/", ""]
)
def test_a_malformed_account_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadName, match="namespace/name or system:serviceaccount:namespace:name"):
        parse_account(text)


# --- whose is it: one table, and everybody who asks -------------------------------------------------------------------


def ref(kind: str, name: str) -> Ref:
    return Ref(kind, "ops", name, f"uid-{kind}-{name}")


def workload(kind: str, name: str, owner: Ref | None = None, account: str = "") -> Workload:
    return Workload(kind, "ops", name, f"uid-{kind}-{name}", owner=owner, service_account=account)


def pod(name: str, owner: Ref | None, *, account: str = "", labels: tuple[tuple[str, str], ...] = ()) -> Pod:
    return Pod("ops", name, f"uid-{name}", phase="Running", owner=owner, service_account=account, labels=labels)


CLUSTER = [
    workload("Deployment", "aura"),
    workload("ReplicaSet", "aura-7f8d9b6c5", ref("Deployment", "aura")),
    workload("DaemonSet", "agent"),
    workload("StatefulSet", "brain"),
    workload("CronJob", "night"),
    workload("Job", "night-29012345", ref("CronJob", "night")),
    workload("Job", "train"),
    # A Deployment and a DaemonSet of one name, and owners that somebody wrote into objects that they did not make.
    workload("Deployment", "twin"),
    workload("ReplicaSet", "twin-6d5f4c3b2", ref("Deployment", "twin")),
    workload("DaemonSet", "twin"),
    workload("StatefulSet", "forged", ref("Deployment", "aura")),
    workload("ReplicaSet", "fake-5b6c7d8f9", ref("StatefulSet", "brain")),
]
PODS = {
    "deployment": pod("aura-7f8d9b6c5-x7k2p", ref("ReplicaSet", "aura-7f8d9b6c5")),
    "daemonset": pod("agent-x7k2p", ref("DaemonSet", "agent")),
    "statefulset": pod("brain-0", ref("StatefulSet", "brain")),
    "cronjob": pod("night-29012345-x7k2p", ref("Job", "night-29012345")),
    "job": pod("train-x7k2p", ref("Job", "train")),
    "twin of deployment": pod("twin-6d5f4c3b2-x7k2p", ref("ReplicaSet", "twin-6d5f4c3b2")),
    "twin of daemonset": pod("twin-x7k2p", ref("DaemonSet", "twin")),
    "bare": pod("alone", None),
    "custom": pod("ray-head", ref("RayCluster", "aura")),
    "forged statefulset": pod("forged-0", ref("StatefulSet", "forged")),
    "forged replicaset": pod("fake-5b6c7d8f9-x7k2p", ref("ReplicaSet", "fake-5b6c7d8f9")),
    "directly of the deployment": pod("liar", ref("Deployment", "aura")),
}

THEIRS = [
    ("ops/aura", {"deployment"}),
    *((f"{word}/ops/aura", {"deployment"}) for word in WORDS["Deployment"]),
    *((f"{word}/ops/brain", {"statefulset"}) for word in WORDS["StatefulSet"]),
    *((f"{word}/ops/agent", {"daemonset"}) for word in WORDS["DaemonSet"]),
    *((f"{word}/ops/night", {"cronjob"}) for word in WORDS["CronJob"]),
    *((f"{word}/ops/train", {"job"}) for word in WORDS["Job"]),
    ("rs/ops/aura-7f8d9b6c5", {"deployment"}),
    ("job/ops/night-29012345", {"cronjob"}),
    ("deploy/ops/twin", {"twin of deployment"}),
    ("ds/ops/twin", {"twin of daemonset"}),
    ("po/ops/alone", {"bare"}),
    ("ops/alone", {"bare"}),
    ("ops/brain", {"statefulset"}),
    ("ops/night", {"cronjob"}),
]  # fmt: skip
ALL_CASES = pytest.mark.parametrize(("name", "theirs"), THEIRS, ids=[name for name, _ in THEIRS])


def optimizers(name: str) -> Optimizers:
    return Optimizers.of(OptimizerSettings(name=name))


def marked(ask: Callable[[Pod], bool]) -> set[str]:
    return {what for what, each in PODS.items() if ask(each)}


@ALL_CASES
def test_the_screen_marks_them(name: str, theirs: set[str]) -> None:
    assert marked(OptimizerMatch(optimizers(name), {each.key: each for each in CLUSTER})) == theirs


@ALL_CASES
def test_the_governor_knows_them(name: str, theirs: set[str]) -> None:
    sight, store = RuleContext(GovernorSettings(), optimizers(name)), Store()
    latest: Any = {
        Kind.WORKLOAD: {each.key: each for each in CLUSTER},
        Kind.POD: {each.key: each for each in PODS.values()},
    }
    sight.update(store, store.apply(Batch(latest, [], {})), 1.0, whole=True)
    assert marked(sight.is_optimizer) == theirs


class Api:
    """The cluster above as an API server gives it."""

    def __init__(self) -> None:
        self.plurals = {each.kind: each.words[1] for each in KINDS}
        self.objects: dict[str, list[dict[str, Any]]] = {}
        for each in [*CLUSTER, *PODS.values()]:
            kind = each.kind if isinstance(each, Workload) else "Pod"
            self.objects.setdefault(self.plurals[kind], []).append(_body(kind, each))

    def request(self, _method: str, path: str, **_rest: Any) -> bytes:
        *_, namespace, plural, name = path.split("/") if "/namespaces/ops/" in path else ("", "", "")
        if namespace != "ops":
            *_, plural = path.split("/")
            return json.dumps({"items": self.objects.get(plural, [])}).encode()
        found = [each for each in self.objects.get(plural, []) if each["metadata"]["name"] == name]
        if not found:
            raise NotFound(f"{path}: not found")
        return json.dumps(found[0]).encode()


def _body(kind: str, each: Workload | Pod) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": each.name, "namespace": "ops", "uid": each.uid, "labels": dict(each.labels)}
    if each.owner:
        api = {"Deployment": "apps/v1", "RayCluster": "ray.io/v1", "Job": "batch/v1", "CronJob": "batch/v1"}
        owner = {"kind": each.owner.kind, "name": each.owner.name, "uid": each.owner.uid, "controller": True}
        metadata["ownerReferences"] = [owner | {"apiVersion": api.get(each.owner.kind, "apps/v1")}]
    spec = {} if kind == "Pod" else {"template": {"spec": {"containers": []}}}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


@ALL_CASES
def test_check_and_the_log_find_them_live(name: str, theirs: set[str]) -> None:
    connection: Any = Api()
    assert marked(Membership(connection, find(connection, optimizers(name)))) == theirs


@ALL_CASES
def test_the_switches_find_the_same_target(name: str, theirs: set[str]) -> None:
    found = TargetReader(Api(), optimizers(name)).optimizers()  # type: ignore[arg-type]
    assert {facts.problem for facts in found} == {""}
    assert {pod.ref.name for facts in found for pod in facts.pods} == {PODS[each].name for each in theirs}


# --- what is known of a pod by its name alone -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "row", "looks_like_it"),
    [
        ("ops/aura", "aura-7f8d9b6c5-x7k2p", True),
        ("deploy/ops/aura", "aura-7f8d9b6c5-x7k2p", True),
        ("sts/ops/aura", "aura-0", True),
        ("sts/ops/aura", "aura-7f8d9b6c5-x7k2p", False),
        ("ds/ops/aura", "aura-x7k2p", True),
        ("ds/ops/aura", "aura-7f8d9b6c5-x7k2p", False),
        ("job/ops/aura", "aura-x7k2p", True),
        ("cj/ops/aura", "aura-29012345-x7k2p", True),
        ("cj/ops/aura", "aura-x7k2p", False),
        ("ops/aura", "aurora-7f8d9b6c5-x7k2p", False),
        ("po/ops/aura", "aura-0", False),
        ("ops/aura", "aura", True),
    ],
)
def test_a_row_of_the_servers_table_is_told_by_its_name(name: str, row: str, looks_like_it: bool) -> None:
    assert OptimizerMatch(optimizers(name))(Pod("ops", row, partial=True)) is looks_like_it


def test_an_owner_that_is_not_known_is_told_by_its_own_name() -> None:
    nothing = above_in({})
    job = pod("night-29012345-x7k2p", ref("Job", "night-29012345"))
    assert top_owner(job, nothing) == Ref("CronJob", "ops", "night")
    labels = (("pod-template-hash", "7f8d9b6c5"),)
    replica_set = ref("ReplicaSet", "web-7f8d9b6c5")
    assert top_owner(pod("web-7f8d9b6c5-x", replica_set, labels=labels), nothing) == Ref("Deployment", "ops", "web")
    # A ReplicaSet without a Deployment gives its pods no such label.
    bare = pod("web-7f8d9b6c5-x", replica_set, labels=(("app", "web"),))
    assert top_owner(bare, nothing) == replica_set
    assert top_owner(pod("train-x7k2p", ref("Job", "train")), nothing) == ref("Job", "train")


def test_an_object_made_anew_under_the_same_name_owns_nothing_of_the_old_one() -> None:
    young = workload("ReplicaSet", "odd", ref("Deployment", "aura"))
    old = pod("odd-x7k2p", Ref("ReplicaSet", "ops", "odd", "another uid"))
    assert [each.kind for each in climb(old, above_in({young.key: young}))] == ["ReplicaSet"]


# --- several of them, and their accounts ------------------------------------------------------------------------------


SEVERAL = """
[[optimizers]]
name = "aura"
workloads = ["deploy/ops/aura"]
service_accounts = ["ops/aura-sa"]
field_managers = ["aura"]
role = "rightsizer"

[[optimizers]]
name = "smart"
workloads = ["sts/analytics/smart", "cj/analytics/nightly"]
users = ["system:serviceaccount:analytics:smart", "oidc:smart"]
groups = ["scalers"]
"""


def several(tmp_path: Path) -> Settings:
    file = tmp_path / "opsconsole.toml"
    file.write_text(SEVERAL)
    return load(str(file), environ={})


def test_several_optimizers_can_be_named(tmp_path: Path) -> None:
    named = Optimizers.of(several(tmp_path))
    assert [each.title for each in named.each] == ["aura", "smart"]
    assert named.namespaces == ("ops", "analytics")
    assert [str(each) for each in named.accounts] == ["ops/aura-sa", "analytics/smart"]
    assert (named.users, named.groups, named.managers) == (("oidc:smart",), ("scalers",), ("aura",))
    assert named.each[0].role == "rightsizer"
    smart = Pod("analytics", "smart-0", owner=Ref("StatefulSet", "analytics", "smart"))
    whose = named.whose(smart, above_in({}))
    assert whose is not None
    assert whose.title == "smart"


def test_the_old_table_stands_before_the_list(tmp_path: Path) -> None:
    settings = choose_optimizers(several(tmp_path), ["deploy/prod/other", "smart"])
    assert [each.title for each in Optimizers.of(settings).each] == ["deploy/prod/other", "smart"]


def test_the_flag_chooses_one_of_the_list_and_no_other(tmp_path: Path) -> None:
    settings = choose_optimizers(several(tmp_path), ["smart"])
    assert [each.title for each in Optimizers.of(settings).each] == ["smart"]


def test_the_flag_may_be_given_again() -> None:
    settings = choose_optimizers(Settings(), ["ops/aura", "sts/ops/brain"])
    assert [str(each) for each in Optimizers.of(settings).workloads] == ["ops/aura", "StatefulSet/ops/brain"]


def test_the_flag_leaves_the_accounts_of_another_optimizer_out() -> None:
    """What is given for one must not be taken from another: with ``1`` it would lose its rights."""
    table = OptimizerSettings(name="ops/aura", service_account="ops/aura", users=("oidc:aura",))
    settings = Settings(
        optimizer=table, optimizers=(OptimizerEntry("smart", workloads=("sts/ml/smart", "ml/more"), groups=("g",)),)
    )
    of = Optimizers.of(choose_optimizers(settings, ["ml/other"])).each
    assert [(each.title, each.accounts, each.users) for each in of] == [("ml/other", (), ())]
    of = Optimizers.of(choose_optimizers(settings, ["deploy/ops/aura"])).each
    assert [(each.title, len(each.accounts), each.users) for each in of] == [("deploy/ops/aura", 1, ("oidc:aura",))]
    of = Optimizers.of(choose_optimizers(settings, ["ml/smart"])).each
    assert [(each.title, list(map(str, each.workloads)), each.groups) for each in of] == [
        ("smart", ["ml/smart"], ("g",))
    ]
    assert len(Optimizers.of(choose_optimizers(settings, ["deploy/ml/smart"])).accounts) == 0


def test_a_flag_that_names_no_workload_of_the_settings_leaves_their_account_to_it() -> None:
    """``[optimizer]`` may hold the account alone, and the command line the workload."""
    settings = Settings(optimizer=OptimizerSettings(service_account="ops/aura"))
    assert len(Optimizers.of(choose_optimizers(settings, ["ops/aura-v2"])).accounts) == 1


def test_a_name_that_is_neither_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--optimizer: an optimizer is named .* the settings name aura, smart"):
        choose_optimizers(several(tmp_path), ["clever"])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[optimizer]\nname = "aura"', "optimizer.name: "),
        ('[optimizer]\nworkloads = ["ops/a", "b"]', "optimizer.workloads[1]: "),
        ('[optimizer]\nservice_account = "aura-sa"', "optimizer.service_account: "),
        ('[optimizer]\nservice_accounts = ["a/b/c"]', "optimizer.service_accounts[0]: "),
        ('[optimizer]\nusers = ["system:serviceaccount:ops"]', "optimizer.users[0]: "),
        ('[optimizer]\ngroups = [""]', "optimizer.groups: "),
        ('[[optimizers]]\nworkloads = ["secret/ops/a"]', "optimizers[0].workloads[0]: "),
        ('[[optimizers]]\nservice_accounts = ["ops"]', "optimizers[0].service_accounts[0]: "),
        ('[[optimizers]]\nname = "aura"', "optimizers[0]: it names nobody"),
        ('[[optimizers]]\nworkloads = ["ops/a"]\nrole = "tyrant"', "optimizers[0].role: "),
    ],
)
def test_a_malformed_name_is_said_with_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as raised:
        load(str(file), environ={})
    assert str(raised.value).startswith(f"{file}: {key}")


def test_an_account_marks_its_pods_and_default_none_beside_a_workload() -> None:
    only = Optimizers.of(OptimizerSettings(service_account="ops/default"))
    beside = Optimizers.of(OptimizerSettings(name="ops/aura", service_account="ops/default"))
    own = Optimizers.of(OptimizerSettings(name="ops/aura", service_account="ops/aura-sa"))
    shared, worker = pod("web", None, account="default"), pod("worker", None, account="aura-sa")
    assert OptimizerMatch(only)(shared)
    assert not OptimizerMatch(beside)(shared)
    assert OptimizerMatch(own)(worker)


def test_users_and_groups_alone_make_an_optimizer_known() -> None:
    entry = OptimizerEntry(users=("oidc:smart",))
    assert Optimizers.of(Settings(optimizers=(entry,))).known
    assert not Optimizers.of(Settings()).known
