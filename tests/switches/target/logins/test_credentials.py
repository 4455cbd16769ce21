"""What is sent with a question beside user and groups, and what is said of it."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.cluster.questions.reviews import TokenFields
from opsconsole.cluster.transport.errors import Denied
from opsconsole.records import Ref
from opsconsole.switches.target.credentials import MOST_PODS, in_words, node_uid, with_credentials
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.rights import Account, Principal, principal

ME = principal(Account("ops", "aura"))
ACCOUNT = Ref("ServiceAccount", "ops", "aura", "account-uid")


def pod(number: int, account: str = "aura", phase: str = "Running") -> PodFact:
    return PodFact(Ref("Pod", "ops", f"aura-{number}", f"pod-{number}"), account=account, node="n1", phase=phase)


def asked(*pods: PodFact, accounts: tuple[Ref, ...] = (ACCOUNT,), node: str = "node-uid") -> Principal:
    (found,) = with_credentials((ME,), accounts, (OptimizerFacts("ops/aura", pods=pods),), lambda _ref: node)
    return found


def test_a_pods_token_has_account_pod_and_node() -> None:
    (sent,) = asked(pod(1)).credentials
    assert sent.uid == "account-uid"
    assert {name.partition("/")[2]: values for name, values in sent.extra} == {
        "pod-name": ("aura-1",),
        "pod-uid": ("pod-1",),
        "node-name": ("n1",),
        "node-uid": ("node-uid",),
    }


def test_without_a_pod_that_runs_as_it_the_account_alone_is_sent() -> None:
    assert asked(pod(1, phase="Succeeded"), pod(2, account="other")).credentials == (TokenFields("account-uid"),)
    assert asked(accounts=()).credentials == ()


def test_many_pods_are_asked_as_a_few() -> None:
    assert len(asked(*map(pod, range(10))).credentials) == MOST_PODS


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (asked(pod(1)), "with its UID and pod and node of aura-1, as a token of it has"),
        (asked(pod(1), node=""), "pod (its node's UID can't be read) of aura-1"),
        (asked(), "with its UID, as a token of it has"),
        (asked(accounts=()), "without the UID and the extra fields of its tokens"),
        (Principal("robot"), "no list of the groups that robot is in, of its UID and extra fields"),
        (Principal("", ("team",), ("team",)), ""),
    ],
)
def test_what_was_sent_and_what_is_not_known_is_said(who: Principal, words: str) -> None:
    assert words in in_words(who)
    assert bool(in_words(who)) == bool(words)


def test_a_node_that_may_not_be_read_has_no_uid() -> None:
    def refused(_ref: Ref) -> str:
        raise Denied("403: nodes")

    assert node_uid(refused)(Ref("Node", "", "n1")) == ""
    assert msgspec.json.decode(msgspec.json.encode(asked(pod(1))), type=Principal) == asked(pod(1))
