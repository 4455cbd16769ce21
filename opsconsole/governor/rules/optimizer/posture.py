"""Posture: how the optimizer is set up, before it does anything."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.observed.fields import memory_text
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Binding, Change, Container, ContainerSpec, Kind, Pod, Ref, Severity, Workload

_UNBOUND = frozenset({"MAX", "MAXIMUM", "FULL", "UNLIMITED", "UNRESTRICTED"})
_AGAIN_SECONDS = 10.0


@rule("autonomy", Severity.WARNING, Kind.WORKLOAD, of_optimizer=True)
def autonomy(subject: Workload, view: View) -> Iterable[Verdict]:
    """The optimizer runs with AUTONOMY_LEVEL=MAXIMUM or its like.

    The Aura write-up: "I want to find the person who typed that."
    """
    if not _own(subject, view):
        return
    for spec in subject.containers:
        for name, value in spec.env:
            if "AUTONOMY" in name.upper() and value.strip().upper() in _UNBOUND:
                yield Verdict(
                    f"{subject.name} runs with {name}={value}",
                    "Nothing in its own settings holds it back.",
                    part=f"{spec.name}.{name}",
                    switch=REVOKE,
                )


@rule("mutable-image", Severity.WARNING, Kind.WORKLOAD, Kind.POD, of_optimizer=True)
def mutable_image(subject: Workload | Pod, view: View) -> Iterable[Verdict]:
    """The optimizer's image has no digest: ``latest`` or no tag (warning), or a tag that can be moved (info).

    The Aura write-up ran ``v2.0.4-final-final-v3``; the SmartScaler one demands a dependency tree without "latest".
    """
    if not _own(subject, view):
        return
    for spec in subject.containers:
        if not spec.image or "@sha256:" in spec.image:
            continue
        tag = spec.image.rpartition("/")[2].partition(":")[2]
        yield Verdict(
            f"{subject.name} runs {spec.image}, "
            + ("a tag that can be moved" if tag not in ("", "latest") else "whatever is newest"),
            "Without a digest nobody can say what code is running.",
            part=spec.name,
            severity=Severity.INFO if tag not in ("", "latest") else Severity.WARNING,
        )


@rule("no-limits", Severity.WARNING, Kind.WORKLOAD, Kind.POD, of_optimizer=True)
def no_limits(subject: Workload | Pod, view: View) -> Iterable[Verdict]:
    """A container of the optimizer has no memory or no CPU limit.

    The SmartScaler write-up: its regression "ate 64GB of RAM and triggered a kernel panic".
    """
    if not _own(subject, view):
        return
    for spec in subject.containers:
        if spec.init:
            continue
        limits = {"memory": spec.resources.memory_limit, "CPU": spec.resources.cpu_limit}
        missing = " and no ".join(name for name, limit in limits.items() if limit is None)
        if missing:
            yield Verdict(
                f"{subject.name}/{spec.name} has no {missing} limit", "It may take its node down.", part=spec.name
            )


@rule("bigger-than-victims", Severity.INFO, Kind.WORKLOAD, of_optimizer=True)
def bigger_than_victims(subject: Workload, view: View) -> Answer:
    """The optimizer has more memory for itself than any workload that it has changed.

    The Aura write-up: 8Gi for itself, 64Mi for the auth service. "The irony of it having more RAM than the services it
    killed."
    """
    if not _own(subject, view):
        return
    yield Again(view.now + _AGAIN_SECONDS)
    own = _largest(subject.containers)
    victims = [_largest(victim.containers) for victim in view.victims()]
    known = [limit for limit in victims if limit is not None]
    if own is not None and known and own > max(known):
        most = memory_text(max(known))
        yield Verdict(f"{subject.name} has {memory_text(own)} for itself; what it changed has {most} at most")


@rule("cluster-admin", Severity.WARNING, Kind.BINDING)
def cluster_admin(subject: Binding, view: View) -> Answer:
    """The optimizer's ServiceAccount is bound to cluster-admin.

    The Aura write-up: ``aura-optimizer-admin-binding``; it could write anything, its own guard rails too.
    """
    if subject.role.name != "cluster-admin":
        return
    if subject not in view.bindings():  # or whose it is can't be told before the optimizer's workload has been seen
        yield Again(view.now + _AGAIN_SECONDS)
        return
    yield Verdict(
        f"the optimizer is cluster-admin by {subject.kind} {subject.name}",
        "It can undo every safeguard that lives in the cluster, admission policies too.",
        about=subject.ref,
        switch=REVOKE,
    )


@rule("victim-unguarded", Severity.INFO, Kind.CHANGE, own=True)
def victim_unguarded(subject: Change, view: View) -> Iterable[Verdict]:
    """The optimizer changes a workload of several replicas that no disruption budget guards.

    The Aura write-up wants a PDB before every pod that serves; a single replica can't be guarded by one.
    """
    if subject.by_optimizer is not True or not view.knows(Ref("PodDisruptionBudget", subject.about.namespace, "")):
        return
    record = view.find(subject.about)
    if not isinstance(record, Workload) or (record.replicas or 0) < 2 or not record.selector:
        return
    if not view.guards(record.namespace, record.selector):
        yield Verdict(
            f"no PDB guards {record.name}, which the optimizer changes",
            "Evictions may take all of its pods at once.",
            scope=object_key(subject.about),
        )


def _own(subject: Workload | Pod, view: View) -> bool:
    """The optimizer's workload, or its pod, where nothing stands above that: one finding, not one a revision."""
    if not view.is_optimizer(subject):
        return False
    return subject.owner is None if isinstance(subject, Workload) else view.owner(subject) is None


def _largest(containers: Iterable[ContainerSpec | Container]) -> float | None:
    return max(
        (spec.resources.memory_limit for spec in containers if spec.resources.memory_limit is not None), default=None
    )
