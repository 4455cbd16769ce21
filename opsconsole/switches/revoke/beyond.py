"""Rights that no binding gives, so that none can be taken away: in words, with what does end them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from opsconsole.switches.revoke.account import removal_words
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target.facts import Reviewed, RevokeFacts
from opsconsole.switches.target.rights import MASTERS, Principal

_MASTERS_END = (
    "no binding can end that, nor can a certificate be taken back; a freeze (F) refuses its writes, and it may delete "
    "the freeze. Stop what runs it (2), then give the API server another client CA (--client-ca-file), or take the "
    "group from it where a login gives it (OIDC, aws-auth)"
)


def is_master(review: Reviewed, identities: Iterable[Principal]) -> bool:
    """Whether ``system:masters`` allows it: the API server refuses that group nothing, and gives no reason."""
    among = any(str(who) == review.who and MASTERS in who.groups for who in identities)
    return among and review.foreign and not review.reason


def source(review: Reviewed, identities: Iterable[Principal]) -> str:
    """What allows it, in words, where it is no binding."""
    return f"group {MASTERS}, whatever RBAC says" if is_master(review, identities) else "another authorizer than RBAC"


def way_out(review: Reviewed, identities: Iterable[Principal]) -> str:
    """What ends a right that no binding gives."""
    return _MASTERS_END if is_master(review, identities) else "no binding can end that: freeze it (F)"


def still_allowed(facts: RevokeFacts) -> Iterator[str]:
    """What revoking can't take away: rights by another authorizer, and by bindings that can't be read."""
    masters = [each for each in facts.reviews if is_master(each, facts.identities)]
    others = [each for each in facts.reviews if each.foreign and each not in masters]
    for who in dict.fromkeys(each.who for each in masters):
        yield f"{who} is in group {MASTERS}, which the API server refuses nothing: {_MASTERS_END}"
    if others:
        yield _by_another(facts, others)
    said = next((each.reason for each in facts.reviews if _is_anothers(each)), "")
    if said and not others:
        yield f'RBAC is not the only authorizer: another one answers too ("{said}"), and may allow more'
    for ref in facts.hidden:
        where = ["-n", ref.namespace] if ref.namespace else []
        command = kubectl("delete", ref.kind.lower(), names=[ref.name], options=where)
        yield f"{ref} gives it rights, says the authorizer, and can't be read by you: {command}"


def _by_another(facts: RevokeFacts, allowed: Sequence[Reviewed]) -> str:
    first = allowed[0]
    why = f" ({first.reason})" if first.reason else ""
    more = len(allowed) - 1
    commands = removal_words(facts)
    end = f"; or end its tokens: {commands}" if commands else ""
    return (
        f"RBAC is not the only authorizer: {first.who} may {first.access} by another one{why}, and "
        f"{more} other thing{'' if more == 1 else 's'}; no binding can take that away: freeze it (F), which refuses "
        "its writes whatever an authorizer allows, stop its pods (2), and take the right away where it is given (a "
        f"webhook's rules, the cloud's access entries, the ABAC file){end}"
    )


def _is_anothers(review: Reviewed) -> bool:
    """Whether a denial has words that RBAC does not use: it gives none, or its own errors."""
    return review.allowed is False and bool(review.reason) and not review.reason.startswith("RBAC: ")
