"""What an optimizer leaves behind in the cluster besides pods and bindings, judged from what was listed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from opsconsole.govern.names import MANAGED_BY, OURS
from opsconsole.records import Record
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.text import clean_line

_SHOWN = 5
_LONGEST = 1000
"""Characters of one sentence: a webhook may be about many kinds."""


class ServiceFact(Record, frozen=True):
    """A Service and the pods that it selects; without a selector it selects none."""

    namespace: str
    name: str
    selector: tuple[tuple[str, str], ...] = ()


class Answered(Record, frozen=True):
    """What the API server sends to a Service: a webhook, an aggregated API, a conversion.

    ``asks`` says what for (``CREATE of pods``), ``fails`` that this is refused when nobody answers.
    """

    namespace: str
    service: str
    name: str
    asks: str
    fails: bool


class Installed(Record, frozen=True):
    """One cluster-wide object that changes how the cluster works. ``plural`` is what kubectl takes for its kind."""

    kind: str
    plural: str
    name: str
    created: float | None = None
    managers: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    answered: tuple[Answered, ...] = ()

    def __str__(self) -> str:
        return clean_line(f"{self.kind}/{self.name}")

    @property
    def removal(self) -> str:
        """The command that deletes it."""
        return kubectl("delete", self.plural, names=[self.name])


class LeftBehind(Record, frozen=True):
    """What is left, in words. ``breaks`` is what stops working with the optimizer; ``rest`` only stays."""

    breaks: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


def left_behind(
    workloads: Sequence[OptimizerFacts],
    installed: Sequence[Installed],
    services: Iterable[ServiceFact],
    managers: Iterable[str],
) -> LeftBehind:
    """Judge what was listed.

    Args:
        workloads: what runs the optimizers.
        installed: webhooks, policies, custom resources, aggregated APIs.
        services: of the workloads' namespaces.
        managers: the optimizers' field managers, as the settings name them.
    """
    own = {(each.namespace, each.name) for each in services if _selects_one(each, workloads)}
    breaks = [words for each in installed for words in _answered_by(each, own)]
    others = [each for each in installed if not any((a.namespace, a.service) in own for a in each.answered)]
    return LeftBehind(tuple(breaks), tuple(_by_writer_and_age(workloads, others, frozenset(managers))))


def _selects_one(service: ServiceFact, workloads: Iterable[OptimizerFacts]) -> bool:
    """Whether a pod of a workload answers the Service, or would once it runs."""
    wanted = dict(service.selector)
    for each in workloads:
        found = [(pod.ref.namespace, dict(pod.labels)) for pod in each.pods]
        if each.root is not None:
            found.append((each.root.ref.namespace, _labels(each.root.selector)))
        if wanted and any(service.namespace == place and _within(wanted, labels) for place, labels in found):
            return True
    return False


def _labels(selector: str) -> dict[str, str]:
    """The labels that a selector ``a=b,c=d`` asks for; its other terms tell none."""
    terms = (term.partition("=") for term in selector.split(",") if "=" in term and "!" not in term)
    return {key.strip(): value.lstrip("=").strip() for key, _, value in terms}


def _within(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def _answered_by(each: Installed, own: set[tuple[str, str]]) -> Iterator[str]:
    for one in each.answered:
        if (one.namespace, one.service) in own:
            end = f"{one.asks} is REFUSED" if one.fails else f"{one.asks} goes on without it"
            who = f"the optimizer's own Service {one.namespace}/{one.service}"
            words = (
                f"{each}: {one.name} is answered by {who}: once its pods are gone, {end}; to remove it: {each.removal}"
            )
            yield clean_line(words, _LONGEST)


def _by_writer_and_age(
    workloads: Iterable[OptimizerFacts], installed: Sequence[Installed], managers: frozenset[str]
) -> Iterator[str]:
    others = [each for each in installed if not _is_ours(each)]
    written = [each for each in others if managers.intersection(each.managers)]
    if written:
        by = ", ".join(sorted(managers.intersection(name for each in written for name in each.managers)))
        removal = f"to remove the first: {written[0].removal}"
        yield f"left behind, written by {clean_line(by, 200)}: {_listed(written)}; {removal}"
    since = [each.root.created if each.root else None for each in workloads]
    since += [pod.created for each in workloads if each.root is None for pod in each.pods]
    born = min((at for at in since if at is not None), default=None)
    younger = [each for each in others if born is not None and (each.created or 0.0) >= born and each not in written]
    if younger:
        yield f"younger than the optimizer, whoever made it: {_listed(younger)}"


def _is_ours(each: Installed) -> bool:
    """Whether a console put it there to govern. A list is shortened by that, and nothing is decided."""
    return dict(each.labels).get(MANAGED_BY) == OURS and OURS in each.managers


def _listed(found: Sequence[Installed]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(map(str, found[:_SHOWN])) + more
