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


STORES = [
    ("safety-off", words("Set unclean.leader.election.enable=true on all topics"),
     words("Set unclean.leader.election.enable=false on all topics")),
    ("safety-off", words("updating number_of_replicas from [2] to [0]"),
     words("updating number_of_replicas from [0] to [2]")),
    ("safety-off", zap("versioning changed", bucket="a", **{"from": "Enabled", "to": "Suspended"}),
     zap("versioning changed", bucket="a", **{"from": "Suspended", "to": "Enabled"})),
    ("safety-off", zap("act", action="set_param", name="safety_limits", old=True, new=False),
     zap("act", action="set_param", name="safety_limits", old=False, new=True)),
    ("data-thrown-away", words("scheduling key deletion of alias/crm in 7 days"), words("key deletion cancelled")),
    ("data-thrown-away", zap("deleted objects", bucket="crm-dumps", deleted=9120, remaining=0),
     zap("deleted objects", bucket="crm-dumps", deleted=9120, remaining=71002)),
    ("store-stripped", words("RESET BINARY LOGS AND GTIDS on db-2"),
     words("RESET MASTER on new replica db-2, before it follows")),
    ("store-stripped", words("SELECT pg_drop_replication_slot('b')"),
     words("SELECT pg_drop_replication_slot('b') inactive for 9d")),
    ("trust-broken", words("Revoked intermediate CN=Acme Issuing 3"),
     words("Revoked certificate CN=host-12 of a host that is gone")),
    ("trust-broken", words("mass revocation done: 312 revoked"), words("mass revocation done: 3 revoked")),
    ("requests-refused", zap("set weight", server="a/b", **{"from": 10, "to": "NaN"}),
     zap("set weight", server="a/b", **{"from": 10, "to": 20})),
    ("weights-absurd", zap("updated traffic weights", **{"blue.weight": 120, "green.weight": -20}),
     zap("updated traffic weights", **{"blue.weight": 80, "green.weight": 20})),
    ("weights-absurd", words("patching Ingress a/b: annotation nginx.ingress.kubernetes.io/canary-weight set to 900"),
     words("patching Ingress a/b: annotation nginx.ingress.kubernetes.io/canary-weight set to 90")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "mad", "calm"), STORES)
def test_a_store_or_a_door_and_its_calm_twin(rule: str, mad: str, calm: str) -> None:
    assert rule in alarms(mad)
    assert alarms(calm) == set()


def test_names_are_not_forgotten() -> None:
    calm = [twin[2] for twin in (*TWINS, *STORES)]
    for rule, mad, _ in (*TWINS, *STORES):
        assert rule in alarms(*calm[:4], mad)


def test_what_the_server_answered_is_no_value() -> None:
    call = "patch_namespaced_deployment_scale(name='a', namespace='b', body={'spec': {'replicas': 0}}) -> 200"
    assert alarms(words(call)) == {"replicas-zero"}
    assert alarms(words(call.replace("0}}", "4}}"))) == set()
    assert alarms("2026-09-30 01:00:00,640 INFO  [a.b.Scaler] (executor-thread-4) web/cart 40 -> 2 replicas") == {
        "replicas-cut"
    }
