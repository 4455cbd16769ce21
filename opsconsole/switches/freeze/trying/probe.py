"""Tries a write as somebody, without doing it: the API server's whole way of a write, with ``dryRun=All``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, Unpack

from opsconsole.cluster.questions.rbac import Rbac
from opsconsole.cluster.questions.reviews import Access, RequestOptions, json_object, may, may_i
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import (
    AccessError,
    ClusterError,
    Conflict,
    Denied,
    NotFound,
    Rejected,
    ServerError,
)
from opsconsole.cluster.transport.impersonation import header_value
from opsconsole.govern.identities import ACCOUNT_PREFIX
from opsconsole.govern.names import FROZEN_WORDS
from opsconsole.records import JsonObject
from opsconsole.switches.freeze.around.ways import PROBE_USER
from opsconsole.switches.freeze.trying.tries import NAME, WriteTry, creations, granted
from opsconsole.switches.target.rights import Principal

MOST = 40
"""Writes that are asked about and tried before it is said that none can be."""

_TIMEOUT = 5.0

_MAY_NOT = re.compile(r" cannot impersonate(?::[a-z-]+)? resource \"[^\"]*\" in API group ")
"""How the API server says that who asks may not act as somebody else."""


class ImpersonatingOptions(RequestOptions, total=False):
    """What may be said of a request that is made as somebody."""

    impersonate: bool
    further: Mapping[str, str] | None


class ImpersonatingApi(Protocol):
    """What is needed of :class:`opsconsole.cluster.transport.connection.Connection`."""

    def request(self, method: str, path: str, **options: Unpack[ImpersonatingOptions]) -> bytes:
        """Make one request and return the body of its 2xx answer, or raise a ``ClusterError``."""
        ...


class FreezeVerdict(NamedTuple):
    """What came of one try.

    Attributes:
        frozen: whether the freeze refused it; ``None`` where that can't be told.
        why: what happened.
        elsewhere: another write may tell it.
        passing: the same may come out otherwise the next time.
    """

    frozen: bool | None
    why: str
    elsewhere: bool = False
    passing: bool = False


class WriteProbe:
    """Tries a write as one identity.

    Args:
        api: the connection.
        user: whom to act as.
        groups: the groups to act with; empty lets the API server add a ServiceAccount's own.
        rbac: reads RBAC, which tells where it may write; asked only if it may not at home.
        title: how the identity is called.
    """

    def __init__(
        self, api: ImpersonatingApi, user: str, groups: tuple[str, ...], rbac: Callable[[], Rbac], title: str = ""
    ) -> None:
        self._api = api
        self._user = user
        self._groups = groups
        self._rbac = rbac
        self.user = user
        self.title = title or (user if user != PROBE_USER else f"group {groups[0]}")
        self._known: WriteTry | None = None
        self._never: FreezeVerdict | None = None
        self._unseen = ""

    def __call__(self) -> FreezeVerdict:
        """Try once: what told something before, or else one write after the other until one tells something.

        Never raises for a cluster that can't be reached.
        """
        if self._never is not None:
            return self._never
        if self._known is not None and not (verdict := self._try(self._known)).elsewhere:
            return verdict
        if may_i(self._api, self._impersonation(), _TIMEOUT).allowed is False:
            words = f"unproved: you may not {self._impersonation()}, so no write of it can be tried"
            return FreezeVerdict(None, words)
        told: FreezeVerdict | None = None
        for write in self._allowed():
            verdict = self._try(write)
            if not verdict.elsewhere:
                self._known = write if verdict.frozen is not None else None
                return verdict
            told = told or verdict
        self._known = None
        if told is None:
            self._never = told = FreezeVerdict(None, self._nothing())
        return told

    def _try(self, write: WriteTry) -> FreezeVerdict:
        method, body, content = write.request()
        query = {"dryRun": "All"} | ({} if method == "DELETE" else {"fieldManager": NAME})
        try:
            self._api.request(
                method, write.path, query=query, body=body, content_type=content,
                timeout=_TIMEOUT, impersonate=False, further=impersonating(self._user, self._groups),
            )  # fmt: skip
        except Denied as error:
            return _denied(write, error)
        except ClusterError as error:
            elsewhere, passing = isinstance(error, (NotFound, Rejected, Conflict)), not isinstance(error, AccessError)
            return FreezeVerdict(None, f"unknown: {error}", elsewhere=elsewhere, passing=passing)
        return FreezeVerdict(frozen=False, why=f"a dry run ({write}) was let through")

    def _allowed(self) -> Iterator[WriteTry]:
        """Writes that the authorizer lets it make, or of which it can't say: what it refuses tells nothing of a freeze.

        Where nothing at home is allowed, those that its grants give elsewhere.
        """
        for write in islice(self._candidates(), MOST):
            found = self._found(write) if write.needs_object else write
            if found is not None:
                answer = may(self._api, self._user, self._groups, found.access, _TIMEOUT)
                if answer.allowed is not False:
                    yield found

    def _candidates(self) -> Iterator[WriteTry]:
        yield from creations(self._namespaces())
        yield from granted(self._rbac(), Principal(self._user, self._groups))

    def _found(self, write: WriteTry) -> WriteTry | None:
        """The write on an object that is there; ``None`` if there is none, or we may not see any."""
        access = write.access
        place = paths.collection(*paths.API_KINDS[write.kind], access.namespace)
        query = {"limit": 1, "fieldSelector": f"metadata.name={access.name}" if access.name else None}
        try:
            items = json_object(self._api.request("GET", place, query=query, timeout=_TIMEOUT)).get("items")
        except ClusterError as error:
            self._unseen = self._unseen or f"no {access.resource} to try a write on can be read: {error}"
            return None
        first: JsonObject | None = next((each for each in items or () if isinstance(each, dict)), None)
        return None if first is None else write.on(first)

    def _nothing(self) -> str:
        gaps = (*self._rbac().gaps, *filter(None, [self._unseen]))
        if gaps:
            where = ", ".join(self._namespaces())
            return f"unproved: it may create nothing in {where}; what else it may write is not all known: {gaps[0]}"
        return "unproved: the authorizer lets it write nothing that could be tried without harm"

    def _impersonation(self) -> Access:
        if not self._user.startswith(ACCOUNT_PREFIX):
            return Access("impersonate", "users", name=self._user)
        namespace, _, name = self._user.removeprefix(ACCOUNT_PREFIX).partition(":")
        return Access("impersonate", "serviceaccounts", namespace=namespace, name=name)

    def _namespaces(self) -> tuple[str, ...]:
        own = self._user.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
        return (own, "default") if self._user.startswith(ACCOUNT_PREFIX) else ("default",)


def impersonating(user: str, groups: Sequence[str]) -> dict[str, str]:
    """Return the headers of a request as somebody else; a ServiceAccount's groups are added by the API server.

    Raises:
        AccessError: no header carries the name as it is: with another one it would be somebody else's write.
    """
    named = {"Impersonate-User": user} | ({"Impersonate-Group": groups[0]} if user == PROBE_USER else {})
    for name in named.values():
        if name != name.strip(" \t"):
            raise AccessError(f"{name!r} begins or ends with a space, which no HTTP header can carry")
    return {key: header_value(name, repr(name)) for key, name in named.items()}


def is_of_impersonation(error: ServerError) -> bool:
    """Whether we may not act as somebody: by the API server's own words, whatever that somebody is called."""
    return _MAY_NOT.search(error.reason) is not None


def _denied(write: WriteTry, error: ServerError) -> FreezeVerdict:
    if FROZEN_WORDS in error.reason:
        return FreezeVerdict(frozen=True, why=f"a dry run ({write}) was refused by the freeze")
    if is_of_impersonation(error):
        return FreezeVerdict(None, f"unproved: you may not impersonate it ({error.reason})")
    words = f"unproved: its write was refused, but not by the freeze ({error.reason})"
    return FreezeVerdict(None, words, elsewhere=True, passing=True)
