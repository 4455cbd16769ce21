"""What is judged, and what acts: the governor, the switches, the rules in the API server, the guard."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from opsconsole.names import BadName, parse_account
from opsconsole.settings.section import Count, Percent, Seconds, Section
from opsconsole.text import clean_line


class GovernorSettings(Section, frozen=True):
    """Thresholds of the built-in rules; each rule's docstring says where its number comes from."""

    enabled: bool = True
    max_cut_percent: Percent = 20.0
    budget_percent_per_hour: Percent = 5.0
    max_scale_factor: Annotated[float, Meta(gt=1)] = 10.0
    tug_of_war_seconds: Seconds = 30.0
    writes_per_minute: Count = 6
    oscillation_seconds: Seconds = 600.0
    warm_up_seconds: Seconds = 45.0
    match_seconds: Seconds = 30.0
    """How long after its announcement a write is still taken for the one announced, and silence for "not done"."""
    late_seconds: Seconds = 10.0
    """How much later than the write its announcement may be read; a write without one by then was silent."""
    retry_seconds: Seconds = 1.0
    """A write tried again sooner than this after a 409 Conflict did not back off."""
    memory_floor_mib: Annotated[float, Meta(gt=0)] = 128.0
    """A limit announced at or under this is flagged where nothing tells what it was before."""
    steps_cut_percent: Percent = 40.0
    """A limit or request that many small cuts bring down by more than this, in ten minutes, an hour or a day."""
    sweep_services: Count = 10
    """Services of which the same resource may be cut in ten minutes, where it is not known how many there are."""
    flaps_per_hour: Count = 6
    """Changes of direction of one field in an hour, whatever their size, that are flapping."""
    blast_pods_percent: Percent = 10.0
    """Share of all pods that may be deleted or evicted in an hour."""
    blast_services_percent: Percent = 33.0
    """Share of all services that may be changed in an hour."""
    blast_nodes_percent: Percent = 10.0
    """Share of all nodes that may be drained, cordoned, tainted or deleted in an hour; one always may."""
    melt_percent: Percent = 33.0
    """Share of all nodes that may go within a day without others coming in their place."""
    blast_pods: Count = 8
    """Pods in a minute where it is not known how many there are (an archive); four times as many in an hour."""
    blast_services: Count = 10
    """Services in a minute where it is not known how many there are; four times as many in an hour."""
    model_days: Count = 90
    """A model that was trained longer ago than this decides by a world that is gone."""
    data_seconds: Seconds = 900.0
    """Metrics older than this are no ground for a decision."""
    hold_seconds: Seconds = 600.0
    """How long a tug-of-war stays on the screen after its last turn."""
    disabled: tuple[str, ...] = ()
    """Names of rules that are switched off; the screen says so."""


class SwitchSettings(Section, frozen=True):
    """How the kill switches behave."""

    confirm: Literal["enter", "none"] = "enter"
    """``none``: a switch fires on its one key."""
    twice: Literal["k9s", "always", "never"] = "k9s"
    """When the plan of ``0`` takes two Enters: where k9s is installed (its ``0`` shows all namespaces), or as said."""
    evidence_seconds: Seconds = 3.0
    grace_seconds: Annotated[float, Meta(ge=0)] = 5.0
    """How long a graceful delete may take before the pod is deleted by force; 0: by force at once."""
    quiet_seconds: Seconds = 30.0
    """How long no new pod and no new decision must be seen before the optimizer counts as gone."""
    patience_seconds: Seconds = 30.0
    """How long a proof may take, beyond what it has to wait for, before it counts as failed."""
    ready_seconds: Seconds = 180.0
    """How long restore counts the pods of what it has put back; a JVM takes 45 s, a rollout of several more."""


class GovernSettings(Section, frozen=True):
    """How the optimizer is governed in the API server itself: freeze, rules, approvals."""

    namespace: Annotated[str, Meta(min_length=1)] = "opsconsole"
    """Where the guard runs. The optimizer may not write there at all."""
    break_glass: str = ""
    """Freeze everybody but people in this group (and the cluster's own parts); empty: freeze the optimizer."""
    except_users: tuple[str, ...] = ()
    """With ``break_glass``: users whom the rules do not judge, by their full names (no ``*``, no group). A freeze,
    ``protect`` and ``self-approval`` cover them."""
    approvers: Annotated[str, Meta(min_length=1)] = "sre-approvers"
    """Who is in this group may approve what a rule would deny."""
    approval_minutes: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """How long an approval is good."""
    min_replicas: Annotated[int, Meta(ge=0)] = 1
    max_replicas: Count = 100
    rules: dict[str, Literal["off", "warn", "deny"]] = {}
    """What each rule does; ``deny`` where nothing is said."""

    def __post_init__(self) -> None:
        for user in self.except_users:
            if why := _why_not_excepted(user):
                raise ValueError(f"except_users: {clean_line(user, 120)!r} {why}")


def _why_not_excepted(user: str) -> str:
    """Why the rules can't let off a user of that name; empty if they can. A plan would claim that they do."""
    if not user or user != user.strip() or not user.isprintable():
        return "is no user's name"
    if "*" in user:
        return "stands for nobody: each user is named in full"
    if not user.startswith("system:"):
        return ""
    if not user.startswith(_ACCOUNTS):
        return "is the cluster's own or nobody in particular: what is called system: is no user whom rules can let off"
    try:
        account = parse_account(user)
    except BadName:
        return f"is no ServiceAccount: {_ACCOUNTS}namespace:name"
    return "is the cluster's own, and no rule judges it anyway" if account.namespace == "kube-system" else ""


_ACCOUNTS = "system:serviceaccount:"


class GuardSettings(Section, frozen=True):
    """When the guard acts by itself, what it may do, and how it tells people."""

    severity: Literal["warning", "critical"] = "critical"
    """A finding at least this bad makes it act."""
    rules: tuple[str, ...] = ()
    """Only findings of these rules make it act; empty: of any."""
    switches: tuple[Literal["freeze", "revoke", "optimizer"], ...] = ("freeze",)
    """What it executes, in this order. It never does more than freezing unless more is named here."""
    stand_down_seconds: Seconds = 300.0
    """How long it does not freeze again after somebody has thawed."""
    listen: str = "127.0.0.1:9187"
    """Where ``/healthz`` and ``/metrics`` are served."""
    lease: str = "opsconsole-guard"
    """Name of the Lease by which several guards agree on the one that acts; it is in ``govern.namespace``."""
    lease_seconds: Annotated[float, Meta(ge=3, le=60)] = 6.0
    """Silence after which another guard takes over."""
    webhook: Annotated[str, Meta(pattern=r"^(https?://[!-~]+)?\Z")] = ""
    """An address that is told by POST (JSON with ``text``, as chats take it)."""
