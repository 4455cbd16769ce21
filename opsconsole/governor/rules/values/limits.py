"""Limits: cut, taken away, set under what the container needs."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.announced.shares import TELLS_SHARES, share_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.observed.fields import UNSET, container_of, is_limit, memory_text
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, percent, place
from opsconsole.records import Change, ChangeField, Decision, Kind, Severity

_MEBIBYTE = 1 << 20
_UNSAID = frozenset({"memory", "cpu"})
"""What is left of a path that names a resource and neither ``limits`` nor ``requests``."""

_NOTHING = frozenset({UNSET, "null", "none", "", "removed"})
_ALL_OF_THEM = "resources.limits"


@rule(
    "limit-cut",
    Severity.CRITICAL,
    Kind.DECISION,
    Kind.CHANGE,
    written="memory cpu",
    lines=(Interest(fields=frozenset({"memory", "cpu"})), *TELLS_SHARES),
    own=True,
)
def limit_cut(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A memory or CPU limit is cut by more than governor.max_cut_percent (20 %).

    The Aura write-up: "If the script wants to reduce memory by more than 20%, it should trigger an alert and wait for a
    human to click a button." A memory cut kills (critical), a CPU cut throttles (warning). Words that say
    neither limit nor request are taken at their worst. A share without values counts ("by 80 %", "by half").
    """
    if isinstance(subject, Decision) and view.announces(subject):
        yield from _cut_by_a_share(subject, view)
    for about, field in view.wanted(subject):
        before, after = field.before_number, field.after_number
        unsaid = container_of(field.path)[1] in _UNSAID
        if not (is_limit(field.path) or unsaid) or before is None or after is None or not before > 0:
            continue
        cut = percent(before, after)
        if cut > view.settings.max_cut_percent:
            resource = field.path.rpartition(".")[2]
            yield Verdict(
                f"{resource}{'' if unsaid else ' limit'} of {place(about, field.path)} cut {cut:.0f} %: "
                f"{field.before} → {field.after}" + (" (limit or request: not said)" if unsaid else ""),
                f"More than {view.settings.max_cut_percent:g} % at once wants a human's yes.",
                part=field.path,
                severity=Severity.CRITICAL if resource == "memory" else Severity.WARNING,
                switch=REVOKE,
            )


def _cut_by_a_share(decision: Decision, view: View) -> Iterable[Verdict]:
    """``Reducing memory limit of web by 80%``: no value is told, and how much is."""
    share = share_of(decision)
    if share is None or share.resource not in _UNSAID or decision.target is None:
        return
    if share.cut > view.settings.max_cut_percent:
        yield Verdict(
            f"{share.resource} of {decision.target.name} cut {share.cut:.0f} %, by its words",
            f"More than {view.settings.max_cut_percent:g} % at once wants a human's yes. It tells no value.",
            part=share.resource,
            severity=Severity.CRITICAL if share.resource == "memory" else Severity.WARNING,
            switch=REVOKE,
        )


@rule("limit-removed", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="limits", own=True)
def limit_removed(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A limit that was set is taken away.

    No number: without a limit one container can take a whole node, and the 20 % rule would see nothing to compare.
    """
    for about, field in view.wanted(subject):
        whole = field.path == _ALL_OF_THEM or field.path.endswith(f"].{_ALL_OF_THEM}")
        whole = whole and field.after.lower() in _NOTHING
        if whole:
            yield Verdict(
                f"every limit of {place(about, field.path)} removed",
                "Without a limit it may take all that its node has.",
                part=field.path,
                switch=REVOKE,
            )
        elif is_limit(field.path) and _is_taken(field):
            resource = field.path.rpartition(".")[2]
            was = f" (was {field.before})" if field.before else ""
            yield Verdict(
                f"{resource} limit of {place(about, field.path)} removed{was}",
                "Without a limit it may take all that its node has.",
                part=field.path,
                switch=REVOKE,
            )


def _is_taken(field: ChangeField) -> bool:
    """Whether a limit that was there is there no more: by its value before, or by the line's own word for it."""
    after = field.after.lower()
    return after in _NOTHING and (field.before_number is not None or after == "removed")


@rule("limit-floor", Severity.WARNING, Kind.DECISION, fields="memory")
def limit_floor(subject: Decision, view: View) -> Iterable[Verdict]:
    """A memory limit at or under governor.memory_floor_mib (128) is announced, and what it was is not known.

    The Aura write-up: 128Mi killed the ingress controllers and 64Mi the auth service. Where the value before is known
    the 20 % rule decides instead; this one is for a log without a cluster.
    """
    floor = view.settings.memory_floor_mib * _MEBIBYTE
    for about, field in view.wanted(subject):
        known = field.before_number is not None or field.before == UNSET
        if known or field.after_number is None or not is_limit(field.path, "memory"):
            continue
        if 0 <= field.after_number <= floor:
            yield Verdict(
                f"memory limit of {place(about, field.path)} to be only {field.after}; what it was is not known",
                f"At or under {view.settings.memory_floor_mib:g} MiB, and nothing says that it needs no more.",
                part=field.path,
                switch=REVOKE,
            )


@rule("will-oom", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, fields="memory", own=True)
def will_oom(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A memory limit under the highest working set of the last hour: the kernel will kill the container.

    No number of ours: ``max_over_time(container_memory_working_set_bytes[1h])`` is what the kubelet holds against the
    limit. Without that metric the rule is silent, and the decision says that the working set is not known.
    """
    for about, field in view.wanted(subject):
        if about is None or field.after_number is None or not is_limit(field.path, "memory"):
            continue
        used = view.working_set(about, container_of(field.path)[0])
        if used is not None and 0 <= field.after_number < used:
            yield Verdict(
                f"will OOM: {place(about, field.path)} used {memory_text(used)} in the last hour, limit {field.after}",
                "The limit is under its working set: it will be killed as soon as it needs what it needed before.",
                part=field.path,
                switch=REVOKE,
            )
