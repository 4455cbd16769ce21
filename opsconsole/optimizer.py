"""Who the optimizers are, and whether a pod or a workload is theirs. Pure.

Everything that asks uses this: the screen's marks, the log, the governor, ``check`` and the switches. Owners are looked
up through a function, so that the store's workloads and live reads of the API server are climbed alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from opsconsole.names import KIND_NAMES, AccountName, WorkloadName, makes, parse_account, parse_workload, split_users
from opsconsole.records import Pod, Record, Ref, Workload
from opsconsole.settings import OptimizerEntry, OptimizerSettings, Settings

Above: TypeAlias = Callable[[Ref], Ref | None]
"""Tells the controlling owner of an object, ``None`` if it has none.

It raises ``KeyError`` where that can't be told, and :class:`NamesakeError` where another object has the name by now.
"""

HASH_LABEL = "pod-template-hash"
"""What a Deployment puts on its ReplicaSets and their pods; the ReplicaSet's name ends with it."""

SHARED_ACCOUNT = "default"
"""The account of every pod that names none: it tells nothing about a pod."""

NO_GROUPS = "none"
"""What stands among the groups of users who are in none: nobody's group, so that nothing is asked or refused by it."""

_SUFFIX = {
    "Deployment": r"-[a-z0-9]{1,10}-[a-z0-9]{5}",
    "ReplicaSet": r"-[a-z0-9]{5}",
    "ReplicationController": r"-[a-z0-9]{5}",
    "DaemonSet": r"-[a-z0-9]{5}",
    "StatefulSet": r"-\d{1,6}",
    "Job": r"(-\d{1,6})?-[a-z0-9]{5}",
    "CronJob": r"-\d{5,12}(-\d{1,6})?-[a-z0-9]{5}",
}
"""What the controllers add to their own name to make a pod's."""


class NamesakeError(LookupError):
    """An object was deleted and made again under its name, or never had that UID: it owns nothing that says so."""


class Optimizer(Record, frozen=True):
    """One optimizer as the settings name it.

    Attributes:
        title: what it is called.
        workloads: what runs it.
        accounts: ServiceAccounts that it acts as; empty: those of its pods.
        users: further users that it acts as, as the API server names them.
        groups: groups that it acts by.
        managers: its field managers.
        role: what it is for, such as ``rightsizer``; empty if that is not said.
        container: the container whose log is its decision stream; empty: every one.
    """

    title: str = ""
    workloads: tuple[WorkloadName, ...] = ()
    accounts: tuple[AccountName, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    role: str = ""
    container: str = ""

    @property
    def name(self) -> str:
        """What it is called in a column: its title without the kind and namespace of a reference."""
        return self.title.rpartition("/")[2]

    @property
    def ungrouped(self) -> tuple[str, ...]:
        """Its users, where none of their groups is named: what those may do besides no cluster tells."""
        return () if self.groups else self.users

    def runs_as(self, record: Pod | Workload) -> bool:
        """Whether ``record`` runs as an account that was named for it; ``default`` tells nothing beside a workload."""
        if not self.accounts:
            return False
        account = AccountName(record.namespace, record.service_account)
        return account in self.accounts and (account.name != SHARED_ACCOUNT or not self.workloads)

    def owns(self, record: Pod | Workload, above: Above) -> bool:
        """Whether ``record`` is one of its workloads, or was made by one."""
        spaces = [name for name in self.workloads if name.namespace == record.namespace]
        if not spaces:
            return False
        if isinstance(record, Pod) and record.partial:
            return any(generated(name, record.name) for name in spaces)
        if any(_is(name, record.ref) and _stands_alone(record, name) for name in spaces):
            return True
        return any(_is(name, ref) and not _replaced(ref, above) for ref in climb(record, above) for name in spaces)

    @property
    def memberless(self) -> tuple[str, ...]:
        """Its groups, where none of their members is named: what each of those may do by himself no cluster tells."""
        return () if self.users else tuple(group for group in self.groups if group != NO_GROUPS)


class Optimizers:
    """The optimizers that the settings name.

    Args:
        each: they, in the order of the settings.
    """

    def __init__(self, each: Iterable[Optimizer] = ()) -> None:
        self.each: tuple[Optimizer, ...] = tuple(each)

    @classmethod
    def of(cls, settings: Settings | OptimizerSettings) -> Optimizers:
        """Those of the table ``[optimizer]`` (or that table alone) and of the list ``[[optimizers]]``."""
        if isinstance(settings, OptimizerSettings):
            return cls.of(Settings(optimizer=settings))
        first = _of_table(settings.optimizer)
        named = first.workloads or first.accounts or first.users or first.groups or first.managers
        return cls([*([first] if named else []), *map(_of_entry, settings.optimizers)])

    @property
    def known(self) -> bool:
        """Whether anything runs or acts by a name that was given: a workload, an account, a user or a group."""
        return any(each.workloads or each.accounts or each.users or each.groups for each in self.each)

    @property
    def workloads(self) -> tuple[WorkloadName, ...]:
        """Every workload that was named."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.workloads))

    @property
    def accounts(self) -> tuple[AccountName, ...]:
        """Every ServiceAccount that was named."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.accounts))

    @property
    def users(self) -> tuple[str, ...]:
        """Every user that was named and is no ServiceAccount."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.users))

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that was named."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.groups))

    @property
    def ungrouped(self) -> tuple[str, ...]:
        """Every user of whose groups none was named; another optimizer's groups are not his."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.ungrouped))

    @property
    def memberless(self) -> tuple[str, ...]:
        """Every group that was named without a user; another optimizer's users are not its members."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.memberless))

    @property
    def managers(self) -> tuple[str, ...]:
        """Every field manager that was named."""
        return tuple(dict.fromkeys(name for each in self.each for name in each.managers))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where they run, in the order of the settings."""
        return tuple(
            dict.fromkeys([*(name.namespace for name in self.workloads), *(name.namespace for name in self.accounts)])
        )

    @property
    def title(self) -> str:
        """All of them in a few words; empty where none is named."""
        return ", ".join(each.title for each in self.each if each.title)

    @property
    def together(self) -> Optimizer:
        """All of them as one: whoever asks what they may do asks about every identity of theirs."""
        return Optimizer(self.title, self.workloads, self.accounts, self.users, self.groups, self.managers)

    def whose(self, record: Pod | Workload, above: Above) -> Optimizer | None:
        """The optimizer that ``record`` belongs to; ``None`` if to none."""
        for each in self.each:
            if each.runs_as(record) or each.owns(record, above):
                return each
        return None


class OptimizerMatch:
    """Says whether a pod of the store is the optimizer's.

    Args:
        optimizers: who they are.
        workloads: the store's workloads by ``kind/namespace/name``.
    """

    def __init__(self, optimizers: Optimizers, workloads: Mapping[str, Workload] | None = None) -> None:
        self._optimizers = optimizers
        self._above = above_in(workloads if workloads is not None else {})

    @property
    def known(self) -> bool:
        """Whether the settings say who the optimizer is at all."""
        return self._optimizers.known

    def __call__(self, record: Pod | Workload) -> bool:
        """Whether ``record`` is one of the optimizer's."""
        return self._optimizers.whose(record, self._above) is not None


def above_in(workloads: Mapping[str, Workload]) -> Above:
    """Return the lookup of owners in a mapping such as the store's workloads. It is followed as it changes."""

    def above(ref: Ref) -> Ref | None:
        found = workloads[f"{ref.kind}/{ref.namespace}/{ref.name}"]
        return owner_of(ref, found)

    return above


def owner_of(ref: Ref, found: Pod | Workload) -> Ref | None:
    """The owner of ``found``, which has the name of ``ref``.

    Raises:
        NamesakeError: it is another object, by its UID.
    """
    if ref.uid and found.uid and ref.uid != found.uid:
        raise NamesakeError(ref)
    return found.owner


def climb(child: Pod | Workload, above: Above) -> Iterator[Ref]:
    """Yield the controlling owners of ``child``, the nearest first.

    An owner is believed only where its kind makes the kind below: a ReplicaSet is made by a Deployment, never by a
    StatefulSet. An owner of a kind that we do not know (an operator's) is the last. Where an owner can't be looked up,
    its own name tells what is above, as the controllers name what they make.
    """
    kind = "Pod" if isinstance(child, Pod) else child.kind
    owner = child.owner
    while owner is not None and makes(owner.kind, kind):
        yield owner
        if owner.kind not in KIND_NAMES:
            return
        kind, owner = owner.kind, _owner_of(owner, child, above)


def top_owner(pod: Pod, above: Above) -> Ref | None:
    """The workload that a pod belongs to: a Deployment rather than its ReplicaSet, a CronJob rather than its Job.

    ``None`` for a bare pod. What is above a Deployment (an operator's object) runs no pods itself.
    """
    top = None
    for top in climb(pod, above):
        if top.kind not in {"ReplicaSet", "Job"}:
            break
    return top


def _owner_of(ref: Ref, child: Pod | Workload, above: Above) -> Ref | None:
    try:
        return above(ref)
    except NamesakeError:
        return None
    except KeyError:
        return _by_name(ref, dict(child.labels))


def _replaced(ref: Ref, above: Above) -> bool:
    """Whether another object has the name of ``ref``; where that can't be told the name stands."""
    if not ref.uid:
        return False
    try:
        above(ref)
    except NamesakeError:
        return True
    except KeyError:
        return False
    return False


def _by_name(ref: Ref, labels: Mapping[str, str]) -> Ref | None:
    """What is above a ReplicaSet or Job that can't be looked up: web-5d4f8c7b9 is of web, night-29012345 of night."""
    name, _, suffix = ref.name.rpartition("-")
    if ref.kind == "Job" and name and re.fullmatch(r"\d{5,12}", suffix):
        return Ref("CronJob", ref.namespace, name)
    digest = labels.get(HASH_LABEL, "" if labels else suffix)
    if ref.kind == "ReplicaSet" and name and digest == suffix and re.fullmatch(r"[a-z0-9]{1,10}", suffix):
        return Ref("Deployment", ref.namespace, name)
    return None


def _is(name: WorkloadName, ref: Ref) -> bool:
    """Whether ``ref`` is the object that was named."""
    return (ref.namespace, ref.name) == (name.namespace, name.name) and ref.kind in name.kinds


def _stands_alone(record: Pod | Workload, name: WorkloadName) -> bool:
    """Whether a bare name can mean this record: a pod only where nothing made it."""
    return bool(name.kind) or not isinstance(record, Pod) or record.owner is None


def generated(name: WorkloadName, pod: str) -> bool:
    """Whether a pod of which nothing but the name is known looks like one of that workload."""
    if pod == name.name:
        return name.kind in {"", "Pod"}
    forms = [_SUFFIX[kind] for kind in name.kinds if kind in _SUFFIX]
    return any(re.fullmatch(re.escape(name.name) + form, pod) for form in forms)


def _of_table(table: OptimizerSettings) -> Optimizer:
    workloads = tuple(parse_workload(text) for text in ([table.name] if table.name else []) + list(table.workloads))
    own, users = split_users(table.users)
    named = ([table.service_account] if table.service_account else []) + list(table.service_accounts)
    accounts = (*map(parse_account, named), *own)
    title = table.name or next(iter((*map(str, workloads), *map(str, accounts), *users, *table.groups)), "")
    return Optimizer(
        title=title,
        workloads=workloads,
        accounts=tuple(dict.fromkeys(accounts)),
        users=users,
        groups=table.groups,
        managers=table.managers,
        role=table.role,
        container=table.container,
    )


def _of_entry(entry: OptimizerEntry) -> Optimizer:
    own, users = split_users(entry.users)
    workloads = tuple(map(parse_workload, entry.workloads))
    accounts = tuple(dict.fromkeys((*map(parse_account, entry.service_accounts), *own)))
    return Optimizer(
        title=entry.name or next(iter((*map(str, workloads), *map(str, accounts), *users, *entry.groups)), ""),
        workloads=workloads,
        accounts=accounts,
        users=users,
        groups=entry.groups,
        managers=entry.field_managers,
        role=entry.role,
        container=entry.container,
    )
