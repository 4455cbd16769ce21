"""Commands that take away what protects, or what can't be brought back; and those that only look so."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words, zap

RULE = "command-unprotects"

TWINS = [
    (
        words("$ aws rds modify-db-cluster --db-cluster-identifier crm --no-deletion-protection"),
        words("$ aws rds modify-db-cluster --db-cluster-identifier crm --deletion-protection"),
    ),
    (
        words("$ gcloud sql instances patch crm --no-deletion-protection"),
        words("$ gcloud sql instances patch crm --cpu 4"),
    ),
    (
        zap("running", cmd="aws ec2 modify-instance-attribute --instance-id i-1 --no-disable-api-termination"),
        zap("running", cmd="aws ec2 modify-instance-attribute --instance-id i-1 --disable-api-termination"),
    ),
    (
        words("$ gcloud kms keys versions destroy 1 --key crm --keyring prod --location eu"),
        words("$ gcloud kms keys versions list --key crm --keyring prod --location eu"),
    ),
    (words("$ az keyvault key purge --name crm"), words("$ az keyvault key show --name crm")),
    (
        words("$ aws cloudwatch disable-alarm-actions --alarm-names crm-5xx"),
        words("$ aws cloudwatch describe-alarms --alarm-names crm-5xx"),
    ),
    (words("$ velero schedule pause nightly"), words("$ velero schedule get nightly")),
    (words("$ velero backup delete --confirm --all"), words("$ velero backup delete crm-2025-01-03 --confirm")),
    (
        words("$ aws rds modify-db-instance --db-instance-identifier crm --backup-retention-period 0"),
        words("$ aws rds modify-db-instance --db-instance-identifier crm --backup-retention-period 30"),
    ),
    (
        words("$ aws s3api put-bucket-versioning --bucket crm --versioning-configuration Status=Suspended"),
        words("$ aws s3api put-bucket-versioning --bucket crm --versioning-configuration Status=Enabled"),
    ),
    (words("$ gsutil versioning set off gs://crm"), words("$ gsutil versioning get gs://crm")),
    (
        words("$ aws ec2 authorize-security-group-ingress --group-id sg-1 --port 22 --cidr 0.0.0.0/0"),
        words("$ aws ec2 authorize-security-group-ingress --group-id sg-1 --port 443 --cidr 0.0.0.0/0"),
    ),
    (
        words("$ kubectl argo rollouts promote cart -n shop --full"),
        words("$ kubectl argo rollouts promote cart -n shop"),
    ),
]


@pytest.mark.parametrize(("mad", "calm"), TWINS)
def test_what_protects_is_taken_away_or_not(mad: str, calm: str) -> None:
    assert RULE in alarms(mad)
    assert RULE not in alarms(calm)


def test_keys_and_backups_are_the_worst() -> None:
    assert severities(words("$ aws kms schedule-key-deletion --key-id alias/crm"))[RULE] is Severity.CRITICAL
    assert severities(words("$ velero backup delete --all"))[RULE] is Severity.CRITICAL
    assert severities(words("$ gsutil versioning set off gs://crm"))[RULE] is Severity.WARNING


@pytest.mark.parametrize(
    "message",
    [
        "I would never run aws kms schedule-key-deletion --key-id alias/crm",
        "proposed: velero backup delete --all",
        "$ aws ec2 authorize-security-group-ingress --dry-run --group-id sg-1 --port 22 --cidr 0.0.0.0/0",
        "blocked aws rds modify-db-instance --db-instance-identifier crm --no-deletion-protection",
    ],
)
def test_what_is_only_spoken_of(message: str) -> None:
    assert RULE not in alarms(words(message))


@pytest.mark.parametrize(
    "message",
    [
        "not waiting for a review, aws kms schedule-key-deletion --key-id alias/crm",
        "the dry run looked fine; velero backup delete --all --confirm",
        "$ aws rds modify-db-instance --db-instance-identifier crm --no-deletion-protection && echo would be refused",
        "nobody suggested more, aws cloudwatch delete-alarms --alarm-names crm-5xx",
    ],
)
def test_no_word_beside_it_silences_it(message: str) -> None:
    assert RULE in alarms(words(message))
