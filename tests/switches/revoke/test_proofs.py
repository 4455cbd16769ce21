"""The proofs, with a world and a clock that do as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Role, Subject
from opsconsole.cluster.questions.reviews import may
from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.records import Plan, Proof, Ref, Step
from opsconsole.switches.delete.proofs import Decisions, DeletedWorkload, Deletion
from opsconsole.switches.revoke import account
from opsconsole.switches.revoke.proofs import Matrix, Returns, revoked
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, Reviewed, RevokeFacts, WorkFact
from opsconsole.switches.target.matrix import matrix
from opsconsole.switches.target.rights import Account, principal
from opsconsole.switches.target.workloads.reads import Reads
from tests.support.clock import ManualClock
from tests.switches.fakeapi import FakeApi

ACCOUNT = Account("ops", "aura")
ROOT = WorkFact(Ref("Deployment", "ops", "aura", "root"), replicas=1)
OLD = PodFact(Ref("Pod", "ops", "aura-1", "old"), phase="Running", owner=Ref("ReplicaSet", "ops", "rs", "rs"))


class Scene:
    """What the world shows from now on."""

    def __init__(self) -> None:
        self.own: tuple[PodFact, ...] = ()
        self.sharing: tuple[PodFact, ...] = ()
        self.root: WorkFact | None = WorkFact(ROOT.ref, replicas=0, stopped=True)
        self.error: Exception | None = None
        self.released: PodFact | None = None
        """A pod that no list gives any more, since it took its labels off."""

    def pods_of(self, _facts: OptimizerFacts) -> Any:
        if self.error:
            raise self.error
        return self.own, self.sharing

    def work(self, _ref: Ref) -> WorkFact | None:
        return self.root

    def pod(self, ref: Ref) -> PodFact | None:
        return self.released if self.released and self.released.ref.uid == ref.uid else None


class Watch:
    """Looks every second."""

    def __init__(
        self,
        sharing: tuple[PodFact, ...] = (),
        decisions: Any = None,
        forced: tuple[Ref, ...] = (),
        root: WorkFact = ROOT,
    ) -> None:
        self.clock = ManualClock()
        self.scene = Scene()
        facts = OptimizerFacts("ops/aura", root, (root.ref,), pods=(OLD,), sharing=sharing, account=ACCOUNT)
        world: Any = self.scene
        deletion = Deletion(
            world, DeletedWorkload(facts, (OLD.ref,)), 30.0, self.clock, decisions=decisions, forced=forced
        )
        self._looks = deletion.proofs(10.0)

    def look(self, seconds: float = 1.0) -> dict[str, Proof]:
        self.clock.at += seconds
        return {proof.claim: proof for proof in next(self._looks)}

    def until_the_end(self) -> dict[str, Proof]:
        found: dict[str, Proof] = {}
        for proofs in self._looks:
            found = {proof.claim: proof for proof in proofs}
            self.clock.at += 1.0
        return found


GONE = "its pod is gone (UID)"
QUIET = "no new pod of Deployment/aura -n ops or ServiceAccount ops/aura for 30 s"
OWNER = "Deployment/aura -n ops wants no pods"


def test_the_quiet_time_counts_and_is_shown_as_it_counts() -> None:
    watch = Watch()
    watch.look()
    found = watch.look(12.0)
    assert found[QUIET].holds is None
    assert found[QUIET].detail == "12 of 30 s"
    found = watch.look(18.0)
    assert (found[GONE].holds, found[QUIET].holds, found[OWNER].holds) == (True, True, True)


def test_the_count_begins_when_the_old_pod_is_gone() -> None:
    watch = Watch()
    watch.scene.own = (OLD,)
    assert watch.look(20.0)[QUIET].detail.startswith("counts once")
    watch.scene.own = ()
    watch.look()
    assert watch.look(29.0)[QUIET].holds is None
    assert watch.look(1.0)[QUIET].holds is True


def test_a_new_pod_starts_the_count_again_and_fails_it_in_the_end() -> None:
    watch = Watch()
    watch.look()
    watch.look(20.0)
    again = PodFact(Ref("Pod", "ops", "aura-2", "new"), phase="Running")
    watch.scene.own = (again,)
    assert "ops/aura-2" in watch.look()[QUIET].detail
    watch.scene.own = ()
    assert watch.look()[QUIET].detail == "0 of 30 s"
    watch.scene.own = (again,)
    found = watch.until_the_end()
    assert found[QUIET].holds is False


def test_a_pod_that_comes_after_all_was_proved_once_takes_the_proof_back() -> None:
    """Another part of the containment may still be open then."""
    watch = Watch()
    watch.look()
    assert all(proof.holds for proof in watch.look(30.0).values())
    watch.scene.own = (PodFact(Ref("Pod", "ops", "aura-2", "new"), phase="Running"),)
    assert watch.look()[QUIET].holds is not True


def test_a_pod_that_comes_after_the_time_for_it_is_seen_while_another_part_is_open() -> None:
    watch = Watch()
    watch.look()
    for _ in range(10):
        assert all(proof.holds for proof in watch.look(30.0).values())
    watch.scene.own = (PodFact(Ref("Pod", "ops", "aura-2", "new"), phase="Running"),)
    assert watch.until_the_end()[QUIET].holds is False


def test_a_neighbours_replacement_is_no_return_but_a_strangers_pod_is() -> None:
    owner = Ref("ReplicaSet", "ops", "neighbour", "n")
    neighbour = PodFact(Ref("Pod", "ops", "neighbour-1", "n1"), owner=owner)
    watch = Watch(sharing=(neighbour,))
    watch.scene.sharing = (PodFact(Ref("Pod", "ops", "neighbour-2", "n2"), owner=owner),)
    watch.look()
    assert watch.look(30.0)[QUIET].holds is True
    watch = Watch(sharing=(neighbour,))
    watch.scene.sharing = (PodFact(Ref("Pod", "ops", "stranger", "s")),)
    assert "ops/stranger" in watch.look()[QUIET].detail


def test_an_owner_that_wants_pods_again_is_told_at_once() -> None:
    watch = Watch()
    watch.scene.root = WorkFact(ROOT.ref, replicas=2)
    assert watch.look()[OWNER].holds is False
    assert "it wants 2 again" in watch.look()[OWNER].detail
    watch.scene.root = None
    assert watch.look()[OWNER].holds is True


def test_an_api_server_that_is_away_proves_nothing_and_starts_the_count_again() -> None:
    watch = Watch()
    watch.look()
    watch.look(29.0)
    watch.scene.error = Unreachable("no answer in time")
    found = watch.look(5.0)
    assert found[QUIET].holds is None
    assert "no answer in time" in found[GONE].detail
    watch.scene.error = None
    assert watch.look(1.0)[QUIET].detail == "0 of 30 s"


def test_a_pod_that_stays_says_what_holds_it() -> None:
    watch = Watch()
    watch.scene.own = (PodFact(OLD.ref, phase="Running", deleting=1.0, finalizers=("example.org/held",)),)
    found = watch.until_the_end()
    assert found[GONE].holds is False
    assert "terminating, held by finalizers example.org/held" in found[GONE].detail


@pytest.mark.parametrize(
    ("stream", "holds"),
    [
        (lambda clock: Decisions(read=True, newest=None), True),
        (lambda clock: Decisions(read=True, newest=str(clock.at)), None),
        (lambda clock: Decisions(read=False), None),
    ],
)
def test_silence_of_the_decision_stream_is_only_proof_while_it_is_read(stream: Any, holds: bool | None) -> None:
    watch = Watch()
    watch = Watch(decisions=lambda: stream(watch.clock))
    watch.look()
    found = watch.look(31.0)
    assert found["no new decision line for 30 s"].holds is holds


@pytest.mark.parametrize("seconds", [10_800.0, -10_800.0])
def test_a_clock_that_is_set_neither_proves_silence_nor_hides_it(seconds: float) -> None:
    """Set forward, a stream that spoke all the time was proved silent; set back, silence was not proved for hours."""
    claim, lines = "no new decision line for 30 s", ["first"]
    watch = Watch(decisions=lambda: Decisions(read=True, newest=lines[-1]))
    watch.clock.is_set(seconds)
    assert watch.look(1.0)[claim].detail == "1 of 30 s"
    lines.append("second")
    assert watch.look(5.0)[claim].detail == "0 of 30 s"
    assert watch.look(31.0)[claim].holds


def test_a_forced_deletion_never_proves_that_containers_ended_and_is_not_waited_on() -> None:
    watch = Watch(forced=(OLD.ref,))
    watch.look()
    found = watch.until_the_end()
    assert found["its containers have ended"].holds is None
    assert watch.clock.at <= ManualClock().at + 35.0, "it ends when the quiet time is over: nothing else can change"


def test_a_pod_that_took_off_its_labels_and_its_owner_is_not_gone() -> None:
    watch = Watch()
    watch.scene.released = PodFact(OLD.ref, phase="Running")
    found = watch.until_the_end()
    assert found[GONE].holds is False
    assert "aura-1 is Running" in found[GONE].detail
    assert found[QUIET].holds is False


def test_a_workload_that_an_operator_makes_anew_is_found_and_said() -> None:
    watch = Watch()
    again = WorkFact(Ref("Deployment", "ops", "aura", "root-2"), replicas=1, written_by="aura-operator")
    watch.scene.root = again
    found = watch.look()
    assert found[OWNER].holds is False
    assert found[OWNER].detail == "it was MADE ANEW (last written by aura-operator) and wants 1"


@pytest.mark.parametrize(
    ("by", "at", "words"),
    [
        ("keeper", 50.0, "it wants 1 again (last written by keeper)"),
        ("keeper", None, "it wants 1 again (last written by keeper)"),
        ("helm", 7.0, "it wants 1 again (by whom is not noted, as of writes through /scale)"),
        ("", None, "it wants 1 again"),
    ],
    ids=["later", "through /scale", "the writer from before", "nobody"],
)
def test_only_who_has_written_since_is_named_as_its_writer(by: str, at: float | None, words: str) -> None:
    planned = msgspec.structs.replace(ROOT, written_by="helm", written_at=7.0)
    watch = Watch(root=planned)
    watch.scene.root = msgspec.structs.replace(planned, replicas=1, stopped=False, written_by=by, written_at=at)
    assert watch.look()[OWNER].detail == words


@pytest.mark.parametrize(("uid", "holds"), [("", True), ("deleted", False), ("anew", False)])
def test_an_account_that_was_made_anew_is_not_gone(uid: str, holds: bool) -> None:
    api = FakeApi()
    ref = Ref("ServiceAccount", "ops", "aura", "deleted")
    step = Step("k", "Delete it", account.EFFECT, ref)
    if uid:
        api.add("ServiceAccount", "ops", "aura", metadata={"uid": uid})
    (proof,) = account.accounts_gone(Reads(api, 1.0), Plan("revoke", "Revoke", 0.0, "", steps=(step,)))
    assert proof.holds is holds


# --- the matrix ----------------------------------------------------------------------------------------------------


def looking(api: Any, patience: float = 5.0, quiet: float = 0.0, **facts: Any) -> Iterator[tuple[Proof, ...]]:
    """One look a second."""
    clock = ManualClock()
    who = principal(ACCOUNT)
    given = {"namespaces": (), "grants": (), "roles": ()} | facts

    def read(asked: Any) -> RevokeFacts:
        answers = [(access, may(api, who.user, who.groups, access)) for access in asked]
        reviews = tuple(Reviewed(who.user, access, a.allowed, a.reason, a.foreign) for access, a in answers)
        return RevokeFacts(ACCOUNT, who=(who,), reviews=reviews, **given)

    for proofs in revoked(
        api, Matrix(ACCOUNT, matrix("")[:10], (who,)), read, clock, patience, returns=Returns(clock, quiet)
    ):
        yield proofs
        clock.at += 1.0


def rounds(api: Any, patience: float = 5.0, quiet: float = 0.0, **facts: Any) -> list[tuple[Proof, ...]]:
    """Every look until all of it is proved, or no more can be."""
    found = []
    for proofs in looking(api, patience, quiet, **facts):
        found.append(proofs)
        if all(proof.holds for proof in proofs):
            break
    return found


def test_denied_must_be_said_three_times_in_a_row() -> None:
    api = FakeApi()
    answers = iter([False] * 10 + [False] * 10 + [True] + [False] * 29 + [False] * 10)
    api.allowed = lambda _: next(answers)
    found = rounds(api)
    assert [proofs[0].holds for proofs in found] == [None] * 5 + [True]


def test_three_denials_in_a_row_are_waited_on_for_the_next_binding() -> None:
    """What makes bindings anew looks every few seconds: the first may come after everything was denied."""
    api = FakeApi()
    api.allowed = lambda _: False
    found = rounds(api, quiet=30.0)
    assert [proofs[-1].claim for proofs in found] == ["no binding comes anew for 5 s"] * 6
    assert [proofs[-1].holds for proofs in found] == [None] * 5 + [True]
    assert len(rounds(api, patience=1.0, quiet=4.0)) == 5, "an impatient setting does not end it before"


def test_a_right_that_comes_back_after_the_time_for_it_is_seen_while_another_part_is_open() -> None:
    """With ``0`` the pods are watched for longer than the rights."""
    api = FakeApi()
    api.allowed = lambda _: False
    looks = looking(api, patience=5.0)
    found = [next(looks) for _ in range(20)]
    assert [all(proof.holds for proof in proofs) for proofs in found] == [False] * 2 + [True] * 18
    api.allowed = lambda _: True
    after = list(looks)
    assert after[-1][0].holds is False
    assert len(after) == 2, "one more look for what has just come, and no longer"


def test_a_right_that_stays_is_named_and_fails_in_the_end() -> None:
    api = FakeApi()
    api.allowed = lambda spec: spec["resourceAttributes"]["resource"] == "deployments"
    found = rounds(api)
    assert found[0][0].holds is None
    assert found[-1][0].holds is False
    assert "patch deployments" in found[-1][0].detail


def test_all_three_groups_are_asked_with(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi()
    seen: list[Any] = []
    api.allowed = lambda spec: bool(seen.append(spec))
    rounds(api)
    assert all(spec["user"] == "system:serviceaccount:ops:aura" for spec in seen)
    groups = ["system:serviceaccounts", "system:serviceaccounts:ops", "system:authenticated"]
    assert all(spec["groups"] == groups for spec in seen)


def test_an_authorizer_that_does_not_answer_leaves_it_unknown() -> None:
    class Silent(FakeApi):
        def request(self, method: str, path: str, **_: Any) -> bytes:
            raise Unreachable("no answer in time")

    found = rounds(Silent())
    assert found[-1][0].holds is None
    assert "no answer in time" in found[-1][0].detail


def test_a_binding_that_is_left_breaks_the_proof() -> None:
    api = FakeApi()
    api.allowed = lambda _: False
    me = Subject("ServiceAccount", "aura", "ops")
    left = Grant(Ref("ClusterRoleBinding", "", "left", "u"), Ref("ClusterRole", "", "all"), (me,))
    found = rounds(api, grants=(left,), roles=(Role(left.role, (PolicyRule(("*",), ("*",), ("*",)),)),))
    assert found[-1][1].holds is False
    assert "ClusterRoleBinding/left" in found[-1][1].detail


def test_bindings_that_may_not_be_listed_leave_it_unknown_though_everything_is_denied() -> None:
    api = FakeApi()
    api.allowed = lambda _: False
    found = rounds(api, blind=frozenset({"RoleBinding"}), gaps=("RoleBindings can't be read: 403",))
    assert [proof.holds for proof in found[-1]] == [True, None, True, True]
    assert "403" in found[-1][1].detail


def test_pods_that_may_not_be_read_leave_it_unknown_whom_it_acts_as() -> None:
    api = FakeApi()
    api.allowed = lambda _: False
    found = rounds(api, unsure=("403: may not list pods -n ops",))
    assert found[-1][0] == Proof("everybody that it acts as is known", None, "unknown: 403: may not list pods -n ops")


def test_namespaces_that_may_not_be_listed_leave_the_others_unknown() -> None:
    api = FakeApi()
    api.allowed = lambda _: False
    found = rounds(api, namespaces=None)
    assert [proof.holds for proof in found[-1]] == [True, True, None, True]


def test_a_right_in_a_namespace_where_nothing_was_granted_is_found() -> None:
    api = FakeApi()
    api.allowed = lambda spec: spec["resourceAttributes"].get("namespace") == "far"
    found = rounds(api, namespaces=("near", "far"))
    assert found[-1][2].holds is False
    assert "another authorizer" in found[-1][2].detail


def test_the_claim_says_exactly_what_was_asked() -> None:
    api = FakeApi()
    api.allowed = lambda _: False
    (proof, *_) = rounds(api)[-1]
    assert "10 questions cluster-wide and in 0 namespaces as system:serviceaccount:ops:aura" in proof.detail
