"""Namespaces on the screen: what is read is said in the header, what is not in full, and ``N`` takes a typed name."""

from __future__ import annotations

import asyncio
import threading

import pytest

from opsconsole.records import Health, Kind, State
from opsconsole.settings import ClusterSettings, Settings
from tests.ui import aura
from tests.ui.running import running, screen_text, shows, until

REFUSED = (
    "403: may not list pods (pods is forbidden: User ripley cannot list resource pods in API group at the cluster "
    "scope); nor in namespace team-blue; name one where you may by --namespace, or by N on the screen"
)


class Scope:
    """Remembers what was asked to be read; one namespace is not there."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, namespace: str) -> None:
        self.asked.append(namespace)

    def trouble(self, namespace: str) -> str:
        return f"there is no namespace {namespace}" if namespace == "typo" else ""


def feed_with(*words: Health) -> aura.MemoryFeed:
    replaced = {word.feed for word in words}
    return aura.MemoryFeed(aura.records(), [*(each for each in aura.health() if each.feed not in replaced), *words])


def flat(app) -> str:
    """The screen's words, whatever lines they are broken into."""
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (60, 15)])
async def test_why_nothing_is_listed_is_not_cut_off(size):
    health = Health("pods", State.DENIED, aura.NOW, None, REFUSED, namespaces=("team-blue",))
    feed = aura.MemoryFeed({}, [health])
    async with running(aura.console(feed), size=size) as pilot:
        await until(pilot, lambda: "or by N on the screen" in flat(pilot.app), "the whole sentence")


async def test_a_namespace_that_fails_is_said_above_the_rows_and_only_its_rows_are_old():
    words = "namespace monitoring DENIED: 403: may not list pods -n monitoring (pods is forbidden: User ripley)"
    health = Health("pods", State.LIVE, aura.NOW, aura.NOW, words, namespaces=("monitoring", "production"))
    health = Health(**{f: getattr(health, f) for f in health.__struct_fields__} | {"failing": ("monitoring",)})
    async with running(aura.console(feed_with(health)), size=(80, 24)) as pilot:
        await until(pilot, lambda: "User ripley)" in flat(pilot.app), "the whole sentence")
        assert "IN PART" in screen_text(pilot.app)
        pane = pilot.app.cockpit.panes[0]
        look = pilot.app.look()
        old = {pod.namespace for _, pod in pane.model.window(0, 50) if pane._is_old(pod, pane.health, look)}
        assert old <= {"monitoring"}


async def test_the_header_says_that_the_own_namespace_is_read_in_the_clusters_place():
    health = Health("pods", State.LIVE, aura.NOW, aura.NOW, "namespace team-blue alone", namespaces=("team-blue",))
    async with running(aura.console(feed_with(health)), size=(80, 24)) as pilot:
        await shows(pilot, "ns team-blue (all: DENIED)")


async def test_the_header_names_the_namespaces_that_were_asked_for():
    settings = Settings(cluster=ClusterSettings(namespace="team-blue, team-red"))
    async with running(aura.console(settings=settings)) as pilot:
        await shows(pilot, "ns team-blue, team-red")


async def test_how_many_sources_are_denied_stays_on_eighty_columns_and_i_names_them_in_full():
    denied = [
        Health(name, State.DENIED, aura.NOW, None, f"403: may not list {name} (User ripley cannot list {name} at all)")
        for name in ("nodes", "deployments", "clusterrolebindings", "rolebindings", "horizontalpodautoscalers")
    ]
    async with running(aura.console(feed_with(*denied)), size=(80, 24)) as pilot:
        await shows(pilot, "5 DENIED (i)")
        await pilot.press("i")
        for name in ("nodes", "deployments", "clusterrolebindings"):
            await until(pilot, lambda n=name: f"User ripley cannot list {n} at all" in flat(pilot.app), name)
        await pilot.press("escape")
        await shows(pilot, "Pods")


async def test_a_name_that_was_typed_is_read_and_one_that_is_not_there_is_said():
    core = aura.console()
    core.scope = scope = Scope()
    async with running(core, size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("N", *"typo", "enter")
        await shows(pilot, "there is no namespace typo")
        assert scope.asked == ["typo"]
        await pilot.press("N", *"team-red", "enter")
        await until(pilot, lambda: scope.asked == ["typo", "team-red"])
        assert "there is no namespace" not in screen_text(pilot.app)
        await pilot.press("N", "enter")
        await shows(pilot, "checkout")


class SlowScope(Scope):
    """Answers about the first namespace once it is let go; about any other at once."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.answered = threading.Event()

    def trouble(self, namespace: str) -> str:
        if namespace == "typo":
            self.free.wait(60)
            self.answered.set()
        return super().trouble(namespace)


async def test_what_is_wrong_with_a_namespace_is_not_said_of_the_one_that_is_shown_by_then():
    core = aura.console()
    core.scope = scope = SlowScope()
    async with running(core, size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("N", *"typo", "enter")
        await until(pilot, lambda: scope.asked == ["typo"])
        await pilot.press("N", *"team-red", "enter")
        await until(pilot, lambda: scope.asked == ["typo", "team-red"])
        scope.free.set()
        await until(pilot, scope.answered.is_set)
        await asyncio.sleep(0.2)
        await pilot.pause()
        assert "there is no namespace" not in screen_text(pilot.app)
        assert {pane.remark for pane in pilot.app.cockpit.panes} == {""}


async def test_what_can_be_no_namespace_is_no_choice():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("N", *"Not_A", "enter")
        await shows(pilot, "nothing matches Not_A")


async def test_n_still_filters_what_is_read_already():
    async with running(size=(200, 50)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("N", *"production", "enter")
        await shows(pilot, "ns:production")
        kinds = {pod.namespace for _, pod in pilot.app.cockpit.panes[0].model.window(0, 50)}
        assert kinds == {"production"}
        assert pilot.app.core.store.table(Kind.POD)
