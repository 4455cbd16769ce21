"""Every hook of the interface, used by a plugin that imports nothing but the interface."""

from __future__ import annotations

import io
import json
import re
from inspect import isfunction
from pathlib import Path

from click.testing import CliRunner

from opsconsole import plugin as interface
from opsconsole.cli import main
from opsconsole.feeds.protocol import Inbox
from opsconsole.governor.governor import Governor
from opsconsole.guard.report import Reporter
from opsconsole.metrics.feed import custom
from opsconsole.optimizer import Optimizers
from opsconsole.permit import Mint
from opsconsole.plugin import HOOKS, Plugin, Tools, Word
from opsconsole.records import Decision, FieldValue, Kind, Metric, Ref, State
from opsconsole.settings import GovernorSettings
from opsconsole.store import Store
from tests.plugins.conftest import Workshop
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

TOOLS = Tools(writer=None, redeemer=Mint())  # type: ignore[arg-type]
HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs" / "plugins.md"


def test_every_hook_has_a_test_and_a_documentation() -> None:
    brings = {name for name, value in vars(Plugin).items() if isfunction(value) and not name.startswith("_")}
    assert brings == set(HOOKS)
    tests = Path(__file__).read_text()
    docs = DOCS.read_text()
    for hook in HOOKS:
        assert f"def test_hook_{hook}(" in tests, f"{hook} has no test"
        assert re.search(rf"^### `{hook}\(.*\)`$", docs, re.MULTILINE), f"{hook} is not in docs/plugins.md"
        assert getattr(Plugin, hook).__doc__, f"{hook} has no docstring"


def test_every_public_name_is_there_and_documented() -> None:
    docs = DOCS.read_text()
    for name in interface.__all__:
        assert getattr(interface, name) is not None
        assert re.search(rf"`{name}\b", docs), f"{name} is not in docs/plugins.md"
    assert f"`{interface.API_VERSION}`" in docs


def test_hook_feeds(workshop: Workshop) -> None:
    workshop.sample(
        """
        def feeds(self):
            clock = self.context.clock
            class Feed:
                name = "sample.feed"
                def start(self, sink):
                    sink.put(Kind.METRIC, [Metric(key="sample/x", title=clean_line("x\\x1b"), query="", value=1.0)])
                    sink.put(Kind.METRIC, ["no record", Ref("Pod", "n", "a")])
                    sink.drop(Kind.METRIC, ["sample/old", 7])
                    sink.health(Health("sample.feed", State.LIVE, clock.now()))
                    sink.health(Health("pods", State.LIVE, clock.now()))
                def stop(self):
                    raise RuntimeError("will not stop")
            return [Feed()]
        """
    )
    host = workshop.load()
    (feed,) = host.feeds()
    inbox, store = Inbox(), Store()
    feed.start(inbox)
    feed.stop()
    store.apply(inbox.drain())
    assert [metric.title for metric in store.metrics.values()] == ["x␛"]
    assert {name: health.state for name, health in store.health.items()} == {"sample.feed": State.LIVE}
    assert host.problems == {"sample": "feed sample.feed gives records that are no metric"}


def test_hook_decision_parsers(workshop: Workshop) -> None:
    workshop.sample(
        """
        def decision_parsers(self):
            class Parser:
                name = "sample.log"
                def parse(self, entry):
                    if not entry.text.startswith("SCALER "):
                        return None
                    if entry.text == "SCALER junk":
                        return "junk"
                    if entry.text == "SCALER raise":
                        raise RuntimeError("no")
                    line = read_line(entry)
                    count = entry.text.split()[1]
                    return Decision(key="", seq=0, received=0, message=line.message, action="scale\\x1b",
                                    fields=(FieldValue("replicas", count, quantity.number(count)),), body=entry.text)
            return [Parser()]
        """
    )
    from opsconsole.decisions.stream import DecisionStream

    host = workshop.load()
    stream = DecisionStream(host.decision_parsers(), on_broken=host.parser_broken)
    (ours,) = stream.feed("pod/a", "SCALER 3", 7.0)
    assert (ours.action, ours.fields) == ("scale␛", (FieldValue("replicas", "3", 3.0),))
    assert (ours.key, ours.received, ours.source) == ("decisions#1", 7.0, "pod/a")
    assert stream.feed("pod/a", '{"action": "x"}', 7.0)[0].form == "json"
    assert stream.feed("pod/a", "ERROR: x", 7.0)[0].form == "text"
    assert host.problems == {}
    assert stream.feed("pod/a", "SCALER junk", 7.0)[0].form == "plain"
    assert stream.feed("pod/a", "SCALER raise", 7.0)[0].form == "plain"
    assert host.problems["sample"].startswith("parser sample.log fails")


def test_judge_takes_what_a_plugins_parser_understood_for_a_decision(workshop: Workshop, tmp_path: Path) -> None:
    """Its lines have neither time nor level and are no JSON: nobody else reads them."""
    workshop.sample(
        """
        def decision_parsers(self):
            class Parser:
                name = "sample.bars"
                def parse(self, entry):
                    action, _, name = entry.text.partition("|")
                    target = Ref("Deployment", "shop", name)
                    return msgspec.structs.replace(read_line(entry), action=action, target=target) if name else None
            return [Parser()]
        """
    )
    log = tmp_path / "optimizer.log"
    log.write_text("delete|web\n", encoding="utf-8")
    environment = {"HOME": str(tmp_path), "OPSCONSOLE_PLUGINS_FOLDERS": str(workshop.folder)}
    result = CliRunner().invoke(main, ["judge", str(log)], env=environment)
    assert "deletes deployment web" in result.stdout
    assert "nothing in it reads like a decision" not in result.stderr
    assert result.exit_code == 1


def test_hook_queries(workshop: Workshop) -> None:
    workshop.sample(
        """
        def queries(self):
            return {"depth": QuerySettings(title="queue depth", query="max(depth)", unit="jobs")}
        """
    )
    wanted = workshop.load().queries()
    assert wanted.keys() == {"sample.depth"}

    class Answers:
        def query(self, query: str, at: float | None = None) -> list[object]:
            return []

    metric = custom(Answers(), "query/sample.depth", wanted["sample.depth"], 5.0)  # type: ignore[arg-type]
    assert (metric.title, metric.value, metric.state, metric.problem) == (
        "queue depth",
        None,
        "unknown",
        "returned no data",
    )


def test_hook_rules(workshop: Workshop) -> None:
    workshop.sample(
        """
        def rules(self):
            limit = self.context.settings.limit
            @rule("sample.too-much", Severity.WARNING, Kind.METRIC)
            def too_much(subject, view):
                "More than the limit of the settings."
                if subject.value is not None and subject.value > limit:
                    yield Verdict(f"{subject.title} is over {limit:g}")
            return [too_much]

        class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
            limit: float = 10.0
        settings_type = Own
        """
    )
    workshop.settings = {"sample": {"limit": 2.5}}
    host = workshop.load()
    assert host.problems == {}
    governor = Governor(GovernorSettings(), Optimizers(), ManualClock(1_000_000.0), host.rules())
    inbox, store = Inbox(), Store()
    inbox.put(Kind.METRIC, [Metric(key="a", title="a", query="", value=3.0), Metric("b", "b", "", 2.0)])
    found, _ = governor.judge(store, store.apply(inbox.drain()))
    assert [(finding.rule, finding.title) for finding in found] == [("sample.too-much", "a is over 2.5")]


def test_a_rule_asks_what_was_written_and_said_before_with_the_interface_alone(workshop: Workshop) -> None:
    workshop.sample(
        """
        def rules(self):
            def fields_of(writing: Writing) -> str:
                if not isinstance(writing, Writing):
                    raise TypeError(type(writing))
                return ", ".join(f"{field.path} {field.before or '?'} to {field.after}" for field in writing.fields)

            @rule("sample.blind", Severity.WARNING, Kind.DECISION)
            def blind(subject, view):
                "It writes within a minute of a metric that came back empty."
                earlier = view.said(Note.NO_DATA, subject, 60.0)
                if subject.action and earlier:
                    yield Verdict(f"{fields_of(view.writing(subject))}, after {len(earlier)} empty")
            return [blind]
        """
    )
    host = workshop.load()
    clock = ManualClock(1_000_000.0)
    governor = Governor(GovernorSettings(), Optimizers(), clock, host.rules())

    def line(seq: int, ago: float, replicas: int | None) -> Decision:
        received = clock.now() - ago
        if replicas is None:
            return Decision(str(seq), seq, received, query="up", message="No data for query")
        field, target = FieldValue("replicas", str(replicas), replicas), Ref("Deployment", "shop", "web")
        return Decision(str(seq), seq, received, action="scale", target=target, fields=(field,), message="Scaling web")

    said = [line(0, 200.0, None), line(1, 90.0, 7), line(2, 2.0, None), line(3, 1.0, 14)]
    inbox, store = Inbox(), Store()
    inbox.put(Kind.DECISION, said)
    found, _ = governor.judge(store, store.apply(inbox.drain()))
    ours = [(finding.decision, finding.title) for finding in found if finding.rule.startswith("sample.")]
    assert ours == [("3", "replicas 7 to 14, after 1 empty")]
    assert host.problems == {}


def test_hook_panes(workshop: Workshop) -> None:
    workshop.sample(
        """
        def panes(self):
            def tone(record):
                return {"a": "bad", "b": "purple"}[record.key]
            columns = (PaneColumn("NAME", 10, lambda record, now: record.title),
                       PaneColumn("AGE", 5, lambda record, now: f"{now - record.at:.0f}", tone=tone))
            return [Pane("sample.pane", "Sam\\x1bple", (Kind.METRIC,), ("metrics",), columns, "nothing",
                         lambda record: record.key != "c" or record.nothing)]
        """
    )
    host = workshop.load()
    (pane,) = host.panes()
    a, b, c = (Metric(key, f"{key}\x07", "", at=at) for key, at in (("a", 1.0), ("b", None), ("c", 1.0)))
    assert pane.title == "Sam␛ple"
    assert [column.cell(a, 3.0) for column in pane.columns] == ["a␇", "2"]
    assert pane.columns[1].tone(a) == "bad"
    assert host.problems == {}
    assert (pane.columns[1].cell(b, 3.0), pane.columns[1].tone(b)) == ("?", "")
    assert [pane.accepts(record) for record in (a, b, c)] == [True, True, False]
    assert "pane sample.pane fails" in host.problems["sample"]


SWITCH = """
        def switches(self, tools):
            class Pause:
                name = "sample.pause"
                parallel = False
                def needs(self, step):
                    return (Access("patch", "rollouts"),)
                def read(self, step):
                    return b'{"paused": false}'
                def act(self, step, permit, call):
                    tools.redeemer.redeem(permit, self.name, step.target)
                    return StepOutcome(step.key, StepState.DONE, "paused")
            class Stop:
                name, title, key, poll_seconds = "sample.stop", "Pause the rollout", "4", 0.1
                effects = {"sample.pause": Pause()}
                def gather(self):
                    return "facts"
                def plan(self, facts):
                    step = Step("1", "pause it", "sample.pause", Ref("Rollout", "n", "a"))
                    return Plan("sample.stop", "Pause", 0.0, facts, (step,))
                def verify(self, plan, outcome):
                    yield (Proof("it is paused", True),)
            return [Stop()]
"""


def test_hook_switches(workshop: Workshop) -> None:
    workshop.sample(SWITCH)
    host = workshop.load()
    (switch,) = host.switches(TOOLS)
    assert (switch.name, switch.key, host.problems) == ("sample.stop", "4", {})
    assert switch.dangerous  # type: ignore[attr-defined]
    plan = switch.plan(switch.gather())
    assert [step.effect for step in plan.steps] == ["sample.pause"]
    assert [str(access) for access in switch.effects["sample.pause"].needs(plan.steps[0])] == ["patch rollouts"]


def test_hook_decision_formats(workshop: Workshop) -> None:
    workshop.sample(
        """
        def decision_formats(self):
            return [format_row("sample.frob", "frob", r"frobbing (?P<name>[a-z-]+) to (?P<after>[0-9]+)", "scale",
                               "frobbing web to 3", kind="Deployment")]
        """
    )
    from opsconsole.decisions.stream import DecisionStream

    stream = DecisionStream(workshop.load().decision_parsers())
    (decision,) = stream.feed("log", "INFO: frobbing web to 3", 0.0)
    assert (decision.verb, decision.targets) == ("scale", (interface.Ref("Deployment", "", "web"),))
    assert [(field.path, field.value) for field in decision.fields] == [("replicas", "3")]


def test_own_parsers_and_rules_come_through_the_same_door(workshop: Workshop) -> None:
    from opsconsole.decisions.stream import BUILT_IN as PARSERS
    from opsconsole.governor.rules import BUILT_IN as RULES

    host = workshop.load()
    assert tuple(host.decision_parsers()) == PARSERS
    assert tuple(host.rules()) == RULES


def test_context_carries_clock_settings_and_read_only(workshop: Workshop) -> None:
    workshop.sample("")
    (plugin,) = workshop.load(read_only=True).loaded
    assert plugin.context.read_only is True
    assert plugin.context.clock.now() == 1_000_000.0
    assert isinstance(plugin.context.settings, interface.NoSettings)


def test_example_of_the_documentation_works(workshop: Workshop) -> None:
    example = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert example
    workshop.write("nightowl", example[1])
    host = workshop.load()
    governor = Governor(GovernorSettings(), Optimizers(), ManualClock(1_000_000.0), host.rules())
    assert host.problems == {}
    inbox, store = Inbox(), Store()
    decisions = [Decision(str(hour), hour, 0.0, at=hour * 3600.0, action="nap") for hour in (0, 3, 12)]
    inbox.put(Kind.DECISION, decisions)
    found, _ = governor.judge(store, store.apply(inbox.drain()))
    assert [(each.title, each.decision) for each in found if each.rule == "nightowl.at-night"] == [
        ("it wants to nap at night", "3")
    ]


def test_hook_tellers(workshop: Workshop) -> None:
    workshop.sample(
        """
        def tellers(self):
            class Loud:
                name = "sample.loud"
                told = []
                def tell(self, word):
                    if word.kind == "Bad":
                        raise RuntimeError("no line")
                    self.told.append(word.text)
            return [Loud()]
        """
    )
    tellers = workshop.load().tellers()
    out = io.StringIO()
    reporter = Reporter(out, None, tellers=lambda: tellers)
    for kind in ("Bad", "Frozen"):
        reporter.tell(Word(1.0, kind, f"it is {kind}", serious=True))
    told: list[str] = tellers[0].told  # type: ignore[attr-defined]
    eventually(lambda: told == ["it is Frozen"], "the next word is told all the same")
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert "sample.loud: RuntimeError: no line" in [each["text"] for each in said if each["event"] == "NotTold"]
