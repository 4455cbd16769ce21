"""Plans approvals and their taking back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import APPROVED, LISTED, PARAMETER
from opsconsole.govern.rules.lapsed import SINCE
from opsconsole.records import Plan, Record, Ref, Step, Target
from opsconsole.switches.approve.facts import ApproveFacts
from opsconsole.switches.approve.requests import ApprovalRenewal, ApprovalRequest, can_be_listed, diff
from opsconsole.switches.freeze.trying.clock import STANDS_STILL
from opsconsole.switches.restore.fields import Put
from opsconsole.switches.target.facts import fingerprint

NAME = "approve"
WITHDRAW = "withdraw"
GRANT = "approval.grant"
TAKE = "approval.take"
LIST = "approval.list"
UNLIST = "approval.unlist"
"""As the two before, of what the object's Namespace lists: see :mod:`opsconsole.govern.approvals.listed`."""


class GrantArguments(Record, frozen=True):
    """What a step signs off: the fields (none: a delete), for how long, and of which object if not its target."""

    id: str
    puts: tuple[Put, ...] = ()
    deletes: bool = False
    minutes: float = 5.0
    about: Ref | None = None


class ApprovalCheck(Record, frozen=True):
    """What the proof of one step looks for: the object, and the Namespace that lists its approval, if one does."""

    step: str
    target: Ref
    arguments: GrantArguments
    listed_by: Ref | None = None


class ApprovalChecks(Record, frozen=True):
    """What the proof needs to know: whose writes get through, and which."""

    identities: Identities = Identities()
    each: tuple[ApprovalCheck, ...] = ()


class ApprovalPlace(Record, frozen=True):
    """Where an approval stands: of which object, and on which: that one, or the Namespace that lists it.

    An object can have one in each place at once (of its limits, and of its replicas): neither ends the other.
    """

    target: Ref
    on: Ref

    def __str__(self) -> str:
        return str(self.target) if self.on == self.target else f"{self.target} (listed by {self.on})"


class Given(Record, frozen=True):
    """An approval that was given from here, as it stands now.

    ``mine``: it is the one that was given; ``used``: the object says what was approved. ``listed_by`` is the Namespace
    that lists it; ``None`` where it is on the object itself. ``void``: why it lets less through than was signed.
    """

    target: Ref
    grant: str
    until: float
    words: str = ""
    mine: bool = False
    used: bool = False
    listed_by: Ref | None = None
    void: str = ""

    @property
    def place(self) -> ApprovalPlace:
        return ApprovalPlace(self.target, self.listed_by or self.target)


class TakeArguments(Record, frozen=True):
    """Which grant a step takes off, whether it was used by then, and of which object if not the step's target."""

    grant: str
    used: bool = False
    about: Ref | None = None


class _About(Record, frozen=True):
    about: Ref | None = None


class WithdrawFacts(Record, frozen=True):
    """The approvals that were given from here and still stand.

    Attributes:
        given: each as its object has it now.
        taken: what was taken off from here, by the journal: whether it was used by then.
        gaps: what can't be read, in words.
    """

    given: tuple[Given, ...] = ()
    taken: tuple[tuple[ApprovalPlace, bool], ...] = ()
    gaps: tuple[str, ...] = ()


def approving(facts: ApproveFacts, minutes: float, now: float) -> Plan:
    """The plan that signs off what is chosen. One request is chosen by itself; of several each has to be."""
    fit = [each for each in facts.requests if not each.problem]
    steps = () if facts.problem else _steps(fit, minutes)
    blocked = facts.problem or ("" if steps else _nothing(facts))
    title = f"Approve for {minutes:g} minutes, as {facts.me}" if facts.me else "Approve"
    notes = (*(line for each in facts.requests for line in in_words(each, now)), *facts.gaps, *facts.unread)
    checks = ApprovalChecks(facts.identities, tuple(_check(step) for step in steps))
    return Plan(
        NAME,
        title,
        now,
        fingerprint(steps, facts.problem),
        steps=steps,
        targets=tuple(step.target for step in steps),
        warnings=tuple(_warnings(fit, clocked=facts.clocked)) if steps else (),
        notes=notes,
        blocked=blocked,
        nothing=not (steps or facts.problem or facts.unread),
        shows=tuple(Target(about(step), detail=step.title) for step in steps),
        checks=msgspec.json.encode(checks),
    )


def _steps(fit: Sequence[ApprovalRequest], minutes: float) -> tuple[Step, ...]:
    """What is written on objects comes first: it makes a new generation, which what Namespaces list is bound to."""
    signed = [_grant(each, minutes, chosen=len(fit) == 1) for each in fit]
    renewed = [_renew(each, each.renews) for each in fit if each.renews is not None]
    return tuple(sorted([*signed, *renewed], key=lambda step: step.effect == LIST))


def _nothing(facts: ApproveFacts) -> str:
    if facts.unread:
        return f"what the optimizer asks for can't be told: {facts.unread[0]}"
    return "the optimizer asks for nothing that could be approved"


def _warnings(requests: Iterable[ApprovalRequest], *, clocked: bool | None) -> Iterator[str]:
    yield "each is used once, by the optimizer alone; no other value gets through"
    for each in requests:
        if not each.deletes and each.listed_by is None:
            continue
        what = "an approved delete" if each.deletes else "through /scale it"
        if clocked:
            yield (
                f"{each.id}: {what} ends at its time by the clock of the API servers' Leases, up to 10 s late (the API "
                f"server was asked, and has seen one renewed within {SINCE:g} s)"
            )
            continue
        it = "it" if each.deletes else "it through /scale"
        why = f"no clock ends {it} here (the API server was asked: {STANDS_STILL})"
        if clocked is None:
            why = f"whether a clock ends {it} is not known (it takes patch of Namespace {PARAMETER}, and an answer)"
        yield (
            f"{each.id}: {why}: it stands until it is taken off, which this console does when its time is over: it "
            "must stay for that"
        )


def withdrawing(facts: WithdrawFacts, now: float) -> Plan:
    """The plan that takes back the approvals that were given from here."""
    standing = [each for each in facts.given if each.mine]
    steps = tuple(map(_take, standing))
    return Plan(
        WITHDRAW,
        "Take approvals back",
        now,
        fingerprint(steps, ()),
        steps=steps,
        targets=tuple(step.target for step in steps),
        notes=facts.gaps,
        blocked="" if steps else _none_standing(facts),
        nothing=not steps and not facts.gaps,
        shows=tuple(Target(about(step), detail=step.title) for step in steps),
    )


def _none_standing(facts: WithdrawFacts) -> str:
    if facts.gaps:
        return f"whether an approval that was given from here stands can't be told: {facts.gaps[0]}"
    return "no approval that was given from here stands"


def about(step: Step) -> Ref:
    """The object whose approval a step of ours gives or takes: its target, or what that Namespace lists."""
    return decode_as(step.arguments, _About).about or step.target


def place_of(step: Step) -> ApprovalPlace:
    """Where the approval stands that a step of ours gives or takes."""
    return ApprovalPlace(about(step), step.target)


def decode(step: Step) -> GrantArguments:
    """What a step of ours signs off."""
    return decode_as(step.arguments, GrantArguments)


def decode_take(step: Step) -> TakeArguments:
    """What a step of ours takes off."""
    return decode_as(step.arguments, TakeArguments)


def in_words(request: ApprovalRequest, now: float) -> Iterator[str]:
    """Everything that a person needs to decide: who says what, the diff, the dry run, the findings, who is hit."""
    asked = request.asked
    yield f"{request.id}: {request.target}: {_what(request)}"
    if asked.words:
        yield f"{request.id}: said {max(0.0, now - asked.at):.0f} s ago: {asked.words}"
    if request.problem:
        yield f"{request.id}: can't be approved: {request.problem}"
    yield f"{request.id}: dry run as the optimizer: {_dry_run(request)}"
    for words in asked.findings or ("nothing",):
        yield f"{request.id}: rules of the console: {words}"
    yield f"{request.id}: gets through {_how(request)}"
    yield f"{request.id}: hits {request.reach or 'the object alone, as far as is known'}"


def _dry_run(request: ApprovalRequest) -> str:
    if request.refused is None:
        return f"unknown ({request.why_unknown or 'it was not tried'})"
    return f"refused: {request.refused}" if request.refused else "taken: no rule refuses it, it needs no approval"


def _what(request: ApprovalRequest) -> str:
    return "delete it" if request.deletes else "; ".join(map(diff, request.puts)) or "nothing that is understood"


def _how(request: ApprovalRequest) -> str:
    """In which ways the optimizer can make the approved write."""
    if request.listed_by is None:
        if not can_be_listed(request.target, request.deletes, request.puts):
            return "where the object itself is written"
        ways = "deleted, not evicted" if request.deletes else "updated, not through /scale"
        return f"where it is {ways}: you may not patch Namespace {request.target.namespace}"
    if not request.deletes:
        return "by an update, and through /scale as long as nothing else writes the object (its status, too)"
    evicted = "evicted" if request.unique else "evicted with its UID as precondition (its name may come back)"
    return f"where it is deleted or {evicted}"


def _check(step: Step) -> ApprovalCheck:
    return ApprovalCheck(step.key, about(step), decode(step), step.target if step.effect == LIST else None)


def _grant(request: ApprovalRequest, minutes: float, *, chosen: bool) -> Step:
    arguments = GrantArguments(request.id, request.puts, request.deletes, minutes)
    effect, target, note = GRANT, request.target, APPROVED
    if request.listed_by is not None:
        effect, target, note = LIST, request.listed_by, LISTED
        arguments = msgspec.structs.replace(arguments, about=request.target)
    return Step(
        key=f"{effect}/{request.id}",
        title=f"Let the optimizer change {request.target} once ({_what(request)})"
        if not request.deletes
        else f"Let the optimizer delete {request.target}",
        effect=effect,
        target=target,
        arguments=msgspec.json.encode(arguments),
        command=f"kubectl annotate {_named(target)} {note}=… (the grant holds UID, generation and values)",
        chosen=chosen,
    )


def _renew(request: ApprovalRequest, renewal: ApprovalRenewal) -> Step:
    arguments = GrantArguments(request.id, renewal.puts, minutes=renewal.minutes, about=request.target)
    return Step(
        key=f"{LIST}/{request.id}",
        title=f"Keep the approval that stands ({'; '.join(map(diff, renewal.puts))}): list it anew",
        effect=LIST,
        target=renewal.on,
        arguments=msgspec.json.encode(arguments),
        command=f"kubectl annotate {_named(renewal.on)} {LISTED}=… (its line, with the object's new generation)",
        chosen=True,
    )


def _take(given: Given) -> Step:
    effect, target = TAKE, given.target
    arguments = TakeArguments(given.grant, given.used)
    command = f"kubectl annotate {_named(target)} {APPROVED}-"
    if given.listed_by is not None:
        effect, target = UNLIST, given.listed_by
        arguments = TakeArguments(given.grant, given.used, given.target)
        command = f"kubectl edit {_named(target)} (its line in {LISTED})"
    return Step(
        key=f"{effect}/{given.target.kind}/{given.target.key}",
        title=f"Take the approval off {given.place}" + (" (it was used)" if given.used else ""),
        effect=effect,
        target=target,
        arguments=msgspec.json.encode(arguments),
        command=command,
    )


def _named(target: Ref) -> str:
    return f"{target.kind.lower()} {target.name}" + (f" -n {target.namespace}" if target.namespace else "")
