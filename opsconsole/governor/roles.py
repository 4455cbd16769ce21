"""What an optimizer is for: as the settings say, else guessed by its image and its words, and never by them alone.

Whoever builds an image may call it ``cluster-autoscaler``. So a guess changes one thing: what one deed at an ordinary
rate is called. It raises no threshold where the fleet is seen, and what the optimizer does otherwise takes it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.known_role import KnownRole, RoleSource
from opsconsole.optimizer import Above, Optimizers
from opsconsole.patterns import late
from opsconsole.records import Decision, Finding, Mood, Severity, Workload
from opsconsole.text import clean_line

_EVENT = "event "
"""How the source of a Kubernetes event begins: anybody may have written it, in any name."""

_ENOUGH_LINES = 3
_MOST_LINES = 500
"""Lines that are looked at for the words of a known program; a program does not change what it is."""

_SHARE = 2 / 3
_ENOUGH_DEEDS = 10
_FOREIGN = 3

_IMAGES = {
    "node-autoscaler": r"cluster-autoscaler|karpenter|escalator|cluster-proportional-node|spot-ocean",
    "descheduler": r"descheduler",
    "rightsizer": r"vpa-(?:updater|recommender|admission)|vertical-pod-autoscaler|goldilocks|krr|kubeturbo|stormforge|"
    r"rightsiz\w*|craned",
    "horizontal": r"keda|kube-downscaler|py-kube-downscaler|horizontal-pod-autoscaler|kube-green|"
    r"cluster-proportional-autoscaler|knative",
    "rollout-controller": r"argo-rollouts|argocd-application-controller|"
    r"flagger|kruise-rollout|rollouts-controller|argocd-image-updater",
    "node-maintenance": r"kured|draino|node-maintenance-operator|system-upgrade-controller|"
    r"machine-config-(?:operator|daemon|controller)|(?:flatcar|container)-linux-update-operator|"
    r"bottlerocket-update-operator|aws-node-termination-handler",
    "janitor": r"kube-janitor|janitor|cleanup-operator|ttl-controller|reaper",
    "agent": r"k8sgpt|kagent|holmes(?:gpt)?|mcp-server[\w-]*|[\w-]*llm[\w-]*|(?:oncall|sre|ops|kube|k8s)-agent",
}
_WORDS = {
    "node-autoscaler": r"static_autoscaler\.go|orchestrator\.go:|eligibility\.go:|actuator\.go:|klogx\.go:|"
    r"[Nn]ode[Cc]laim|StandardAutoscaler:",
    "descheduler": r"(?:high|low)?nodeutilization\.go|evictions\.go:|descheduler|toomanyrestarts\.go|duplicates\.go:|"
    r"\((?:LowNodeUtilization|HighNodeUtilization|RemoveDuplicates|RemovePods\w+|PodLifeTime)\)",
    "rightsizer": r"update_priority_calculator\.go|updater\.go:|recommender\.go:|cluster_feeder\.go|EvictedByVPA|"
    r"working set|[Rr]ight-?siz",
    "horizontal": r"horizontal\.go:|\b[Cc]uller\b|"
    r"scaleexecutor|SuccessfulRescale|Successful(?:ly)? rescale|ScaledObject|"
    r"Downscaler v|downtime: |kpa/scaler\.go:|\bknative\.dev/key\b",
    "rollout-controller": r"\brollout=|app state \(|automated sync to |sync status: |app status \(|"
    r"RolloutStep|ScalingReplicaSet|argo-rollouts|[Cc]anary|Adding resource result, status: |"
    r"\"controller\": ?\"(?:kustomization|helmrelease)\"",
    "node-maintenance": r"[Rr]eboot (?:lock|(?:not )?required|blocked)|Commanding reboot|drain_controller\.go:|"
    r"[Nn]ode ?[Mm]aintenance\b|[Mm]achine-?[Hh]ealth|"
    r"system-upgrade-controller|\bupgrade\.cattle\.io/v|\bSPOT_ITN\b|[Ss]pot ITN\b|to the event store|"
    r"watching for interruption events|event store statistics|\bn=ansible \| ",
    "janitor": r"[Jj]anitor|\bTTL is \S{1,40} old\b|"
    r"ttlafterfinished_controller\.go:|(?:TTL|ttl) (?:of|expired)|is expired|"
    r"(?:pull|merge) request (?:was |is )?(?:closed|merged)|\bpreview (?:namespace|environment)s?\b|"
    r"[Rr]econciling previews\b",
    "agent": r"tool_calls?\b|tool_use|function_call|\"role\": ?\"assistant\"|chat completion|AgentExecutor|"
    r"Running command: |Thought:",
}
_BY_IMAGE = late("|".join(f"(?P<{role.replace('-', '_')}>^(?:{words})$)" for role, words in _IMAGES.items()))
_BY_WORDS = late("|".join(f"(?P<{role.replace('-', '_')}>{words})" for role, words in _WORDS.items()))
_SURE = late(
    r"static_autoscaler\.go:|actuator\.go:|scaleexecutor|horizontal\.go:|kpa/scaler\.go:|\bn=ansible \| |"
    r"(?:pull|merge) request (?:was |is )?(?:closed|merged), deleting|\(uptime: .{1,80} downtime: |evictions\.go:|"
    r"updater\.go:|\"NodeClaim\"|[Rr]eboot (?:lock|(?:not )?required)|Commanding reboot|drain_controller\.go:|"
    r"SPOT_ITN|[Ss]pot ITN\b|ttlafterfinished_controller\.go:|kube_janitor|annotation janitor/|"
    r"\bwith \S{1,20} TTL is \S{1,40} old and will be deleted|"
    r"StandardAutoscaler:|to the event store|watching for interruption events|automated sync to '|app status \(|"
    r"Adding resource result, status: |\"controller\": ?\"(?:kustomization|helmrelease)\""
)
"""Words of one program alone: one such line is as good as three others."""

_BODY = 400
"""Characters of a line in which its program's words are looked for."""

_WORK = {
    "rightsizer": frozenset({"resources", "evictions"}),
    "horizontal": frozenset({"replicas"}),
    "node-autoscaler": frozenset({"nodes", "evictions"}),
    "descheduler": frozenset({"evictions"}),
    "rollout-controller": frozenset({"replicas", "images", "objects"}),
    "node-maintenance": frozenset({"nodes", "evictions"}),
    "janitor": frozenset({"objects", "pods"}),
}
"""What each is seen to do; an agent does anything."""

_BY_DEEDS = {
    "resources": "rightsizer",
    "replicas": "horizontal",
    "nodes": "node-autoscaler",
    "evictions": "descheduler",
    "objects": "janitor",
}
_OF_NODES = frozenset({"nodes", "evictions"})
"""What is done by who sees to nodes and to nothing else."""

_COUNTS = ("replicas", "minReplicas", "maxReplicas")
_NODES = frozenset({"Node", "NodeClaim", "NodeGroup", "Machine"})
_NODE_VERBS = frozenset({"drain", "cordon", "taint", "disrupt", "uncordon", "untaint"})


def role_of_image(image: str) -> str:
    """The role of the well-known program that an image is called as; empty for any other."""
    match = _BY_IMAGE.match(base_name(image))
    return (match.lastgroup or "").replace("_", "-") if match else ""


def base_name(image: str) -> str:
    """``cluster-autoscaler`` of ``registry.k8s.io/autoscaling/cluster-autoscaler:v1.33@sha256:…``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


class RoleGuess:
    """Gathers what tells the role of one optimizer. Constant memory.

    Args:
        name: whose it is.
        given: what the settings say; empty: nothing.
    """

    def __init__(self, name: str, given: str) -> None:
        self._name = name
        self._given = given
        self._images: dict[str, str] = {}
        self._lines = 0
        self._words: Counter[str] = Counter()
        self._like: dict[str, str] = {}
        self._deeds: Counter[str] = Counter()
        self._known: KnownRole | None = None

    def image(self, image: str) -> None:
        """A container of it runs that image."""
        role = role_of_image(image)
        if role and self._images.get(role) != image:
            self._images[role] = image
            self._known = None

    def line(self, decision: Decision) -> None:
        """It said that."""
        if self._lines < _MOST_LINES:
            self._lines += 1
            match = _BY_WORDS.search((decision.body or decision.message)[:_BODY])
            if match is not None:
                role = (match.lastgroup or "").replace("_", "-")
                self._words[role] += _ENOUGH_LINES if _SURE.search(match.string, 0, _BODY) else 1
                self._like.setdefault(role, match[0])
                self._known = None
        if decision.mood in (Mood.DONE, Mood.PLANNED, Mood.NONE) and (deed := _deed(decision)):
            self._deeds[deed] += 1
            self._known = None

    @property
    def known(self) -> KnownRole:
        """The role as it is known now."""
        if self._known is None:
            told, nodes = self._tell(), "nodes" in self._deeds and self._deeds.keys() <= _OF_NODES
            self._known = KnownRole(told.role, told.source, told.why, told.optimizer, tends_nodes=nodes)
        return self._known

    def _tell(self) -> KnownRole:
        if self._given:
            return KnownRole(self._given, RoleSource.SETTINGS, "", self._name)
        said = self._by_words()
        images = set(self._images)
        if len(images) > 1 or (images and said and said not in images):
            told = " and ".join([*(base_name(each) for each in self._images.values()), *([said] if said else [])])
            return KnownRole("", RoleSource.CONTRADICTED, f"its image and its words differ: {told}", self._name)
        role = next(iter(images), said)
        if not role:
            return self._by_deeds()
        if foreign := self._foreign(role):
            return KnownRole("", RoleSource.CONTRADICTED, f"called {role}, and it changes {foreign}", self._name)
        if images:
            return KnownRole(role, RoleSource.IMAGE, base_name(self._images[role]), self._name)
        return KnownRole(role, RoleSource.WORDS, f"lines like {self._like[role]!r}", self._name)

    def _by_words(self) -> str:
        role, most = max(self._words.items(), key=lambda each: each[1], default=("", 0))
        return role if most >= _ENOUGH_LINES and most >= _SHARE * self._words.total() else ""

    def _foreign(self, role: str) -> str:
        """What it does that is no work of that role, where that is much of what it does; empty where it is not."""
        if role not in _WORK:
            return ""
        foreign = Counter({deed: count for deed, count in self._deeds.items() if deed not in _WORK[role]})
        if foreign.total() < _FOREIGN or foreign.total() * 3 < self._deeds.total():
            return ""
        return foreign.most_common(1)[0][0]

    def _by_deeds(self) -> KnownRole:
        deed, most = max(self._deeds.items(), key=lambda each: each[1], default=("", 0))
        if most < _ENOUGH_DEEDS or most < _SHARE * self._deeds.total() or deed not in _BY_DEEDS:
            return KnownRole(optimizer=self._name)
        return KnownRole(_BY_DEEDS[deed], RoleSource.DEEDS, f"mostly {deed}", self._name)


class Roles:
    """The roles of all optimizers.

    Args:
        optimizers: they, as the settings name them; none where a log alone is judged.
    """

    def __init__(self, optimizers: Optimizers) -> None:
        each = [(one.name, one.role) for one in optimizers.each] or [("", "")]
        self._guesses = {name: RoleGuess(name, role) for name, role in each}
        self._optimizers = optimizers
        self._names = {workload.name for workload in optimizers.workloads}
        self._accounts = {account.name for account in optimizers.accounts}

    def workload(self, record: Workload, above: Above) -> None:
        """That workload is there: where it is an optimizer's, its images tell."""
        if record.name not in self._names and record.service_account not in self._accounts:
            return
        whose = self._optimizers.whose(record, above)
        for spec in record.containers if whose is not None else ():
            if whose is not None and not spec.init and whose.container in ("", spec.name):
                self._guesses[whose.name].image(spec.image)

    def line(self, decision: Decision) -> None:
        """One of them said that; which one can be told where the line's log is known, or where there is but one."""
        guess = self._whose(decision.optimizer)
        if guess is not None and not decision.source.startswith(_EVENT):
            guess.line(decision)

    def of(self, name: str) -> KnownRole:
        """The role of the optimizer of that name; of all, where the name is unknown and they have one role."""
        guess = self._whose(name)
        if guess is not None:
            return guess.known
        every = self.all()
        same = len({each.role for each in every}) == 1 and all(each.counts for each in every)
        guessed = next((each for each in every if each.source is not RoleSource.SETTINGS), every[0])
        return guessed if same else KnownRole()

    def all(self) -> tuple[KnownRole, ...]:
        """All roles, as they are known now."""
        return tuple(each.known for each in self._guesses.values())

    def _whose(self, name: str) -> RoleGuess | None:
        return next(iter(self._guesses.values())) if len(self._guesses) == 1 else self._guesses.get(name)


def guesses(roles: Iterable[KnownRole], now: float) -> list[Finding]:
    """A remark for each role that is guessed, or that cannot be told for contradictions."""
    return [_remark(each, now) for each in roles if each.source not in (RoleSource.SETTINGS, RoleSource.UNKNOWN)]


def _remark(known: KnownRole, now: float) -> Finding:
    return Finding(
        key=f"role|{known.optimizer}|",
        rule="role",
        severity=Severity.INFO,
        title=clean_line(f"{known.optimizer or 'the optimizer'} is taken for: {known.words}"),
        detail="A guess makes ordinary rates ordinary, nothing more (docs/rules.md). optimizer.role overrides it.",
        at=now,
    )


def _deed(decision: Decision) -> str:
    """What sort of work a line tells of; empty for none that tells a role."""
    verb, targets = verb_of(decision), targets_of(decision)
    kind = targets[0].kind if targets else ""
    if verb in _NODE_VERBS or kind in _NODES or (verb == "delete" and not kind and "node" in decision.action.lower()):
        return "nodes"
    if verb == "evict":
        return "evictions"
    if verb == "delete":
        return "pods" if kind == "Pod" else "objects"
    return _set_by(decision) if verb in ("scale", "patch") else ""


def _set_by(decision: Decision) -> str:
    paths = [field.path for field in decision.fields]
    if any(path.endswith(("cpu", "memory")) for path in paths):
        return "resources"
    if any(path.endswith("image") for path in paths):
        return "images"
    return "replicas" if any(path in _COUNTS for path in paths) else ""
