"""Whatever is wrong with a plugin is named, and costs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.feeds.protocol import Inbox
from opsconsole.permit import Mint
from opsconsole.plugin import HOOKS, Tools
from opsconsole.plugins.loading import PluginError, check_version
from opsconsole.records import Severity, State
from opsconsole.store import Store
from tests.plugins.conftest import HEAD, Workshop

TOOLS = Tools(writer=None, redeemer=Mint())  # type: ignore[arg-type]
WHOLE = """
from opsconsole.plugin import Plugin
class Whole(Plugin):
    name = "whole"
    api = "1.0"
PLUGIN = Whole
"""


def collect_everything(host: object) -> None:
    for hook in HOOKS:
        getattr(host, hook)(*([TOOLS] if hook == "switches" else []))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def", "can't be imported: SyntaxError"),
        ("import nothing_like_it", "can't be imported: ModuleNotFoundError"),
        ("raise RuntimeError('\\x1b[31m')", "can't be imported: RuntimeError: ␛[31m"),
        ("import sys; sys.exit(3)", "can't be imported: SystemExit: 3"),
        ("x = 1", "has no PLUGIN"),
        ("PLUGIN = 7", "gives int, not a class"),
        ("PLUGIN = str", "gives type, not a class"),
        (HEAD.format(body="    pass").replace('name = "sample"', 'name = "other"'), "calls itself 'other'"),
        (HEAD.format(body="    pass").replace('api = "1.0"', ""), "does not say which interface"),
        (
            HEAD.format(body="    pass").replace('"1.0"', '"2.0"'),
            "interface 2.0, this console has 1.0; update this console",
        ),
        (HEAD.format(body="    pass").replace('"1.0"', '"0.9"'), "update the plugin"),
        (
            HEAD.format(body="    def __init__(self, context): raise ValueError('no')"),
            "fails when it is made: ValueError",
        ),
    ],
)
def test_plugin_that_cannot_be_loaded_is_named_and_the_others_are_there(
    workshop: Workshop, text: str, words: str
) -> None:
    workshop.write("sample", text)
    workshop.write("whole", WHOLE)
    host = workshop.load()
    assert [plugin.name for plugin in host.loaded] == ["whole"]
    assert host.problems.keys() == {"sample"}
    assert words in host.problems["sample"]
    collect_everything(host)


@pytest.mark.parametrize(
    ("theirs", "fits"),
    [("1.0", True), ("1.1", False), ("0.0", False), ("2.0", False), ("1", False), ("", False), ("x.y", False)],
)
def test_versions(theirs: str, fits: bool) -> None:
    if fits:
        check_version(theirs)
    else:
        with pytest.raises(PluginError):
            check_version(theirs)


@pytest.mark.parametrize(
    ("table", "words"),
    [({"limit": "high"}, "`$.limit`"), ({"limt": 1.0}, "unknown field `limt`"), ({"limit": -1.0}, "`$.limit`")],
)
def test_wrong_settings_are_named_with_their_key(workshop: Workshop, table: dict[str, object], words: str) -> None:
    workshop.sample(
        """
        class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
            limit: typing.Annotated[float, msgspec.Meta(gt=0)] = 1.0
        settings_type = Own
        """
    )
    workshop.settings = {"sample": table}
    host = workshop.load()
    assert "[plugins.settings.sample]" in host.problems["sample"]
    assert words in host.problems["sample"]


def test_settings_of_a_plugin_that_is_not_there_are_named(workshop: Workshop) -> None:
    workshop.settings = {"smaple": {}}
    assert workshop.load().problems == {"smaple": "has settings, but there is no such plugin"}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    "brought",
    [
        "return None",
        "return 7",
        "raise RuntimeError('no')",
        "return [7]",
        "return [object()]",
        "return {'x': 7, 8: 9}",
        "return [type('Thing', (), {'name': 'sample.x'})()]",
        "return [type('Thing', (), {'name': property(lambda self: 1 / 0)})()]",
        "return [type('Thing', (), {'name': 'other.x'})()]",
        "return (each / 0 for each in [1])",
    ],
)
def test_hook_that_brings_junk_brings_nothing(workshop: Workshop, hook: str, brought: str) -> None:
    arguments = "self, tools" if hook == "switches" else "self"
    workshop.sample(f"def {hook}({arguments}): {brought}")
    workshop.write("whole", WHOLE)
    host = workshop.load()
    collect_everything(host)
    assert host.problems.keys() == {"sample"}
    assert hook in host.problems["sample"]


def shaped(**attributes: str) -> str:
    inside = ", ".join(f"'{name}': {value}" for name, value in attributes.items())
    return f"type('Thing', (), {{{inside}}})()"


RULE = {
    "name": "'sample.x'",
    "severity": "Severity.INFO",
    "kinds": "frozenset({Kind.POD})",
    "doc": "'d'",
    "check": "lambda self, subject, view: ()",
}
SWITCH = {
    "name": "'sample.x'",
    "title": "'X'",
    "key": "'4'",
    "poll_seconds": "1.0",
    "effects": "{}",
    "gather": "None",
    "plan": "None",
    "verify": "None",
}


EFFECT = shaped(name="'delete-pod'", parallel="False", needs="None", read="None", act="None")


@pytest.mark.parametrize(
    ("hook", "thing", "words"),
    [
        ("rules", shaped(**RULE | {"severity": "'bad'"}), "severity"),
        ("rules", shaped(**RULE | {"kinds": "frozenset()"}), "kinds"),
        ("rules", shaped(**RULE | {"doc": "''"}), "doc"),
        ("panes", "Pane('sample.x', 'X', (Kind.POD,), (), (), 'nothing')", "columns"),
        ("panes", "Pane('sample.x', 'X', (), (), (PaneColumn('A', 1, str),), 'nothing')", "kinds"),
        ("switches", shaped(**SWITCH | {"name": "'revoke'"}), "does not begin with 'sample.'"),
        ("switches", shaped(**SWITCH | {"key": "'1'"}), "key '1' is not one of"),
        ("switches", shaped(**SWITCH | {"effects": "{'delete-pod': None}"}), "has no name"),
        (
            "switches",
            shaped(**SWITCH | {"effects": f"{{'delete-pod': {EFFECT}}}"}),
            "must be called so",
        ),
    ],
)
def test_thing_of_the_wrong_shape_is_named(workshop: Workshop, hook: str, thing: str, words: str) -> None:
    arguments = "self, tools" if hook == "switches" else "self"
    workshop.sample(f"def {hook}({arguments}): return [{thing}]")
    host = workshop.load()
    own = len(host.rules()) if hook == "rules" else 0
    collect_everything(host)
    assert words in host.problems["sample"]
    assert len(getattr(host, hook)(*([TOOLS] if hook == "switches" else []))) == own


def test_two_of_one_name_and_two_of_one_key(workshop: Workshop) -> None:
    workshop.sample(
        f"def switches(self, tools): return [{shaped(**SWITCH)}, {shaped(**SWITCH | {'name': repr('sample.y')})}]"
    )
    host = workshop.load()
    assert [switch.name for switch in host.switches(TOOLS)] == ["sample.x"]
    assert host.problems == {"sample": "switch sample.y: key 4 belongs to sample.x"}
    workshop.sample(f"def rules(self): return [{shaped(**RULE)}, {shaped(**RULE)}]")
    host = workshop.load()
    host.rules()
    assert "two of this name" in host.problems["sample"]


def test_broken_plugin_is_a_finding_that_names_it_and_a_state(workshop: Workshop) -> None:
    workshop.write("sample", "raise RuntimeError('no')")
    host = workshop.load()
    inbox, store = Inbox(), Store()
    host.start(inbox)
    store.apply(inbox.drain())
    (finding,) = store.findings.values()
    assert finding.severity is Severity.WARNING
    assert "plugin sample" in finding.title
    assert "RuntimeError: no" in finding.detail
    assert store.health["plugins"].state is State.DOWN
    host.broken("whole", "breaks while it runs")
    host.broken("whole", "again and again")
    store.apply(inbox.drain())
    assert {finding.detail for finding in store.findings.values()} >= {"breaks while it runs"}
    assert len(store.findings) == 2
    host.stop()


def test_all_is_well_is_said_too(workshop: Workshop) -> None:
    workshop.write("whole", WHOLE)
    host = workshop.load()
    inbox, store = Inbox(), Store()
    host.start(inbox)
    store.apply(inbox.drain())
    assert store.findings == {}
    assert (store.health["plugins"].state, store.health["plugins"].detail) == (State.LIVE, "whole")


def test_feed_that_cannot_be_started_is_down_and_named(workshop: Workshop) -> None:
    workshop.sample(
        """
        def feeds(self):
            class Feed:
                name = "sample.feed"
                def start(self, sink): raise OSError("no such device")
                def stop(self): pass
            return [Feed()]
        """
    )
    host = workshop.load()
    (feed,) = host.feeds()
    inbox, store = Inbox(), Store()
    feed.start(inbox)
    store.apply(inbox.drain())
    assert store.health["sample.feed"].state is State.DOWN
    assert "no such device" in host.problems["sample"]


@pytest.fixture
def undone() -> Iterator[list[Path]]:
    paths: list[Path] = []
    yield paths
    for path in paths:
        path.chmod(0o755)


def test_code_that_others_may_write_is_refused(workshop: Workshop, undone: list[Path]) -> None:
    path = workshop.write("whole", WHOLE)
    path.chmod(0o666)
    assert "may be written by others" in workshop.load().problems["whole"]
    path.chmod(0o644)
    assert workshop.load().problems == {}
    undone.append(workshop.folder)
    workshop.folder.chmod(0o777)
    host = workshop.load()
    assert host.loaded == ()
    assert "may be written by others" in host.problems[str(workshop.folder)]


def test_folder_that_is_not_there_is_named(workshop: Workshop) -> None:
    workshop.folder = workshop.folder / "nowhere"
    host = workshop.load()
    assert "No such file" in host.problems[str(workshop.folder)]
