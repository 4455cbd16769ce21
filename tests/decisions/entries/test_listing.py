"""Documents in a list of another one: each is a line of its own, and a program's own document stays whole."""

from __future__ import annotations

import json

import pytest

from tests.decisions.strangers.tables import read

LINES = (
    "deleting pod shop/web-0",
    '{"level": "info",',
    '  "msg": "evicting pod shop/web-1"}',
    "scaling deployment shop/api to 3",
)
"""Two sentences, and a document of two lines between them."""


def _events(indent: int, last: str) -> str:
    events = [{"logStreamName": "s", "timestamp": 1786526042000 + at, "message": line} for at, line in enumerate(LINES)]
    document = {"events": [event | {"ingestionTime": 1, "eventId": "7"} for event in events], last: []}
    return json.dumps(document, indent=indent)


def _exported(names: tuple[str, ...]) -> str:
    pairs = [{"key": name, "value": {"stringValue": "x"}} for name in names]
    records = [
        {"timeUnixNano": "1786526042000000000", "body": {"stringValue": line}, "attributes": pairs} for line in LINES
    ]
    return json.dumps({"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]})


@pytest.mark.parametrize(
    "text",
    [
        _events(4, "searchedLogStreams"),
        _events(2, "nextToken"),
        _exported(("log.iostream", "logtag")),
        "[\n  "
        + ",\n  ".join(json.dumps({"@timestamp": "2026-08-12", "@message": x, "@logStream": "s"}) for x in LINES)
        + "\n]",
        "\n".join(
            f'[{at}] kube.web: [[1786526042.000000000, {{}}], {{"stream"=>"stdout", "log"=>{json.dumps(line)}}}]'
            for at, line in enumerate(LINES)
        ),
    ],
    ids=["indented by four", "indented by two", "exported", "an array of Insights", "Fluent Bit's standard output"],
)
def test_each_event_of_a_list_is_a_line_of_its_program(text: str) -> None:
    told = [(each.verb, [ref.name for ref in each.targets]) for each in read(text)]
    assert told == [("delete", ["web-0"]), ("evict", ["web-1"]), ("scale", ["api"])]


def test_a_programs_own_document_that_begins_with_a_list_stays_whole() -> None:
    own = {"items": [{"name": "a", "score": 1}, {"name": "b", "score": 2}], "msg": "evicting pod shop/web-1"}
    (decision,) = read(json.dumps(own, indent=2))
    assert (decision.verb, decision.target and decision.target.name) == ("evict", "web-1")
    assert '"score": 2' in decision.body


def test_a_list_that_breaks_off_loses_no_line() -> None:
    text = "\n".join(_events(4, "nextToken").split("\n")[:6])
    assert "deleting pod" in " ".join(decision.body for decision in read(text))
