"""Sentences that grammar alone does not tell, one row each; ``[decisions.formats]`` and plugins add rows of their own.

A row's pattern is searched where the message holds ``needs``. Its groups say what it tells: ``verb kind namespace name
label number before after what side query``; a label is a name where no better one is told. A test reads each sample.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.patterns import late
from opsconsole.records import Mood


class Format(NamedTuple):
    """A kind of sentence. ``many``: each match is an action of its own; else all matches tell of one."""

    name: str
    needs: str
    pattern: re.Pattern[str]
    verb: str
    sample: str
    kind: str = ""
    mood: str = Mood.PLANNED
    what: str = "replicas"
    many: bool = False


def row(name: str, needs: str, pattern: str, verb: str, sample: str, **more: object) -> Format:
    """A row of ours from the text of its pattern, which is compiled when a message holds ``needs``."""
    return Format(name, needs, late(pattern), verb, sample, **more)  # type: ignore[arg-type]


def format_row(name: str, needs: str, pattern: str, verb: str, sample: str, **more: object) -> Format:
    """A row from the text of its pattern.

    Raises:
        re.error: the pattern is no regular expression.
    """
    return Format(name, needs, re.compile(pattern), verb, sample, **more)  # type: ignore[arg-type]


_EMPTY = (
    r"(?:(?:returned|yielded|gave|produced) (?:no data|nothing|nan|"
    r"(?:an )?empty (?:result|vector|matrix|set|response|list|frame|series)|"
    r"no (?:series|samples|metrics|points|rows|values|datapoints))|"
    r"came back (?:empty|with (?:nothing|no data))|is empty|has no data)"
)
_STEPS = (
    "Delete|Remove|Restart|Scale|Resize|Set|Patch|Update|Replace|Suspend|Drain|Cordon|Uncordon|Evict|Create|Apply|"
    "Edit|Taint"
)
"""What PowerShell's commands for a cluster do."""
_TO_SIZE = r"(?:(?: [a-z]{1,20}){0,3}(?: from (?P<before>\d{1,9}))? to (?P<after>\d{1,9}))?"
_MANY = (
    "Canar(?:y|ies)|Deployment|StatefulSet|DaemonSet|Rollout|Service|HorizontalPodAutoscaler|CronJob|Job|Pod|Node|"
    "ConfigMap|Secret|NetworkPolic(?:y|ies)|ScaledObject|VirtualService|PodDisruptionBudget"
)
_ASKED = "prometheus|thanos|mimir|datadog|cloudwatch|victoriametrics|promql"

ROWS: tuple[Format, ...] = (
    row(
        "a metric without data",
        "",
        rf"(?i)\b(?:metric|query|series|{_ASKED})(?: (?P<quote>['\"`])(?P<query>.{{1,500}}?)(?P=quote))? "
        rf"(?P<problem>{_EMPTY})",
        "query",
        "Metric 'x' returned no data",
    ),
    row(
        "a query without data, not quoted",
        "",
        r"(?i)\b(?:metric|query|series|promql):? (?P<query>[a-z_:][\w:]{0,200}(?:[({\[].{1,400}?|_\w{1,200})) "
        rf"(?P<problem>{_EMPTY})",
        "query",
        "Query sum(rate(x_total[5m])) returned no data",
    ),
    row(
        "no data for a metric",
        "o ",
        r"(?i)\b(?P<problem>no (?:data|samples?|series|data ?points?|metrics|values)(?: points?)?"
        r"(?: found| returned)?) "
        r"(?:for|from|by) (?:the )?(?:[a-z]{2,20} )?(?:metric|query|series|expression|promql)"
        r"(?: (?P<query>\S(?:(?!\. ).){0,300}?))?(?=, |; | probably\b| because\b|\.?$)",
        "query",
        "no samples for query rate(x[5m])",
    ),
    row(
        "metrics API without metrics",
        " metrics ",
        r"(?P<problem>no metrics returned(?= from)|(?:did not receive|received no) metrics(?= for\b))|"
        r"(?P<none>no metrics available)(?: for\b|:|\W*$)|"
        r"(?:for )?\w+/(?P<namespace>[\w-]+)/(?P<name>[\w-]+): (?=.{0,300}no metrics returned)",
        "query",
        "no metrics returned from resource metrics API",
    ),
    row(
        "cluster-autoscaler's plan",
        "->",
        r"\{(?P<name>[\w./:-]{1,253}) (?P<before>-?\d{1,12})->(?P<after>-?\d{1,12})\b",
        "scale",
        "Final scale-up plan: [{pool-a 4->7 (max: 30)} {pool-b 2->3 (max: 12)}]",
        kind="NodeGroup",
        many=True,
    ),
    row(
        "cluster-autoscaler's group",
        "group ",
        r"(?:setting )?group (?P<name>[\w./:-]{1,253}) size (?:set )?to (?P<after>-?\d{1,12})"
        r"(?: instead of (?P<before>-?\d{1,12}))?",
        "scale",
        "Scale-up: setting group pool-a size to 7",
        kind="NodeGroup",
    ),
    row(
        "cluster-autoscaler's taint",
        "Taint",
        r"(?:[Aa]dded|[Aa]dding) (?P<taint>\w*Taint\w*) (?:on|to) node \"?(?P<name>[\w.-]{1,253})",
        "taint",
        "Successfully added ToBeDeletedTaint on node n-1",
        kind="Node",
        mood=Mood.DONE,
    ),
    row(
        "cluster-autoscaler's mark",
        "unschedulable",
        r"marked the node as \S*unschedulable",
        "taint",
        "marked the node as toBeDeleted/unschedulable",
        kind="Node",
        mood=Mood.DONE,
    ),
    row(
        "VPA's patches",
        "/resources/",
        r"(?:\{|Op:)(?:add|replace) (?:Path:)?/spec/containers/\d+/resources/"
        r"(?P<side>limits|requests)/(?P<what>[\w.-]+) "
        r"(?:Value:)?(?P<after>[^\s}]{1,40})",
        "patch",
        "Sending patches: [{add /spec/containers/0/resources/requests/cpu 63m}]",
        kind="Pod",
    ),
    row(
        "Karpenter's machines",
        "terminating ",
        r"terminating (?P<number>\d{1,6}) (?:machines|nodes|nodeclaims|candidates)(?: \(\d{1,6} pods?\))? "
        r"(?P<name>[\w.-]{1,253})/[\w.-]{1,100}/[\w-]{1,40}"
        r"(?P<others>(?:, [\w.-]{1,253}/[\w.-]{1,100}/[\w-]{1,40}){0,50})",
        "disrupt",
        "deprovisioning via consolidation delete, terminating 1 machines ip-1.internal/r6i.large/spot",
        kind="Node",
    ),
    row(
        "the API server's refusal",
        " is forbidden: ",
        r"(?P<kind>[a-z]+)(?:\.[\w.]+)? \"(?P<name>[^\"]{1,253})\" is forbidden: "
        r".{0,300}?cannot (?P<verb>\w+) resource",
        "patch",
        'nodes "n-1" is forbidden: User "x" cannot patch resource "nodes"',
        mood=Mood.REFUSED,
    ),
    row(
        "kubectl's results",
        "\n",
        r"(?m)^(?:(?i:garbage collection|prun(?:ing|ed)|appl(?:ying|ied)|sync|reconciliation|clean-?up) ?"
        r"(?:completed|finished|done|results?)?: )?"
        r"(?P<kind>[A-Za-z]+)(?:\.[\w.]+)?(?:/| \")(?P<name>[\w.-]{1,253}(?:/[\w.-]{1,253})?)\"? "
        r"(?P<verb>deleted|evicted|scaled|patched|configured|created|restarted|cordoned|drained|tainted|labeled)$",
        "delete",
        'pod "a-1" deleted\npod "a-2" deleted',
        mood=Mood.DONE,
        many=True,
    ),
    row(
        "a command that a node reboots by",
        "node",
        r"\b(?P<verb>reboot|kexec)\b[^\]\n]{0,80}\] (?:for|on) node:? \"?(?P<name>[\w.-]{1,253})",
        "restart",
        "Running command: [/bin/systemctl reboot] for node: n-1",
        kind="Node",
    ),
    row(
        "new nodes that wait for their launch",
        " for launch",
        r"(?i)\b(?:queue|queued|queuing|queueing|adding) (?P<number>\d{1,6}) (?:new )?nodes? for launch\b",
        "create",
        "Queue 3 new nodes for launch",
        kind="Node",
    ),
    row(
        "an autoscaler's sizes",
        "old size: ",
        r"[Ss]uccessful rescale of (?P<name>[\w./-]{1,253}), old size: (?P<before>\d{1,9}), "
        r"new size: (?P<after>-?\d{1,9})",
        "scale",
        "Successful rescale of web, old size: 5, new size: 3, reason: All metrics below target",
        mood=Mood.DONE,
    ),
    row(
        "kubectl's roll-back",
        " rolled back",
        r"(?P<kind>[a-z]+)(?:\.[\w.]+)?/(?P<name>[\w.-]{1,253}) rolled back",
        "rollback",
        "deployment.apps/a rolled back",
        mood=Mood.DONE,
    ),
    row(
        "kubectl's autoscaler",
        " autoscaled",
        r"^(?P<kind>horizontalpodautoscaler)(?:\.[\w.]+)?/(?P<name>[\w.-]{1,253}) autoscaled",
        "create",
        "horizontalpodautoscaler.autoscaling/a autoscaled",
        mood=Mood.DONE,
    ),
    row(
        "an object that a tool scaled to a size",
        " scaled to ",
        r"(?<![\w./-])(?P<kind>[a-z]{2,60})(?:\.[\w.]{1,100})?/(?P<name>[a-z0-9][\w.-]{0,252}) scaled to "
        r"(?P<after>\d{1,9}) (?:replica|server|pod|instance)s?\b",
        "scale",
        "deployment.apps/web scaled to 9 replicas",
        mood=Mood.DONE,
    ),
    row(
        "scale to a number of servers",
        " to ",
        # Not behind a participle's object: "3 deployments scaled to 0 replicas" names whom before the verb.
        r"(?i)(?<!can )\b(?:scal(?:e|ing)|(?:^|(?<=[.:;,\]] ))scaled)(?: (?:up|down|out|in))? "
        r"to (?P<after>[+-]?[\d,]{1,40}|nan|inf(?:inity)?|null|none) (?:replica|server|node|pod|instance)s?\b",
        "scale",
        "Scale to -1 servers",
    ),
    row(
        "an object's replicas",
        "replicas",
        r"^(?:\[[\w -]{1,30}\] )?(?:(?P<kind>[A-Za-z]{2,30})[ /])?(?P<name>[a-z0-9][\w./-]{0,250}): replicas:? "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>-?\d{1,9}|nan)\b",
        "scale",
        "deployment web: replicas 3 => 1",
    ),
    row(
        "a name and two counts",
        "/",
        r"^(?P<name>[a-z][a-z0-9-]{0,62}/[a-z][a-z0-9.-]{0,252}) (?P<before>\d{1,6}) ?"
        r"(?:[-=~]+>|[→⇒➜]) ?(?P<after>\d{1,6})(?= \(|$| replicas?\b)",
        "scale",
        "shop/web 5 -> 8",
    ),
    row(
        "some replicas more or less",
        " replica",
        r"^(?:(?P<kind>[A-Za-z]{2,30})[ /])?(?P<name>[a-z0-9][\w./-]{0,250}): [+-]\d{1,6} replicas?\b"
        r"(?:[^;]{0,40}\b(?:now|total|makes) (?P<after>\d{1,6}))?",
        "scale",
        "web: +2 replicas (now 5)",
    ),
    row(
        "the HPA controller's farewell",
        "has been deleted",
        r"^Horizontal Pod Autoscaler has been deleted",
        "delete",
        "Horizontal Pod Autoscaler has been deleted in shop",
        kind="HorizontalPodAutoscaler",
        mood=Mood.OBSERVED,
    ),
    row(
        "kured's reboot",
        "reboot",
        r"Running command: .{1,200}\breboot\b.{0,40} for node: (?P<name>[a-z0-9][\w.-]{0,252})",
        "restart",
        "Running command: [/bin/systemctl reboot] for node: n-1",
        kind="Node",
    ),
    row(
        "a weight set",
        "weight",
        r"(?i)\b(?:set|setting|chang(?:ed|ing)|updat(?:ed|ing)) (?:the |traffic )?(?:weight (?:of|for) "
        r"(?:(?:backend|subset|route|service|version|upstream|(?P<kind>canary)) )|"
        r"(?:canary|traffic|backend|route) weight (?:of|for) (?:the )?)"
        r"['\"]?(?P<name>[a-z0-9][\w./-]{0,252})['\"]? "
        r"(?:from (?P<before>-?\d[\d.]{0,9}) ?%? )?to (?P<after>-?\d[\d.]{0,9}|nan|-?inf(?:inity)?|null)\b",
        "patch",
        "Setting weight of backend 'web-2' to 30",
        what="weight",
    ),
    row(
        "rights given",
        "",
        r"(?i)\b(?:(?:add|grant|append|giv)(?:ed|ing|s|e|en)?|gave) (?:(?:the|new|more|missing|further|rbac) ){0,2}"
        r"(?:verbs?|permissions?|rights?|rules?|privileges?|access)\b[^.;]{0,160}? (?:to|in|on|for) (?:the )?"
        r"(?P<kind>cluster ?role|role|service ?account)\b(?: ?['\"]?(?P<name>[a-z0-9][\w./:-]{0,252}))?",
        "patch",
        'Added verb "escalate" to role tuner',
    ),
    row(
        "traffic shifted",
        "traffic",
        r"(?i)\b(?P<verb>(?:shift|rout|mov|send|sent|divert|direct|switch|weigh)(?:ed|ing|es|s|e)?) (?:over )?"
        r"(?:(?P<after>\d{1,3}(?:\.\d{1,4})?) ?% of )?(?:(?:all|the|live|production|user|incoming) ){0,3}traffic "
        r"(?:of \S{1,253} )?(?:to|onto|towards|over to) (?:the )?(?:(?P<kind>canary|service|deployment|revision) )?"
        r"['\"]?(?!(?:primary|stable|baseline|active)\b(?!-))(?P<name>[a-z0-9][\w./-]{0,252})",
        "patch",
        "Shifting 30% of traffic to canary web-2",
        what="weight",
    ),
    row(
        "a stack destroyed",
        "",
        r"(?i)\b(?P<verb>(?:destroy|delet|remov)(?:ed|ing|s|es|e)?|tearing down|tore down) (?:the )?"
        r"(?:terraform|tofu|pulumi|cloudformation|bicep|crossplane) (?:stack|workspace|module|deployment|resources? )"
        r"(?:of |in )?['\" ]?(?P<name>[\w./:-]{1,253})",
        "delete",
        "Destroying terraform stack staging",
    ),
    row(
        "an autoscaler's size that was not set",
        "New size: ",
        r"^New size: (?P<after>\d{1,9}); reason: .{1,300}?; error: (?P<problem>.{1,300})",
        "scale",
        "New size: 9; reason: All metrics below target; error: the object has been modified",
        mood=Mood.REFUSED,
    ),
    row(
        "an autoscaler's namespace, target and change",
        "arget: ",
        r"^(?P<verb>[A-Za-z]{4,14}) [Nn]amespace: (?P<namespace>[a-z0-9-]{1,63}), [Tt]arget: "
        r"(?:(?P<kind>[A-Za-z]{2,30})/)?(?P<name>[a-z0-9][\w.-]{0,252}), [Rr]eplicas:? "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]|to) ?(?P<after>-?\d{1,9})",
        "scale",
        "Scaling Namespace: shop, Target: deployment/web, replicas 5 -> 0",
    ),
    row(
        "a deed's namespace and target",
        "arget: ",
        r"^(?P<verb>(?i:delet|remov|evict|restart|patch)(?:ed|ing)) [Nn]amespace: (?P<namespace>[a-z0-9-]{1,63}), "
        r"[Tt]arget: (?P<kind>[A-Za-z]{2,30})/(?P<name>[a-z0-9][\w.-]{0,252})(?=$|[,;. ])",
        "delete",
        "Deleting Namespace: fin, Target: job/etl-3",
    ),
    row(
        "many objects of a kind",
        " objects",
        rf"^(?P<kind>{_MANY})s? (?P<verb>patched|updated|deleted|restarted|scaled|suspended) on "
        r"(?P<number>[1-9]\d{0,5}) objects\b",
        "patch",
        "Canary patched on 38 objects in all namespaces: spec.skipAnalysis false -> true",
    ),
    row(
        "a group's desired size",
        "desired",
        r"\b(?i:asg|auto ?scaling ?group|node ?group|node ?pool|instance ?group|mig|vmss) "
        r"['\"]?(?P<name>[a-z0-9][\w./-]{0,120})['\"]?:? "
        r"(?:(?:min|max)(?:imum)?(?: size)?:? \d{1,6} ?(?:[-=~]+>|[→⇒➜]) ?\d{1,6}, ?){0,2}"
        r"desired(?: capacity| size| count| nodes)?:? "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>-?\d{1,9})",
        "scale",
        "asg od-workers desired 24 -> 0, min 6 -> 0",
        kind="NodeGroup",
    ),
    row(
        "what is wanted of an object, and what there is",
        "; scal",
        r"^(?P<name>(?:[a-z0-9-]{1,63}/)?[a-z0-9][a-z0-9.-]{0,252}): "
        r"(?:[a-z]{1,20}(?: is)?[ =](?:low|high|\d[\w.%]{0,10}),? (?:[-=]> )?)?"
        r"(?:desired|wants?|target) "
        r"(?P<after>\d{1,9})(?: (?:replicas|pods))?, (?:current|have|has|now|running) (?P<before>\d{1,9})"
        r"(?: (?:replicas|pods))?; (?P<verb>scaling|scaled)(?=$|[.,;]| (?:up|down|in|out|now|it)\b)",
        "scale",
        "web: load 0.4 -> desired 3 replicas, current 8; scaling",
    ),
    row(
        "PowerShell's question",
        "What if: ",
        rf"^What if: Performing the operation \"(?P<verb>{_STEPS}){_TO_SIZE}\b[^\"]{{0,60}}\" "
        r"on target "
        r"\"(?:(?P<kind>[A-Za-z]{2,30}(?:(?: [a-z]{2,12}){0,2}(?= '))?)[ /])?'?"
        r"(?P<name>[a-z0-9][\w./-]{0,252})[^\"]{0,200}\"",
        "delete",
        'What if: Performing the operation "Delete" on target "deployment shop/web".',
        mood=Mood.DRY_RUN,
    ),
    row(
        "PowerShell's step",
        "Performing the operation ",
        rf"\bPerforming the operation \"(?P<verb>{_STEPS}){_TO_SIZE}\b[^\"]{{0,60}}\" on target "
        r"\"(?:(?P<kind>[A-Za-z]{2,30}(?:(?: [a-z]{2,12}){0,2}(?= '))?)[ /])?'?"
        r"(?P<name>[a-z0-9][\w./-]{0,252})[^\"]{0,200}\"",
        "delete",
        'Performing the operation "Remove" on target "job batch/etl-3".',
    ),
    row(
        "trying again",
        "etrying",
        r"(?i)^retrying (?:the )?(?P<verb>patch|scale|update|delete|evict|eviction|restart|drain)\b"
        r"(?! the request| (?:of|for|on) | [a-z]+[ /]\S*[-/])",
        "patch",
        "Retrying patch in 10 s",
    ),
)
