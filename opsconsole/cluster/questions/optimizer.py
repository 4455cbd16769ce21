"""Who the optimizer is in the cluster: its workload, its ServiceAccount, and which pods are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.resources import PODS, WORKLOADS
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, Denied, NotFound
from opsconsole.records import Pod, Record, Ref, Workload
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.settings import OptimizerSettings

_KINDS: dict[str, Resource] = dict(
    zip(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"), WORKLOADS, strict=True)
)
SOUGHT = ("Deployment", "StatefulSet", "CronJob", "Job", "DaemonSet", "Pod", "ReplicaSet")
"""Kinds that a bare ``namespace/name`` is looked for in, in this order."""

_SHORT = {"deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet", "rs": "ReplicaSet", "cj": "CronJob"}
_SHORT |= {"po": "Pod", "pods": "Pod", "deployments": "Deployment", "cronjobs": "CronJob", "jobs": "Job"}
_SHORT |= {"statefulsets": "StatefulSet", "daemonsets": "DaemonSet", "replicasets": "ReplicaSet"}

_MAX_CHAIN = 5


class Optimizer(Record, frozen=True):
    """The optimizer as it was found.

    Attributes:
        ref: the object that was named.
        service_account: the account that its pods run as; empty if unknown.
        by_account: whether other pods of that account count as its own; never for ``default``, which all share.
        note: what is uncertain about it, in words.
    """

    ref: Ref
    service_account: str = ""
    by_account: bool = False
    note: str = ""


class OptimizerError(ClusterError):
    """The optimizer can't be found; the text says what was looked for and where."""


def parse_name(name: str) -> tuple[str, str, str]:
    """Return kind (empty: any), namespace and name of ``namespace/name`` or ``kind/namespace/name``.

    Raises:
        OptimizerError: it is neither, or of a kind that runs no pods.
    """
    parts = name.split("/")
    if len(parts) == 2 and all(parts):
        return "", parts[0], parts[1]
    if len(parts) == 3 and all(parts):
        word = parts[0].lower()
        kind = _SHORT.get(word) or next((each for each in SOUGHT if each.lower() == word), "")
        if kind:
            return kind, parts[1], parts[2]
        known = ", ".join(SOUGHT)
        raise OptimizerError(f"the optimizer can't be a {clean_line(parts[0], 60)}; it can be one of {known}")
    raise OptimizerError(f"the optimizer is named namespace/name or kind/namespace/name, not {clean_line(name, 120)!r}")


def find(connection: Connection, settings: OptimizerSettings) -> Optimizer:
    """Look the optimizer up.

    Where the kind that it may be of can't be read, it is taken to be there: its pods can be told by their names.

    Raises:
        OptimizerError: nothing of that name is there.
        ClusterError: the API server can't be asked.
    """
    wanted, namespace, name = parse_name(settings.name)
    denied: dict[str, Denied] = {}
    for kind in [wanted] if wanted else SOUGHT:
        try:
            found = _get(connection, kind, namespace, name)
        except NotFound:
            continue
        except Denied as error:
            denied[kind] = error
            continue
        account = _account(settings, found.namespace) or found.service_account or "default"
        return Optimizer(found.ref, account, by_account=account != "default")
    for kind, denial in denied.items():
        account = _account(settings, namespace)
        return Optimizer(Ref(kind, namespace, name), account, by_account=bool(account), note=str(denial))
    looked = wanted or ", ".join(SOUGHT)
    raise OptimizerError(f"there is no {looked} named {clean_line(name, 253)} in {clean_line(namespace, 63)}")


def _account(settings: OptimizerSettings, namespace: str) -> str:
    """Return the account's bare name that the settings give, unless it is of another namespace than the pods."""
    place, _, account = settings.service_account.rpartition("/")
    return account if place in {"", namespace} else ""


def _get(connection: Connection, kind: str, namespace: str, name: str) -> Pod | Workload:
    resource = PODS if kind == "Pod" else _KINDS[kind]
    body = connection.request("GET", paths.of_kind(kind, namespace, name))
    try:
        record = resource.convert(msgspec.json.decode(body, type=resource.shape))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(f"get {resource.plural} {clean_line(name, 253)}: what came is no {kind}") from error
    assert isinstance(record, Pod | Workload)  # noqa: S101 - for the type checker: these resources make no others
    return record


class Membership:
    """Says which pods are the optimizer's, following owners up. Asks for each owner once; its own thread's alone.

    Args:
        connection: where owners are looked up.
        optimizer: whose pods.
    """

    def __init__(self, connection: Connection, optimizer: Optimizer) -> None:
        self._connection = connection
        self._optimizer = optimizer
        self._owners: dict[Ref, Ref | None] = {}

    def __call__(self, pod: Pod) -> bool:
        """Whether ``pod`` is the optimizer's: by name, by its chain of owners, or by its ServiceAccount."""
        ref = self._optimizer.ref
        if pod.namespace != ref.namespace:
            return False
        if self._optimizer.by_account and pod.service_account == self._optimizer.service_account:
            return True
        if ref.kind == "Pod":
            return pod.name == ref.name
        owner = pod.owner
        for _ in range(_MAX_CHAIN):
            if owner is None:
                return False
            if (owner.kind, owner.name) == (ref.kind, ref.name):
                return True
            owner = self._above(owner)
        return False

    def _above(self, owner: Ref) -> Ref | None:
        if owner not in self._owners:
            self._owners[owner] = self._ask(owner)
        return self._owners[owner]

    def _ask(self, owner: Ref) -> Ref | None:
        if owner.kind not in _KINDS:
            return None
        try:
            return _get(self._connection, owner.kind, owner.namespace, owner.name).owner
        except (NotFound, Denied):
            # The controllers name what they make after themselves: web-5d4f8c7b9 is of web, night-29012345 of night.
            kind = {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(owner.kind)
            return Ref(kind, owner.namespace, owner.name.rpartition("-")[0]) if kind else None
