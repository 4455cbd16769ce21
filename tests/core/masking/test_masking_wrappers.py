"""Commands that start others: the word that one takes itself may be called like a program; and sentences of them."""

from __future__ import annotations

import pytest

from opsconsole.masking import mask_text

S = "hunter2"

WRAPPERS = [
    "docker exec {}",
    "docker exec -it {}",
    "docker exec --user root {}",
    "docker exec --user {} c",
    "docker exec --workdir /{} c",
    "docker run --rm library/{}",
    "docker run --name {} img",
    "docker run --workdir /{} --rm img",
    "kubectl -n ops exec -it {} --",
    "kubectl exec --container {} pod --",
    "kubectl exec --container main {}",
    "kubectl exec {} -c main --",
    "ssh {}",
    "ssh -p 22 {}",
    "sudo -u {}",
    "sudo --user {}",
    "sudo -u {} env A=1",
    "runuser -u {} --",
    "gosu {}",
    "flock /run/{}",
    "flock -n /run/{}",
    "chroot /{}",
    "env --unset {}",
    "systemd-run --unit {}",
]
"""What starts a command, with a word of its own in the place of ``{}``."""

NAMES = ["vault", "git", "mc", "aws", "npm", "pip", "poetry", "redis-cli", "db"]

STARTED = [
    "curl -u alice:hunter2 http://x",
    "mysql -uroot -phunter2 app",
    "mysqldump -phunter2 --all-databases",
    "ldapsearch -D cn=x -w hunter2",
    "mongosh -u a -p hunter2",
    "sqlcmd -U sa -P hunter2",
    "vault login hunter2",
    "vault operator unseal hunter2",
    "redis-cli -a hunter2 ping",
    "redis-cli AUTH hunter2",
    "htpasswd -nb alice hunter2",
    "git config user.password hunter2",
    "npm config set //r/:_authToken hunter2",
    "mc alias set m http://x AKEY hunter2",
    "aws configure set aws_secret_access_key hunter2",
]

OTHERS = [
    'su vault -c "mysql -phunter2"',
    'docker exec vault sh -c "curl -u a:hunter2 x"',
    "sudo -u git timeout 5 docker exec git curl -u a:hunter2 x",
    "docker exec -u the c vault login hunter2",
    "retry -t 3 redis-cli AUTH hunter2",
    "retry 5 vault login hunter2",
    "retry redis-cli -a hunter2 ping",
    "retry mysql -phunter2",
    "cat hosts | parallel redis-cli -a hunter2 -h {} ping",
    "parallel -j 2 -- vault login hunter2",
    "perf stat vault login hunter2",
    "perf record -g vault login hunter2",
]

SENTENCES = [
    "timeout in vault login step 3",
    "timeout calling vault unwrap endpoint",
    "timeout waiting vault operator unseal quorum",
    "ssh to vault login node",
    "ssh into vault login nodes",
    "retry the vault login now",
    "retry redis-cli auth loop",
    "retry vault login later",
    "docker run of vault login image",
    "kubectl exec for vault unseal shards",
    "flock held, vault login blocked",
    "parallel vault login attempts",
    "sudo for vault login rights",
    "exec of vault login hooks",
    "perf of vault login calls",
    "perf record of vault login calls",
    "docker exec vault vault login failed",
    "docker exec vault git config user.name alice",
    "docker exec --user root c vault status",
    "docker exec redis-cli redis-cli config get maxmemory",
    "docker run --rm vault kv get secret/app",
    "sudo -u git git config --global user.name mysql",
    "ssh git mysqldump --all-databases",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_container_a_host_or_a_user_that_is_called_like_a_program_hides_no_password(wrapper: str) -> None:
    for name in NAMES:
        for command in STARTED:
            line = f"{wrapper.format(name)} {command}"
            for text in (line, f"2026-11-26T20:00:00Z INFO running: {line}"):
                masked = mask_text(text)
                assert S not in masked, text
                assert mask_text(masked) == masked


@pytest.mark.parametrize("text", OTHERS)
def test_a_password_is_masked_behind_further_wrappers(text: str) -> None:
    assert S not in mask_text(text)


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_about_wrappers_and_programs_stays_readable(text: str) -> None:
    assert mask_text(text) == text
