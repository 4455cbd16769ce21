"""Secrets of many shapes: names however they are spelt, logins of URLs and programs, makers' tokens, several lines."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from opsconsole.masking import MASK, LogMasker, mask, mask_text

S = "S3cr3tValue9x"
B = base64.b64encode(S.encode()).decode()

LINES = [
    f"postgres://u:{S}/w@h/db",
    f"postgresql+asyncpg://u:{S}@h/db",
    f"jdbc:mysql://h/db?user=u&password={S}",
    f"Server=h;User Id=u;Password={S};",
    f"Pwd={S};",
    f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={S}==;",
    f"SharedAccessKey={S}=",
    f"SharedAccessSignature sr=x&sig={S}%3D&se=1",
    f"https://h/b?sv=2020&sig={S}",
    f"https://h/?access_token={S}",
    f"https://h/?X-Amz-Signature={S}",
    f"https://h/?X-Amz-Credential=AKIA/{S}&x=1",
    f"https://h?X-Amz-Security-Token={S}",
    f"https://h/?api_key={S}",
    f"https://h/?apikey={S}",
    f"https://h/?key={S}",
    f"https://h/?code={S}",
    f"https://h/?client_secret={S}",
    f"aws_secret_access_key = {S}/a+b",
    f"AWS_SECRET_ACCESS_KEY={S}",
    f"AWS_SESSION_TOKEN={S}",
    f"AIzaSyA{S}{S}abcdefghij",
    f"ya29.a0AfH6SM{S}",
    f"GOCSPX-{S}abcdef",
    f'"private_key": "{S}"',
    f"redis://:{S}@h:6379/0",
    f"https://{S}@github.com/x",
    f"https://x-access-token:{S}@github.com/x",
    f"amqp://u:{S}@h",
    f"mongodb+srv://u:{S}@h/d",
    f"mysql -uroot -p{S} -h x",
    f"mysql -u root -p {S}",
    f"curl -u user:{S} https://x",
    f"curl --user user:{S} https://x",
    f"sshpass -p {S} ssh x",
    f"sshpass -p{S} ssh x",
    f"PGPASSWORD={S} psql",
    f"redis-cli -a {S} ping",
    f"docker login -u x -p {S}",
    f"ldapsearch -D cn -w {S}",
    f"openssl rsa -passin pass:{S}",
    f"curl -H 'X-Api-Key: {S}' h",
    f"curl -H 'Authorization: Bearer {S}' h",
    f"curl -H 'PRIVATE-TOKEN: {S}'",
    f"wget --http-password={S}",
    f"--password {S}",
    f"--db-pass {S}",
    f"-password {S}",
    f"-password={S}",
    f"-token={S}",
    f"--token '{S}'",
    f"kubectl --token={S}",
    f"kubectl create secret generic x --from-literal=k={S}",
    f"helm install --set db.password={S},x=y",
    f"helm --set auth.rootPassword={S}",
    f"Set-Cookie: sid={S}; Path=/",
    f"Cookie: a=b; sid={S}",
    f"cookie={S}",
    f"sessionid={S}",
    f"JSESSIONID={S}",
    f"csrftoken={S}",
    f"dbPassword: {S}",
    f"apiToken: {S}",
    f"clientSecret={S}",
    f"passphrase: {S}",
    f"PASSWD={S}",
    f"x-api-key: {S}",
    f"Ocp-Apim-Subscription-Key: {S}",
    f"<password>{S}</password>",
    f'<Password value="{S}"/>',
    f"password%3D{S}",
    f"password%3A%20{S}",
    f"{{'password': '{S}'}}",
    f"{{'password': b'{S}'}}",
    f"map[password:{S} user:x]",
    f"{{Password:{S} User:x}}",
    f'Password:"{S}"',
    f'\\\\\\"password\\\\\\":\\\\\\"{S}\\\\\\"',
    f"('password', '{S}')",
    f"password is {S}",
    f"password => {S}",
    f":password => '{S}'",
    f"password := {S}",
    f"password='{S} and more {S}'",
    f"password -> {S}",
    f"password\t{S}",
    f'password = "{S}\\"{S}"',
    f"https://hooks.slack.com/services/T0000/B0000/{S}{S}",
    f"https://discord.com/api/webhooks/123/{S}",
    f"bot123456789:AAE{S}{S}abcdefgh",
    f"https://api.telegram.org/bot123456789:AAE{S}{S}abcdefgh/send",
    f"sk_live_{S}{S}",
    f"rk_live_{S}{S}",
    f"SG.{S}.{S}{S}",
    f"dop_v1_{S}{S}",
    f"hvs.{S}{S}",
    f"pypi-AgEIcHlwaS5vcmc{S}",
    f"dckr_pat_{S}{S}",
    f"sk-proj-{S}{S}",
    f"sk-ant-api03-{S}{S}",
    f"glrt-{S}{S}",
    f"gldt-{S}{S}",
    f"glsa_{S}{S}",
    f"shpat_{S}{S}",
    f"lin_api_{S}{S}",
    f"xapp-1-{S}",
    f"xoxb-1-{S}",
    f"EAACEdEose0cBA{S}",
    f"ghs_{S}{S}",
    f"gho_{S}{S}",
    f"nvapi-{S}{S}{S}",
    f"r8_{S}{S}",
    f"whsec_{S}{S}",
    f"ATATT3xFf{S}{S}",
    f"CCIPAT_{S}{S}",
    f"sntrys_{S}{S}",
    f"phc_{S}{S}",
    f"client-key-data: {S}{S}",
    f"machine h login u password {S}",
    f"u:$apr1${S}$abc",
    f"root:$6${S}$abcdef:19000:0",
    f"requirepass {S}",
    f"password {S}",
    f"token {S}{S}",
    f"using token {S}{S}",
    f"passwd {S}",
    f"authorization {S}",
    f"Authorization: Digest username=x, response={S}",
    f"Authorization: AWS4-HMAC-SHA256 Credential=x, Signature={S}",
    f"Authorization: {S}",
    f"Proxy-Authorization: Basic {S}",
    f"auth={S}",
    f"authToken={S}",
    f"access_key={S}",
    f"secret_key_base: {S}",
    f"SECRET={S}",
    f"MASTER_KEY={S}",
    f"ENCRYPTION_KEY={S}",
    f"pgp_key: {S}",
    f"hmac_key={S}",
    f"hmac={S}",
    f"signature={S}",
    f"otp={S}",
    f"creds={S}",
    f"cred: {S}",
    f"CERT_KEY={S}",
    f"TLS_KEY={S}",
    f"deploy_key={S}",
    f"DSN=https://{S}@sentry.io/1",
    f"SENTRY_DSN=https://{S}@o1.ingest.sentry.io/2",
    f"Passwort: {S}",
    f"contraseña={S}",
    f"mot_de_passe={S}",
    f"пароль={S}",
    f"密码={S}",
    f"password1={S}",
    f"password_2={S}",
    f"PASSWORD_FOR_DB={S}",
    f"DB_PASSWORD_PRIMARY={S}",
    f"passwordHash={S}",
    f"tokenValue={S}",
    f"TOKEN_A={S}",
    f"secretAccessKey={S}",
    f"my.password.value={S}",
    f"password?={S}",
    f"password+={S}",
    f"password==~{S}",
]
OVER_LINES = [
    f"password: |\n  {S}\n  more {S}\nnext: ok {{}}",
    f"a:\n  password: >-\n    {S}\n  other: x",
    f"password:\n  {S}\nz: 1",
    f"tokens:\n- {S}\n- {S}\nz: 1",
    f"tokens:\n  - {S}\n  - {S}",
    f'password: "abc\n  {S}"\nx: 1',
    f"apiVersion: v1\ndata:\n  a: {B}\n  b.yaml: |\n    {S}\nkind: Secret\nmetadata:\n  name: x\n",
    f'{{\n "apiVersion": "v1",\n "data": {{\n  "a": "{B}",\n  "b": "{B}"\n }},\n "kind": "Secret"\n}}',
    f'got {{"kind":"Secret","data":{{"a":"{B}"}}}} end',
    f'x {{\\"kind\\":\\"Secret\\",\\"data\\":{{\\"a\\":\\"{B}\\"}}}} end',
    f"kind: Secret\nstringData: {{a: {S}}}\n",
    f"kubectl create secret generic x --from-literal=k={S}",
    f'log {{"tokens": ["{S}","{S}"], "x": 1}}',
    f'Set-Cookie: a="{S}"; Path=/',
    f'Authorization: Digest username="x", response="{S}"',
    f'-H "Cookie: a={S}" --next ok',
    f"password=a,{S}",
    f"password=a;{S}",
    f"password=(a){S}",
    f"password=a&{S}",
    f'{{"password":"a\\"{S}"}}',
    f"<password>{S}</password><x>1</x>",
]
OBJECTS: list[Any] = [
    {"command": ["mysql"], "args": ["-uroot", "-p" + S]},
    {"args": ["sh", "-c", f"mysql -p{S}"]},
    {"args": ["/usr/bin/redis-cli", "-a", S]},
    {"args": ["-p", S]},
    {"args": ["curl", "-u", "me:" + S]},
    {"kind": "ConfigMap", "data": {"x": base64.b64encode(f"password={S}".encode()).decode()}},
    {"data": {"k": f"users:\n- user:\n    token: {S}\n    client-key-data: {S}"}},
    {"kind": "List", "items": [{"kind": "Secret", "data": {"a": B}}]},
    {"kind": "SecretList", "items": [{"data": {"a": B}}]},
    {"env": [{"name": "X", "value": f'  {{"password":"{S}"}}'}]},
    {"data": {"s.yaml": f"kind: Secret\ndata:\n  a: {B}\n"}},
    {"data": {".netrc": f"machine h login u password {S}"}},
    {"binaryData": {"x": base64.b64encode(f'{{"password":"{S}"}}'.encode()).decode()}},
]
READABLE = [
    "kubectl scale deployment/aura -n ops --replicas=0",
    "max_tokens=4096",
    "prompt_tokens=812345 completion_tokens=1234567",
    "tokens/s=153.2 p95=120ms",
    "token_count: 5",
    "secretName: db-creds",
    "scaled prod/checkout-5f6d7c8b9 key=prod/checkout-abc1 reason=ok",
    'failed to mount secret "db-1a2b3c4d" not found',
    "service account token expired: retry in 5s",
    "auth_mode=iam",
    "tokens_per_second=1200000",
    'kubectl patch deploy x -p \'{"spec":{"replicas":3}}\'',
    "ssh -p 2222 host",
    "docker run -u 1000:1000 x",
    "docker run -p 8080:8080",
    "mkdir -p /var/lib/abc12345",
    "password_file=/run/secrets/x",
    "image: registry/x@sha256:abc",
    "automountServiceAccountToken: false",
    "secretKeyRef:\n  name: db\n  key: dsn",
    "imagePullSecrets:\n- name: registry",
    "secret:\n  secretName: x\n  defaultMode: 420",
    "monkey: 5 keyboard=abc",
    "discord is a word",
    "2026-11-26T10:00:00Z INFO authority=me",
    "keys: [a,b]",
    "bypass=true",
    "passed: 12/12",
    "TokenReview ok",
    "resources: [secrets, configmaps]",
    '{"resources":["secrets","configmaps"],"verbs":["get"]}',
    "compass: north",
    "tokenizer: bert-base",
    "key_prefix=ab12",
    "cache_key=ab12cd34",
    "partition key: 12",
    "-u system:serviceaccount:a:b",
    "ps -p 12345678",
]


@pytest.mark.parametrize("line", LINES)
def test_a_secret_on_a_line_is_masked(line: str) -> None:
    masked = mask_text(line)
    assert S not in masked
    assert MASK in masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize("text", OVER_LINES)
def test_a_secret_that_spreads_over_lines_is_masked_and_the_rest_is_not(text: str) -> None:
    masked = mask_text(text)
    assert S not in masked
    assert B not in masked
    assert mask_text(masked) == masked
    assert masked.count("\n") == text.count("\n")


@pytest.mark.parametrize("value", OBJECTS, ids=lambda each: str(each)[:40])
def test_a_secret_in_an_object_is_masked(value: Any) -> None:
    masked = mask(value)
    assert S not in json.dumps(masked)
    assert B not in json.dumps(masked)
    assert MASK in json.dumps(masked)
    assert mask(masked) == masked


@pytest.mark.parametrize("text", READABLE)
def test_what_is_only_about_a_secret_stays_readable(text: str) -> None:
    assert mask_text(text) == text


def test_each_secret_of_a_list_is_masked_and_what_stands_beside_it_is_not() -> None:
    items = [{"metadata": {"name": "a"}, "data": {"x": B}}, {"metadata": {"name": "b"}, "data": {"x": B}}]
    masked = mask({"kind": "SecretList", "items": items, "data": "kept"})
    assert [each["data"] for each in masked["items"]] == [{"x": MASK}] * 2
    assert [each["metadata"] for each in masked["items"]] == [{"name": "a"}, {"name": "b"}]
    assert masked["data"] == "kept"


@pytest.mark.parametrize("kind", ["EC", "RSA", "OPENSSH", "ENCRYPTED"])
def test_a_private_key_is_masked_as_its_lines_come(kind: str) -> None:
    key = [f"-----BEGIN {kind} PRIVATE KEY-----", "MIIEvQIBADAN", "abcdefg", f"-----END {kind} PRIVATE KEY-----"]
    masked = LogMasker()
    assert [masked(line) for line in ["before", *key, "after"]] == ["before", MASK, MASK, MASK, MASK, "after"]


def test_a_forged_mark_hides_no_more_than_a_key_of_what_comes_behind() -> None:
    masked = LogMasker()
    lines = ["-----BEGIN PRIVATE KEY-----", *["the evidence goes on"] * 2_000]
    assert [masked(line) for line in lines][-1] == "the evidence goes on"
    lines = ["password: |", *["  the evidence goes on"] * 200]
    assert [masked(line) for line in lines][-1] == "  the evidence goes on"


@pytest.mark.parametrize("hostile", ["tokens: [<<<", 'password: ["', "password=(", "mysql -p", "curl -u", "$6$$6$"])
def test_no_line_is_looked_at_for_ever(hostile: str) -> None:
    for size in (1, 3_000):
        mask_text(hostile * size)
