"""Reads what runs the optimizer, and everybody that it acts as: as named, as its pods run, by what its pods carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from opsconsole.cluster.questions.reviews import Api
from opsconsole.optimizer import Optimizer
from opsconsole.parallel import in_parallel
from opsconsole.switches.target.acts_as.clouds import NodeClouds
from opsconsole.switches.target.acts_as.node_volumes import NodeVolumes
from opsconsole.switches.target.acts_as.secrets import PodSecrets
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.gaps import or_gap
from opsconsole.switches.target.rights import NAMED, Account, Principal, named, principal
from opsconsole.switches.target.workloads.reader import WorkloadReader


class Acting(NamedTuple):
    """What runs the optimizer, everybody that it acts as, whom besides can't be told, and which logins it carries.

    ``told``: somebody is named besides those that its pods run as, so that their logins are no doubt any more.
    """

    workloads: list[OptimizerFacts]
    who: tuple[Principal, ...]
    unsure: list[str]
    carried: tuple[str, ...]
    told: bool


class ActingReader:
    """Reads who acts. It remembers whom the optimizer was seen to act as: its pods may be gone, its rights not.

    Args:
        api: reads.
        target: who the optimizer is (all of them as one), as the settings name it.
        workloads: read what runs it.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, target: Optimizer, workloads: Sequence[WorkloadReader], timeout: float) -> None:
        self._target = target
        self._workloads = workloads
        self._secrets = PodSecrets(api, timeout)
        self._volumes = NodeVolumes(api, timeout)
        self._clouds = NodeClouds(api, timeout)
        self._seen: dict[str, Principal] = {}

    def found(self) -> list[OptimizerFacts]:
        """Its workloads as they stand now; what can't be read is not there."""
        return [each for each, _ in in_parallel(_look, self._workloads) if each is not None]

    def read(self) -> Acting:
        """What runs the optimizer, and everybody that it acts as.

        Raises:
            ClusterError: the API server can't be reached.
        """
        looked = in_parallel(_look, self._workloads)
        unsure = [words for _, words in looked if words]
        found = self._volumes.within([each for each, _ in looked if each is not None], unsure)
        notes: list[str] = []
        found = self._clouds.within(found, notes)
        who = self._identities(found, unsure)
        unsure += [*_strays(found, who), *_on_nodes(found)]
        unread: list[str] = []
        logins, carried = self._secrets.logins(found, unread)
        logins = (*logins, *unread)
        if _is_named_beside(who, found):
            return Acting(found, who, unsure, (*logins, *carried), told=True)
        return Acting(found, who, [*unsure, *logins, *_static(found)], (*carried, *notes), told=False)

    def _identities(self, workloads: Sequence[OptimizerFacts], unsure: list[str]) -> tuple[Principal, ...]:
        """Everybody that the optimizer acts as: as named, as its template says, and above all as its pods run."""
        found = list(named(self._target))
        for workload in workloads:
            found += _running(workload)
            found += self._secrets.accounts(workload, unsure)
        for each in found:
            self._seen.setdefault(each.user, each)
        return tuple(self._seen.values())


def _look(workload: WorkloadReader) -> tuple[OptimizerFacts | None, str]:
    """One of its workloads as it stands now, and why it may run as somebody who is not known."""
    gaps: list[str] = []
    found = or_gap(workload.read, gaps)
    if found is not None and found.problem and not found.absent and workload.is_named:
        gaps.append(found.problem)
    if found is not None and found.root is not None and found.account is None:
        gaps.append(f"who the pods of {found.root.ref} run as is not known: it has no template, and none of them runs")
    if found is not None and found.unlisted:
        gaps.append(f"who its pods run as is not known: {found.unlisted}")
    return found, "; ".join(gaps)


def _is_named_beside(who: Sequence[Principal], workloads: Sequence[OptimizerFacts]) -> bool:
    """Whether somebody was named besides those that its pods run as: he is whom a kubeconfig logs in."""
    runs = {each.user for workload in workloads for each in _running(workload)}
    return any(each.source == NAMED and each.user not in runs for each in who)


def _running(optimizer: OptimizerFacts) -> Iterator[Principal]:
    for pod in optimizer.pods:
        if not pod.over and pod.account:
            yield principal(Account(pod.ref.namespace, pod.account), f"{pod.ref} runs as it")
    if optimizer.root is not None and optimizer.root.account:
        yield principal(
            Account(optimizer.root.ref.namespace, optimizer.root.account), f"template of {optimizer.root.ref}"
        )
    if optimizer.account is not None and optimizer.root is None and not optimizer.pods:
        yield principal(optimizer.account, "known from before")


def _strays(workloads: Sequence[OptimizerFacts], who: Sequence[Principal]) -> list[str]:
    """What may be the optimizer's and acts as somebody whose rights are not looked at."""
    known = {each.account for each in who}
    found = {pod.ref.uid: (pod, Account(pod.ref.namespace, pod.account)) for each in workloads for pod in each.strays}
    return [
        f"{pod.ref} runs its image as {account}, and nothing makes it: if it is the optimizer's, name that account too"
        for pod, account in found.values()
        if account not in known and account.name
    ]


def _static(workloads: Sequence[OptimizerFacts]) -> Iterator[str]:
    """Static pods: the API server gives them no account and no Secret, so that they act by what is in their file."""
    for pod in dict.fromkeys(pod for each in workloads for pod in each.pods if pod.mirror and not pod.account):
        yield (
            f"{pod.ref} is a static pod, which runs as no account: whom it acts as, by a file or an address of its "
            f"node {pod.node}, is not known; name that account, user or group"
        )


def _on_nodes(workloads: Sequence[OptimizerFacts]) -> Iterator[str]:
    """By which pods it may act as a node, and as every pod there; of those of one template the first is named."""
    found = [pod for each in workloads for pod in each.pods if pod.on_node and not pod.over]
    for pod in {pod.on_node: pod for pod in reversed(found)}.values():
        yield (
            f"{pod.ref} reaches the credentials of its node {pod.node} by {', '.join(pod.on_node[:3])}: it may act as "
            "that node and as every pod on it while it runs (2 stops it); what it copied stays good until it is made "
            "anew"
        )
