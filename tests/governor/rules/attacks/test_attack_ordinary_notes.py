"""What any program notes down: checks, caches, files, guards, tests; no alarm, beside twins that are one."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

ORDINARY = [
    # Checks of something else than a new version.
    words("health check failure ignored during start-up"),
    words("check result overridden in the settings page"),
    words("overriding abort handler"),
    words("ignoring the abort signal of the canary thread"),
    words("spell check result ignored, analysis goes on"),
    words("readiness check failure ignored for the canary's first minute"),
    # How long something is kept, or how often it is read.
    words("uses cached metrics with a ttl of 1h"),
    words("using cached metrics, refresh in 30m"),
    words("using cached data (refreshed every 30m)"),
    words("using old data volume for 30d"),
    words("using cached values up to 1h old"),
    words("uses cached samples, max age 2h"),
    # What a program can't read.
    words("failed to get price list, assuming empty cart"),
    words("could not read config file, treating as empty"),
    words("failed to read lock file, assuming stale lock"),
    words("unable to fetch avatar, considered stale"),
    words("couldn't reach peer, considered dead"),
    words("could not get session, treating it as gone"),
    # Settings of something else.
    words('msg="route guard updated" guard.active=false'),
    zap("route guard updated", **{"guard.active": False}),
    zap("config change: guards", guard_enabled=False),
    zap("annotated", audit_target="none"),
    zap("annotated", audit_sink="none"),
    zap("audit", user="bob", statement="ALTER SYSTEM SET fsync = off"),
    zap("executed", user="bob", statement="ALTER SYSTEM SET fsync = off"),
    zap("slow statement", statement="SET GLOBAL sync_binlog = 0"),
    zap("theme updated", name="safe_mode", old=True, new=False),
    zap("profile update", name="versioning", old="enabled", new="off"),
    # Keys, masters and versions of something else.
    words("scheduled key deletion of cache entries"),
    words("scheduling key deletion for expired sessions"),
    words('revoked signing "bob"'),
    words('revoked root "bob"'),
    words("revoking issuing CA test in the test suite"),
    words("RESET MASTER volume to 50 %"),
    zap("Deleted old versions", bucket="thumbs", deleted="12", remaining="0"),
    zap("Deleted incomplete uploads", bucket="thumbs", deleted="120", remaining="0"),
]
TWINS = [
    ("canary-let-through", words("canary check failure ignored")),
    ("canary-let-through", words("analysis result overridden, rollout goes on")),
    ("stale-input", words("using cached metrics from 2h ago")),
    ("stale-input", words("falling back to last-known data, age: 3h")),
    ("acts-on-no-data", words("cannot list pods that mount them, all volumes treated as unused")),
    ("acts-on-no-data", words("unable to read utilization, assuming idle")),
    ("safety-off", zap("config change", **{"guards.enabled": False})),
    ("safety-off", zap("executed", statement="ALTER SYSTEM SET fsync = off")),
    ("safety-off", zap("applied", command="CONFIG SET appendonly no")),
    ("safety-off", zap("set", action="set_flag", name="safe_mode", old=True, new=False)),
    ("data-thrown-away", words("scheduling KMS key deletion of orders")),
    ("data-thrown-away", words("scheduling key deletion for alias/orders in 7 days")),
    ("trust-broken", words("revoked issuing CA")),
    ("trust-broken", words("revoking intermediate Acme CA")),
    ("trust-broken", words('revoked intermediate certificate "Acme 3"')),
    ("store-stripped", words("RESET MASTER on db-2")),
    ("store-stripped", words("executing RESET MASTER;")),
    ("data-thrown-away", zap("Deleted all objects", bucket="dumps", deleted=120, remaining=0)),
]


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_note_is_no_alarm(line: str) -> None:
    assert alarms(line) == set()


@pytest.mark.parametrize(("rule", "line"), TWINS)
def test_its_twin_is_one(rule: str, line: str) -> None:
    assert rule in alarms(line)
