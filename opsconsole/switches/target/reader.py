"""Reads the optimizers as they stand now: what runs each of them, and the rights of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from opsconsole.cluster.questions.patience import PatientReads
from opsconsole.cluster.questions.reviews import Access, Api, whoami
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import Ref
from opsconsole.switches.target.credentials import Credentials
from opsconsole.switches.target.facts import UNNAMED, OptimizerFacts, PodFact, RevokeFacts, WorkFact
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.rights_reader import RightsReader
from opsconsole.switches.target.workloads.reader import WorkloadReader
from opsconsole.switches.target.workloads.reads import Reads

_TIMEOUT = 10.0


class TargetReader:
    """Reads what the switches plan from. Every call asks the API server; nothing is kept but who the optimizers were.

    Args:
        api: the connection.
        optimizers: who they are: each is stopped, and the rights of all of them are taken.
        timeout: seconds without a byte.
        pause: waits for the seconds given, between two tries of a read; really, by default.
        places: namespaces that the operator named: bindings are looked for and questions asked there too.
    """

    def __init__(
        self,
        api: Api,
        optimizers: Optimizers,
        timeout: float = _TIMEOUT,
        pause: Callable[[float], object] | None = None,
        *,
        places: Sequence[str] = (),
    ) -> None:
        self.api = PatientReads(api, pause)
        self._timeout = timeout
        self.reads = Reads(self.api, timeout)
        self._workloads = [reader for each in optimizers.each for reader in self._readers(each)]
        self._outside = tuple(each for each in optimizers.each if not each.workloads and not each.accounts)
        self._rights = RightsReader(
            self.api,
            optimizers.together,
            self._workloads,
            self.identify,
            timeout,
            places=places,
            ungrouped=optimizers.ungrouped,
            memberless=optimizers.memberless,
        )
        self.me: tuple[str, tuple[str, ...]] | None = None
        """Our own name and groups, once :meth:`identify` or :meth:`revocation` has asked."""

    def optimizers(self) -> tuple[OptimizerFacts, ...]:
        """What runs the optimizers, as it stands now: one for each workload, in the order of the settings.

        One that can't be read has the reason as its problem. Two names of one workload are one.

        Raises:
            ClusterError: none of them can be read.
        """
        found: list[OptimizerFacts] = []
        errors: list[ClusterError] = []
        for reader in self._workloads:
            try:
                found.append(reader.read())
            except ClusterError as error:
                errors.append(error)
                found.append(OptimizerFacts(reader.title, problem=f"it can't be read now: {error}"))
        if errors and len(errors) == len(found):
            raise errors[0]
        found += [OptimizerFacts(each.title, problem=_outside(each), outside=True) for each in self._outside]
        return _apart(found) or (OptimizerFacts("", problem=UNNAMED),)

    def revocation(self, *, ask: bool = False, also: Sequence[Access] = ()) -> RevokeFacts:
        """Everything through which the optimizers have rights.

        Args:
            ask: ask the authorizer what they may do, too.
            also: further questions about them.

        Raises:
            ClusterError: the API server can't be reached.
        """
        return self._rights.read(ask=ask, also=also)

    def credentials(self, users: Sequence[str]) -> Credentials:
        """What the tokens of those among ``users`` carry that are ServiceAccounts, as far as it can be read."""
        return self._rights.credentials(users)

    def identify(self) -> tuple[str, tuple[str, ...]]:
        """Ask who we are; asked once.

        Raises:
            ClusterError: the API server does not say.
        """
        if self.me is None:
            self.me = whoami(self.api, self._timeout)
        return self.me

    def pods_of(self, facts: OptimizerFacts) -> tuple[tuple[PodFact, ...], tuple[PodFact, ...]]:
        """One workload's pods now, and the other pods that run as its account.

        Raises:
            ClusterError: they can't be listed.
        """
        return self.reads.pods_of(facts)

    def work(self, ref: Ref) -> WorkFact | None:
        """A controller as it stands now; ``None`` if it (the one with this UID) is not there."""
        return self.reads.work(ref)

    def is_gone(self, ref: Ref) -> bool:
        """Whether the object of this kind, name and UID is not there.

        Raises:
            ClusterError: that can't be told.
        """
        return self.reads.controllers.is_gone(ref)

    def pod(self, ref: Ref) -> PodFact | None:
        """A pod as it stands now; ``None`` if it (the one with this UID) is not there."""
        return self.reads.pod(ref)

    def _readers(self, optimizer: Optimizer) -> Iterator[WorkloadReader]:
        """One for each of its workloads; where none is named, one for each account that something runs as."""
        accounts = [Account(each.namespace, each.name) for each in optimizer.accounts]
        for place, name in enumerate(optimizer.workloads):
            account = accounts[0] if accounts and not place else None
            yield WorkloadReader(self.reads, optimizer.title if not place else str(name), name, account)
        for account in accounts if not optimizer.workloads else ():
            yield WorkloadReader(self.reads, optimizer.title, None, account)


def _outside(optimizer: Optimizer) -> str:
    who = ", ".join((*optimizer.users, *(f"group {group}" for group in optimizer.groups)))
    if not who:
        return UNNAMED
    return f"what runs it is not named, it acts as {who}: revoke (1) or freeze (F) it, and stop it where it runs"


def _apart(found: Sequence[OptimizerFacts]) -> tuple[OptimizerFacts, ...]:
    """Each workload once, under a title of its own, and none of them as a mere sharer of another one's account."""
    unique: dict[str, OptimizerFacts] = {}
    for place, each in enumerate(found):
        pods = ",".join(pod.ref.uid for pod in each.pods)
        unique.setdefault((each.root.ref.uid if each.root else pods) or str(place), each)
    own = {pod.ref.uid for each in unique.values() for pod in each.pods}
    titles = Counter(each.title for each in unique.values())
    return tuple(
        msgspec.structs.replace(
            each,
            name=_in_full(each) if titles[each.title] > 1 else each.name,
            sharing=tuple(pod for pod in each.sharing if pod.ref.uid not in own),
        )
        for each in unique.values()
    )


def _in_full(facts: OptimizerFacts) -> str:
    """The name of one of several that are called alike: with what was found, or whom it runs as."""
    which = facts.chain[0] if facts.chain else facts.account
    return f"{facts.name} ({which})" if which else facts.name
