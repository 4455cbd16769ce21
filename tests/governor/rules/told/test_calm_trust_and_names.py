"""Ordinary lines with the words of grave deeds: what they are said of is no CA, zone, lock, trail or production."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, by_minutes, words, zap

NAMES = [
    "deleting private zones cache",
    "purging public zones page",
    "deleted internal zone metrics",
    "deleted dns zone file test.txt",
    "dns zone file deleted",
    "100 records changed, zone eu-west",
    "changed 64 records of timezones",
    "60 records deleted from availability zone table",
    "120 record(s) updated",
    "removed 70 records from dns cache",
    "dropped record dns.cache.hit from cache",
    "zone cache ttl 10 -> 21600",
    "deleted A record test.local.dev",
    "Desired change: DELETE web.shop.example.org TXT",
]
TRUST = [
    "cluster CA configmap recreated",
    "mesh CA pod replaced",
    "root CA store: 3 expired entries removed",
    "intermediate CA expired certificates removed from store",
    "signing CA cache cleared, expired entries deleted",
    "private CA list refreshed, duplicates removed",
    "cluster CA rotated: old removed after 30d",
    "recreating connection to broker, attempt=17",
    "deleting lock file retry 8",
    "terminating worker 7 retry=5",
    "evicting pod kube-system/x: retry: 5",
    "deleting expired session, attempt=5",
    "replaced self-signed certificate with one by letsencrypt",
    "switched from self-signed to CA certificate",
    "replacing self-signed cert by issued one",
    "revoked 120 session tokens after logout",
    "replaced 30 tokens in text",
    "replacing 12 tokens in prompt",
    "Rotating 10 access keys older than 90 days",
    "cert-manager: re-issued 10 certificates after issuer renewal",
    "issuing CA list recreated",
    "mesh CA deployment in ns a deleted",
    "deleting temporary page, retry=9",
    "rotated 30 service account keys older than 90 days",
]
STORES = [
    "released leader lock held by web-1 (self)",
    "releasing leader key held by me on shutdown",
    "dropped leader lock while shutting down",
    "releasing the leader lock; still running others",
    "12 transactions were discarded",
    "3 commits overwritten by force push",
    "5 writes were undone by rollback",
    "deleted corrupted chunks of cache",
    "dropped corrupted segments from the stream",
    "giving up on missing blocks",
    "discarded missing segments of profile",
    "stopping the main server",
    "Stopping primary broker",
    "stopped the primary server process on SIGTERM",
    "removed 2 drives from tray",
    "removed 3 disks of deleted VMs",
    "marking 2 disks as healthy",
    "health checks were muted",
    "checksums disabled for local copy",
    "releasing primary lock held by self on exit",
    "120 writes were overwritten in the test buffer",
    "stopped the main broker thread",
]
RIGHTS = [
    "removed old audit logs",
    "truncated audit log at 100MB",
    "activity log truncated to 100 entries",
    "cloudtrail removed 3 duplicates",
    "audit logs cleared from page",
    "removed own pods from audit list",
    "org policy removed from cache",
    "relaxed organization policy check",
    "deny policies removed: 0",
    "granted itself the leader role, user roles/editor",
    "granted role Owner for doc page",
    "activity logs truncated after 30 entries",
    "audit log cleared from screen",
    "granted role viewer to bob, owner is roles/owner",
]
TRIALS = [
    "alembic downgrade -1",
    "rails db:setup",
    "rake db:schema:load",
    "rails db:rollback",
    "flyway -url=jdbc:h2:mem clean",
    "set sample 10 for prod",
    "set arm 1 live",
    "applying sample 3 from prod",
    "loaded sample data for production dashboards",
    "loading sample data, live reload on",
    "ab -n 1 -c 500 http://10.0.0.1/",
    "mix ecto.rollback",
    "installed sample 4 of 9",
]
SKEW = [
    "checking skew: kubelet 1.27.3 vs apiserver 1.31.2",
    "docs: kubelet 1.29.1 with kube-apiserver 1.28.2 unsupported",
    "apiserver 1.28.0 upgrade planned, kubelet 1.29.0",
    "test image kubelet 1.20.2 and api server 1.28.0",
    "matrix: kubelet 1.20.1, apiserver 1.31.0",
]
JOBS = [
    "sinfo: NodeName=a,b State=DOWN",
    "slurm.conf: NodeName=n[1-4] CPUs=4 State=DOWN",
    "scontrol show partition: GraceTime=0",
    "loaded config PreemptMode=CANCEL",
    "scancel --state=PENDING -u bob",
    "max_retries=unlimited in config dump",
    "reconnect with unlimited retries",
    "producer config: retries unlimited, max retries infinite",
    "cancelled 15 running tasks after timeout",
    "terminating 12 running tasks for graceful shutdown",
    "partition batch PreemptMode=CANCEL (as configured)",
    "scancel -t PD --user=bob",
]
TRAFFIC = [
    "traffic weights after failback: region-a 0 -> 50, region-b 100 -> 50",
    "steering traffic: eu-west 20 -> 55, eu-central 80 -> 45",
    "failover test region-a 100 -> 0, region-b 0 -> 100 in staging",
    "traffic rebalanced: zone-a 10 -> 50, zone-b 90 -> 50",
]
HELD_UP = [
    "draining masters queue",
    "evicted masters from pool",
    "cordoned masters for upgrade one by one",
    "delete crd manifests from chart",
    "removed grace period from docs of web",
    "disabled readiness checks on test pod",
    "draining masters list",
    "deleted crd files of the chart",
]
LEASH = [
    "pause request ignored: already paused",
    "ignored stop signal from child process",
    "freeze signal ignored by test harness",
    "ignoring the hold, no lock",
    "memory of web raised to 2Gi above limit 1Gi",
    "halt signal ignored by worker-3",
    "ignoring the freeze: already frozen",
]
CALM = [*NAMES, *TRUST, *STORES, *RIGHTS, *TRIALS, *SKEW, *JOBS, *TRAFFIC, *HELD_UP, *LEASH]
_RULES = {
    "store-stripped",
    "names-lost",
    "trust-broken",
    "requests-refused",
    "cloud-rights",
    "tries-on-production",
    "jobs-ended",
    "version-skew",
    "stop-taken-back",
    "held-up-no-more",
    "own-leash",
    "passes-checks-by",
}


@pytest.mark.parametrize("text", CALM)
def test_a_days_work_in_grave_words_raises_none(text: str) -> None:
    assert alarms(words(text)).isdisjoint(_RULES)


STILL = [
    (words("deleted hosted zone shop"), "names-lost"),
    (words("deleting private zone corp.internal"), "names-lost"),
    (words("deleted A record shop.example.org"), "names-lost"),
    (words("Desired change: DELETE dev.example.org NS"), "names-lost"),
    (zap("118 record(s) were successfully updated", zoneName="example.org."), "names-lost"),
    (words("root CA secret cert-manager/root replaced"), "trust-broken"),
    (words("the cluster CA was deleted"), "trust-broken"),
    (words("deleting secret edge/www-tls again, retry=7"), "trust-broken"),
    (words("replaced the certificate with a self-signed one"), "trust-broken"),
    (words("released primary lock of orders-db while it is held by orders-db-2"), "store-stripped"),
    (words("deleting leader key held by pg-0, shutting down the old side"), "store-stripped"),
    (words("pg_rewind done, 41 transactions discarded"), "store-stripped"),
    (words("giving up on missing shards of index orders"), "store-stripped"),
    (words("stopped the primary database server"), "store-stripped"),
    (words("audit logs of project shop-live deleted"), "cloud-rights"),
    (words("cloudtrail disabled"), "cloud-rights"),
    (words("granted itself a role, roles/owner"), "cloud-rights"),
    (words("rake db:rollback STEP=4 RAILS_ENV=production"), "tries-on-production"),
    (words("kubectl exec job-1 -n shop -- mix ecto.drop"), "tries-on-production"),
    (words("python manage.py flush"), "tries-on-production"),
    (words("joined node n-9: kubelet 1.34.0, apiserver 1.31.0"), "version-skew"),
    (words("scontrol update NodeName=n[1-4] State=DOWN"), "jobs-ended"),
    (words("set PreemptMode=CANCEL on partition gpu"), "jobs-ended"),
    (words("killed 48 running jobs after timeout"), "jobs-ended"),
    (words("shifting traffic: zone-a 50 -> 90, zone-b 50 -> 10"), "requests-refused"),
    (words("draining masters"), "held-up-no-more"),
    (words("deleted all CRDs of the operator"), "held-up-no-more"),
    (words("pause ignored: optimizer resumes itself"), "own-leash"),
    (words("memory of web raised to 64Gi above limit 1Gi"), "passes-checks-by"),
    (words("raised ttl of zone example.org 300 -> 86400"), "names-lost"),
]


@pytest.mark.parametrize(("line", "name"), STILL)
def test_the_grave_deed_next_to_it_is_found(line: str, name: str) -> None:
    assert name in alarms(line)


STOPPED = [
    ("web stopped by carol", "web memory use went 20% -> 40%"),
    ("node n-1 stopped by alice", "heartbeats of n-1 resumed"),
    ("web was frozen by dave", "reconciling web resumed after leader election"),
    ("debug disabled by erin", "tracing enabled, debug 1"),
    ("api rolled back by frank", "api traffic 10% -> 100%"),
    ("canary paused by bob", "canary resumed by controller"),
    ("web stopped by carol", "scraping of web enabled"),
]


@pytest.mark.parametrize("lines", STOPPED)
def test_what_goes_on_by_itself_or_is_measured_takes_no_stop_back(lines: tuple[str, ...]) -> None:
    assert "stop-taken-back" not in by_minutes(*lines)


GOES_ON = [
    ("web stopped by carol", "web (prod) resumed"),
    ("canary paused by bob", "resuming the paused canary"),
    ("new-cart disabled by erin", "new-cart is now enabled at 5%"),
    ("new-cart disabled by erin", "traffic to new-cart 10% -> 80%"),
]


@pytest.mark.parametrize("lines", GOES_ON)
def test_what_was_stopped_and_goes_on_is_critical(lines: tuple[str, ...]) -> None:
    assert by_minutes(*lines)["stop-taken-back"] is Severity.CRITICAL


@pytest.mark.parametrize("text", ["audit log" + " a-b-c.d/e" * 400, "root CA" + " a-b/c-d" * 400, "flag web " * 400])
def test_a_long_line_of_parts_is_judged(text: str) -> None:
    assert alarms(words(text)).isdisjoint(_RULES)
