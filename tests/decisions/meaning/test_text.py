"""What lines of text tell, and that the rest stays the line it was."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.decisions.entries.assembly import MAX_LINE
from opsconsole.decisions.entry import Entry
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, FieldValue, Ref
from tests.decisions.lines import AURA_TEXT, SMARTSCALER


def said(text: str, logged: float | None = None) -> Decision:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"))
    (decision,) = stream.feed("log", text, 100.0, logged)
    return decision


def test_lines_of_the_write_up() -> None:
    query, belief, failure, retry = (said(line) for line in AURA_TEXT)
    assert (query.at, query.level, query.query) == (1698376445.0, "ERROR", 'request_count{service="api"}')
    assert query.problems == ("returned no data",)
    assert (belief.level, belief.target, belief.problems) == (
        "WARNING",
        Ref("Service", "", "api"),
        ("appears inactive",),
    )
    assert (failure.action, failure.target) == ("patch_deployment", Ref("Deployment", "", "auth-service"))
    assert failure.problems == ("failed: 409 Conflict",)
    assert (retry.at, retry.action, retry.target) == (1698376455.0, "retry_patch", None)
    assert [decision.body for decision in (query, belief, failure, retry)] == list(AURA_TEXT)


def test_smartscaler_lines_keep_their_times_levels_and_words() -> None:
    stream = DecisionStream()
    decisions = [decision for line in SMARTSCALER for decision in stream.feed("log", line, 100.0)]
    assert [decision.form for decision in decisions] == ["text"] * 7
    assert [decision.level for decision in decisions] == [*("ERROR", "", "CRITICAL", "INFO", "", "FATAL", "SYSTEM")]
    assert [decision.body for decision in decisions] == [SMARTSCALER[0], "\n".join(SMARTSCALER[1:9]), *SMARTSCALER[9:]]
    assert decisions[1].message == SMARTSCALER[8]


@pytest.mark.parametrize(
    ("line", "at", "level", "module", "message"),
    [
        ("[2023-10-27 03:14:05] ERROR: x", 1698376445.0, "ERROR", "", "x"),
        ("[2023-10-27 03:14:05] [WARN] x", 1698376445.0, "WARN", "", "x"),
        ("ERROR [2023-10-27T03:14:05Z] x", 1698376445.0, "ERROR", "", "x"),
        ("ERROR [aura.engine] x", None, "ERROR", "aura.engine", "x"),
        ("ERROR: x", None, "ERROR", "", "x"),
        ("WARNING:root:x", None, "WARNING", "root", "x"),
        ("2023-10-27 03:14:05,250 - aura - INFO - x", 1698376445.25, "INFO", "aura", "x"),
        ("2023-10-27T03:14:05.25+02:00 INFO aura.engine: x", 1698369245.25, "INFO", "aura.engine", "x"),
        ("2023-10-27 03:14:05 x y", 1698376445.0, "", "", "x y"),
        ('level=warn ts=2023-10-27T03:14:05Z logger=aura msg="say \\"x\\""', 1698376445.0, "WARN", "aura", 'say "x"'),
        ("[2023-99-99 03:14:05] ERROR: x", None, "ERROR", "", "x"),
    ],
)
def test_heads_of_lines(line: str, at: float | None, level: str, module: str, message: str) -> None:
    decision = said(line)
    assert (decision.form, decision.at, decision.level) == ("text", at, level)
    assert (decision.module, decision.message, decision.body) == (module, message, line)


API = Ref("Deployment", "", "api")
AUTH = Ref("Deployment", "", "auth")
FROM_3_TO_1 = FieldValue("replicas", "1", 1.0, before="3", before_number=3.0)
CAST = FieldValue("replicas", "18446744073709551615", 2.0**64, "-1 cast to an unsigned 64-bit integer")


class Told(NamedTuple):
    """What a sentence tells, as the old rows of this table have it."""

    action: str
    target: Ref | None = None
    fields: tuple[FieldValue, ...] = ()
    problems: tuple[str, ...] = ()
    query: str = ""


def told_by(message: str) -> Told:
    decision = said(message)
    return Told(decision.action, decision.target, decision.fields, decision.problems, decision.query)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "Scaling deployment 'api' from 3 to 0",
            Told("scale_deployment", API, (FieldValue("replicas", "0", 0.0, before="3", before_number=3.0),)),
        ),
        (
            "Scaled statefulset/db to 5 replicas",
            Told("scale_statefulset", Ref("StatefulSet", "", "db"), (FieldValue("replicas", "5", 5.0),)),
        ),
        ("Scale to -1 servers", Told("scale", None, (FieldValue("replicas", "-1", -1.0),))),
        ("Decided: scaling up to 18,446,744,073,709,551,615 servers", Told("scale", None, (CAST,))),
        ("Scaling api to -1", Told("scale", Ref("", "", "api"), (FieldValue("replicas", "-1", -1.0),))),
        (
            "Scaling deployment prod/api to inf",
            Told(
                "scale_deployment",
                Ref("Deployment", "prod", "api"),
                (FieldValue("replicas", "inf", math.inf, "Infinity"),),
            ),
        ),
        ("Updating deployment api: replicas 3 -> 1", Told("scale_deployment", API, (FROM_3_TO_1,))),
        ("Updating deployment api: replicas=3 -> 1", Told("scale_deployment", API, (FROM_3_TO_1,))),
        (
            "Patching deployment 'auth' in the production namespace: memory limit 1000Mi -> 64Mi, cpu=100m",
            Told(
                "patch_deployment",
                Ref("Deployment", "production", "auth"),
                (
                    FieldValue("resources.limits.memory", "64Mi", 2.0**26, "", "1000Mi", 1000 * 2.0**20),
                    FieldValue("resources.cpu", "100m", 0.1),
                ),
            ),
        ),
        (
            "Patched deployment auth with memory request to 1Gi",
            Told("patch_deployment", AUTH, (FieldValue("resources.requests.memory", "1Gi", 2.0**30),)),
        ),
        ("Patching deployment auth, memory down by 20%", Told("patch_deployment", AUTH)),
        (
            "Deleting pod 'api-7f8d9b6c5-2v4x1' -n production",
            Told("delete_pod", Ref("Pod", "production", "api-7f8d9b6c5-2v4x1")),
        ),
        ("Killing 'api-1'", Told("delete", Ref("", "", "api-1"))),
        (
            "Tainting node n1 with dedicated=batch:NoSchedule",
            Told("taint_node", Ref("Node", "", "n1"), (FieldValue("taints[dedicated]", "batch:NoSchedule"),)),
        ),
        (
            "Tainted node n1: spot:NoExecute",
            Told("taint_node", Ref("Node", "", "n1"), (FieldValue("taints[spot]", "NoExecute"),)),
        ),
        ("Cordoning node n1", Told("cordon_node", Ref("Node", "", "n1"))),
        (
            "Could not delete pod a: forbidden: no rights",
            Told("delete_pod", Ref("Pod", "", "a"), (), ("failed: forbidden: no rights",)),
        ),
        ("Query 'up{job=\"x\"}' returned NaN", Told("query", None, (), ("returned NaN",), 'up{job="x"}')),
        ("Retrying patch in 10 s", Told("retry_patch")),
    ],
)
def test_sentences(message: str, told: Told) -> None:
    assert told_by(message) == told


@pytest.mark.parametrize(
    "message",
    [
        "Keeping deployment 'api' at 3 replicas",
        "Scaling down is not needed",
        "Deleted old cache entries",
        "deployment 'api' is healthy",
        "We do not patch deployment 'api'",
    ],
)
def test_what_announces_nothing_is_no_action(message: str) -> None:
    assert said(message).verb == ""


@pytest.mark.parametrize(
    ("message", "mood"),
    [
        ("Skipping the scaling of deployment 'api' to 0", "refused"),
        ("Would scale deployment 'api' to 0", "dry-run"),
        ("I recommend scaling deployment 'api' to 0", "proposed"),
        ("Scaled deployment 'api' to 0", "done"),
        ("Scaling deployment 'api' to 0", "planned"),
    ],
)
def test_mood_of_a_sentence(message: str, mood: str) -> None:
    decision = said(message)
    assert (decision.verb, decision.mood, decision.fields[0].value) == ("scale", mood, "0")


def test_line_with_a_carriage_return_or_a_bell_is_cleaned_once() -> None:
    decision = said("[2023-10-27 03:14:05] ERROR: a\rb\x07\r\n")
    assert decision.message == "a␍b␇"
    assert decision.body == "[2023-10-27 03:14:05] ERROR: a␍b␇"


def test_line_longer_than_the_runtime_writes_comes_in_pieces_that_lose_nothing() -> None:
    line = "".join(chr(ord("a") + number % 26) for number in range(MAX_LINE * 3 + 5))
    decisions = DecisionStream().feed("log", line, 0.0)
    assert "".join(decision.body for decision in decisions) == line
    assert [decision.seq for decision in decisions] == [1, 2, 3, 4]


def test_plain_line_carries_the_kubelets_time() -> None:
    assert said("nothing we know", logged=7.0).at == 7.0
    assert said("ERROR: nothing we know", logged=7.0).at == 7.0


@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Mn", "Lo"]), max_size=80))
)
def test_no_line_is_lost_or_changed(lines: list[str]) -> None:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"))
    decisions = [decision for line in lines for decision in stream.feed("log", line, 0.0)] + stream.flush(
        0.0, force=True
    )
    kept = [line for line in lines if line and not line.isspace()]
    if not any("{" in line for line in kept):
        assert [decision.body for decision in decisions] == kept


@given(st.text(max_size=300))
def test_no_text_makes_a_parser_raise(text: str) -> None:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"))
    for decision in stream.feed("log", text, 0.0) + stream.flush(0.0, force=True):
        decision.body.encode()
        decision.message.encode()


VOCABULARY = st.sampled_from(
    [
        *("Scaling", "scale", "deployment", "'api'", "from", "to", "3", "-", "1", "NaN", "replicas", "=", "memory"),
        *("limit", "cpu", "64Mi", "->", ":", "%", ",", "in", "namespace", "prod", "node", "Tainting", "{", "}"),
        *("k=v:NoSchedule", "failed", "Failed to", "Query", "returned no data", "[2023-10-27 03:14:05]"),
    ]
)


@given(st.lists(VOCABULARY, max_size=25).map(" ".join))
def test_no_sentence_of_the_known_words_makes_a_parser_raise(text: str) -> None:
    test_no_text_makes_a_parser_raise.hypothesis.inner_test(text)  # type: ignore[attr-defined]


def test_hostile_lengths_do_not_stall_the_parsers() -> None:
    for unit in ("a-", "memory ", "1", "'", "a=b:", "query '", "/", "[2023-10-27 03:14:05] ", " ", "\\", '"'):
        text = (unit * MAX_LINE)[:MAX_LINE]
        for start in ("Scaling deployment ", "Patching deployment x: ", "metric '", "target service ", 'level=x msg="'):
            DecisionStream().feed("log", start + text, 0.0)


def test_parser_that_raises_costs_nothing_but_its_name() -> None:
    class Broken:
        name = "broken"

        def parse(self, entry: Entry) -> Decision | None:
            raise RuntimeError(entry.text)

    told: list[tuple[str, str]] = []
    stream = DecisionStream((Broken(),), on_broken=lambda name, error: told.append((name, str(error))))
    (decision,) = stream.feed("log", "a line", 0.0)
    assert (decision.form, decision.body) == ("plain", "a line")
    assert told == [("broken", "a line")]


@pytest.mark.parametrize(
    ("message", "name", "mood"),
    [
        ("Deployment web was scaled to 0 replicas", "web", "done"),
        ("deployment shop/web has been scaled to 2 replicas", "web", "done"),
        ("The deployment web was scaled to 0 replicas by a person at 07:55", "web", "observed"),
        ("StatefulSet db was scaled down to 1 replicas by the operator", "db", "observed"),
    ],
)
def test_an_object_before_a_passive_verb_is_its_target(message: str, name: str, mood: str) -> None:
    (decision,) = DecisionStream(today=1775124000.0).feed("log", f"INFO: {message}", 1.0)
    assert decision.target is not None
    assert (decision.verb, decision.target.name, decision.mood) == ("scale", name, mood)


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ('{"query": "rate(x_total[5m])", "message": "no samples, assuming zero load"}', "rate(x_total[5m])"),
        ('{"promql": "sum(up{job=\\"x\\"})", "series": 0, "msg": "Empty result"}', 'sum(up{job="x"})'),
        ('level=warning msg="query returned no data" expr="up{a=1}"', "up{a=1}"),
        ('{"msg": "error getting scale decision", "error": "metrics \'x\' may be lost, the result is empty"}', ""),
        ('level=error msg="fetch failed" deployment=a/b err="no metrics returned from resource metrics API"', ""),
    ],
)
def test_metrics_that_were_asked_for_in_vain_are_told_beside_the_query(line: str, query: str) -> None:
    (decision,) = DecisionStream().feed("log", line, 0.0)
    assert (decision.verb, decision.query, bool(decision.problems)) == ("query", query, True)


@pytest.mark.parametrize(
    "line",
    [
        '{"query": "SELECT * FROM pods", "message": "no results"}',
        '{"query": "rate(x_total[5m])", "message": "no change in series"}',
        '{"message": "no samples, assuming zero load"}',
        '{"message": "request failed", "error": "the list of pods is long, the result is empty"}',
    ],
)
def test_other_queries_are_no_metrics(line: str) -> None:
    (decision,) = DecisionStream().feed("log", line, 0.0)
    assert not decision.verb
