"""``opsconsole rehearse``: an incident to practise on."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from opsconsole.commands import terminal
from opsconsole.commands.output import print_line, print_lines
from opsconsole.commands.running.cockpit import open_cockpit
from opsconsole.files.folders import state_folder
from opsconsole.names import AccountName
from opsconsole.optimizer import Optimizers
from opsconsole.settings import ClusterSettings, Settings
from opsconsole.settings.sources import load

if TYPE_CHECKING:
    from rehearsal.coaching.score import ScoreKeeper
    from rehearsal.guest.play import GuestRehearsal
    from rehearsal.rehearsal import Rehearsal
    from rehearsal.scenario import Scenario

IMAGE = "registry.k8s.io/pause:3.10"
"""Small, does nothing, and most clusters have it already."""

_KEPT_SECTIONS = ("read_only", "ui", "governor", "switches", "plugins")
"""What a rehearsal takes over from the user's own settings; everything else would point it at a real cluster."""


@click.command()
@click.option(
    "--scenario",
    default="aura",
    show_default=True,
    metavar="NAME|FILE",
    help="aura, smartscaler, salami, sweep, unknown, or a file.",
)
@click.option("--scenario-seed", default=0, show_default=True, help="The same seed makes the same story.")
@click.option("--speed", type=click.FloatRange(0.1, 60), default=1.0, show_default=True, help="How fast time runs.")
@click.option("--story-time", is_flag=True, help="Keep the date and time of the story instead of now.")
@click.option("--coach", is_flag=True, help="Say step by step what to look at and press.")
@click.option("--serve", is_flag=True, help="Open no console: print how to connect one, run until Ctrl-C.")
@click.option("--headless", type=click.FloatRange(0), metavar="SECONDS", help="Open no console: run this long.")
@click.option("--context", metavar="NAME", help="Play it on this real (test) cluster instead.")
@click.option("--namespace", metavar="NAME", help="The namespace to play it in; it is created and removed again.")
@click.option("--image", default=IMAGE, show_default=True, help="What the containers run there: it must only stay up.")
@click.option("--production", metavar="NAME", help="The context's name once more, if it looks like production.")
@click.pass_obj
def rehearse(
    settings: Settings,
    scenario: str,
    scenario_seed: int,
    speed: float,
    *,
    story_time: bool,
    coach: bool,
    serve: bool,
    headless: float | None,
    context: str | None,
    namespace: str | None,
    image: str,
    production: str | None,
) -> None:
    """Practise on an incident: an optimizer gone wrong, with nothing but this program.

    No cluster, no GPU and no network are needed. With --context and --namespace the same optimizer plays in a namespace
    of a real test cluster instead, and everything it made is taken away again.
    """
    from rehearsal import scenario as scenarios  # noqa: PLC0415 - what it costs to import is paid when used

    try:
        chosen = scenarios.load(scenario)
    except scenarios.ScenarioError as error:
        raise click.ClickException(str(error)) from error
    if context or namespace:
        _as_guest(settings, chosen, context, namespace, production=production, image=image, seconds=headless)
        return
    from rehearsal.rehearsal import Rehearsal  # noqa: PLC0415

    if not serve and headless is None:
        terminal.require()
    rehearsal = Rehearsal(chosen, scenario_seed, speed, story_time=story_time)
    with _running(rehearsal) as keeper:
        if serve or headless is not None:
            _without_screen(rehearsal, headless)
            keys = None
        else:
            keys = _cockpit(settings, rehearsal, keeper, coach=coach)
        keeper.note()
        card = keeper.card(keys)
    print_lines(card)


@contextlib.contextmanager
def _running(rehearsal: Rehearsal) -> Iterator[ScoreKeeper]:
    """Start it, and end all of it whatever happens."""
    from rehearsal.coaching.score import ScoreKeeper  # noqa: PLC0415

    try:
        rehearsal.start()
        keeper = ScoreKeeper(rehearsal)
        rehearsal.engine.watchers.append(keeper.note)
        yield keeper
    except OSError as error:
        raise click.ClickException(f"the rehearsal can't start: {error}") from error
    finally:
        rehearsal.stop()


def _cockpit(settings: Settings, rehearsal: Rehearsal, keeper: ScoreKeeper, *, coach: bool) -> int:
    """Open the console on it. Returns how many keys were pressed."""
    from opsconsole.clock import SystemClock  # noqa: PLC0415
    from opsconsole.commands.acting.carry import carry_through  # noqa: PLC0415
    from opsconsole.composition import build_console  # noqa: PLC0415
    from opsconsole.ui.app import OpsConsoleApp  # noqa: PLC0415
    from rehearsal.coaching.coach import Coach  # noqa: PLC0415

    clock = SystemClock() if rehearsal.in_step else rehearsal.clock
    console = build_console(console_settings(settings, rehearsal), clock=clock)
    lessons = Coach(rehearsal.scenario.lessons, lambda: keeper.last, str(rehearsal.kubeconfig))
    console.coach = lambda: rehearsal.engine.failure or (str(lessons.current()) if coach else "")
    rehearsal.named = lambda: knows(console.settings, rehearsal)
    app = OpsConsoleApp(console)
    keys = _count_keys(app)
    app.run(mouse=settings.ui.mouse)
    pressed = len(keys)
    carry_through(console, app.return_code or 0, app.left_at_work)  # before the rehearsal ends, and with it the cluster
    return pressed


def knows(settings: Settings, rehearsal: Rehearsal) -> bool:
    """Whether these settings name the rehearsal's optimizer: by its workload, or by the account that it writes as."""
    optimizer, named = rehearsal.scenario.optimizer, Optimizers.of(settings)
    where = (optimizer.namespace, optimizer.name)
    by_account = AccountName(optimizer.namespace, optimizer.account) in named.accounts
    return by_account or any((each.namespace, each.name) == where for each in named.workloads)


def _as_guest(
    settings: Settings,
    scenario: Scenario,
    context: str | None,
    namespace: str | None,
    *,
    production: str | None,
    image: str,
    seconds: float | None,
) -> None:
    """Play in a namespace of a real cluster, and take everything away again."""
    from opsconsole.clock import SystemClock  # noqa: PLC0415
    from opsconsole.cluster.transport.connection import connect  # noqa: PLC0415
    from opsconsole.cluster.transport.errors import ClusterError  # noqa: PLC0415
    from rehearsal.guest.play import GuestRehearsal  # noqa: PLC0415
    from rehearsal.guest.stage import GuestError, may_play  # noqa: PLC0415

    if not (context and namespace):
        raise click.UsageError("a real cluster needs both --context and --namespace")
    if settings.read_only:
        raise click.ClickException("a rehearsal on a real cluster writes to it, and this console is read-only")
    if seconds is None:
        terminal.require()
    clock = SystemClock()
    cluster = msgspec.structs.replace(settings.cluster, context=context, namespace=namespace)
    try:
        may_play(context, namespace, cluster.production, production)
    except GuestError as error:
        raise click.ClickException(str(error)) from error
    guest = GuestRehearsal(connect(cluster, read_only=False, clock=clock), scenario, namespace, image, clock)
    try:
        guest.start()
        if seconds is None:
            open_cockpit(guest_settings(settings, cluster, guest))
        else:
            _wait(seconds)
    except (GuestError, ClusterError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        left = guest.stop()
        print_lines("\n".join(f"left behind: {each}" for each in left) or "Everything that it made was removed again.")


def guest_settings(own: Settings, cluster: ClusterSettings, guest: GuestRehearsal) -> Settings:
    """The user's own settings, pointed at the guest's namespace."""
    flags = {**guest.settings, "journal.folder": str(journal_folder(guest.run))}
    kept = {name: getattr(own, name) for name in (*_KEPT_SECTIONS, "metrics")}
    pointed = load(None, flags, {})
    return msgspec.structs.replace(pointed, cluster=cluster, **kept)


def _count_keys(app: Any) -> list[float]:
    """Have the app note when each key was pressed in the list that is returned."""
    pressed: list[float] = []
    note = app.note_key

    def note_and_count(key: Any) -> None:
        pressed.append(key.time)
        note(key)

    app.note_key = note_and_count
    return pressed


def console_settings(own: Settings, rehearsal: Rehearsal) -> Settings:
    """Settings that point a console at the rehearsal and nowhere else; how it looks and judges stays the user's."""
    flags = {**rehearsal.settings, "journal.folder": str(journal_folder(rehearsal.run))}
    kept = {name: getattr(own, name) for name in _KEPT_SECTIONS}
    # Each rehearsal begins as a night does: no filter or pane of the last one hides what there is to see.
    kept["ui"] = msgspec.structs.replace(own.ui, remember=False)
    return msgspec.structs.replace(load(None, flags, {}), **kept)


def journal_folder(run: str) -> Path:
    """Where the journal of a rehearsal goes: apart from the real one."""
    return state_folder() / "rehearsals" / run


def _without_screen(rehearsal: Rehearsal, seconds: float | None) -> None:
    """Say how to connect a console, and run until told to stop."""
    settings = rehearsal.folder / "opsconsole.toml"
    settings.write_text(as_toml(rehearsal.settings), encoding="utf-8")
    print_line(f"The rehearsal runs at {rehearsal.server.url} (context {rehearsal.scenario.context}).")
    print_line(f"export KUBECONFIG={rehearsal.kubeconfig}")
    print_line(f"opsconsole --config {settings}")
    _wait(seconds)


def _wait(seconds: float | None) -> None:
    """Until it is told to stop, or ``seconds`` are over."""
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in _STOPPING}
    try:
        stopped.wait(seconds)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def as_toml(flags: dict[str, object]) -> str:
    """Settings given as flags (``section.key``), as a settings file."""
    sections: dict[str, list[str]] = {}
    for name, value in flags.items():
        section, _, key = name.partition(".")
        sections.setdefault(section, []).append(f"{key} = {msgspec.json.encode(value).decode()}")
    return "\n".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())
