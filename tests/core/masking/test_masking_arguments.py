"""Passwords that are arguments of programs: by their place, their flag, or what is piped in; and innocents."""

from __future__ import annotations

import json

import pytest

from opsconsole.masking import mask, mask_text
from opsconsole.masking.programs import PROGRAMS

S = "hunter2"
"""A password that looks like a word: nothing but its place tells."""

COMMANDS = [
    "htpasswd -b /etc/x alice hunter2",
    "htpasswd -bc /etc/x alice hunter2",
    "htpasswd -nb alice hunter2",
    "htpasswd -nbB alice hunter2",
    "curl -u alice:hunter2 http://x",
    "curl -ualice:hunter2 http://x",
    "curl --user=alice:hunter2 x",
    "curl --proxy-user alice:hunter2 x",
    "curl -su alice:hunter2 x",
    "curl -u alice:'hunter2' x",
    "smbclient -U 'bob'%'hunter2' //s/x",
    "root@h:~# vault login hunter2",
    "if vault login hunter2; then",
    'Cmd:["vault" "login" "hunter2"]',
    "curl -sSku 'alice:hunter2' x",
    'x {"name":"a","args":["redis-cli","-a","hunter2"]}',
    'x {"name": "a", "args": ["curl", "-su", "alice:hunter2"]}',
    "gpg --batch --passphrase-fd 0 <<< hunter2",
    "redis-cli -a hunter2 ping",
    "redis-cli -u redis://u:hunter2@h",
    "redis-cli AUTH hunter2",
    "redis-cli auth default hunter2",
    "docker login -u x -p hunter2 reg",
    "docker login -ux -phunter2 reg",
    "vault login hunter2",
    "vault login token=hunter2",
    "vault login -method=userpass username=a password=hunter2",
    "vault kv put secret/x k=hunter2",
    "vault operator unseal hunter2",
    "vault unseal hunter2",
    "vault token renew hunter2",
    "vault unwrap hunter2",
    "echo 'root:hunter2' | chpasswd",
    "echo root:hunter2 | chpasswd",
    "usermod -p hunter2 bob",
    "mysqladmin -u root password hunter2",
    "mysqladmin password 'hunter2'",
    "ldapsearch -D cn=x -w hunter2",
    "smbclient //s/x hunter2 -U bob",
    "smbclient -U bob%hunter2",
    "gh auth login --with-token hunter2",
    "npm config set //r/:_authToken hunter2",
    "npm config set //registry.x/:_authToken=hunter2",
    "git config user.password hunter2",
    "rabbitmqctl add_user bob hunter2",
    "rabbitmqctl change_password bob hunter2",
    "rabbitmqadmin -u a -p hunter2 list",
    "lftp -u bob,hunter2 h",
    "openssl passwd -6 hunter2",
    "zip -e -Phunter2 a.zip",
    "kubectl create secret generic x --from-literal k=hunter2",
    "aws configure set aws_secret_access_key hunter2",
    "etcdctl --user root:hunter2",
    "etcdctl --user=root:hunter2",
    "etcdctl --user root --password hunter2",
    "xfreerdp /u:bob /p:hunter2 /v:h",
    "rdesktop -u a -p hunter2 h",
    "sqlcmd -U sa -P hunter2",
    "sqlcmd -U sa -Phunter2",
    "isql dsn sa hunter2",
    "mosquitto_pub -u a -P hunter2",
    "mosquitto_pub -P hunter2",
    "nmcli dev wifi connect x password hunter2",
    "wpa_passphrase ssid hunter2",
    "ngrok authtoken hunter2",
    "ngrok config add-authtoken hunter2",
    "doctl auth init -t hunter2",
    "mc alias set m http://x AKEY hunter2",
    "mc config host add m http://x AKEY hunter2",
    "rclone obscure hunter2",
    "restic -r x --password-command 'echo hunter2'",
    "dn=... ldappasswd -s hunter2 -w hunter2",
    "ldapmodify -whunter2",
    "samba-tool user create bob hunter2",
    "su -c 'passwd bob' <<< hunter2",
    "passwd --stdin bob <<< hunter2",
    "chpasswd <<< 'bob:hunter2'",
    "sudo -S <<< hunter2",
    "echo hunter2 | sudo -S ls",
    "echo hunter2 | kinit bob",
    "echo hunter2 | passwd --stdin bob",
    "printf '%s' hunter2 | vault login -",
    "printf hunter2 | gh auth login --with-token",
    "http -a bob:hunter2 x",
    "https --auth=bob:hunter2 x",
    "http -abob:hunter2 x",
    "ab -A bob:hunter2 x",
    "hydra -l a -p hunter2",
    "winexe -U a%hunter2 //h",
    "evil-winrm -u a -p hunter2",
    "SSHPASS=hunter2 sshpass -e",
    "SET PASSWORD FOR x = 'hunter2'",
    'mongo admin --eval \'db.auth("a","hunter2")\'',
    "CONFIG SET requirepass hunter2",
    "ACL SETUSER bob on >hunter2",
    "redis-cli --pass hunter2",
    "curl -H 'Authorization: Bearer hunter2'",
    'curl -H "X-Api-Key: hunter2"',
    "curl --oauth2-bearer hunter2",
    "curl --data 'password=hunter2'",
    'curl -d \'{"password":"hunter2"}\'',
    "curl -E cert.pem:hunter2",
    "curl --cert cert.pem:hunter2",
    "curl --pass hunter2",
    "curl --key-pass hunter2",
    "curl -U a:hunter2 x",
    "/usr/bin/mysql -phunter2",
    "/usr/bin/htpasswd -b f a hunter2",
    "sudo htpasswd -b f a hunter2",
    '["mysql","-phunter2"]',
    "['curl', '-u', 'a:hunter2']",
    'cmd="sshpass -p hunter2 ssh"',
]

INNOCENT = [
    "vault login failed: permission denied",
    "vault login -method=oidc role=admin",
    "vault status",
    "vault token lookup",
    "vault kv get secret/app",
    "vault operator raft list-peers",
    "htpasswd file is missing",
    "htpasswd -c /etc/x alice",
    "redis-cli -h redis -p 6379 ping",
    "redis-cli -u redis://h:6379",
    "redis-cli config get maxmemory",
    "mysql -h db -P 3306 -u root app",
    "mysql -u root -p app",
    "curl -u https://x",
    "curl -s -o /dev/null https://x:8443/healthz",
    "docker run -p 8080:80 -u 1000:1000 nginx",
    "docker login registry.example",
    "docker login --password-stdin registry.example",
    "git config user.name alice",
    "git config --global user.email a@b",
    "npm config set registry https://r.example",
    "npm install -p",
    "aws configure set region eu-west-1",
    "aws s3 cp a b",
    "kubectl -n ops get pods -o wide",
    "kubectl exec pod/x -- ls -a /tmp",
    "helm upgrade -i x ./c --set image.tag=1",
    "ps -u root -a",
    "ls -a -w 80",
    "echo hello | grep h",
    "echo done | sudo tee /x",
    "openssl s_client -connect h:443",
    "openssl req -new -key k.pem -in x",
    "zip -r a.zip b",
    "unzip a.zip -d x",
    "7z x a.7z",
    "login failed for user bob",
    "user root logged in",
    "sudo -u postgres psql -c 'select 1'",
    "ab -n 100 -c 10 http://h/",
    "tar -u -p f",
    "sshpass -e ssh h",
    "ssh -p 2222 host",
    "scp -P 2222 a h:b",
    "rabbitmqctl list_users",
    "rabbitmqctl status",
    "config set maxmemory 2gb",
    "acl list",
    "mc ls m/bucket",
    "mc alias list",
    "rclone sync a b",
    "ngrok http 80",
    "http GET https://x",
    "https://x:8443/a",
    "useradd -m bob",
    "usermod -aG docker bob",
    "kinit -k -t f",
    "set -euo pipefail",
    "ldapsearch -x -H ldap://h -b dc=x",
    "nmcli dev status",
    "wget -q https://x",
    "etcdctl --endpoints https://h:2379 get k",
    "the vault token was renewed by login",
    "we ran vault login with the operator's role",
    "flag provided but not defined: -p",
    "Error: unknown flag: --password-stdin",
    "pod/mysql -p 3 replicas",
    "psql -h db -p 5432 -U app",
    "pg_dump -U app -p 5432 db",
    "mongosh --port 27017",
    "isql is down",
    "az login -profile=prod",
    "argocd login -plaintext",
    "gcloud auth login -project=prod",
    "oc login -port 22 and mysql pods -pending",
    "vault unseal progress 2/3",
    "vault operator unseal done",
    '{"image":"vault","login":"none","tier":"x"}',
    '{"app": "smbclient", "namespace": "files", "uid": "1"}',
    "cert: expired on 3 nodes",
]


WRAPPERS = [
    "timeout 5 {}",
    "timeout -k 3 --signal=KILL 5.5s {}",
    "docker exec c {}",
    "docker exec -it -u root -e A=1 c {}",
    "docker compose exec -T db {}",
    "docker run --rm -v /a:/b img {}",
    "podman exec c {}",
    "nerdctl -n k8s.io exec c {}",
    "crictl exec -i 3f2a {}",
    "kubectl exec pod/x -n ops -c main -- {}",
    "kubectl -n ops exec pod/x {}",
    "kubectl debug node/n -it --image=busybox -- {}",
    "oc rsh -c main pod/x {}",
    "sudo -u postgres {}",
    "sudo -u x env A=1 B=2 {}",
    "env -i PATH=/bin {}",
    "A=1 B=2 {}",
    "nohup nice -n 5 {}",
    "ionice -c 2 -n 7 {}",
    "taskset -c 0,2-3 {}",
    "taskset 0x3 {}",
    "xargs -n 1 -I@ {}",
    "cat hosts | xargs -P4 -r {}",
    "find . -type f -exec {} ;",
    "parallel -j 2 {}",
    "ssh host {}",
    "ssh -p 22 -o StrictHostKeyChecking=no me@host {}",
    "nsenter -t 1 -m -u -- {}",
    "nsenter --target 1 --mount {}",
    "chroot /host {}",
    "flock -n /run/x.lock {}",
    "strace -f -o /tmp/t {}",
    "setsid -w {}",
    "stdbuf -oL {}",
    "systemd-run --scope -p MemoryMax=1G {}",
    "watch -n 5 {}",
    "time -p {}",
    "eval {}",
    "doas -u x {}",
    "gosu app {}",
    "dumb-init -- {}",
    "aws-vault exec ops -- {}",
    "chamber exec app -- {}",
    "sh -c '{}'",
    'bash -lc "{}"',
    "sh -euxc 'cd /x && {}'",
    "kubectl exec pod/x -- sh -c '{}'",
    "sudo timeout 5 docker exec -i c {}",
    'ssh host "{}"',
    "cmd /c {}",
]
"""Commands that start another: what they start stands in the place of ``{}``."""

STARTED = [
    "vault login hunter2",
    "redis-cli -a hunter2 ping",
    "redis-cli -ahunter2 ping",
    "redis-cli AUTH hunter2",
    "mysql -uroot -phunter2 app",
    "htpasswd -nb alice hunter2",
    "rabbitmqctl add_user bob hunter2",
    "curl -u alice:hunter2 http://x",
]

NOT_STARTED = [
    "timeout waiting for vault login of the operator",
    "timeout of vault login is five seconds",
    "watch how vault login works",
    "nice that vault login works again",
    "ssh into host where vault login works",
    "the exec into vault login pods works",
    "docker exec c vault status",
    "timeout 5 vault kv get secret/app",
    "docker exec c redis-cli -h redis -p 6379 ping",
    "sudo -u x env A=1 psql -h db -p 5432 -U app",
    "kubectl exec vault-0 -- vault status",
    "kubectl exec -n vault vault-0 -c vault -- ls -a",
    "ssh -p 2222 vault uptime",
    "timeout 5 ssh -p 22 host uptime",
    "xargs -n 1 kubectl delete pod -n ops",
    "sh -c 'vault status'",
    "docker run -p 8080:80 vault server -dev",
    "timeout: vault login failed after 5s",
    "redis-cli --askpass ping",
    "find . -exec ls -a {} ;",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_password_of_a_command_that_another_one_starts_is_masked(wrapper: str) -> None:
    for command in STARTED:
        for line in (wrapper.format(command), f"2026-11-26T20:00:00Z INFO running: {wrapper.format(command)}"):
            masked = mask_text(line)
            assert S not in masked, line
            assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "wrapper", [["timeout", "5"], ["docker", "exec", "-it", "c"], ["sudo", "-u", "x", "env", "A=1"]]
)
def test_so_it_is_among_the_words_of_a_container(wrapper: list[str]) -> None:
    words = [*wrapper, "vault", "login", S]
    for value in ({"command": words}, {"command": words[:1], "args": words[1:]}, json.dumps(words), str(words)):
        assert S not in str(mask(value))
    script = f"timeout 5 vault login {S}"
    assert S not in str(mask({"command": ["sh", "-ec"], "args": [script]}))


@pytest.mark.parametrize("text", NOT_STARTED)
def test_a_sentence_about_commands_that_start_others_stays_readable(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("command", COMMANDS)
def test_a_password_that_is_an_argument_is_masked(command: str) -> None:
    masked = mask_text(command)
    assert S not in masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_masked_in_a_line_of_a_log_as_well(command: str) -> None:
    assert S not in mask_text(f"2026-11-26T20:00:00Z INFO running: {command}")


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_password_stays_readable(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "words",
    [
        ["htpasswd", "-b", "/etc/x", "alice", S],
        ["htpasswd", "-nbB", "alice", S],
        ["vault", "login", S],
        ["vault", "kv", "put", "secret/x", f"k={S}"],
        ["/usr/bin/curl", f"-ualice:{S}", "https://x"],
        ["docker", "login", "-u", "x", f"-p{S}"],
        ["rabbitmqctl", "change_password", "bob", S],
        ["npm", "config", "set", "//r.example/:_authToken", S],
    ],
)
def test_the_words_of_a_container_are_masked_as_its_command_line_is(words: list[str]) -> None:
    for value in ({"command": words}, {"command": words[:1], "args": words[1:]}, json.dumps(words), str(words)):
        masked = str(mask(value))
        assert S not in masked
        assert words[0] in masked


def test_a_flag_with_nothing_behind_it_is_no_password_and_no_error() -> None:
    for program, flags in PROGRAMS.items():
        words = {*flags.apart, *flags.glued, *flags.login, "--from-literal", "a/", "<<<"}
        for word in sorted(words):
            for behind in ("", "=", ' ""', " ''", " key=", '""', "'", '"', ' "'):
                text = f"echo {program} {word}{behind}"
                assert mask_text(mask_text(text)) == mask_text(text)


def test_quotes_that_are_never_closed_are_not_looked_for_to_the_end_from_each_of_them() -> None:
    """Seconds are not asserted: without a bound this line takes minutes."""
    quotes = " ".join("-z" + "\\" * count + "'" for count in range(1, 300))
    text = f"mysql password {quotes}{' a' * 400_000}"
    assert mask_text(text) == text


def test_a_run_of_backslashes_is_not_looked_at_again_from_each_of_them() -> None:
    text = "\\" * (1 << 20) + "token"
    assert mask_text(text) == text
