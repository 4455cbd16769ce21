"""Deeds of few words and values beside them: settings, what nobody can see, old data, verdicts; each with its twin."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import alarms, words, zap


def _kitchen(text: str) -> str:
    return f"9:14AM INF {text}"


def _command(command: str, message: str = "applied", **more: str) -> str:
    return json.dumps({"ts": "2026-06-30T09:15:01Z", "level": "info", "msg": message, "command": command} | more)


TWINS = [
    (
        "safety-off",
        _kitchen("policy updated policy=no-root validationFailureAction=Audit was=Enforce"),
        _kitchen("policy updated policy=no-root validationFailureAction=Enforce was=Audit"),
    ),
    (
        "safety-off",
        _kitchen("webhook updated webhook=images failurePolicy=Ignore was=Fail"),
        _kitchen("webhook found webhook=images failurePolicy=Ignore"),
    ),
    (
        "safety-off",
        zap("labeled", namespace="cards", **{"pod-security.kubernetes.io/enforce": "privileged"}),
        zap("labeled", namespace="cards", **{"pod-security.kubernetes.io/enforce": "restricted"}),
    ),
    ("safety-off", words("config override: guards.enabled=false"), words("config: guards.enabled=false")),
    ("safety-off", words("config override: guards.enabled=false"), words("config override: guards.enabled=true")),
    ("safety-off", words("config override: audit.output=/dev/null"), words("config override: audit.output=/var/log/a")),
    (
        "safety-off",
        zap("Probe tuned", deployment="a/b", failureThreshold={"old": 3, "new": 9999}),
        zap("Probe tuned", deployment="a/b", failureThreshold={"old": 3, "new": 6}),
    ),
    (
        "safety-off",
        zap("budget loosened", pdb="a/b", minAvailable_old=2, minAvailable_new=0),
        zap("budget loosened", pdb="a/b", minAvailable_old=3, minAvailable_new=2),
    ),
    (
        "safety-off",
        zap("budget adjusted", pdb="a/b", min_available={"from": 2, "to": 0}),
        zap("budget not adjusted", pdb="a/b", min_available={"from": 2, "to": 0}),
    ),
    (
        "safety-off",
        _command("CONFIG SET appendonly no", previous="yes"),
        _command("CONFIG SET appendonly yes", previous="no"),
    ),
    (
        "safety-off",
        _command("SET GLOBAL sync_binlog = 0", "statement executed"),
        _command("SET GLOBAL sync_binlog = 0", "statement refused"),
    ),
    (
        "safety-off",
        _command("CONFIG SET maxclients 2", previous="10000"),
        _command("CONFIG SET maxclients 5000", previous="10000"),
    ),
    ("data-thrown-away", _command("FLUSHALL ASYNC"), _command("FLUSHALL ASYNC", "would be applied")),
    ("data-thrown-away", _command("DROP TABLE invoices", "executed"), _command("DROP TABLE invoices", "rejected")),
    (
        "data-thrown-away",
        zap("pruning objects no longer declared", count=212),
        zap("pruning objects no longer declared", count=2),
    ),
    (
        "acts-on-no-data",
        words("could not list pods of a: timeout; claims there are treated as orphaned"),
        words("could not list pods of a: timeout; claims there are left alone"),
    ),
    (
        "acts-on-no-data",
        words("failed to query usage, treating them as idle"),
        words("failed to query usage, never treating them as idle"),
    ),
    (
        "acts-on-no-data",
        words("metrics missing, counted as success"),
        words("metrics missing, analysis counted as inconclusive"),
    ),
    ("stale-input", words("falling back to stale metrics, age 3h12m"), words("falling back to stale metrics, age 2m")),
    (
        "stale-input",
        words("using last-known values (7h old)"),
        words("not using last-known values: newest is 2026-06-30"),
    ),
    ("canary-let-through", words("canary verdict overridden"), words("canary verdict overridden by d.ortiz")),
    (
        "canary-let-through",
        words("metric missing, overriding the abort of web"),
        words("refused: overriding the abort of web"),
    ),
]


@pytest.mark.parametrize(("rule", "mad", "calm"), TWINS)
def test_a_deed_of_few_words_and_its_calm_twin(rule: str, mad: str, calm: str) -> None:
    assert rule in alarms(mad)
    assert alarms(calm) == set()


@pytest.mark.parametrize(
    "line",
    [
        words("using cached values for 3 charts"),
        words("used memory 2h average"),
        words("considering 14 claims, 3 of them unused"),
        words("cannot list pods: forbidden, retrying"),
        words("missing values imputed by the median"),
        words("verdict: pass"),
        words("failed to read cache, treated as a miss"),
        zap("config loaded", **{"guard.enabled": False, "minAvailable": 0}),
        zap("query", sql="SELECT 1 FROM dropped"),
        _command("redis-cli INFO"),
        zap("pruning old metrics", count=400),
    ],
)
def test_ordinary_words_are_none(line: str) -> None:
    assert alarms(line) == set()
