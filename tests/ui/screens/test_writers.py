"""The writers' pane: suspects first, the system folded, its page, and the key that makes a suspect the optimizer."""

from __future__ import annotations

from opsconsole.records import ClusterWriter, Health, Kind, Pod, Ref, State, Takeover, WriterClass
from opsconsole.settings import Settings
from tests.ui import aura
from tests.ui.running import running, screen_bytes, screen_text, shows, until

ACCOUNT = "system:serviceaccount:ops-tools:aura-optimizer-sa"
WEB = Ref("Deployment", "production", "auth-service")


def writer(name: str, sort: WriterClass = WriterClass.SUSPECT, **more: object) -> ClusterWriter:
    given = {"why": "nothing tells what it is", "managers": (name,), "writes": 3, "objects": 1, "examples": (WEB,)}
    return ClusterWriter(f"manager {name}", name, sort, **(given | more))  # type: ignore[arg-type]


SUSPECT = writer(
    "aura-brain",
    per_minute=6.0,
    took=3,
    lost=2,
    fields=(("spec.replicas", 4), ("spec.template.spec.containers[*].resources.limits.memory", 2)),
    takeovers=(Takeover(aura.NOW, WEB, "spec.replicas", "kubectl-edit", "aura-brain"),),
)
KUBELET = writer("kubelet", WriterClass.SYSTEM)
PERSON = writer("kubectl-edit", WriterClass.PERSON)


def core_with(*writers: ClusterWriter):
    feed = aura.MemoryFeed({Kind.WRITER: writers}, [Health("writers", State.LIVE, 0, aura.NOW)])
    return aura.console(feed)


async def test_suspects_come_first_and_the_system_is_folded():
    async with running(core_with(KUBELET, PERSON, SUSPECT)) as pilot:
        await pilot.press("W")
        await shows(pilot, "aura-brain")
        text = screen_text(pilot.app)
        assert text.index("suspect?") < text.index("person?")
        assert "took 3, lost 2" in text
        assert "replicas, memory" in text
        assert "1 part of the cluster itself wrote 3 times (kubelet" in text
        await pilot.press("a")
        await shows(pilot, "system?")
        await pilot.press("a")
        await until(pilot, lambda: "system?" not in screen_text(pilot.app))


async def test_the_page_of_a_writer_says_how_surely_it_is_known():
    async with running(core_with(SUSPECT)) as pilot:
        await pilot.press("W", "enter")
        await shows(pilot, "Writer aura-brain")
        text = screen_text(pilot.app)
        assert "not known: no audit log tells" in text
        assert "aura-brain took spec.replicas of Deployment/auth-service" in text
        await pilot.press("escape")
        await shows(pilot, "Writers")


async def test_the_page_of_a_user_shows_agent_address_and_refusals():
    known = writer(
        ACCOUNT, user=ACCOUNT, proved=True, agents=("python-requests/2",), addresses=("10.0.0.9",),
        refused=(("403", 12),), rights=("cluster-admin",),
    )  # fmt: skip
    async with running(core_with(known)) as pilot:
        await pilot.press("W", "enter")
        await shows(pilot, "python-requests/2")
        for words in ("10.0.0.9", "403: 12", "cluster-admin"):
            assert words in screen_text(pilot.app)


async def test_hostile_names_are_cleaned_wherever_they_are_drawn():
    evil = writer("a\x1b]0;x\x07\u202eb", doubt="calls itself \x1b[2J", agents=("\x1b[31m",))
    async with running(core_with(evil)) as pilot:
        await pilot.press("W")
        await shows(pilot, "<U+202E>")
        assert "\x1b]0;" not in screen_bytes(pilot.app)
        await pilot.press("enter")
        await shows(pilot, "Writer a")
        assert "\x1b[2J" not in screen_bytes(pilot.app)
        await pilot.press("escape", "o")
        await shows(pilot, "match")
        assert "\x1b]0;" not in screen_bytes(pilot.app)


async def test_one_key_and_a_choice_make_a_suspect_the_optimizer_of_the_session():
    core = core_with(SUSPECT)
    chosen: list[Settings] = []

    def adopt(settings: Settings) -> None:
        core.settings = settings
        chosen.append(settings)

    core.adopt = adopt
    async with running(core) as pilot:
        await pilot.press("W", "o")
        await shows(pilot, "A GUESS")
        await pilot.press("escape")
        assert chosen == []
        await pilot.press("o")
        await shows(pilot, "A GUESS")
        await pilot.press("down", "enter")
        await shows(pilot, "is the optimizer for this session")
        (settings,) = chosen
        assert settings.optimizers[0].field_managers == ("aura-brain",)
        assert not settings.optimizer.name


async def test_a_writer_that_is_called_like_a_neighbour_does_not_put_it_under_a_hasty_enter():
    neighbour = Pod("production", "auth-service", "uid-1")
    held = {Kind.WRITER: [writer("auth-service")], Kind.POD: [neighbour]}
    core = aura.console(aura.MemoryFeed(held, [Health("writers", State.LIVE, 0, aura.NOW)]))
    chosen: list[Settings] = []
    core.adopt = chosen.append
    async with running(core, size=(80, 24)) as pilot:
        await pilot.press("W", "o")
        await shows(pilot, "its name is like the writer's")
        await pilot.press("enter")
        await shows(pilot, "nobody was picked")
        assert not chosen


async def test_what_is_typed_to_narrow_a_list_is_seen_on_a_narrow_screen():
    async with running(core_with(SUSPECT), size=(80, 24)) as pilot:
        await pilot.press("W", "o")
        await shows(pilot, "A GUESS for aura-brain")
        await pilot.press(*"manager")
        await shows(pilot, "manager_  2 match")


async def test_before_everything_is_built_the_key_says_so():
    async with running(core_with(SUSPECT)) as pilot:
        await pilot.press("W", "o", "down", "enter")
        await shows(pilot, "not yet")


async def test_a_console_that_sees_no_writers_yet_is_calm():
    async with running(core_with()) as pilot:
        await pilot.press("W")
        await shows(pilot, "nobody has written yet")
        await pilot.press("o")
        await shows(pilot, "nobody is chosen")


async def test_a_service_account_is_named_shortly_and_a_manager_that_plays_one_is_not():
    known = writer(ACCOUNT, user=ACCOUNT, proved=True)
    played = writer("system:serviceaccount:x:y")
    async with running(core_with(known, played)) as pilot:
        await pilot.press("W")
        await shows(pilot, "sa/ops-tools/aura-optimizer-sa")
        assert "system:serviceaccount:x:y" in screen_text(pilot.app)
