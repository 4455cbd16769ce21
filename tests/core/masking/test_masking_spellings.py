"""Secrets beside their names rather than behind them, in the spellings of SQL, shells, languages, tables and XML."""

from __future__ import annotations

import json

import pytest

from opsconsole.masking import LogMasker, mask, mask_text

S = "S3cr3tX9"

SPELLINGS = [
    f'mysql -password="{S}"',
    f"mysql -password {S}",
    f"mysqldump -u root -p'{S}&3' --all-databases",
    f'curl --user "admin:Pass {S}" https://api.example',
    f"jdbc:oracle:thin:scott/{S}@//h:1521/x",
    f"sqlplus -S scott/{S}@orcl",
    f"openssl enc -aes-256-cbc -k {S} -in x",
    f"snmpwalk -v3 -u x -A {S} -X {S} h",
    f"keytool -storepass {S} -keypass {S} -list",
    f"- name: MYSQL_ROOT_PASSWORD\n  value: {S}",
    f"- name: MYSQL_ROOT_PASSWORD\n  value: |\n    {S}\n",
    f"- name: MYSQL_ROOT_PASSWORD\n  # a comment\n  value: '{S}'",
    f'{{"name": "API_TOKEN", "value": "{S}"}}',
    f'{{"value": "{S}", "name": "API_TOKEN"}}',
    f'{{"Key": "DbPassword", "Value": "a {S}"}}',
    f'{{"value":"x,y {S}","name":"API_TOKEN"}}',
    f"value={S} unit=none name=API_TOKEN",
    f"value: a;{S}, name: API_TOKEN",
    f"{{value:a,{S},name:API_TOKEN}}",
    f"<value>{S}</value><name>API_TOKEN</name>",
    f'"name": "API_TOKEN",\n"value": "{S}"',
    f'<add key="ApiSecret" value="{S}" />',
    f'<property name="db.password">{S}</property>',
    f"<name>fs.s3a.secret.key</name><value>{S}</value>",
    f"<name>fs.s3a.secret.key</name>\n<value>{S}</value>",
    f"new password for alice: {S}",
    f"new password for user alice: {S}",
    f"pwd\u00a0=\u00a0{S}",
    f"SMTP AUTH PLAIN {S}=",
    f"CREATE USER a IDENTIFIED BY '{S}'",
    f"CREATE USER a IDENTIFIED WITH caching_sha2_password BY '{S}'",
    f"ALTER USER app WITH PASSWORD '{S[:6]}';",
    f"SET PASSWORD FOR a = PASSWORD('{S}')",
    f'user.setPassword("{S}");',
    f"os.environ['DB_PASSWORD'] = '{S}'",
    f'val password: String = "{S}"',
    f'["password"]=> string(7) "{S}"',
    f's:8:"password";s:8:"{S}";',
    f'setx DB_PASS "{S[:6]}"',
    f"| password | {S} |",
    f'PASSWORD="two\n{S}"\nnext line',
    f"userPassword:: {S}",
    f"LDAP_BIND_PW={S}",
    f"db_pw: {S}",
    f"API key: {S}",
    f"recovery code: {S}",
    f'mnemonic: "abandon {S} able"',
    f"seed phrase = {S}",
    f"code_verifier={S}",
    f"SAMLResponse={S}",
    f"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.{S}",
]

HARMLESS = [
    "- name: LOG_LEVEL\n  value: debug",
    "- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: db, key: password}}\n- name: MODE\n  value: fast",
    '{"name":"API_TOKEN"},{"name":"MODE","value":"fast"}',
    '{"value":"fast","name":"MODE"}',
    "name=token_bucket value=high",
    "identified by the scheduler as slow",
    "plain text behind auth",
    "password changed for 3 users",
    "for user alice: ok",
    "pin 5 pods, seed=42, backup done",
    "kubectl -k overlays/x",
    "curl -k https://x",
    'sh -c "ls /x"',
    "docker run -p 8080:80 nginx",
    "the code: 200, the string: abc",
    "primary key: id",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_secret_is_masked_wherever_its_name_stands(text: str) -> None:
    assert S[:6] not in mask_text(text)
    masker = LogMasker()
    assert not any(S[:6] in masker(line) for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"value={S} action=delete target=pod/x key=password reason=full", "action=delete target=pod/x key=password"),
        (f'{{"value": "{S}", "deleted": "pod/x", "name": "API_TOKEN"}}', '"deleted": "pod/x", "name": "API_TOKEN"'),
        (f"value: {S}, deleted: pod/x, name: API_TOKEN", ", deleted: pod/x, name: API_TOKEN"),
    ],
)
def test_what_stands_between_a_value_and_its_name_is_no_secret(text: str, kept: str) -> None:
    masked = mask_text(text)
    assert S not in masked
    assert kept in masked


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_masked_text_masked_again_stays_as_it_is(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_secret_in_a_text_within_an_object_is_masked(text: str) -> None:
    assert S[:6] not in json.dumps(mask({"data": {"notes": text}, "args": [text]}))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_is_kept(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("command", [["mysql", f"-password={S}"], ["sqlplus", f"scott/{S}@orcl"], ["snmpget", "-A", S]])
def test_the_words_of_a_command_are_masked_as_its_line_is(command: list[str]) -> None:
    masked = json.dumps(mask({"command": command}))
    assert S not in masked
    assert command[0] in masked
