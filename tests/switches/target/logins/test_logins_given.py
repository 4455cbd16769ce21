"""A cloud's or a store's login that a pod has from a Secret or a ConfigMap, whole: by its keys."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.switches.target.acts_as.secrets import PodSecrets
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.workloads.wire import PodShape, pod_fact

Object = dict[str, Any]


class Metadata:
    """Answers with metadata that tells of these keys; ``[]``: nothing tells them; ``None``: it refuses to."""

    def __init__(self, keys: list[str] | None) -> None:
        self._keys = keys

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        if self._keys is None:
            raise from_status(403, b"", RequestWords("GET", path))
        fields = [{"fieldsV1": {"f:data": {f"f:{key}": {} for key in self._keys}}}] if self._keys else []
        return json.dumps({"metadata": {"name": "given", "managedFields": fields}}).encode()


def env_from(kind: str, prefix: str = "") -> Object:
    source = {f"{kind}Ref": {"name": "given"}, "prefix": prefix}
    return {"containers": [{"name": "main", "image": "x", "envFrom": [source]}]}


def files(kind: str, *items: str) -> Object:
    called = {"secretName": "given"} if kind == "secret" else {"name": "given"}
    chosen = {"items": [{"key": each, "path": each} for each in items]} if items else {}
    return {"volumes": [{"name": "v", kind: called | chosen}]}


def projected(*items: str) -> Object:
    source = {"name": "given", "items": [{"key": each, "path": each} for each in items]}
    return {"volumes": [{"name": "v", "projected": {"sources": [{"secret": source}]}}]}


def told(spec: Object, keys: list[str] | None) -> tuple[str, str, str]:
    """What leaves the proof open, what is unknown, and what is only said."""
    body = {"metadata": {"name": "aura-1", "namespace": "ops"}, "spec": spec}
    pod = pod_fact(msgspec.json.decode(msgspec.json.encode(body), type=PodShape))
    unsure: list[str] = []
    secrets = PodSecrets(Metadata(keys), 5.0)  # type: ignore[arg-type]
    logins, said = secrets.logins([OptimizerFacts("ops/aura", pods=(pod,))], unsure)
    return "; ".join(logins), "; ".join(unsure), "; ".join(said)


@pytest.mark.parametrize(
    ("spec", "keys", "by"),
    [
        (env_from("secret"), ["HOME", "AWS_ACCESS_KEY_ID"], "has Secret given with AWS_ACCESS_KEY_ID"),
        (env_from("secret", "AWS_"), ["ACCESS_KEY_ID"], "has Secret given with ACCESS_KEY_ID"),
        (env_from("configMap"), ["AWS_ROLE_ARN"], "has ConfigMap given with AWS_ROLE_ARN"),
        (env_from("configMap"), ["VAULT_ADDR"], "has ConfigMap given with VAULT_ADDR"),
        (env_from("configMap", "AZURE_"), ["CLIENT_ID"], "has ConfigMap given with CLIENT_ID"),
        (files("secret"), ["credentials"], "has Secret given with credentials"),
        (files("secret", "credentials"), ["credentials"], "has Secret given with credentials"),
        (files("secret", "config"), ["config"], "has Secret given with config"),
        (projected("key.json"), ["key.json"], "has Secret given with key.json"),
        (files("secret"), ["AWS_SECRET_ACCESS_KEY"], "has Secret given with AWS_SECRET_ACCESS_KEY"),
        (files("configMap"), ["credential-configuration.json"], "has ConfigMap given with credential-configuration"),
        (files("configMap", "credentials"), ["credentials"], "has ConfigMap given with credentials"),
        (env_from("secret"), [], "nothing tells its keys"),
        (env_from("configMap"), [], "nothing tells its keys"),
    ],
)
def test_a_login_that_is_given_whole_is_told_by_its_keys(spec: Object, keys: list[str], by: str) -> None:
    logins, unsure, _ = told(spec, keys)
    assert by in logins
    assert not unsure


@pytest.mark.parametrize(
    ("spec", "keys", "said"),
    [
        (env_from("secret"), ["DATABASE_URL"], "not looked at"),
        (env_from("secret"), ["ACCESS_KEY_ID"], "not looked at"),
        (env_from("configMap"), ["LOG_LEVEL", "settings.json"], ""),
        (files("configMap"), ["config", "dashboard.json"], ""),
        (files("secret", "tls.crt"), ["tls.crt", "credentials"], ""),
        (files("secret"), ["tls.crt"], "not looked at"),
    ],
)
def test_what_is_no_login_leaves_the_proof_as_it_is(spec: Object, keys: list[str], said: str) -> None:
    logins, unsure, noted = told(spec, keys)
    assert not logins
    assert not unsure
    assert bool(noted) == bool(said)
    assert said in noted


@pytest.mark.parametrize("spec", [env_from("secret"), files("secret"), files("secret", "credentials")])
def test_a_secret_whose_keys_may_not_be_read_is_unknown(spec: Object) -> None:
    logins, unsure, _ = told(spec, None)
    assert not logins
    assert "its keys can't be read: 403" in unsure
