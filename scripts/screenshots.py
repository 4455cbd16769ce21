"""Make screenshots/ from the rehearsal: one seed, the story's own time, which stands still while a picture is taken."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from opsconsole.commands.running.rehearse import console_settings
from opsconsole.composition import build_console
from opsconsole.records import State
from opsconsole.settings import JournalSettings, Settings, UiSettings
from opsconsole.ui.app import OpsConsoleApp
from rehearsal import scenario
from rehearsal.rehearsal import Rehearsal

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
FEEDS = frozenset({"pods", "events", "decisions", "gpu", "deployments", "identity", "metrics"})
UNNAMED = (FEEDS - {"decisions", "gpu"}) | {"writers"}
"""Those of a night in which the console is not told who the optimizer is."""

STORY_SECONDS = 32.0
"""How far the story goes on under the console before the pictures are taken: three cycles of the optimizer."""


class Picture(NamedTuple):
    """One picture: its file's name, the terminal's size, the keys that lead to it, what must be on it, the theme."""

    name: str
    size: tuple[int, int]
    keys: Sequence[str]
    shows: str
    theme: str = "dark"
    read_only: bool = False
    night: str = "aura"
    """The scenario that it is taken of."""


PICTURES = (
    Picture("cockpit-200x50", (200, 50), (), "OPT"),
    Picture("cockpit-80x24", (80, 24), (), "OPT"),
    Picture("cockpit-light-200x50", (200, 50), (), "OPT", theme="light"),
    Picture("read-only-120x30", (120, 30), (), "READ-ONLY", read_only=True),
    Picture("plan-revoke-120x34", (120, 34), ("1",), "EXECUTE"),
    Picture("plan-delete-120x34", (120, 34), ("2",), "EXECUTE"),
    Picture("decision-120x40", (120, 40), ("tab", "slash", *"detected", "enter", "enter"), "Said at"),
    Picture("damage-120x40", (120, 40), ("D",), "changed"),
    Picture("writers-120x30", (120, 30), ("W",), "report-generator", night="unknown"),
)


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as folder, _night(picture.night) as night:
            svg = asyncio.run(_take(picture, night, Path(folder)))
        (FOLDER / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
        print(f"screenshots/{picture.name}.svg")


@contextmanager
def _night(name: str) -> Iterator[Rehearsal]:
    rehearsal = Rehearsal(scenario.load(name), seed=0, story_time=True)
    try:
        rehearsal.play_past()
        rehearsal.go_live()
        yield rehearsal
    finally:
        rehearsal.stop()


async def _take(picture: Picture, night: Rehearsal, folder: Path) -> str:
    own = Settings(read_only=picture.read_only, ui=UiSettings(theme=picture.theme, bell=False))  # type: ignore[arg-type]
    settings = console_settings(own, night)
    settings = msgspec.structs.replace(settings, journal=JournalSettings(folder=str(folder)))
    console = build_console(settings, clock=night.clock)
    app = OpsConsoleApp(console)
    async with app.run_test(size=picture.size) as pilot:

        async def until(words: str, ready: bool = True) -> None:
            for _ in range(600):
                await pilot.pause(0.05)
                live = {name for name, health in console.store.health.items() if health.state is State.LIVE}
                if words in _text(app) and (not ready or live >= (FEEDS if night.scenario.named else UNNAMED)):
                    return
            raise TimeoutError(f"{picture.name}: {words!r} is not on the screen; live: {sorted(live)}")

        await until("Pods")
        await asyncio.to_thread(night.engine.step, STORY_SECONDS)
        await pilot.pause(3.0)
        for key in picture.keys:
            await pilot.press(key)
        await until(picture.shows)
        await pilot.pause(2.0)
        pids = sorted(process.pid for process in console.store.gpu_processes.values())
        return _repeatable(app.export_screenshot(title="opsconsole"), night.run, pids)


def _text(app: OpsConsoleApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def _repeatable(svg: str, run: str, pids: Sequence[int]) -> str:
    """Put fixed words for what differs between two runs, and take out the fonts that would be fetched from afar."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code", "monospace")
    svg = svg.replace("<text ", '<text xml:space="preserve" ').replace(run, "5eed00000000")
    for number, pid in enumerate(pids):
        svg = re.sub(rf'(?<!["\w.-]){pid}(?![\w.])', str(4711 + number).ljust(len(str(pid)), "\u00a0"), svg)
    return svg


if __name__ == "__main__":
    main()
