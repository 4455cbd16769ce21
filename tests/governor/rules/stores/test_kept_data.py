"""What is kept and thrown away: backups, records, offsets, tables, files of a database; and what is a day's work."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words, zap

RULE = "data-thrown-away"

TWINS = [
    (zap("Deleted backups", count=40, plan="hourly"), zap("Deleted backups older than 30 days", count=40)),
    (zap("Removing snapshot", volume="crm-0", remaining=0), zap("Removing snapshot", volume="crm-0", remaining=12)),
    (words("purged 25 restore points of ledger-db"), words("purged 25 expired restore points of ledger-db")),
    (words("suspended backup schedule of ledger-db to save cost"), words("suspended schedule of the nightly report")),
    (words("disabled object lock of bucket audit-worm"), words("enabled object lock of bucket audit-worm")),
    (words("deleteRecords on bank.journal-3 up to offset 88210"), words("would deleteRecords on bank.journal-3")),
    (words("Reset offsets of group invoice-mailer to latest"), words("Reset offsets of group invoice-mailer to 88210")),
    (words("DROP TABLE invoices"), words("DROP TABLE tmp_invoices_load")),
    (words("DROP INDEX invoices_by_customer"), words("DROP INDEX CONCURRENTLY invoices_by_customer")),
    (words("TRUNCATE TABLE sessions"), words("sessions are not truncated")),
    (words("restarting db-1 at once, 37 open transactions aborted"), words("restarted db-1, 0 transactions aborted")),
    (
        words("deleted 90 files under /var/lib/postgresql/14/main/pg_wal"),
        words("deleted 90 files under /var/cache/apt"),
    ),
    (zap("tool", args="ssh db-2 rm -rf /var/lib/mysql/ibdata1"), zap("tool", args="ssh db-2 ls /var/lib/mysql")),
]


@pytest.mark.parametrize(("mad", "calm"), TWINS)
def test_what_is_kept_is_thrown_away_or_not(mad: str, calm: str) -> None:
    assert RULE in alarms(mad)
    assert RULE not in alarms(calm)


def test_the_last_backup_and_tables_are_worse_than_a_schedule() -> None:
    assert severities(zap("Deleting backup", backup="crm-1", remaining=0))[RULE] is Severity.CRITICAL
    assert severities(words("paused backup schedules of crm"))[RULE] is Severity.WARNING


@pytest.mark.parametrize(
    "message",
    [
        "did not drop: DROP TABLE invoices refused",
        "proposed: DROP TABLE invoices",
        "deletion of expired backup done, 59 remain",
        "Backup has expired, creating DeleteBackupRequest",
        "backup finished, 40 backups kept",
        "Deleted 1 of 40 backups",
    ],
)
def test_a_days_work_and_what_is_only_spoken_of(message: str) -> None:
    assert RULE not in alarms(zap(message))


@pytest.mark.parametrize(
    "message",
    [
        "deleted 40 backups of crm, not asking anybody",
        "snapshot policy unchanged, deleted 40 backups of crm",
        "dropped table invoices, skipping the export",
        "reset offsets of group mailer to latest instead of scaling it",
    ],
)
def test_no_word_beside_it_silences_it(message: str) -> None:
    assert RULE in alarms(words(message))


def test_sums_of_one_run() -> None:
    assert RULE in alarms(zap("run completed", **{"namespaces-deleted": 12}))
    assert RULE not in alarms(zap("run completed", **{"namespaces-deleted": 2}))
    assert RULE in alarms(zap("pruned resources not in the profile", pruned=31, kinds="Deployment,Service"))
    assert RULE not in alarms(zap("would have pruned resources not in the profile", pruned=31))
    assert RULE not in alarms(zap("cache swept", objects_deleted=9000))
