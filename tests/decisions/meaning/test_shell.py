"""What agents run in a shell: commands that act are read, those that only read are none, all others stay unclear."""

from __future__ import annotations

import json

import pytest

from opsconsole.decisions.meaning.programs.commands import requests, shell
from opsconsole.decisions.meaning.programs.reports import autoscalers, command_outputs, outputs
from opsconsole.decisions.meaning.prose.forms import by_format, formats
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, EntryReading

ROWS = [*shell.ROWS, *outputs.ROWS, *autoscalers.ROWS, *command_outputs.ROWS]


def run(command: str) -> Decision:
    """An agent's call of a shell."""
    line = json.dumps({"type": "tool_use", "id": "t1", "name": "bash", "input": {"command": command}})
    stream = DecisionStream(today=1.8e9)
    (decision,) = stream.feed("log", line, 0.0) + stream.flush(0.0, force=True)
    return decision


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_reads_its_sample(row: formats.Format) -> None:
    (act,) = by_format.find(row.sample, [row])
    assert act.verb == row.verb


ACTS = [
    ("helm uninstall web --wait -n shop", "delete", "HelmRelease/web -n shop"),
    ("helm -n shop uninstall --wait web", "delete", "HelmRelease/web -n shop"),
    ("helm --kube-context prod rollback --timeout 5m web 3 -n shop", "rollback", "HelmRelease/web -n shop"),
    ("helm -n shop list; kubectl delete pod web-1 -n shop", "delete", "Pod/web-1 -n shop"),
    ("curl -sk -X DELETE https://10.0.0.1:6443/api/v1/namespaces/shop/pods/web-1", "delete", "Pod/web-1 -n shop"),
    ("curl -sX DELETE https://k/api/v1/namespaces/shop/pods/web-1", "delete", "Pod/web-1 -n shop"),
    ("curl -skXDELETE 'https://k/api/v1/namespaces/shop/pods/web-1?a=1&b=2'", "delete", "Pod/web-1 -n shop"),
    ("curl 'https://k/api/v1/namespaces/shop/pods/web-1?a=1&b=2' -X DELETE", "delete", "Pod/web-1 -n shop"),
    ("curl -X PATCH -d @x https://k/apis/apps/v1/namespaces/shop/deployments/web", "patch", "Deployment/web -n shop"),
    ("aws eks delete-nodegroup --cluster-name a --nodegroup-name batch", "delete", "NodeGroup/batch"),
    ("cd infra && terraform destroy -auto-approve", "delete", "None"),
    (
        "kubectl get pods | awk '{print $1}' | xargs kubectl delete -n shop deploy/web",
        "delete",
        "Deployment/web -n shop",
    ),
]


@pytest.mark.parametrize(("command", "verb", "target"), ACTS)
def test_commands_that_act(command: str, verb: str, target: str) -> None:
    decision = run(command)
    assert (decision.verb, str(decision.target)) == (verb, target)
    assert command in decision.message


def test_brackets_behind_a_requests_body_do_not_hide_what_it_sets() -> None:
    line = """PATCH /apis/apps/v1/namespaces/shop/deployments/web '{"spec":{"replicas":0}}' """ + "[" * 200
    [[act], _] = requests.find(line)
    assert [(each.path, each.value) for each in act.fields] == [("replicas", "0")]


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods -n shop -o json | jq '.items[].metadata.name' | sort | uniq -c",
        "helm history web -n shop && helm get values web",
        "terraform plan -out x",
        "curl -s https://prometheus/api/v1/query?query=up | head -20",
        "aws eks describe-cluster --name a",
        "kubectl exec -n shop web-1 -- cat /etc/resolv.conf",
        "cat /proc/meminfo; free -m; df -h",
        "for p in $(kubectl get pods -o name); do echo $p; kubectl describe $p | grep -E 'Reason|Exit'; done",
        "if [ -f x ]; then cat x; else echo none; fi",
        "sudo -n crictl ps && timeout 5s env A=1 kubectl get pods",
        "kubectl get pods -o json | jq '.items[] | .metadata.name'",
        "kubectl get pods -o name | xargs -n 1 -I {} kubectl logs {} --tail 5",
        "find /var/log -name x.log -exec grep -l OOM {} +",
        "kubectl -n shop get pods \\\n  -o wide",
        "curl -sI -H 'Accept: text/plain' https://prometheus/metrics",
        "aws ec2 describe-instances --filters x",
        "watch -n 5 kubectl top pods",
        "echo $(helm list)",
    ],
)
def test_commands_that_only_read_are_no_actions(command: str) -> None:
    assert (run(command).verb, run(command).reading) == ("", EntryReading.NONE)


@pytest.mark.parametrize(
    "command",
    [
        "kubectl exec -n shop db-0 -- rm -rf /data",
        "curl -X POST -d '{}' https://hooks.internal/scale-down",
        "python3 fix_cluster.py --yes",
        "rm -rf /var/lib/data",
        "ansible-playbook drain.yml",
        "ssh edge-4 ./wipe.sh",
        "cat nodes.txt | xargs ./remove.sh",
        "curl -sXPOST https://hooks.internal/scale-down",
        "curl -s -X $METHOD https://hooks.internal/scale-down",
        "curl -X PURGE https://hooks.internal/cache",
        "curl --json '{}' https://hooks.internal/scale-down",
        "curl -sF file=@x https://hooks.internal/scale-down",
        "curl --form-string a=b https://hooks.internal/scale-down",
        "wget -qO- --post-data 'a=b' https://hooks.internal/scale-down",
        "wget --post-file=x https://hooks.internal/scale-down",
        "for n in $(cat nodes); do python wipe.py $n; done",
        "if true; then ./wipe.sh; fi",
        "while ./wipe.sh; do sleep 1; done",
        "sudo -n ./wipe.sh",
        "sudo -u root ./wipe.sh",
        "cat x | xargs -n1 ./kill.sh",
        "cat x | xargs -I {} ./kill.sh {}",
        "watch -n 5 ./wipe.sh",
        "timeout 30s ./wipe.sh",
        "env -i A=1 python wipe.py",
        "find /data -mtime +3 -delete",
        "find /data -exec rm -f {} \\;",
        "find /data \\\n  -delete",
        "$KC delete pod web-1",
        '"./wipe.sh" --yes',
        "'./wipe.sh'",
        "kubectl-nuke all",
        "stern-wipe all",
        "kubectl nuke all",
        "kubectl cp x shop/web-1:/etc/x",
        "ls | awk '{system(\"rm \" $1)}'",
        'echo "$(./wipe.sh)"',
    ],
)
def test_commands_that_nobody_can_tell_stay_unclear(command: str) -> None:
    assert (run(command).verb, run(command).reading) == ("", EntryReading.UNCLEAR)
