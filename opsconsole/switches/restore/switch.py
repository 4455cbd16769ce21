"""The switch that puts back what the optimizer changed: reads the account and the live objects, and verifies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Ref
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.parts import Parts
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.damage_source import DamageAccount
from opsconsole.switches.restore.effects import PutFields
from opsconsole.switches.restore.fields import UnfitError
from opsconsole.switches.restore.live.ownership import FieldWriter, last_writer
from opsconsole.switches.restore.live.revisions import read_revisions
from opsconsole.switches.restore.plan import Goal, RestoreFacts
from opsconsole.switches.restore.proofs import Restoration
from opsconsole.switches.restore.refusals import refusal
from opsconsole.switches.restore.spec import SPEC
from opsconsole.switches.restore.triage import Victim
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.target.facts import UNNAMED
from opsconsole.switches.target.reader import TargetReader
from opsconsole.text import clean_line

_TIMEOUT = 10.0


def build(parts: Parts) -> RestoreSwitch:
    """Make the switch; the account of the damage is a judge of the console's."""
    effects, settings = [PutFields(parts.writer)], parts.settings.switches
    if parts.console is None:
        return RestoreSwitch(parts.world, None, effects, settings, parts.clock)
    asked = DamageAccount(parts.console)
    parts.console.add_observer(asked)
    return RestoreSwitch(
        parts.world, asked.rows, effects, settings, parts.clock, unheard=asked.unheard, unseen=asked.unseen
    )


class RestoreSwitch:
    """Puts every damaged field back to the last known good.

    Args:
        world: reads the optimizer and its rights.
        account: returns the damage; ``None`` where nothing was watched.
        effects: that its plans name.
        settings: how long the pods may take.
        clock: where the time comes from.
        unheard: tells why the optimizer's log is not read; empty where it is.
        unseen: tells which objects are not read that may be damaged, and why; empty where all are.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        world: TargetReader,
        account: Callable[[], Sequence[Damage]] | None,
        effects: Iterable[Effect],
        settings: SwitchSettings,
        clock: Clock,
        *,
        unheard: Callable[[], str] = str,
        unseen: Callable[[], str] = str,
    ) -> None:
        self._unheard = unheard
        self._unseen = unseen
        self._world = world
        self._account = account
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> RestoreFacts:
        if self._account is None:
            return RestoreFacts(problem="nothing known to restore: nothing was watched here")
        # Asked before the account: what comes in between the two is in it then, and never taken for nothing.
        unheard, unseen = self._unheard(), self._unseen()
        rows = sorted(self._account(), key=lambda row: (row.about.kind, row.about.key))
        grouped = [tuple(group) for _, group in groupby(rows, key=lambda row: (row.about.kind, row.about.key))]
        victims = tuple(self._victim(group) for group in grouped)
        writer = self._writer() if any(map(_is_open, rows)) else ""
        return RestoreFacts(victims, writer, unheard=unheard, unseen=unseen)

    def plan(self, facts: RestoreFacts) -> Plan:
        return restore.plan(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        goals = decode_as(plan.checks, list[Goal])
        api = self._world.api
        watch = Restoration(goals, lambda ref: read(api, ref), self._clock, lambda ref: refusal(api, ref))
        return watch.proofs(outcome, self._settings.patience_seconds, self._settings.ready_seconds)

    def _victim(self, rows: tuple[Damage, ...]) -> Victim:
        about = rows[-1].about
        if not any(row.standing in {DamageState.DAMAGED, DamageState.CHANGED_SINCE} for row in rows):
            return Victim(about, rows)
        try:
            found = read(self._world.api, about)
        except ClusterError as error:
            return Victim(about, rows, problem=f"it can't be read now: {error}")
        if found is None:
            return Victim(about, rows)
        uid = clean_line(str((found.get("metadata") or {}).get("uid", "")))
        if about.uid and uid != about.uid:
            words = f"another object has its name now (UID {uid}, not {about.uid}): not touched"
            return Victim(about, rows, problem=words)
        target = Ref(about.kind, about.namespace, about.name, uid)
        writers = _writers(target, rows, found)
        victim = Victim(
            target,
            rows,
            found,
            {path: each.manager for path, each in writers.items()},
            written={path: each.at for path, each in writers.items()},
        )
        try:
            kept = read_revisions(self._world.api, target, found, [row.path for row in rows])
        except ClusterError as error:
            return msgspec.structs.replace(victim, unread=str(error))
        return msgspec.structs.replace(victim, revisions=kept)

    def _writer(self) -> str:
        """Why the optimizer may write again, in words; empty if its rights are gone and it does not run."""
        rights = _left("has its rights", "1", revoke.NAME, self._has_rights)
        return "; ".join([*rights, *_left("runs", "2", optimizer.NAME, self._runs)])

    def _has_rights(self) -> tuple[bool, str]:
        facts = self._world.revocation()
        return bool(revoke.plan(facts, self._clock.now()).steps), facts.problem

    def _runs(self) -> tuple[bool, str]:
        found = self._world.optimizers()
        steps = optimizer.plan(found, self._settings, self._clock.now()).steps
        return bool(steps), UNNAMED if all(each.problem == UNNAMED for each in found) else ""


def read(api: Api, ref: Ref) -> JsonObject | None:
    """The object of that name as it is now; ``None`` if there is none.

    Raises:
        ClusterError: it can't be read.
    """
    try:
        path = paths.item(*api_of(ref.kind), ref.namespace, ref.name)
        return json_object(api.request("GET", path, timeout=_TIMEOUT), ref)
    except KeyError as error:
        raise BadAnswer(f"the console does not know how to read a {ref.kind}") from error
    except NotFound:
        return None


def _is_open(row: Damage) -> bool:
    return row.standing is DamageState.DAMAGED


def _writers(ref: Ref, rows: Iterable[Damage], found: JsonObject) -> dict[str, FieldWriter]:
    writers = {}
    for row in rows:
        try:
            writers[row.path] = last_writer(ref.kind, row.path, found)
        except UnfitError:
            continue
    return writers


def _left(what: str, key: str, name: str, look: Callable[[], tuple[bool, str]]) -> Iterator[str]:
    """What a kill switch would still have to do, with the key that does it; what is unknown is said."""
    first = f"press {key} first (opsconsole kill {name})"
    try:
        has, unknown = look()
    except ClusterError as error:
        has, unknown = False, str(error)
    if has:
        yield f"it still {what}: {first}"
    elif unknown:
        yield f"whether it still {what} is not known ({unknown})"
