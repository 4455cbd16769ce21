"""No secret gets into the journal or the evidence, however it is wrapped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.journal.evidence import EvidenceFolder, check
from opsconsole.journal.redact import MASK, redact, redact_text
from opsconsole.journal.writer import FILE, Journal
from tests.journal.conftest import WHO, StillClock

NEEDLE = "S3cr3t-N33dle-0815"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl"

WRAPPINGS: list[Any] = [
    {"kind": "Secret", "data": {"anything": NEEDLE}},
    {"kind": "Secret", "stringData": {"anything": NEEDLE}},
    {"type": "kubernetes.io/service-account-token", "data": {"ca.crt": NEEDLE}},
    {"env": [{"name": "DB_PASSWORD", "value": NEEDLE}]},
    {"headers": [{"name": "Authorization", "value": NEEDLE}]},
    {"metadata": {"annotations": {"last": json.dumps({"env": [{"name": "API_KEY", "value": NEEDLE}]})}}},
    {"users": [{"user": {"token": NEEDLE}}]},
    {"user": {"client-key-data": NEEDLE}},
    {"auth": {"refresh_token": NEEDLE, "accessToken": NEEDLE, "id-token": NEEDLE}},
    {"tokens": [NEEDLE, NEEDLE]},
    {"data": {"aws_secret_access_key": NEEDLE}},
    f"curl -H 'Authorization: Bearer {NEEDLE}' https://x",
    f"curl -H 'authorization: basic {NEEDLE}'",
    f"connecting to postgres://admin:{NEEDLE}@db/prod",
    f"started with --password {NEEDLE} --verbose",
    f"started with --api-key={NEEDLE}",
    f"PGPASSWORD={NEEDLE} psql",
    f'{{"level": "INFO", "token": "{NEEDLE}"}}',
    f'said {{"password" : "{NEEDLE} with spaces"}} and went on',
    f"password: '{NEEDLE}'",
    f'password: "{NEEDLE} and the line was cut',
    f"-----BEGIN RSA PRIVATE KEY-----\n{NEEDLE}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{NEEDLE}",
]


@pytest.mark.parametrize("wrapped", WRAPPINGS, ids=lambda each: str(each)[:40])
def test_a_secret_is_masked_in_the_journal_and_in_the_evidence(wrapped: Any, tmp_path: Path) -> None:
    Journal(tmp_path, StillClock(), lambda: WHO).append("note", {"deep": [{"er": wrapped}]})
    text = (tmp_path / FILE).read_text()
    assert NEEDLE not in text
    assert MASK in text
    folder = EvidenceFolder(tmp_path, "run")
    exhibit = folder.keep("log", wrapped if isinstance(wrapped, str) else json.dumps(redact(wrapped)))
    assert exhibit is not None
    assert NEEDLE not in (tmp_path / exhibit.file).read_text()


def test_a_bare_token_is_known_by_its_looks() -> None:
    assert redact_text(f"got {JWT} from somewhere") == f"got {MASK} from somewhere"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_redaction_keeps_the_shape_and_never_raises(value: Any) -> None:
    masked = redact(value)
    assert redact(masked) == masked
    if isinstance(value, dict):
        assert masked.keys() == value.keys()


@given(st.dictionaries(st.sampled_from(["password", "token", "X-Api-Key", "clientSecret"]), st.text(min_size=1)))
def test_nothing_but_masks_is_left_under_a_secret_name(value: dict[str, str]) -> None:
    assert set(redact(value).values()) <= {MASK}


@pytest.mark.parametrize(
    "harmless",
    [
        {"automountServiceAccountToken": True, "imagePullSecrets": [{"name": "registry"}]},
        {"valueFrom": {"secretKeyRef": {"name": "db", "key": "dsn"}}},
        {"rules": [{"resources": ["secrets", "serviceaccounts/token"], "verbs": ["get"]}]},
        {"subjects": [{"kind": "ServiceAccount", "name": "aura", "namespace": "ops"}]},
        "kubectl scale deployment/aura -n ops --replicas=0",
        "max_tokens=4096 temperature=0.7",
    ],
)
def test_what_is_needed_for_undo_and_for_reading_stays(harmless: Any) -> None:
    assert redact(harmless) == harmless


def test_json_stays_json() -> None:
    line = json.dumps({"token": NEEDLE, "nested": {"password": 'with "quotes" inside'}, "tokens": 17})
    assert json.loads(redact_text(line)) == {"token": MASK, "nested": {"password": MASK}, "tokens": 17}


def test_changed_evidence_is_detected(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, "run")
    exhibit = folder.keep("../../etc/pod log", "lines\n")
    assert exhibit is not None
    assert exhibit.file.startswith("evidence/run/")
    assert check(tmp_path, exhibit) == ""
    (tmp_path / exhibit.file).write_text("other lines\n")
    assert "was changed" in check(tmp_path, exhibit)
    (tmp_path / exhibit.file).unlink()
    assert "is gone" in check(tmp_path, exhibit)


def test_evidence_that_comes_too_late_is_dropped(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, "run")
    folder.keep("in-time", "x")
    assert len(folder.close()) == 1
    assert folder.keep("late", "x") is None
    assert [path.name for path in folder.path.iterdir()] == ["in-time"]
