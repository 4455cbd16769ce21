"""Whether taking bindings away can end what the optimizer may do, asked before the night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opsconsole.cluster.questions.rbac import Rbac
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.connection import Connection
from opsconsole.commands.check.panes import ANSWER_SECONDS
from opsconsole.commands.check.verdict import Check, CheckVerdict
from opsconsole.optimizer import Optimizer
from opsconsole.records import Pod
from opsconsole.switches.revoke.beyond import source, way_out
from opsconsole.switches.target.acts_as.groups import by_groups_unnamed, members_unnamed
from opsconsole.switches.target.credentials import review
from opsconsole.switches.target.facts import Reviewed
from opsconsole.switches.target.rights import Account, Principal, named, principal
from opsconsole.text import clean_line

_NAME = "optimizer's rights"
_ASKED = (Access("*", "*", "*"), Access("patch", "deployments", "apps"), Access("create", "pods"))
"""What is asked cluster-wide about each identity; the revocation's plan asks all the rest."""


def checks(connection: Connection, optimizers: Iterable[Optimizer], pods: Iterable[Pod]) -> Iterator[Check]:
    """A line for each identity whose rights no binding gives, and for users of whom the groups are not named."""
    running = tuple(dict.fromkeys(Account(pod.namespace, pod.service_account) for pod in pods if pod.service_account))
    each_is: dict[str, Principal] = {str(who): who for who in map(principal, running)}
    for optimizer in optimizers:
        each_is |= {str(who): who for who in named(optimizer)}
        unknown = [*by_groups_unnamed(optimizer.ungrouped, Rbac()), *members_unnamed(optimizer.memberless)]
        yield from (Check(_NAME, CheckVerdict.NOTE, words) for words in unknown)
    for who in each_is.values():
        yield from _beyond(connection, who)


def _beyond(connection: Connection, who: Principal) -> Iterator[Check]:
    """That ``who`` has rights by something else than a binding; nothing where he has none, or it is not known."""
    for access in _ASKED:
        answer = review(connection, who, access, ANSWER_SECONDS)
        if answer.allowed and answer.foreign:
            found = Reviewed(str(who), access, answer.allowed, answer.reason, answer.foreign)
            words = f"{who} may {access} by {source(found, [who])}: revoke (1) can't take that away"
            yield Check(_NAME, CheckVerdict.FAIL, clean_line(words), way_out(found, [who]))
            return
