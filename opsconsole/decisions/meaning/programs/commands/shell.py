"""Commands of an agent's shell that are not ``kubectl``: Helm, Terraform, the clouds' own tools, bare HTTP requests."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.programs.commands import hosts, kubectl, requests
from opsconsole.decisions.meaning.prose.forms import by_format, formats
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import is_measure
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue

LONGEST = 16 * 1024
"""Characters of a command that are read."""

_NAME = r"(?P<name>[\w.@/-]{1,253})"
_RELEASE = (
    r"(?!(?:of|for|to|from|in|on|with|by|via|using|through|without|and|or) "
    r"(?:release|the|an?|its|your|chart|namespace)\b|(?:via|using|through|without) --?[a-z]|"
    r"of [a-z]|(?:is|was) [a-z]|timed out\b|"
    r"(?:failed|completed|finished|succeeded)(?:: | (?:for|in|after|with|because|due)\b))"
    r"(?P<name>[\w.@/][\w.@/-]{0,252})"
)
"""What Helm's command is about; it is none in ``helm upgrade of release web``, ``helm uninstall with the -n prod``."""
_SPACE = r"(?:[^;|&]{0,300}?\s(?:-n|--namespace)[ =](?P<namespace>[a-z0-9-]{1,63}))?"
_OPTIONS = (
    r"(?: (?:(?:-n|--namespace|--kube-context|--kubeconfig|--timeout)[ =]\S{1,100}|"
    r"--?[a-z][\w-]{0,40}(?: \"[^\"\n]{0,200}\"| '[^'\n]{0,200}'|=\"[^\"\n]{0,200}\"|=\S{1,100})?))"
    r"{0,8}"
)
"""Options of Helm's, which may stand before its verb, and before the release: ``helm -n shop uninstall --wait web``."""
_HELM = rf"\bhelm(?:(?=[^;|&]{{0,300}}?\s(?:-n|--namespace)[ =](?P<namespace>[a-z0-9-]{{1,63}})))?{_OPTIONS} "

ROWS: tuple[formats.Format, ...] = (
    formats.row(
        "helm uninstall",
        "helm",
        rf"{_HELM}(?:uninstall|delete|del|un){_OPTIONS} {_RELEASE}",
        "delete",
        "helm uninstall web -n shop",
        kind="HelmRelease",
    ),
    formats.row(
        "helm rollback",
        "helm",
        rf"{_HELM}rollback{_OPTIONS} {_RELEASE}",
        "rollback",
        "helm rollback web 3",
        kind="HelmRelease",
    ),
    formats.row(
        "helm upgrade",
        "helm",
        rf"{_HELM}(?:upgrade|install){_OPTIONS} {_RELEASE}",
        "patch",
        "helm upgrade --install web ./chart",
        kind="HelmRelease",
    ),
    formats.row(
        "terraform destroy",
        "destroy",
        r"\b(?:terraform|tofu|terragrunt|pulumi) (?:apply -)?destroy\b(?![^;|&\n]{0,200} --?h(?:elp)?\b)"
        r"(?:[^;|&]{0,300}?-target[ =](?P<name>[\w.\[\]-]+))?",
        "delete",
        "terraform destroy -auto-approve -target=module.gke",
    ),
    formats.row(
        "a GitOps application deleted",
        "delete ",
        r"\b(?:argocd app(?:set)?|flux|kn service|vcluster) delete(?: (?:helmrelease|hr|kustomization|ks))? "
        rf"{_NAME}{_SPACE}",
        "delete",
        "argocd app delete web --cascade",
        kind="Application",
    ),
    formats.row(
        "a mesh or a set of releases destroyed",
        "",
        r"\b(?:helmfile (?:[^;|&]{0,100} )?(?:destroy|delete)|(?:istioctl|cilium) uninstall|kops delete cluster)\b",
        "delete",
        "helmfile -e prod destroy",
    ),
    formats.row(
        "a cloud's node group deleted",
        "delete",
        r"\b(?:eksctl delete nodegroup[^;|&]{0,200}?--name|aws eks delete-nodegroup[^;|&]{0,300}?--nodegroup-name|"
        rf"gcloud container node-pools delete|az aks nodepool delete[^;|&]{{0,300}}?(?:-n|--name))[ =]{_NAME}",
        "delete",
        "aws eks delete-nodegroup --cluster-name a --nodegroup-name batch",
        kind="NodeGroup",
    ),
    formats.row(
        "a cloud's cluster deleted",
        "delete",
        r"\b(?:eksctl delete cluster|aws eks delete-cluster|gcloud container clusters delete|az aks delete)\b",
        "delete",
        "gcloud container clusters delete prod --quiet",
    ),
    formats.row(
        "a cloud's own thing deleted",
        "aws ",
        r"\baws (?:rds|elasticache|dynamodb|efs|ec2|elbv2|route53|ecr|docdb|neptune|redshift|kms|backup|lambda|sqs|sns|"
        r"iam|eks) "
        r"(?P<verb>delete|terminate|deregister)-(?!nodegroup|cluster\b)[a-z-]+(?![^;|&]{0,400}--dry-run\b)"
        r"(?=[^;|&]{0,400}?--[a-z-]*(?:identifier|name|ids?|arn|group)[ =](?P<name>[\w./:-]{1,253}))?",
        "delete",
        "aws rds delete-db-instance --db-instance-identifier orders --skip-final-snapshot",
    ),
    formats.row(
        "a bucket emptied or deleted",
        "s3",
        r"\b(?:aws s3 (?:rb|rm(?=[^;|&]{0,300}--recursive))|gsutil (?:-m )?(?:rb|rm -r)|"
        r"gcloud storage (?:buckets delete|rm -r))"
        r"(?: --?[\w-]+)* (?:s3|gs)://(?P<name>[\w.-]{1,253})",
        "delete",
        "aws s3 rb s3://backups --force",
    ),
    formats.row(
        "another cloud's own thing deleted",
        "delete",
        r"\b(?:gcloud (?:[a-z-]+ ){1,3}(?<!node-pools )(?<!clusters )delete|az (?!aks)(?:[a-z-]+ ){1,3}delete)\b"
        r"(?:[^;|&]{0,200}?(?:-n|--name|--ids)[ =]| )(?P<name>[\w./:-]{1,253})",
        "delete",
        "gcloud sql instances delete orders --quiet",
    ),
    formats.row(
        "a cloud's node group sized",
        "desired",
        r"\baws (?:eks update-nodegroup-config|autoscaling [\w-]+)\b"
        r"(?=[^;|&]{0,400}?(?:--nodegroup-name|--auto-scaling-group-name)[ =](?P<name>[\w./-]{1,253}))?"
        r"[^;|&]{0,400}?(?:desiredSize=|--desired-capacity[ =])(?P<after>-?\d{1,9})",
        "scale",
        "aws eks update-nodegroup-config --nodegroup-name batch --scaling-config minSize=0,desiredSize=0",
        kind="NodeGroup",
    ),
    formats.row(
        "a node pool of Azure's or eksctl's scaled",
        " scale",
        r"\b(?:az aks (?:nodepool )?scale|eksctl scale nodegroup)\b"
        r"(?=[^;|&]{0,300}?(?:--nodepool-name|(?<!cluster)--name|-n)[ =](?P<name>[\w./-]{1,253}))?"
        r"[^;|&]{0,300}?(?:--node-count|-c|--nodes|-N)[ =](?P<after>\d{1,9})",
        "scale",
        "az aks nodepool scale --cluster-name prod --name batch --node-count 1",
        kind="NodeGroup",
    ),
    formats.row(
        "terraform apply",
        " apply",
        r"\b(?:terraform|tofu|terragrunt) apply\b(?![^;|&\n]{0,200} -(?:destroy|h(?:elp)?)\b)"
        r"[^;|&]{0,300}?-target[ =](?P<name>[\w.\[\]-]+)",
        "patch",
        "terraform apply -auto-approve -target=module.gke",
    ),
    formats.row(
        "a GitOps application changed",
        "argocd app ",
        rf"\bargocd app (?:sync|set) {_NAME}",
        "patch",
        "argocd app sync web",
        kind="Application",
    ),
    formats.row(
        "a release that Flux is told to leave or to take again",
        "flux ",
        rf"\bflux (?:suspend|resume) (?:helmrelease|hr) {_NAME}{_SPACE}",
        "patch",
        "flux suspend helmrelease web -n shop",
        kind="HelmRelease",
    ),
    formats.row(
        "manifests that Flux is told to leave or to take again",
        "flux ",
        rf"\bflux (?:suspend|resume) (?:kustomization|ks) {_NAME}{_SPACE}",
        "patch",
        "flux suspend kustomization web -n shop",
        kind="Kustomization",
    ),
    formats.row(
        "a cloud's node pool resized",
        "--num-nodes",
        r"\bgcloud container clusters resize\b(?=[^;|&]{0,300}?--node-pool[ =](?P<name>[\w./-]{1,253}))?"
        r"[^;|&]{0,300}?--num-nodes[ =](?P<after>\d{1,9})",
        "scale",
        "gcloud container clusters resize prod --node-pool batch --num-nodes 0",
        kind="NodeGroup",
    ),
)

_CURL = late(r"\b(?:curl|http|wget|Invoke-RestMethod)\b(?P<rest>(?:'[^']*'|\"[^\"]*\"|[^;|&\n]){0,2000})")
_METHOD = late(
    r"(?:(?:^|\s)-[a-z#]*X|--request|-Method|--method)[ =]?['\"]?(?P<method>[\w$-]+)|"
    r"^ (?P<word>DELETE|PATCH|PUT|POST)\b",
    re.IGNORECASE,
)
_DATA = late(r"(?:^|\s)(?:-[a-zA-Z#]*[dFT]|--(?:data|form|json|upload-file|post-data|post-file|body-data|body-file))")
"""What makes a request a POST (or a PUT) that names no method."""

_URL = late(r"https?://[^\s/'\"]{1,255}(?P<path>/[^\s'\"]{0,1000})")
_QUOTED = late(r"'[^']*'|\"(?:[^\"\\$`]|\\.|\$(?!\())*\"", re.DOTALL)
"""A text in quotes that runs nothing: what looks like an operator in it is none."""

_PIPES = late(r"\|\||&&|[|;&\n]|\$\(|`")
_BEFORE = wordset("sudo time timeout watch xargs env do then else elif if while until")
"""Words before a command that run it, with their options and numbers."""

_ASSIGNED = late(r"\w+=")
_TIME = late(r"\d+(?:\.\d+)?[smhd]?")
_READERS = wordset(
    "cat ls grep egrep zgrep awk gawk jq yq head tail echo printf wc sort uniq cut tr date sleep cd pwd which "
    "column less more tee true test [ [[ ps top free df du dig nslookup ping host uname whoami hostname id stat file "
    "find for done fi read set export"
)
_KUBECTL_READS = wordset(
    "get describe logs top explain api-resources api-versions version config cluster-info auth diff events wait "
    "status history port-forward proxy completion options kustomize"
)
_READING = late(
    r"^(?:helm (?:list|ls|status|get|history|template|show|search|repo|version|lint|diff|env)|"
    r"(?:terraform|tofu) (?:plan|show|output|state list|state show|validate|fmt|version|providers|graph)|"
    r"aws [\w-]+ (?:describe|get|list)[\w-]*|gcloud(?: [\w-]+)+ (?:list|describe)|az(?: [\w-]+)+ (?:list|show)|"
    r"eksctl get|git (?:log|show|diff|status|blame|fetch|clone|branch)|docker (?:ps|logs|inspect|images|stats)|"
    r"crictl (?:ps|logs|inspect|images|pods|stats)|(?:promtool|logcli|stern|kubectx|kubens))(?=\s|$)"
)


def find(command: str) -> tuple[list[Act], bool]:
    """The actions of a command line, and whether all of it was understood: it acts as told, or only reads."""
    command = command[:LONGEST].replace("\\\n", " ")
    acts, _ = kubectl.find(command)
    acts += _whole(by_format.find(command, ROWS), command) or hosts.find(command)
    sent = [_sent(match["rest"]) for match in _CURL.finditer(command)]
    acts += [act for found, _ in sent for act in found]
    return acts, bool(acts) or (all(known for _, known in sent) and _all_read(command))


def typed(text: str) -> list[Act]:
    """What a command in a log does that is not ``kubectl``'s, where it begins as one: ``$ helm rollback web 11``.

    Of one that is only spoken of (``I would never run terraform destroy``) the mood is ``Mood.NONE``.
    """
    match = _TYPED.search(text[:LONGEST]) if any(map(text.__contains__, _TYPED_TOOLS)) else None
    if match is None:
        return hosts.find(text[:LONGEST])
    before = text[max(0, match.end() - 200) : match.end()]
    after = kubectl.behind(text, match.end()) if before[-1:] == "`" else _outcome(text[match.end() : match.end() + 400])
    command = text[match.end() : LONGEST]
    mood = kubectl.meant(before, after, is_dry="--dry-run" in text)
    return [act._replace(mood=mood) for act in _whole(by_format.find(command, ROWS), command)]


def _outcome(command: str) -> str:
    """What stands behind a command that is the head of a sentence: `` timed out waiting for the condition``."""
    match = _OUTCOME.match(command)
    return match["how"] if match is not None else ""


_OUTCOME = late(
    r"[a-z]+ [a-z-]+(?: --?[a-z][\w-]*)* [a-z0-9][\w./@-]{0,252}(?: (?!--)[\w./@=:-]{1,253}){0,3}?"
    r"(?P<how> (?:failed|timed out waiting|succeeded|completed|finished)"
    r"(?=\W*$|[:,;(]| (?:in|after|for|with|because|due)\b)"
    r"[^\n]{0,100})"
)


def _whole(acts: list[Act], command: str) -> list[Act]:
    """The actions, of which one that takes away something and names no part of it takes the whole."""
    acts = [act._replace(said="delete_stack") if act.verb == "delete" and not act.targets else act for act in acts]
    given = _given(command) if len(acts) == 1 and acts[0].verb == "patch" else ()
    return [acts[0]._replace(fields=given)] if given else acts


def _given(command: str) -> tuple[FieldValue, ...]:
    """The values that Helm or Terraform is given: ``--set web.replicas=1,web.resources.limits.memory=1Gi``."""
    said = [each for match in _SET.finditer(command) for each in match["given"].split(",")]
    pairs = [each.partition("=") for each in said[: patches.MAX_FIELDS]]
    return tuple(patches.field(key, value) for key, _, value in pairs if value and is_measure(key))


_SET = late(r"--(?:set|set-string|var)[ =]['\"]?(?P<given>[^\s'\"]{3,500})")


_TYPED_TOOLS = (
    *("helm ", "terraform ", "tofu ", "pulumi ", "eksctl ", "gcloud ", "aws ", "az "),
    *("argocd ", "flux ", "helmfile ", "istioctl ", "kops "),
)
_TYPED = late(
    r"(?:^|^[$+#>%] ?|\bbash: |&& ?|; |\b(?:running|executing|ran|executed|exec|run|cmd|command|subprocess|shell|"
    r"spawning|spawned|invoking|invoked|calling)(?: command)?(?:[:=] ?| )['\"`]?)"
    r"(?=(?:helm|helmfile|terraform|tofu|pulumi|eksctl|gcloud|aws|az|argocd|flux|istioctl|kops) [a-z-])",
    re.IGNORECASE,
)


def _sent(rest: str) -> tuple[list[Act], bool]:
    """What a bare HTTP request does, and whether that is known."""
    said = _METHOD.search(rest)
    method = (said["method"] or said["word"]).upper() if said else "GET"
    if method in ("GET", "HEAD") and not _DATA.search(rest):
        return [], True
    url = _URL.search(rest)
    acts = requests.find(f"{'POST' if method == 'GET' else method} {url['path']}")[0] if url else []
    return acts, bool(acts)


def _all_read(command: str) -> bool:
    if "system(" in command:  # awk runs commands, too
        return False
    return all(map(_only_reads, _PIPES.split(_QUOTED.sub("''", command))))


def _only_reads(part: str) -> bool:
    words = _run(part)
    if not words or words[0].startswith(("-", "#")):
        return True
    name = words[0].rpartition("/")[2]
    if name in ("kubectl", "oc"):
        if "exec" in words:
            return "--" in words and _only_reads(" ".join(words[words.index("--") + 1 :]))
        return not _KUBECTL_READS.isdisjoint(words)
    if name == "find":
        runs = [at for at, word in enumerate(words) if word in ("-exec", "-execdir", "-ok", "-okdir")]
        return "-delete" not in words and all(_only_reads(" ".join(words[at + 1 :])) for at in runs)
    return name in ("curl", "http", "wget", *_READERS) or _READING.match(" ".join([name, *words[1:]])) is not None


def _run(part: str) -> list[str]:
    """The words of a command without those that stand before it: ``sudo -n``, ``X=1``, ``then``, ``{``."""
    words = part.strip().lstrip("({").rstrip(")").split()
    begun = False
    while words and words[0] not in _READERS:
        word = words[0]
        if word in _BEFORE:
            begun = True
        elif word.startswith(("$", "'", '"', "#")) or (
            any(map(str.isalnum, word))
            and not _ASSIGNED.match(word)
            and not (begun and (word.startswith("-") or _TIME.fullmatch(word)))
        ):
            break
        words.pop(0)
    return words
