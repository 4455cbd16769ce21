"""Whether what the panes read may be read: in the whole cluster, in the namespaces that are named, or in our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.cluster.questions.about.namespaces import Namespaces
from opsconsole.cluster.questions.reviews import may_i
from opsconsole.cluster.transport.connection import Connection
from opsconsole.commands.check import rights
from opsconsole.commands.check.verdict import Check, CheckVerdict
from opsconsole.switches.spec import Right

ANSWER_SECONDS = 5.0
"""How long one question may go unanswered before it counts as unknown."""

_ROLE = "ask for examples/rbac/read-only.yaml"


class RightsAsked(NamedTuple):
    """What the authorizer said of some rights in one namespace (empty: in the whole cluster)."""

    namespace: str
    denied: list[Right]
    unknown: list[str]

    @property
    def where(self) -> str:
        """Where, to be put behind a sentence."""
        return f" in namespace {self.namespace}" if self.namespace else ""

    @property
    def words(self) -> str:
        """What is missing; empty where nothing is."""
        if self.denied:
            return f"you may not {rights.together(self.denied)}{self.where}"
        return f"can't be told{self.where}: {', '.join(self.unknown)}" if self.unknown else ""


def ask(needed: Sequence[Right], connection: Connection, namespace: str) -> RightsAsked:
    """Ask the authorizer for each right in turn."""
    answers = [(right, may_i(connection, rights.access(right, namespace), timeout=ANSWER_SECONDS)) for right in needed]
    return RightsAsked(
        namespace,
        [right for right, answer in answers if answer.allowed is False],
        [f"{right.words} ({answer.reason})" for right, answer in answers if answer.allowed is None],
    )


def whole(name: str, needed: Sequence[Right], asked: Sequence[RightsAsked], role: str) -> Check:
    """Return the check of rights that were asked for everywhere that they are needed."""
    missing = "; ".join(filter(None, (each.words for each in asked)))
    if any(each.denied for each in asked):
        return Check(name, CheckVerdict.FAIL, missing, role)
    if missing:
        return Check(name, CheckVerdict.NOTE, missing)
    places = ", ".join(each.namespace for each in asked if each.namespace)
    where = f" in namespace{'s' * (len(asked) > 1)} {places}" if places else ""
    return Check(name, CheckVerdict.OK, f"all {len(needed)} rights{where}" if len(needed) > 1 else f"allowed{where}")


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Check the namespaces that are named, then every pane."""
    named = connection.settings.namespaces
    own = connection.access.namespace or "default"
    presences = Namespaces(connection, clock)
    for name in named:
        presence = presences.look(name)
        verdict = (
            CheckVerdict.FAIL if presence.there is False else CheckVerdict.OK if presence.there else CheckVerdict.NOTE
        )
        advice = "check its spelling, and the context" if presence.there is False else ""
        yield Check(f"namespace {name}", verdict, presence.words or "is there", advice)
    alone = bool(named)
    for pane, needed in rights.PANES.items():
        wide = tuple(right for right in needed if not rights.namespaced(right))
        narrow = tuple(right for right in needed if rights.namespaced(right))
        if wide:
            yield _of_cluster(f"read {pane}", wide, connection, alone=alone)
        if narrow and named:
            yield whole(f"read {pane}", narrow, [ask(narrow, connection, name) for name in named], _ROLE)
        elif narrow:
            found = _everywhere_or_own(f"read {pane}", narrow, connection, own)
            alone = alone or found.verdict is CheckVerdict.NOTE
            yield found


def _of_cluster(name: str, needed: Sequence[Right], connection: Connection, *, alone: bool) -> Check:
    found = whole(name, needed, [ask(needed, connection, "")], _ROLE)
    if not alone or found.verdict is not CheckVerdict.FAIL:
        return found
    return found._replace(
        verdict=CheckVerdict.NOTE, words=f"{found.words}: what is judged by them is left out", advice=""
    )


def _everywhere_or_own(name: str, needed: Sequence[Right], connection: Connection, own: str) -> Check:
    cluster = ask(needed, connection, "")
    if not cluster.denied:
        return whole(name, needed, [cluster], _ROLE)
    here = ask(needed, connection, own)
    if here.denied or here.unknown:
        words = f"{cluster.words}; nor is all of it allowed in namespace {own}, the context's own: {here.words}"
        advice = f"name namespaces where you may by --namespace, or {_ROLE}"
        return Check(name, CheckVerdict.FAIL, words, advice)
    words = f"in namespace {own} alone, the context's own; in the whole cluster {cluster.words}"
    return Check(name, CheckVerdict.NOTE, words, "name others by --namespace")
