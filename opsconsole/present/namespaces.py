"""The namespaces to choose from: those that have pods, those that are read, and whatever is typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.names import is_namespace
from opsconsole.present.units import plural
from opsconsole.records import Health, Pod


def choices(pods: Iterable[Pod], health: Health | None) -> list[tuple[str, str]]:
    """Return each namespace with how it is shown; the first one, an empty name, stands for all of them."""
    counts = dict.fromkeys(health.namespaces, 0) if health is not None else {}
    for pod in pods:
        counts[pod.namespace] = counts.get(pod.namespace, 0) + 1
    read = ", ".join(health.namespaces) if health is not None else ""
    every = f"all that are read: {read}" if read else "all namespaces"
    return [("", every), *((name, f"{name}  ({plural(counts[name], 'pod')})") for name in sorted(counts))]


def typed_choice(text: str) -> tuple[str, str] | None:
    """Return the choice of a namespace that nothing was seen of so far; ``None`` if none can be called so."""
    name = text.strip()
    return (name, f"{name}  (as typed)") if is_namespace(name) else None
