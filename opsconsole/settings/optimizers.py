"""Who the optimizers are, as the settings name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from opsconsole.names import BadName, parse_account, parse_workload, split_users
from opsconsole.settings.section import Section


def _check(key: str, texts: Sequence[str], parse: Callable[[str], object]) -> None:
    """Raise ``ValueError`` with the key (and the place in its list) for the first text that can't be parsed."""
    for number, text in enumerate(texts):
        try:
            parse(text)
        except BadName as error:
            place = f"{key}[{number}]" if key.endswith("s") else key
            raise ValueError(f"{place}: {error}") from error


def _check_identities(accounts: Sequence[str], users: Sequence[str], groups: Sequence[str]) -> None:
    _check("service_accounts", accounts, parse_account)
    _check("users", users, lambda user: split_users([user]))
    if any(not group.strip() for group in groups):
        raise ValueError("groups: a group's name is empty")


Role = Literal[
    "",
    "rightsizer",
    "horizontal",
    "node-autoscaler",
    "node-maintenance",
    "descheduler",
    "rollout-controller",
    "janitor",
    "agent",
]
"""What an optimizer is for; empty: not said."""


class OptimizerSettings(Section, frozen=True):
    """Who the optimizer is. ``name`` is ``namespace/name`` or ``kind/namespace/name``, the kind as kubectl takes it."""

    name: str = ""
    workloads: tuple[str, ...] = ()
    """Further workloads that run it, named in the same way."""
    container: str = ""
    """Container whose log is the decision stream; empty: every container."""
    service_account: str = ""
    """``namespace/name``; empty: read from the optimizer's pod template."""
    service_accounts: tuple[str, ...] = ()
    """Further ServiceAccounts that it acts as; ``system:serviceaccount:namespace:name`` is read too."""
    users: tuple[str, ...] = ()
    """Users that it acts as from outside, as the API server names them."""
    groups: tuple[str, ...] = ()
    """Groups that it acts by."""
    role: Role = ""
    """What it is for; empty: guessed by its image and words, and shown as guessed."""
    managers: tuple[str, ...] = ()
    """Its field managers. Empty: the managers seen to write while it says so; ``OpenAPI-Generator`` proves nothing."""
    processes: tuple[str, ...] = ()
    """Regular expressions on a command line that tell its processes outside Kubernetes."""
    queries: tuple[str, ...] = ()
    """PromQL that it decides by, to be checked besides those in its log."""
    unchosen: tuple[str, ...] = ()
    """Workloads of other optimizers, which are left alone and are no copies of it though they may have its image: to
    these come those that the settings name and ``--optimizer`` leaves out."""

    def __post_init__(self) -> None:
        _check("unchosen", self.unchosen, parse_workload)
        _check("name", [self.name] if self.name else [], parse_workload)
        _check("workloads", self.workloads, parse_workload)
        _check("service_account", [self.service_account] if self.service_account else [], parse_account)
        _check_identities(self.service_accounts, self.users, self.groups)


class OptimizerEntry(Section, frozen=True):
    """One of several optimizers, each in a table ``[[optimizers]]`` of its own."""

    name: str = ""
    """What it is called on the screen, and by ``--optimizer``."""
    workloads: tuple[str, ...] = ()
    """What runs it: ``namespace/name`` or ``kind/namespace/name``."""
    service_accounts: tuple[str, ...] = ()
    """ServiceAccounts that it acts as, ``namespace/name``; empty: read from the pod templates of its workloads."""
    users: tuple[str, ...] = ()
    """Users that it acts as from outside, as the API server names them."""
    groups: tuple[str, ...] = ()
    """Groups that it acts by."""
    field_managers: tuple[str, ...] = ()
    """Names under which it writes."""
    role: Role = ""
    """What it is for; empty: guessed by its image and words, and shown as guessed."""
    container: str = ""
    """Container whose log is the decision stream; empty: every container."""

    def __post_init__(self) -> None:
        _check("workloads", self.workloads, parse_workload)
        _check_identities(self.service_accounts, self.users, self.groups)
        if not (self.workloads or self.service_accounts or self.users or self.groups or self.field_managers):
            raise ValueError("it names nobody; give it workloads, service_accounts, users, groups or field_managers")
