"""SmartScaler's last morning, line by line: each disaster is flagged, and a quiet day raises nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.clock import SystemClock
from opsconsole.decisions.stream import DecisionStream
from opsconsole.feeds.protocol import Inbox
from opsconsole.governor.governor import Governor
from opsconsole.optimizer import Optimizers
from opsconsole.plugins.host import Plugins, load_all
from opsconsole.records import Decision, Finding, Kind
from opsconsole.settings import GovernorSettings, PluginSettings, Settings
from opsconsole.store import Store
from tests.decisions.lines import SMARTSCALER
from tests.support.clock import ManualClock

QUIET = (
    "[2023-10-24 02:00:00] INFO: Scaling to 12 servers",
    "[2023-10-24 02:00:10] INFO: Predicted load 0.42, keeping 12 servers",
    "[2023-10-24 02:00:20] INFO: Training finished on CUDA device 0, 2.0 GiB allocated",
    "[2023-10-24 02:00:30] INFO: Production traffic routing to 10.0.3.7",
    "[2023-10-24 02:00:40] INFO: Production traffic routing to lb-1.internal.",
    "[2023-10-24 02:00:50] INFO: worker-7 terminated with signal 15 (SIGTERM)",
    "[2023-10-24 02:00:55] ERROR: Process 'ForkPoolWorker-3' pid:44 exited with 'signal 9 (SIGKILL)'",
)


@pytest.fixture(scope="module")
def host() -> Plugins:
    disabled = PluginSettings(disabled=("vectorstore",))
    return load_all(Settings(plugins=disabled), SystemClock())


class Judged:
    """Lines, the decisions that they are, and what the plugin's rules found."""

    def __init__(self, host: Plugins, lines: tuple[str, ...]) -> None:
        clock, store, inbox = ManualClock(1698117300.0), Store(), Inbox()
        governor = Governor(GovernorSettings(), Optimizers(), clock, host.rules())
        stream = DecisionStream(
            host.decision_parsers(), on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}")
        )
        self.decisions: list[Decision] = []
        self.findings: list[list[Finding]] = []
        for line in lines:
            for decision in stream.feed("log", line, clock.now()):
                inbox.put(Kind.DECISION, [decision])
                found, _ = governor.judge(store, store.apply(inbox.drain()))
                self.decisions.append(decision)
                self.findings.append([each for each in found if each.rule.startswith("smartscaler.")])

    def rules(self) -> list[str]:
        return [finding.rule.removeprefix("smartscaler.") for found in self.findings for finding in found]


def test_the_last_morning_is_flagged_line_by_line(host: Plugins) -> None:
    judged = Judged(host, SMARTSCALER)
    assert [decision.body for decision in judged.decisions][1] == "\n".join(SMARTSCALER[1:9])
    assert judged.rules() == [
        *("dead", "out-of-memory", "out-of-memory", "fallback", "bad-input", "dead-route", "dead", "dead")
    ]
    titles = [finding.title for found in judged.findings for finding in found]
    assert "SmartScaler is out of memory: it asked for 64.0Gi at once" in titles
    assert "traffic is routed to 0.0.0.0, which is no place: every packet to it is lost" in titles
    assert [finding.switch for found in judged.findings for finding in found] == [
        *("", "", "gpu", "revoke", "revoke", "revoke", "", "")
    ]


def test_times_and_levels_are_the_lines_own(host: Plugins) -> None:
    decision = Judged(host, SMARTSCALER).decisions[2]
    assert (decision.at, decision.level, decision.action) == (1698117265.0, "CRITICAL", "gpu_out_of_memory")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ("-1", "wants -1 servers: below zero"),
        ("18446744073709551615", "servers: a negative number cast to an unsigned one"),
        ("18,446,744,073,709,551,615", "wants 18446744073709551615 servers"),
        ("NaN", "wants NaN servers: that is no number"),
        ("inf", "wants inf servers: that is no number"),
        ("0", "wants 0 servers: none at all"),
    ],
)
def test_impossible_numbers_of_servers(host: Plugins, count: str, words: str) -> None:
    judged = Judged(host, (f"[2023-10-24 03:14:27] INFO: Scale to {count} servers",))
    (finding,) = judged.findings[0]
    assert words in finding.title


@pytest.mark.parametrize(
    ("address", "flagged"),
    [
        ("0.0.0.0", True),
        ("::", True),
        ("0.0.0.0/0.", True),
        ("127.0.0.1", True),
        ("NaN", True),
        ("None.", True),
        ("10.1.2.3", False),
        ("2001:db8::1", False),
        ("lb-1.internal", False),
    ],
)
def test_routes(host: Plugins, address: str, flagged: bool) -> None:
    judged = Judged(host, (f"WARNING: traffic routed to {address}",))
    assert judged.rules() == (["dead-route"] if flagged else [])


def test_gpu_memory_in_pytorchs_words(host: Plugins) -> None:
    line = "ERROR: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 79.15 GiB total)"
    judged = Judged(host, (line,))
    assert judged.findings[0][0].title == "SmartScaler is out of GPU memory: it asked for 2.50Gi at once"
    assert judged.decisions[0].fields[0].number == 2.5 * 2**30


def test_quiet_day_raises_nothing(host: Plugins) -> None:
    assert Judged(host, QUIET).rules() == []


def test_other_formats_are_left_to_the_consoles_own_parsers(host: Plugins) -> None:
    judged = Judged(host, ('{"action": "scale", "message": "MemoryError"}', "ERROR: something else", "a plain line"))
    assert [decision.form for decision in judged.decisions] == ["json", "text", "plain"]
    assert judged.rules() == []


@given(text=st.text(max_size=200))
def test_no_text_makes_it_raise(host: Plugins, text: str) -> None:
    words = "Scale to servers traffic routing to MemoryError allocate GiB Input contains NaN"
    for line in (
        text,
        f"traffic routed to {text}",
        f"Scale to {text} servers",
        f"MemoryError: allocate {text}GiB",
        words,
    ):
        Judged(host, (line,))
