"""What the optimizer's requests carry beside a user name and groups, and the questions that are asked with it.

A ServiceAccount's token carries the account's UID, and one that is bound to a pod names the pod and its node. RBAC
looks at none of that; a webhook authorizer may allow by it. What can't be known is a token's own ID
(``authentication.kubernetes.io/credential-id``), and everything that a certificate or a login provider says of a user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from opsconsole.cluster.questions.reviews import Access, Api, Review, TokenFields, may
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.parallel import in_parallel
from opsconsole.records import Ref
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.rights import Account, Principal

MOST_PODS = 3
"""Pods as which each question about their account is asked; those of one template rarely differ to an authorizer."""

Credentials: TypeAlias = Mapping[str, tuple[TokenFields, ...]]
"""What the tokens of a user carry, by his name."""

_FIELD = "authentication.kubernetes.io/"

ReadUid = Callable[[Ref], str]
"""Tells the UID of a node; empty where it can't be read."""


def with_credentials(
    who: Iterable[Principal], accounts: Iterable[Ref], optimizers: Sequence[OptimizerFacts], read_uid: ReadUid
) -> tuple[Principal, ...]:
    """Everybody in ``who`` with what the tokens of an account carry: of its pods that run now, or without a pod.

    Args:
        who: the identities.
        accounts: those of their ServiceAccounts that are there, with their UIDs.
        optimizers: what runs, with its pods.
        read_uid: asks for a node's UID.
    """
    uids = {(ref.namespace, ref.name): ref.uid for ref in accounts}
    pods = {pod.ref.uid: pod for each in optimizers for pod in each.pods if not pod.over}
    by_account: dict[Account, list[PodFact]] = {}
    for pod in pods.values():
        by_account.setdefault(Account(pod.ref.namespace, pod.account), []).append(pod)
    asked_as = {account: found[:MOST_PODS] for account, found in by_account.items()}
    names = dict.fromkeys(pod.node for found in asked_as.values() for pod in found if pod.node)
    refs = [Ref("Node", "", name) for name in names]
    nodes = dict(zip(names, in_parallel(read_uid, refs), strict=True))

    def with_its(each: Principal) -> Principal:
        if each.account is None:
            return each
        uid = uids.get((each.account.namespace, each.account.name), "")
        found = [TokenFields(uid, _of_pod(pod, nodes)) for pod in asked_as.get(each.account, ())]
        return msgspec.structs.replace(each, credentials=tuple(found) or ((TokenFields(uid),) if uid else ()))

    return tuple(map(with_its, who))


def _of_pod(pod: PodFact, nodes: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    fields = {
        "pod-name": pod.ref.name,
        "pod-uid": pod.ref.uid,
        "node-name": pod.node,
        "node-uid": nodes.get(pod.node, ""),
    }
    return tuple((_FIELD + name, (value,)) for name, value in fields.items() if value)


def review(api: Api, who: Principal, access: Access, timeout: float) -> Review:
    """Ask whether ``who`` may do something, with each of his credentials. What one of them may, he may.

    Never raises: what is unknown of one is unknown, unless another is allowed: then the rest is not asked.
    """
    answers: list[Review] = []
    for credential in who.credentials or (TokenFields(),):
        answers.append(may(api, who.user, who.groups, access, timeout, credential=credential))
        if answers[-1].allowed:
            return answers[-1]
    return next((answer for answer in answers if answer.allowed is None), answers[0])


def in_words(who: Principal) -> str:
    """What was sent beside the user and its groups, and what could not be known; empty for a group alone."""
    if not who.user:
        return ""
    if who.account is None:
        return (
            f"Kubernetes keeps no list of the groups that {who} is in, of its UID and extra fields: what those not "
            "named give is unseen"
        )
    bound = [dict(each.extra).get(f"{_FIELD}pod-name", ("",))[0] for each in who.credentials]
    sent = ["its UID" if any(each.uid for each in who.credentials) else ""]
    whole = all(f"{_FIELD}node-uid" in dict(each.extra) for each in who.credentials)
    what = "pod and node" if whole else "pod (its node's UID can't be read)"
    sent += [f"{what} of {', '.join(filter(None, bound))}" if any(bound) else ""]
    told = " and ".join(filter(None, sent))
    if not told:
        return f"asked about {who} without the UID and the extra fields of its tokens, which are not known"
    return f"asked about {who} with {told}, as a token of it has; a token's own ID and other pods' can't be known"


def node_uid(read: Callable[[Ref], str]) -> ReadUid:
    """``read`` with an empty answer for what can't be read: an authorizer that wants it is then not asked rightly."""

    def uid(ref: Ref) -> str:
        try:
            return read(ref)
        except ClusterError:
            return ""

    return uid
