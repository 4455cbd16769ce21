"""The Secrets that the optimizer's pods have: whose tokens they hold, and which may log it in as somebody else.

Only the metadata is asked for: no value ever comes here. Which keys a Secret has is told by who wrote them
(``managedFields``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.parallel import in_parallel
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.rights import Account, Principal, principal
from opsconsole.switches.target.workloads.pod_spec import is_login, is_login_file
from opsconsole.switches.target.workloads.stores import is_login_variable
from opsconsole.text import clean_line

_PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
_TOKENS = "kubernetes.io/service-account-token"
_TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 - the name of an annotation
_TOKEN_KEY = "token"  # noqa: S105 - the name of a key
_OR_NAME = "if it logs in as somebody else, name him too"
_SHOWN = 5
NAME_HIM = (
    'whom it logs in as is not looked at; name that account, user or group too (groups "none" where it is nobody here)'
)
"""What to do about a login that is not known to be anybody."""


class _Writer(Wire):
    fields: dict[str, Any] | None = msgspec.field(default=None, name="fieldsV1")


class _Metadata(Wire):
    name: str = ""
    annotations: dict[str, str] | None = None
    managed_fields: list[_Writer] | None = None


class _Partial(msgspec.Struct):
    metadata: _Metadata


class _List(msgspec.Struct):
    items: list[_Partial] | None = None


class _Held(NamedTuple):
    """A Secret of a pod: whose token it holds (empty: nobody's), and its keys; ``None`` where it can't be read."""

    pod: PodFact
    name: str
    found: _Metadata | ClusterError | None


class PodSecrets:
    """Asks about Secrets.

    Args:
        api: reads.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, timeout: float) -> None:
        self._api = api
        self._timeout = timeout

    def tokens(self, namespace: str) -> list[tuple[str, str]]:
        """The Secrets of a namespace that hold a token, and whose.

        Raises:
            ClusterError: they can't be listed.
        """
        query = {"fieldSelector": f"type={_TOKENS}"}
        path = paths.collection("", "v1", "secrets", namespace)
        body = self._api.request("GET", path, query=query, accept=_PARTIAL_LIST, timeout=self._timeout)
        metadata = [each.metadata for each in decode(body, _List).items or ()]
        return [(each.name, (each.annotations or {}).get(_TOKEN_OF, "")) for each in metadata]

    def accounts(self, optimizer: OptimizerFacts, unsure: list[str]) -> Iterator[Principal]:
        """The accounts whose tokens its pods have from Secrets, whoever they run as."""
        for pod in optimizer.pods:
            if pod.over or not pod.secrets:
                continue
            for secret, account in self._tokens_of(pod, unsure):
                yield principal(Account(pod.ref.namespace, account), f"{pod.ref} has its token, Secret {secret}")

    def logins(
        self, optimizers: Iterable[OptimizerFacts], unsure: list[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What of its pods logs it in as somebody: their own words, keys of other Secrets and of ConfigMaps. In words.

        And which of the Secrets are not looked into, and which ConfigMaps can't be. Of the pods of one template the
        first is named. ``unsure`` gets the Secrets whose keys can't be read.
        """
        pods = [pod for each in optimizers for pod in each.pods if not pod.over]
        wanted = {(pod.ref.namespace, name): pod for pod in reversed(pods) for name in pod.secrets}
        held = in_parallel(lambda each: _Held(each[1], each[0][1], self._look(*each[0])), list(wanted.items()))
        unread: list[str] = []
        logins, others = [*_of_words(pods), *self._of_config_maps(pods, unread)], []
        for each in held:
            if each.found is None or (_is_there(each.found) and _TOKEN_OF in (each.found.annotations or {})):
                continue  # whose token it is, is told by ``accounts``
            by = _by_what(each.found, _prefixes(pods, each), files=is_login_file)
            if by:
                into = logins if _is_there(each.found) else unsure
                into.append(f"{each.pod.ref} has Secret {clean_line(each.name)} {by}")
            else:
                others.append(each)
        return tuple(logins), (*_unlooked(others), *unread)

    def _of_config_maps(self, pods: Sequence[PodFact], unread: list[str]) -> Iterator[str]:
        """ConfigMaps with a kubeconfig, by their keys; ``unread`` gets those that can't be read, in words."""
        wanted = {(pod.ref.namespace, name): pod for pod in reversed(pods) for name in pod.config_maps}
        found = in_parallel(lambda each: self._look(*each, "configmaps"), list(wanted))
        unread += _unread({name: each for (_, name), each in zip(wanted, found, strict=True)})
        for ((_, name), pod), metadata in zip(wanted.items(), found, strict=True):
            held = _Held(pod, name, metadata)
            by = _by_what(metadata, _prefixes(pods, held), files=_is_public_login) if _is_there(metadata) else ""
            if by:
                yield f"{pod.ref} has ConfigMap {clean_line(name)} {by}"

    def _tokens_of(self, pod: PodFact, unsure: list[str]) -> list[tuple[str, str]]:
        """Which of a pod's Secrets hold a token, and whose. Where they may not be listed, each is asked for by name."""
        try:
            return [each for each in self.tokens(pod.ref.namespace) if each[0] in pod.secrets]
        except ClusterError:
            asked = in_parallel(lambda name: self._look(pod.ref.namespace, name), pod.secrets)
        looked = list(zip(pod.secrets, asked, strict=True))
        refused = {name: found for name, found in looked if isinstance(found, ClusterError)}
        if refused:
            names, first = ", ".join(map(clean_line, refused)), next(iter(refused.values()))
            unsure.append(
                f"whether {pod.ref} has another account's token is not known, its Secrets can't be read ({names}): "
                f"{first}; if one is of type {_TOKENS}, name its account too"
            )
        of = [(name, (found.annotations or {}).get(_TOKEN_OF, "")) for name, found in looked if _is_there(found)]
        return [each for each in of if each[1]]

    def _look(self, namespace: str, name: str, plural: str = "secrets") -> _Metadata | ClusterError | None:
        """The metadata of one Secret (or ConfigMap); ``None`` if it is not there."""
        path = paths.item("", "v1", plural, namespace, name)
        try:
            return decode(self._api.request("GET", path, accept=_PARTIAL, timeout=self._timeout), _Partial).metadata
        except NotFound:
            return None
        except ClusterError as error:
            return error


def _of_words(pods: Sequence[PodFact]) -> Iterator[str]:
    """By what containers' own words log in; of the pods of one template the first is named."""
    told = {words: pod for pod in reversed(pods) for words in pod.logins}
    for words, pod in told.items():
        yield f"{pod.ref}: {words}: {NAME_HIM}"


def _by_what(found: _Metadata | ClusterError, prefixes: Sequence[str], *, files: Callable[[str], bool]) -> str:
    """By which key a pod may log in as somebody, in words; or why that is not known; empty where none of them is one.

    A key counts as a file's name and as a variable's, however the pod has it: programs read such variables from files
    too.
    """
    if isinstance(found, ClusterError):
        return f"and what it gives it a login for is not known, its keys can't be read: {found}; {_OR_NAME}"
    if not found.managed_fields:  # whoever may write it may empty them
        return f"and what it gives it a login for is not known, nothing tells its keys; {_OR_NAME}"
    variables = ["", *prefixes]
    for key in _keys(found):
        if (key != _TOKEN_KEY and files(key)) or any(is_login_variable(before + key) for before in variables):
            return f"with {clean_line(key)}: {NAME_HIM}"
    return ""


def _is_public_login(key: str) -> bool:
    """As of a ConfigMap's file, where ``config`` and JSON are anything."""
    return is_login(key) or "credential" in key.lower()


def _prefixes(pods: Sequence[PodFact], held: _Held) -> list[str]:
    """What any of its pods puts before this one's keys to have variables."""
    where = held.pod.ref.namespace
    return [before for pod in pods if pod.ref.namespace == where for name, before in pod.prefixes if name == held.name]


def _is_there(found: _Metadata | ClusterError | None) -> TypeGuard[_Metadata]:
    return isinstance(found, _Metadata)


def _keys(metadata: _Metadata) -> list[str]:
    """The keys of its data, as far as their writers are noted."""
    noted = [
        (each.fields or {}).get(data) for each in metadata.managed_fields or () for data in ("f:data", "f:binaryData")
    ]
    return [key.removeprefix("f:") for data in noted if isinstance(data, dict) for key in data if key != "."]


def _unread(found: Mapping[str, _Metadata | ClusterError | None]) -> Iterator[str]:
    """Which ConfigMaps can't be read, and why the first of them can't."""
    errors = {clean_line(name): each for name, each in found.items() if isinstance(each, ClusterError)}
    if errors:
        names = ", ".join([*errors][:_SHOWN]) + (", …" if len(errors) > _SHOWN else "")
        yield (
            f"what is in its ConfigMaps is not looked at ({names}: {next(iter(errors.values()))}): if one logs in as "
            "somebody else, name him too"
        )


def _unlooked(others: Sequence[_Held]) -> Iterator[str]:
    if others:
        names = ", ".join(clean_line(each.name) for each in others[:_SHOWN])
        more = ", …" if len(others) > _SHOWN else ""
        yield (
            f"what is in the Secrets of {others[0].pod.ref} is not looked at ({names}{more}): if one logs in as "
            "somebody else, name him too"
        )
