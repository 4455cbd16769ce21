"""The names that people type: a workload as kubectl takes it, and a ServiceAccount. Pure.

This is the one place that knows the kinds of workload with their plurals and short names, and which kind makes which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from opsconsole.records import Record
from opsconsole.text import clean_line


class BadName(ValueError):  # noqa: N818 - it is the name that is bad
    """What was typed is no such name; the text is a sentence that says what would be one."""


class WorkloadKind(NamedTuple):
    """A kind that runs pods. ``words`` are what kubectl takes for it: singular, plural, short; in lower case."""

    kind: str
    group: str
    words: tuple[str, ...]


KINDS = (
    WorkloadKind("Deployment", "apps", ("deployment", "deployments", "deploy")),
    WorkloadKind("StatefulSet", "apps", ("statefulset", "statefulsets", "sts")),
    WorkloadKind("CronJob", "batch", ("cronjob", "cronjobs", "cj")),
    WorkloadKind("Job", "batch", ("job", "jobs")),
    WorkloadKind("DaemonSet", "apps", ("daemonset", "daemonsets", "ds")),
    WorkloadKind("ReplicaSet", "apps", ("replicaset", "replicasets", "rs")),
    WorkloadKind("ReplicationController", "", ("replicationcontroller", "replicationcontrollers", "rc")),
    WorkloadKind("Pod", "", ("pod", "pods", "po")),
)
"""In the order in which a bare ``namespace/name`` is looked for: the likeliest first."""

KIND_NAMES = tuple(each.kind for each in KINDS)

_BY_WORD = {word: each for each in KINDS for word in each.words}

_MAKERS = {
    "Pod": frozenset({"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"}),
    "ReplicaSet": frozenset({"Deployment"}),
    "Job": frozenset({"CronJob"}),
}
"""Child → the kinds whose controllers make it. Whoever may write a pod may write any owner into it."""

_DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_CUSTOM = re.compile(r"[a-z0-9-]+(\.v[a-z0-9]+)?(\.[a-z0-9-]+){2,}")
"""A custom kind as kubectl takes it: ``rollouts.argoproj.io``, ``rollouts.v1alpha1.argoproj.io``."""

_ACCOUNT_PREFIX = "system:serviceaccount:"


_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def is_namespace(text: str) -> bool:
    """Whether a namespace can be called ``text`` (RFC 1123 label)."""
    return _NAMESPACE.fullmatch(text) is not None


def makes(owner: str, child: str) -> bool:
    """Whether an object of kind ``owner`` can have made one of kind ``child``.

    An owner of a kind that is not in :data:`KINDS` is believed: operators make all kinds of objects.
    """
    return owner not in KIND_NAMES or owner in _MAKERS.get(child, frozenset())


class WorkloadName(Record, frozen=True, order=True):
    """A workload as it was named. ``kind`` is spelt as the API server does; empty: any kind."""

    kind: str
    namespace: str
    name: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that it may be of, the likeliest first."""
        return (self.kind,) if self.kind else KIND_NAMES

    def may_be(self, other: WorkloadName) -> bool:
        """Whether both may mean one workload: a name without a kind means any."""
        same = (self.namespace, self.name) == (other.namespace, other.name)
        return same and (not self.kind or not other.kind or self.kind == other.kind)

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


class AccountName(Record, frozen=True, order=True):
    """A ServiceAccount."""

    namespace: str
    name: str

    @property
    def user(self) -> str:
        """The user that the API server takes it for: ``system:serviceaccount:<namespace>:<name>``."""
        return f"{_ACCOUNT_PREFIX}{self.namespace}:{self.name}"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def parse_workload(text: str) -> WorkloadName:
    """Return the workload that ``text`` names: ``namespace/name`` or ``kind/namespace/name``.

    The kind is any word that kubectl takes, in any case, with its group or without: ``deploy``, ``Deployments``,
    ``deployments.apps``, ``sts``.

    Raises:
        BadName: it is neither, or of a kind that runs no pods.
    """
    *kind, namespace, name = text.strip().split("/") if text.count("/") in (1, 2) else ("", "")
    if not (_DNS_NAME.fullmatch(namespace) and _DNS_NAME.fullmatch(name)):
        raise BadName(
            "an optimizer is named namespace/name or kind/namespace/name, for example ops/aura or deploy/ops/aura, "
            f"not {clean_line(text, 120)!r}"
        )
    return WorkloadName(_kind(kind[0]) if kind else "", namespace, name)


def _kind(word: str) -> str:
    bare, _, rest = word.lower().partition(".")
    if bare not in _BY_WORD and _CUSTOM.fullmatch(word.lower()):
        return word.lower()
    found = _BY_WORD.get(bare)
    # kubectl's long forms: deployments.apps, deployments.v1.apps.
    if found is None or rest not in {"", found.group, f"v1.{found.group}".rstrip(".")}:
        raise BadName(
            f"an optimizer can't be a {clean_line(word, 60)!r}; it can be one of {', '.join(KIND_NAMES)}, or any kind "
            "that can be scaled, with its group: rollouts.argoproj.io"
        )
    return found.kind


def parse_account(text: str) -> AccountName:
    """Return the ServiceAccount: ``namespace/name``, or ``system:serviceaccount:namespace:name``.

    Raises:
        BadName: it is neither.
    """
    bare, separator = text.strip(), "/"
    if bare.startswith(_ACCOUNT_PREFIX):
        bare, separator = bare.removeprefix(_ACCOUNT_PREFIX), ":"
    namespace, _, name = bare.partition(separator)
    if not (_DNS_NAME.fullmatch(namespace) and _DNS_NAME.fullmatch(name)):
        raise BadName(
            "a ServiceAccount is named namespace/name or system:serviceaccount:namespace:name, "
            f"not {clean_line(text, 120)!r}"
        )
    return AccountName(namespace, name)


def split_users(users: Iterable[str]) -> tuple[tuple[AccountName, ...], tuple[str, ...]]:
    """Return the ServiceAccounts among names of users, and the others.

    Raises:
        BadName: a name is empty, or a malformed ServiceAccount.
    """
    accounts, others = [], []
    for user in users:
        if not user.strip():
            raise BadName("a user's name is empty")
        if user.startswith(_ACCOUNT_PREFIX):
            accounts.append(parse_account(user))
        else:
            others.append(user)
    return tuple(accounts), tuple(others)
