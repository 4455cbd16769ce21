"""What logs it in, and stays: tokens and certificates. Offers to delete its ServiceAccount, the one way to end tokens.

The API server remembers for ten seconds that it has let a token in, and asks again only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsconsole.cluster.questions.rbac import Grant, Role
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.cluster.writes import VanishedError, Writer
from opsconsole.parallel import in_parallel
from opsconsole.permit import Permit
from opsconsole.records import Plan, Proof, Ref, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target.facts import PodFact, RevokeFacts
from opsconsole.switches.target.rights import CERTIFICATES, COMMANDS, SECRETS, dangers, leads_to
from opsconsole.switches.target.workloads.reads import Reads
from opsconsole.text import clean_line

EFFECT = "account.delete"
_DEFAULT = "default"
"""Every namespace has it, and a controller makes it anew at once."""


def account_steps(facts: RevokeFacts) -> Iterator[Step]:
    """A step for each ServiceAccount that is the optimizer's, not chosen."""
    for ref in facts.service_accounts:
        if ref.name == _DEFAULT:
            continue
        others = [pod for pod in facts.sharing if (pod.ref.namespace, pod.account) == (ref.namespace, ref.name)]
        title = f"Delete {ref}: its tokens end within ten seconds, no new pod can run as it{_hits(others)}"
        yield Step(
            key=f"{ref.kind}/{ref.key}",
            title=clean_line(title),
            effect=EFFECT,
            target=ref,
            command=kubectl("delete", "serviceaccount", names=[ref.name], options=["-n", ref.namespace]),
            chosen=False,
        )


def _hits(others: Sequence[PodFact]) -> str:
    owners = list(dict.fromkeys(str(pod.owner or pod.ref) for pod in others))
    return f"; {', '.join(owners[:3])}{', …' if len(owners) > 3 else ''} run as it too" if owners else ""


def removal_words(facts: RevokeFacts) -> str:
    """The commands that delete its ServiceAccounts, where no binding can be taken away; empty if it has none."""
    named = [ref for ref in facts.service_accounts if ref.name != _DEFAULT]
    commands = [kubectl("delete", "serviceaccount", names=[ref.name], options=["-n", ref.namespace]) for ref in named]
    return "; ".join(commands)


def stays_valid(facts: RevokeFacts, given: Sequence[tuple[Grant, Role]]) -> Iterator[str]:
    """Credentials that it has, or may have had made by what it was given, and that no binding ends; in words."""
    makers = [grant for grant, role in given if _makes_tokens(role)]
    if makers:
        where = f"in {makers[0].ref.namespace}" if makers[0].ref.namespace else "in any namespace"
        yield (
            f"by {makers[0].ref} it may have made tokens of other ServiceAccounts {where}: they stay valid until they "
            "end, whatever is revoked here; deleting such an account ends its tokens"
        )
    readers = [grant for grant, role in given if leads_to(role, SECRETS) or leads_to(role, COMMANDS)]
    if readers:
        where = f"in {readers[0].ref.namespace}" if readers[0].ref.namespace else "in any namespace"
        yield (
            f"by {readers[0].ref} it may have taken other accounts' tokens {where}, from Secrets or pods: a pod's ends "
            "with the pod, and a Secret's with the Secret; what such an account may is not looked at"
        )
    approvers = [grant for grant, role in given if leads_to(role, CERTIFICATES)]
    if approvers:
        yield (
            f"by {approvers[0].ref} it may have had client certificates made for any user: nothing ends a certificate "
            "before its time; kubectl get csr shows those of the last hour, with their users"
        )
    if facts.tokens:
        yield f"tokens without end in Secrets stay valid for logging in: {', '.join(facts.tokens)}; delete them by hand"


def _makes_tokens(role: Role) -> bool:
    """Whether it lets one make tokens of other accounts: it is among the dangers, or everything is."""
    found = dangers(role)
    return any("makes tokens" in words or words.startswith("everything") for words in found)


class DeleteAccount:
    """Deletes one ServiceAccount, by its UID."""

    name = EFFECT
    parallel = True

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def needs(self, step: Step) -> tuple[Access, ...]:
        return (Access("delete", "serviceaccounts", "", "", step.target.namespace, step.target.name),)

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            self._writer.read(step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to delete")
        return b"null"

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            self._writer.delete(permit, self.name, step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to delete")
        return StepOutcome(step.key, StepState.DONE, "deleted: its tokens end within ten seconds")


def accounts_gone(reads: Reads, plan: Plan) -> tuple[Proof, ...]:
    """Whether each ServiceAccount that was chosen is gone, and has not been made anew."""
    chosen = [step.target for step in plan.steps if step.effect == EFFECT and step.chosen]
    return tuple(in_parallel(lambda ref: _gone(reads, ref), chosen))


def _gone(reads: Reads, ref: Ref) -> Proof:
    claim = f"{ref} is gone, and none of its name was made anew"
    try:
        uid = reads.uid(paths.of_kind(ref.kind, ref.namespace, ref.name))
    except NotFound:
        return Proof(claim, holds=True)
    except ClusterError as error:
        return Proof(claim, None, f"unknown: {error}")
    if uid == ref.uid:
        return Proof(claim, holds=False, detail="it is there")
    words = f"another one of its name was made since (UID {clean_line(uid, 64)}): pods may run as it again"
    return Proof(claim, holds=False, detail=words)
