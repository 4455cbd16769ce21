"""No secret gets into the journal or the evidence, however it is wrapped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.journal.evidence import EvidenceFolder, check
from opsconsole.journal.writer import FILE, Journal
from opsconsole.masking import MASK, cursor, mask, mask_text, texts
from opsconsole.masking.line import Scan
from opsconsole.masking.objects import MAX_VALUES, TOO_DEEP, TOO_LONG, TOO_MUCH
from opsconsole.masking.texts import MAX_TEXT
from tests.journal.conftest import WHO
from tests.support.clock import ManualClock

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


WRAPPINGS += [
    {"args": ["--password", NEEDLE]},
    {"args": ["-x", "--redis-password", NEEDLE, "--verbose"]},
    {"args": [f"--api-key={NEEDLE}"]},
    {"command": ["sh", "-c", f"exec run --token '{NEEDLE}'"]},
    {
        "env": [
            {"name": "MYSQL_PWD", "value": NEEDLE},
            {"name": "REDIS_URL", "value": f"redis://:{NEEDLE}@cache:6379/0"},
        ]
    },
    {"env": [{"name": "SMTP_PASS", "value": NEEDLE}]},
    {"args": [f"Authorization: Bearer {NEEDLE}"]},
    f"redis://:{NEEDLE}/with/slashes@cache:6379",
    f"amqp://user:{NEEDLE}@mq:5672/vhost and amqp://user:{NEEDLE}@mq",
    f"Authorization: Digest username=x, response={NEEDLE}",
    f"Cookie: session={NEEDLE}; other={NEEDLE}",
    f"export AWS_SECRET_ACCESS_KEY={NEEDLE}",
    f"x-api-key: {NEEDLE}",
    f"clients: - user: {{client-key-data: {NEEDLE}}}",
    {".dockerconfigjson": json.dumps({"auths": {"r.example": {"auth": NEEDLE}}})},
    {"auths": {"r.example": {"auth": NEEDLE}}},
    {
        "metadata": {
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": json.dumps(
                    {"kind": "Secret", "data": {"x": NEEDLE}}
                )
            }
        }
    },
    {"stages": [{"inner": json.dumps({"inner": json.dumps({"password": NEEDLE})})}]},
    f"-----BEGIN OPENSSH PRIVATE KEY-----\\n{NEEDLE}\\n-----END OPENSSH PRIVATE KEY-----",
]


@pytest.mark.parametrize("wrapped", WRAPPINGS, ids=lambda each: str(each)[:40])
def test_a_secret_is_masked_in_the_journal_and_in_the_evidence(wrapped: Any, tmp_path: Path) -> None:
    Journal(tmp_path, ManualClock(), lambda: WHO).append("note", {"deep": [{"er": wrapped}]})
    text = (tmp_path / FILE).read_text()
    assert NEEDLE not in text
    assert MASK in text
    folder = EvidenceFolder(tmp_path, "run")
    exhibit = folder.keep("log", wrapped if isinstance(wrapped, str) else json.dumps(mask(wrapped)))
    assert exhibit is not None
    assert NEEDLE not in (tmp_path / exhibit.file).read_text()


def test_a_bare_token_is_known_by_its_looks() -> None:
    assert mask_text(f"got {JWT} from somewhere") == f"got {MASK} from somewhere"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_redaction_keeps_the_shape_and_never_raises(value: Any) -> None:
    masked = mask(value)
    assert mask(masked) == masked
    if isinstance(value, dict):
        assert masked.keys() == value.keys()


@given(st.dictionaries(st.sampled_from(["password", "token", "X-Api-Key", "clientSecret"]), st.text(min_size=1)))
def test_nothing_but_masks_is_left_under_a_secret_name(value: dict[str, str]) -> None:
    assert set(mask(value).values()) <= {MASK}


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
    assert mask(harmless) == harmless


def test_json_stays_json() -> None:
    line = json.dumps({"token": NEEDLE, "nested": {"password": 'with "quotes" inside'}, "tokens": 17})
    assert json.loads(mask_text(line)) == {"token": MASK, "nested": {"password": MASK}, "tokens": 17}


@pytest.mark.parametrize(
    "token",
    ["AKIAIOSFODNN7EXAMPLE", "ghp_" + "a" * 36, "xoxb-1234567890-abcdef", "hf_" + "x" * 30, "sk-" + "k" * 40, JWT],
)
def test_well_known_tokens_are_masked_without_a_name(token: str) -> None:
    assert mask_text(f"using {token}, as told") == f"using {MASK}, as told"


HOSTILE = [
    "password=",
    "token token token ",
    'token="',
    "eyJ",
    "-eyJ-",
    "eyJaaaaaaaa.",
    "://",
    "x://u:p",
    "://a:b/",
    "Bearer ",
    "Basic Basic",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ",
    "--password ",
    "\\",
    '\\"secret\\":',
    "[redacted]",
    "key: {",
    "AKIA",
    "@",
    "vault login ",
    "echo x | chpasswd ",
    "curl -u ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_on_a_hostile_line_grows_no_faster_than_the_line(piece: str) -> None:
    for size in (1_000, 20_000):
        scan = Scan(piece * size)
        scan.run()
        assert scan.steps <= 3 * len(piece) * size + 10


@given(st.lists(st.sampled_from([*HOSTILE, " ", "\n", "x", '"', "'", "=", ":", "/", "7"]), max_size=60).map("".join))
def test_masking_text_is_linear_idempotent_and_never_raises(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once
    scan = Scan(text)
    scan.run()
    assert scan.steps <= 3 * len(text) + 10


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize("size", [1 << 20, 4 << 20])
def test_one_long_line_is_masked_and_not_stared_at(size: int) -> None:
    line = ("password=" + "x" * 50 + " ") * (size // 60)
    assert "xxx" not in mask_text(line)
    assert mask_text("a" * size) == "a" * size
    assert mask_text("-" * size + "secret") == "-" * size + "secret"


@pytest.mark.parametrize("deep", [65, 400, 5_000, 100_000])
def test_a_value_nested_too_deep_is_cut_and_said(deep: int) -> None:
    text = '{"a":' * deep + '"x"' + "}" * deep
    masked = mask({"metadata": {"annotations": {"trap": text, "other": f"password={NEEDLE}"}}})
    assert NEEDLE not in str(masked)
    value: Any = "x"
    for _ in range(min(deep, 900)):
        value = {"a": [value]}
    assert TOO_DEEP in json.dumps(mask(value))


def test_an_endless_value_is_cut_and_said() -> None:
    assert TOO_MUCH in mask([[1] for _ in range(MAX_VALUES)])


def test_what_stands_behind_a_forged_key_mark_is_not_lost() -> None:
    forged = "-----BEGIN PRIVATE KEY-----\n" + "the evidence goes on\n" * 2_000
    assert "the evidence goes on" in mask_text(forged)


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


def test_no_search_holds_the_interpreter_over_a_whole_log(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    hints = texts._hints
    monkeypatch.setattr(texts, "_hints", lambda piece: lengths.append(len(piece)) or hints(piece))
    monkeypatch.setattr(cursor, "_TOKEN", None)  # nothing here is worth a look at its tokens
    mask_text("x y " * 500_000)
    assert 0 < max(lengths) < 100_000


@pytest.mark.parametrize("before", [65_530, 65_536, 65_540, 131_070, 700_000])
def test_a_secret_across_two_pieces_of_a_long_line_is_masked(before: int) -> None:
    masked = mask_text("." * before + f" password={NEEDLE} end")
    assert NEEDLE not in masked
    assert masked.endswith(" end")


def test_what_is_too_much_to_look_at_is_left_out_and_said() -> None:
    masked = mask_text("a" * MAX_TEXT + f" password={NEEDLE}")
    assert NEEDLE not in masked
    assert masked.endswith("characters, too many to look at]")
    many = mask({"texts": ["a" * MAX_TEXT, "b" * MAX_TEXT, f"password={NEEDLE}", "c"]})
    assert many["texts"][2] == TOO_LONG
    assert many["texts"][0] == "a" * MAX_TEXT
