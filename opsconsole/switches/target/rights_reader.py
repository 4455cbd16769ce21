"""Reads which bindings give the optimizer rights, whoever it acts as, and asks the authorizer what it may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata
from opsconsole.cluster.questions.rbac import GROUP, Grant, Rbac, Role, read_grant, read_rbac, read_role
from opsconsole.cluster.questions.reviews import Access, Api, Review, decode, may_i
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.names import split_users
from opsconsole.optimizer import Optimizer
from opsconsole.parallel import in_parallel
from opsconsole.records import Ref
from opsconsole.switches.target.acts_as.clouds import of_account
from opsconsole.switches.target.acts_as.groups import by_groups_unnamed, members_unnamed
from opsconsole.switches.target.acts_as.reader import ActingReader
from opsconsole.switches.target.acts_as.secrets import PodSecrets
from opsconsole.switches.target.credentials import Credentials, node_uid, review, with_credentials
from opsconsole.switches.target.facts import UNNAMED, OptimizerFacts, PodFact, Reviewed, RevokeFacts
from opsconsole.switches.target.gaps import or_gap
from opsconsole.switches.target.left.planted import planted
from opsconsole.switches.target.matrix import FULLY, asked_of
from opsconsole.switches.target.rights import Account, Principal, principal, reaching
from opsconsole.switches.target.workloads.reader import WorkloadReader
from opsconsole.text import clean_line

REVIEW_TIMEOUT = 5.0
"""Seconds without a byte that one review may take."""

_MOST_PLACES = 200
"""Namespaces in which everything is asked, where bindings can't be listed; in the others a few questions are."""

_ROUNDS = 4
"""How often a binding that only a reason names is looked up, and asked again what it gives."""

_PARTIAL_ONE = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


class _Partial(msgspec.Struct):
    metadata: FullMetadata


class RightsReader:
    """Reads which rights everybody has that the optimizer acts as.

    Args:
        api: reads.
        target: who the optimizer is (all of them as one), as the settings name it.
        workloads: read what runs it.
        whoami: our own user name and groups; may raise a ``ClusterError``.
        timeout: seconds without a byte.
        places: namespaces that the operator named.
        ungrouped: users of whom no group is named.
        memberless: groups of which no member is named.
    """

    def __init__(
        self,
        api: Api,
        target: Optimizer,
        workloads: Sequence[WorkloadReader],
        whoami: Callable[[], tuple[str, tuple[str, ...]]],
        timeout: float,
        *,
        places: Sequence[str] = (),
        ungrouped: Sequence[str] = (),
        memberless: Sequence[str] = (),
    ) -> None:
        self._api = api
        self._target = target
        self._ungrouped = ungrouped
        self._memberless = memberless
        self._whoami = whoami
        self._timeout = timeout
        self._places = places
        self._secrets = PodSecrets(api, timeout)
        self._acting = ActingReader(api, target, workloads, timeout)

    def read(self, *, ask: bool = False, also: Sequence[Access] = ()) -> RevokeFacts:
        """Everything through which the optimizer has rights.

        Args:
            ask: ask the authorizer too.
            also: further questions about each identity.

        Raises:
            ClusterError: the API server can't be reached.
        """
        found, who, unsure, carried, told = self._acting.read()
        if not who:
            return _nobody(found, unsure)
        places = list(dict.fromkeys([*_places(who, found), *self._places]))
        rbac = read_rbac(self._api, self._timeout, places)
        unsure += [*by_groups_unnamed(self._ungrouped, rbac), *members_unnamed(self._memberless)]
        accounts, clouds = self._accounts(who)
        unsure, carried = (unsure, (*carried, *clouds)) if told else ([*unsure, *clouds], carried)
        gaps = [*rbac.gaps, *unsure]
        who = with_credentials(who, accounts, found, node_uid(self._uid))
        me = or_gap(self._whoami, gaps)
        grants = [grant for grant in rbac.grants if reaching(grant, *who)]
        roles, untold = self._roles(rbac, grants)
        facts = RevokeFacts(
            account=next((each.account for each in who if each.account), None),
            grants=tuple(grants),
            roles=roles,
            blind=rbac.unread | untold,
            sharing=_sharing(found),
            user=me[0] if me else "",
            groups=me[1] if me else (),
            tokens=self._tokens(who),
            gaps=tuple(gaps),
            who=who,
            namespaces=rbac.namespaces,
            unsure=tuple(unsure),
            carried=carried,
            service_accounts=accounts,
            planted=planted(rbac, grants, self._target.managers, _since(found)),
        )
        return self._asked(facts, places, also) if ask else facts

    def credentials(self, users: Sequence[str]) -> Credentials:
        """What the tokens of those among ``users`` carry that are ServiceAccounts. What can't be read is not there."""
        found = self._acting.found()
        who = [principal(Account(each.namespace, each.name)) for each in split_users(users)[0]]
        known = with_credentials(who, self._accounts(who)[0], found, node_uid(self._uid))
        return {each.user: each.credentials for each in known}

    # --- what they have ----------------------------------------------------------------------------------------------

    def _roles(self, rbac: Rbac, grants: Iterable[Grant]) -> tuple[tuple[Role, ...], frozenset[str]]:
        """The roles that the grants name, and the kinds of those of which it is not known whether they are there.

        One that the lists don't show is asked for by its name: it may have been made since.
        """
        known = {(role.ref.kind, role.ref.key): role for role in rbac.roles}
        wanted = dict.fromkeys((grant.role.kind, grant.role.key, grant.role) for grant in grants)
        missing = [ref for kind, key, ref in wanted if (kind, key) not in known]
        read = in_parallel(self._role_or_error, missing)
        roles = [known[kind, key] for kind, key, _ in wanted if (kind, key) in known]
        roles += [each for each in read if isinstance(each, Role)]
        asked = zip(missing, read, strict=True)
        return tuple(roles), frozenset(ref.kind for ref, found in asked if not isinstance(found, Role | NotFound))

    def _role_or_error(self, ref: Ref) -> Role | ClusterError:
        try:
            return read_role(self._api, ref, self._timeout)
        except ClusterError as error:
            return error

    def _tokens(self, who: Sequence[Principal]) -> tuple[str, ...] | None:
        """Secrets with a token of an account, by their metadata alone: the tokens themselves never come here."""
        found: list[str] = []
        for account in (each.account for each in who if each.account):
            try:
                found += [
                    clean_line(name) for name, of in self._secrets.tokens(account.namespace) if of == account.name
                ]
            except ClusterError:
                return None
        return tuple(found)

    def _accounts(self, who: Sequence[Principal]) -> tuple[tuple[Ref, ...], list[str]]:
        """Its ServiceAccounts as they are there; one that is gone or may not be read can't be deleted by its UID.

        And of which of them a cloud makes somebody of its own, or may, in words.
        """
        accounts = list(dict.fromkeys(each.account for each in who if each.account))
        refs = [Ref("ServiceAccount", each.namespace, each.name) for each in accounts]
        asked = list(zip(refs, in_parallel(self._metadata_or_error, refs), strict=True))
        read = [(ref, found) for ref, found in asked if isinstance(found, FullMetadata)]
        there = tuple(msgspec.structs.replace(ref, uid=found.uid) for ref, found in read if found.uid)
        return there, [*filter(None, (of_account(ref, found) for ref, found in asked))]

    def _metadata_or_error(self, ref: Ref) -> FullMetadata | ClusterError:
        try:
            return self._metadata(ref)
        except ClusterError as error:
            return error

    def _metadata(self, ref: Ref) -> FullMetadata:
        path = paths.of_kind(ref.kind, ref.namespace, ref.name)
        return decode(self._api.request("GET", path, accept=_PARTIAL_ONE, timeout=self._timeout), _Partial).metadata

    def _uid(self, ref: Ref) -> str:
        return self._metadata(ref).uid

    # --- what the authorizer says ------------------------------------------------------------------------------------

    def _asked(self, facts: RevokeFacts, places: Sequence[str], also: Sequence[Access]) -> RevokeFacts:
        """``facts`` with the reviews, and with the bindings that only their reasons name."""
        answers: dict[tuple[str, Access], tuple[Principal, Review]] = {}
        tried: dict[Ref, Grant | None] = {}
        for _ in range(_ROUNDS):
            asked = [each for each in self._questions(facts, places, also) if (each[0].user, each[1]) not in answers]
            for (who, access), answer in zip(asked, in_parallel(self._ask, asked), strict=True):
                answers[who.user, access] = (who, answer)
            named = _unknown_bindings(facts, [answer for _, answer in answers.values()], tried)
            tried |= {ref: or_gap(lambda ref=ref: read_grant(self._api, ref, self._timeout), []) for ref in named}  # type: ignore[misc]
            new = [grant for ref in named if (grant := tried[ref]) is not None and reaching(grant, *facts.who)]
            if not new:
                break
            facts = self._with(facts, new)
        reviews = tuple(
            Reviewed(str(who), access, answer.allowed, answer.reason, answer.foreign)
            for (_, access), (who, answer) in answers.items()
        )
        hidden = tuple(ref for ref, grant in tried.items() if grant is None)
        return msgspec.structs.replace(facts, reviews=reviews, hidden=hidden, unbindable=self._unbindable(facts))

    def _questions(
        self, facts: RevokeFacts, places: Sequence[str], also: Sequence[Access]
    ) -> list[tuple[Principal, Access]]:
        roles = {(role.ref.kind, role.ref.key): role for role in facts.roles}
        where = ["", *places, *(grant.ref.namespace for grant in facts.grants), *(each.namespace for each in also)]
        if unlisted := {"RoleBinding", "ClusterRoleBinding"} & facts.blind:
            where += (facts.namespaces or ())[:_MOST_PLACES]
        unique = tuple(dict.fromkeys(where))
        fully = _MOST_PLACES if unlisted else FULLY  # what no list shows, only an answer's reason names
        return [
            (who, access)
            for who in facts.who
            for access in dict.fromkeys([*asked_of(who, unique, facts.grants, roles, fully), *also])
        ]

    def _ask(self, question: tuple[Principal, Access]) -> Review:
        who, access = question
        return review(self._api, who, access, REVIEW_TIMEOUT)

    def _with(self, facts: RevokeFacts, grants: Sequence[Grant]) -> RevokeFacts:
        read = (or_gap(lambda ref=grant.role: read_role(self._api, ref, self._timeout), []) for grant in grants)  # type: ignore[misc]
        roles = tuple(dict.fromkeys([*facts.roles, *(role for role in read if role is not None)]))
        # A role that only its binding's reason led to and that can't be read counts as unread, not as absent.
        blind = facts.blind | {grant.role.kind for grant in grants}
        return msgspec.structs.replace(facts, grants=(*facts.grants, *grants), roles=roles, blind=blind)

    def _unbindable(self, facts: RevokeFacts) -> frozenset[tuple[str, str]]:
        """Roles whose shared bindings we may not change: RBAC lets nobody edit a binding whose rights he can't give."""
        shared = [grant for grant in facts.grants if len(reaching(grant, *facts.who)) < len(grant.subjects)]
        asked = {(grant.role.kind, grant.role.key): grant for grant in shared}

        def bind(grant: Grant) -> bool | None:
            kind = f"{grant.role.kind.lower()}s"
            access = Access("bind", kind, GROUP, "", grant.ref.namespace, grant.role.name)
            return may_i(self._api, access, REVIEW_TIMEOUT).allowed

        answers = in_parallel(bind, list(asked.values()))
        return frozenset(key for key, answer in zip(asked, answers, strict=True) if answer is False)


def _nobody(found: Sequence[OptimizerFacts], gaps: Sequence[str]) -> RevokeFacts:
    """The facts where nobody is known whose rights could be read: they say why."""
    why = next((each.problem for each in found if each.problem), next(iter(gaps), UNNAMED))
    words = f"whose rights? {why}; or set service_account in the table [optimizer]"
    return RevokeFacts(None, problem=words, gaps=tuple(gaps))


def _since(workloads: Iterable[OptimizerFacts]) -> float | None:
    """When the oldest thing that runs it was made."""
    made = [each.root.created if each.root else None for each in workloads]
    made += [pod.created for each in workloads for pod in each.pods]
    return min((at for at in made if at is not None), default=None)


def _places(who: Sequence[Principal], workloads: Iterable[OptimizerFacts]) -> list[str]:
    """The namespaces that matter before a binding is known: where it runs, and where its accounts are."""
    found = [each.account.namespace for each in who if each.account]
    found += [ref.namespace for each in workloads for ref in each.chain]
    return list(dict.fromkeys(found))


def _sharing(workloads: Sequence[OptimizerFacts]) -> tuple[PodFact, ...]:
    """Others' pods that run as one of its accounts; what is a pod of one of its own workloads is no other's."""
    own = {pod.ref.uid for each in workloads for pod in each.pods}
    sharing = [pod for each in workloads for pod in each.sharing if pod not in each.strays]
    return tuple({pod.ref.uid: pod for pod in sharing if pod.ref.uid not in own}.values())


def _unknown_bindings(facts: RevokeFacts, answers: Sequence[Review], tried: dict[Ref, Grant | None]) -> list[Ref]:
    """Bindings that the authorizer names and no list has shown."""
    known = {(grant.ref.kind, grant.ref.key) for grant in facts.grants}
    named = dict.fromkeys(answer.binding for answer in answers if answer.binding is not None)
    return [ref for ref in named if (ref.kind, ref.key) not in known and ref not in tried]
