"""Looks the optimizers up in the cluster: their workloads, the accounts of those, and which pods are theirs now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.resources import PODS, REPLICATION_CONTROLLERS, WORKLOADS
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, Denied, NotFound
from opsconsole.decoding import decode_as
from opsconsole.names import AccountName, WorkloadName
from opsconsole.optimizer import Optimizer, Optimizers, owner_of
from opsconsole.records import Pod, Record, Ref, Workload
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection

_RESOURCES: dict[str, Resource] = dict(
    zip(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"), WORKLOADS, strict=True)
) | {"ReplicationController": REPLICATION_CONTROLLERS, "Pod": PODS}


class FoundWorkload(Record, frozen=True):
    """A workload of an optimizer as it was found.

    Attributes:
        ref: the object that was named.
        service_account: the account that its pods run as; empty if unknown.
        note: what is uncertain about it, in words.
        images: what its containers run; empty if unknown.
    """

    ref: Ref
    service_account: str = ""
    note: str = ""
    images: tuple[str, ...] = ()


class FoundOptimizers(Record, frozen=True):
    """The optimizers as they were found.

    Attributes:
        each: they, their workloads named with the kinds that were found and their accounts filled in.
        workloads: what was found of their workloads.
        missing: one sentence for each workload that is not there.
    """

    each: tuple[Optimizer, ...]
    workloads: tuple[FoundWorkload, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where their pods are, in the order in which they were named."""
        return Optimizers(self.each).namespaces

    @property
    def title(self) -> str:
        """They in words: the workloads, or the accounts where no workload was named."""
        names = [str(each.ref) for each in self.workloads] or [str(name) for name in Optimizers(self.each).accounts]
        return ", ".join(names)


class OptimizerError(ClusterError):
    """No optimizer can be found; the text says what was looked for and where."""


def find(connection: Connection, optimizers: Optimizers) -> FoundOptimizers:
    """Look the optimizers up.

    Where the kind that a workload may be of can't be read, it is taken to be there: its pods can be told by their
    names.

    Raises:
        OptimizerError: nothing of any of those names is there.
        ClusterError: the API server can't be asked.
    """
    each, found, missing = [], [], []
    for optimizer in optimizers.each:
        resolved: list[WorkloadName] = []
        accounts = list(optimizer.accounts)
        for name in optimizer.workloads:
            try:
                workload = _find(connection, name)
            except OptimizerError as error:
                missing.append(str(error))
                continue
            found.append(workload)
            resolved.append(WorkloadName(workload.ref.kind, workload.ref.namespace, workload.ref.name))
            if not optimizer.accounts and workload.service_account:
                accounts.append(AccountName(workload.ref.namespace, workload.service_account))
        if resolved or accounts:
            each.append(msgspec.structs.replace(optimizer, workloads=tuple(resolved), accounts=tuple(accounts)))
    if missing and not each:
        raise OptimizerError("; ".join(missing))
    return FoundOptimizers(tuple(each), tuple(found), tuple(missing))


def _find(connection: Connection, name: WorkloadName) -> FoundWorkload:
    denied: dict[str, Denied] = {}
    for kind in name.kinds:
        try:
            found = _get(connection, kind, name.namespace, name.name)
        except NotFound:
            continue
        except Denied as error:
            denied[kind] = error
            continue
        images = tuple(each.image for each in found.containers if each.image)
        return FoundWorkload(found.ref, found.service_account or "default", images=images)
    for kind, denial in denied.items():
        return FoundWorkload(Ref(kind, name.namespace, name.name), note=str(denial))
    looked = ", ".join(name.kinds)
    raise OptimizerError(f"there is no {looked} named {clean_line(name.name, 253)} in {clean_line(name.namespace, 63)}")


def _get(connection: Connection, kind: str, namespace: str, name: str) -> Pod | Workload:
    resource = _RESOURCES[kind]
    body = connection.request("GET", paths.of_kind(kind, namespace, name))
    try:
        record = resource.convert(decode_as(body, resource.shape))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(f"get {resource.plural} {clean_line(name, 253)}: what came is no {kind}") from error
    assert isinstance(record, Pod | Workload)  # noqa: S101 - for the type checker: these resources make no others
    return record


class LiveOwners:
    """Tells owners as the API server has them; asks for each once. One thread's alone.

    It is the :data:`opsconsole.optimizer.Above` of live reads.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[Ref, Pod | Workload] = {}
        self._unknown: set[Ref] = set()

    def __call__(self, ref: Ref) -> Ref | None:
        """The controlling owner of ``ref``.

        Raises:
            KeyError: it is not there, may not be read, or is of a kind that is not read.
            NamesakeError: another object has its name.
            ClusterError: the API server can't be asked.
        """
        if ref in self._unknown or ref.kind not in _RESOURCES:
            raise KeyError(ref)
        if ref not in self._found:
            try:
                self._found[ref] = _get(self._connection, ref.kind, ref.namespace, ref.name)
            except (NotFound, Denied) as error:
                self._unknown.add(ref)
                raise KeyError(ref) from error
        return owner_of(ref, self._found[ref])


class Membership:
    """Says which pods are the optimizers', following owners up. One thread's alone.

    Args:
        connection: where owners are looked up.
        found: whose pods.
    """

    def __init__(self, connection: Connection, found: FoundOptimizers) -> None:
        self._above = LiveOwners(connection)
        self._optimizers = Optimizers(found.each)

    def whose(self, pod: Pod) -> Optimizer | None:
        """The optimizer that ``pod`` belongs to, by its owners or its ServiceAccount; ``None`` if to none."""
        return self._optimizers.whose(pod, self._above)

    def __call__(self, pod: Pod) -> bool:
        """Whether ``pod`` belongs to one."""
        return self.whose(pod) is not None
