"""Every setting, its type and its default, in one record: a value that can't be used never gets into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from opsconsole.clock import BadZone, zone_of
from opsconsole.names import BadName, is_namespace, parse_account, parse_workload, split_users

Seconds = Annotated[float, Meta(gt=0)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=1)]


MAX_NAMESPACES = 20
"""Namespaces that can be named: each is ten watches. Who wants more of them may read the whole cluster."""


class SettingsError(Exception):
    """A settings file or variable can't be used; the text says which, where and what would be right."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every section: unknown keys are errors, since a misspelt safeguard is no safeguard."""


class ClusterSettings(Section, frozen=True):
    """Where the API server is and how patient we are with it. Empty context: the kubeconfig's current one."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    """Read this namespace alone, or several with commas between; empty: all of them, or the context's own if that is
    denied."""
    connect_timeout: Seconds = 5.0
    read_timeout: Seconds = 30.0
    """Seconds without a byte before a request counts as dead."""
    page_size: Count = 250
    """Objects in one page of a list that has to be read in pages, because the whole of it did not get through."""
    watch_silence: Seconds = 90.0
    """A watch this long without an event or a bookmark is relisted; the server sends a bookmark about every minute."""
    production: tuple[str, ...] = ("prod", "prd", "live")
    """Contexts whose name contains one of these are shown as production and need to be named twice by a rehearsal."""

    def __post_init__(self) -> None:
        names = self.namespaces
        if wrong := next((name for name in names if not is_namespace(name)), None):
            raise ValueError(f"namespace: {wrong!r} can't be a namespace's name")
        if len(names) > MAX_NAMESPACES:
            raise ValueError(f"namespace: {len(names)} are named, and {MAX_NAMESPACES} is the most")

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that are named, each once; none: all of them."""
        return tuple(dict.fromkeys(filter(None, (name.strip() for name in self.namespace.split(",")))))


def _check(key: str, texts: Sequence[str], parse: Callable[[str], object]) -> None:
    """Raise ``ValueError`` with the key (and the place in its list) for the first text that can't be parsed."""
    for number, text in enumerate(texts):
        try:
            parse(text)
        except BadName as error:
            place = f"{key}[{number}]" if key.endswith("s") else key
            raise ValueError(f"{place}: {error}") from error


def _check_identities(accounts: Sequence[str], users: Sequence[str], groups: Sequence[str]) -> None:
    _check("service_accounts", accounts, parse_account)
    _check("users", users, lambda user: split_users([user]))
    if any(not group.strip() for group in groups):
        raise ValueError("groups: a group's name is empty")


Role = Literal[
    "", "rightsizer", "horizontal", "node-autoscaler", "descheduler", "rollout-controller", "janitor", "agent"
]
"""What an optimizer is for; empty: not said."""


class OptimizerSettings(Section, frozen=True):
    """Who the optimizer is. ``name`` is ``namespace/name`` or ``kind/namespace/name``, the kind as kubectl takes it."""

    name: str = ""
    workloads: tuple[str, ...] = ()
    """Further workloads that run it, named in the same way."""
    container: str = ""
    """Container whose log is the decision stream; empty: every container."""
    service_account: str = ""
    """``namespace/name``; empty: read from the optimizer's pod template."""
    service_accounts: tuple[str, ...] = ()
    """Further ServiceAccounts that it acts as; ``system:serviceaccount:namespace:name`` is read too."""
    users: tuple[str, ...] = ()
    """Users that it acts as from outside, as the API server names them."""
    groups: tuple[str, ...] = ()
    """Groups that it acts by."""
    role: Role = ""
    """What it is for."""
    managers: tuple[str, ...] = ()
    """Its field managers. Empty: the managers seen to write while it says so; ``OpenAPI-Generator`` proves nothing."""
    processes: tuple[str, ...] = ()
    """Regular expressions on a command line that tell its processes outside Kubernetes."""
    queries: tuple[str, ...] = ()
    """PromQL that it decides by, to be checked besides those in its log."""

    def __post_init__(self) -> None:
        _check("name", [self.name] if self.name else [], parse_workload)
        _check("workloads", self.workloads, parse_workload)
        _check("service_account", [self.service_account] if self.service_account else [], parse_account)
        _check_identities(self.service_accounts, self.users, self.groups)


class OptimizerEntry(Section, frozen=True):
    """One of several optimizers, each in a table ``[[optimizers]]`` of its own."""

    name: str = ""
    """What it is called on the screen, and by ``--optimizer``."""
    workloads: tuple[str, ...] = ()
    """What runs it: ``namespace/name`` or ``kind/namespace/name``."""
    service_accounts: tuple[str, ...] = ()
    """ServiceAccounts that it acts as, ``namespace/name``; empty: read from the pod templates of its workloads."""
    users: tuple[str, ...] = ()
    """Users that it acts as from outside, as the API server names them."""
    groups: tuple[str, ...] = ()
    """Groups that it acts by."""
    field_managers: tuple[str, ...] = ()
    """Names under which it writes."""
    role: Role = ""
    """What it is for."""
    container: str = ""
    """Container whose log is the decision stream; empty: every container."""

    def __post_init__(self) -> None:
        _check("workloads", self.workloads, parse_workload)
        _check_identities(self.service_accounts, self.users, self.groups)
        if not (self.workloads or self.service_accounts or self.users or self.groups or self.field_managers):
            raise ValueError("it names nobody; give it workloads, service_accounts, users, groups or field_managers")


class FormatSettings(Section, frozen=True):
    """A kind of sentence that the optimizer's log has, as one row of the reader's table; see ``docs/decisions.md``."""

    pattern: str
    """A regular expression; its groups ``verb kind namespace name number before after what side`` say what it tells."""
    verb: str
    """What it does: scale, patch, evict, delete, drain, cordon, taint, create, restart, rollback or disrupt."""
    sample: str
    """A message that the pattern must be found in."""
    needs: str = ""
    """Text that a message must hold for the pattern to be searched at all."""
    kind: str = ""
    """The kind of its object, where the sentence does not name it."""
    mood: Literal["done", "planned", "proposed", "dry-run", "refused", "observed"] = "planned"
    what: str = "replicas"
    """What ``after`` is a value of: replicas, memory, cpu, image."""
    many: bool = False
    """Each match is an action of its own."""

    def __post_init__(self) -> None:
        try:
            found = re.search(self.pattern, self.sample)
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r} is no regular expression: {error}") from error
        if not found or self.needs not in self.sample:
            raise ValueError(f"sample {self.sample[:60]!r} is not found by its own pattern")


class DecisionSettings(Section, frozen=True):
    """Where the decision stream is read from, if not from the optimizer's pods."""

    log: str = ""
    """A file to follow (rotation included) instead of the pods' logs."""
    tail: Count = 2_000
    """Lines of history to read of each container at the start."""
    zone: str = ""
    """What times without a zone are in: ``Europe/Berlin``, ``+05:30``; empty: as stamps of the kubelet tell, or UTC."""
    understood: Annotated[float, Meta(ge=0, le=1)] = 0.98
    """``opsconsole judge`` ends with 2 where less than this share of what may be an action was understood."""
    formats: dict[str, FormatSettings] = {}
    """Kinds of sentences that the reader does not know by itself, by a name of your choice."""

    def __post_init__(self) -> None:
        try:
            zone_of(self.zone)
        except BadZone as error:
            raise ValueError(f"zone: {error}") from error


class GpuSettings(Section, frozen=True):
    """How this host's GPUs are read, and what clean-up must know."""

    enabled: bool = True
    interval: Seconds = 2.0
    timeout: Seconds = 5.0
    """Seconds before the process that asks NVML is killed and started anew."""
    protected: tuple[str, ...] = ()
    """Names of further processes that must never be killed, while their pod is there."""
    terminal_seconds: Seconds = 60.0
    """A pod must be gone or terminal this long before its processes are candidates."""
    term_seconds: Seconds = 10.0
    """Between SIGTERM and SIGKILL."""
    nodes: Literal["", "ssh", "exec", "dcgm"] = ""
    """How the GPUs of other machines are reached; ``dcgm``: devices alone, from Prometheus; empty: this host alone."""
    node_names: tuple[str, ...] = ()
    """Those machines; empty: the cluster's nodes that offer GPUs."""
    node_host: str = "{node}"
    """What ssh is told to connect to, with the node's name in it; ssh's own configuration says the rest."""
    node_hosts: dict[str, str] = {}
    """The same for single nodes, by their names."""
    node_python: str = "python3"
    """The Python there, 3.6 or newer; nothing else is needed."""
    node_sudo: bool = False
    """Look and act there as root, by ``sudo -n``."""
    node_interval: Seconds = 10.0
    """Between two looks at one node."""
    node_timeout: Seconds = 15.0
    """Seconds that one look at a node may take there, NVML's included."""
    node_connect_timeout: Seconds = 5.0
    """Seconds until a node that does not answer is given up."""
    nodes_at_once: Count = 32
    """Nodes that are spoken to at the same time."""
    exec_namespace: str = "opsconsole"
    """Where the pods are that ``exec`` goes into, one on each node."""
    exec_selector: str = "app.kubernetes.io/name=opsconsole-gpu-reader"
    """The labels that tell them."""
    exec_container: str = ""
    """Which of their containers; empty: the first."""
    ssh_config: str = ""
    """A configuration file for ssh; empty: your own."""
    simulation: str = ""
    """Folder of a rehearsal's simulated GPUs, read instead of NVML; the pane then says "simulated"."""


class QuerySettings(Section, frozen=True):
    """One query of the service levels. ``unit`` is shown behind the value."""

    title: str
    query: str
    unit: str = ""


class MetricsSettings(Section, frozen=True):
    """Where Prometheus is; empty: none, and everything that needs it says unknown."""

    url: str = ""
    interval: Seconds = 15.0
    timeout: Seconds = 5.0
    token_file: str = ""
    ca_file: str = ""
    objective: Annotated[float, Meta(gt=0, lt=1)] = 0.999
    """The service level objective that burn rates are measured against."""
    errors: str = 'sum(rate(http_requests_total{code=~"5.."}[5m]))'
    requests: str = "sum(rate(http_requests_total[5m]))"
    queries: dict[str, QuerySettings] = {}


class GovernorSettings(Section, frozen=True):
    """Thresholds of the built-in rules; each rule's docstring says where its number comes from."""

    enabled: bool = True
    max_cut_percent: Percent = 20.0
    budget_percent_per_hour: Percent = 5.0
    max_scale_factor: Annotated[float, Meta(gt=1)] = 10.0
    tug_of_war_seconds: Seconds = 30.0
    writes_per_minute: Count = 6
    oscillation_seconds: Seconds = 600.0
    warm_up_seconds: Seconds = 45.0
    match_seconds: Seconds = 30.0
    """How long after its announcement a write is still taken for the one announced, and silence for "not done"."""
    late_seconds: Seconds = 10.0
    """How much later than the write its announcement may be read; a write without one by then was silent."""
    retry_seconds: Seconds = 1.0
    """A write tried again sooner than this after a 409 Conflict did not back off."""
    memory_floor_mib: Annotated[float, Meta(gt=0)] = 128.0
    """A limit announced at or under this is flagged where nothing tells what it was before."""
    steps_cut_percent: Percent = 40.0
    """A limit or request that many small cuts bring down by more than this, in ten minutes, an hour or a day."""
    flaps_per_hour: Count = 6
    """Changes of direction of one field in an hour, whatever their size, that are flapping."""
    blast_pods_percent: Percent = 10.0
    """Share of all pods that may be deleted or evicted in an hour."""
    blast_services_percent: Percent = 33.0
    """Share of all services that may be changed in an hour."""
    blast_nodes_percent: Percent = 10.0
    """Share of all nodes that may be drained, cordoned, tainted or deleted in an hour; one always may."""
    blast_pods: Count = 8
    """Pods in a minute where it is not known how many there are (an archive); four times as many in an hour."""
    blast_services: Count = 10
    """Services in a minute where it is not known how many there are; four times as many in an hour."""
    model_days: Count = 90
    """A model that was trained longer ago than this decides by a world that is gone."""
    data_seconds: Seconds = 900.0
    """Metrics older than this are no ground for a decision."""
    hold_seconds: Seconds = 600.0
    """How long a tug-of-war stays on the screen after its last turn."""
    disabled: tuple[str, ...] = ()
    """Names of rules that are switched off; the screen says so."""


class SwitchSettings(Section, frozen=True):
    """How the kill switches behave."""

    confirm: Literal["enter", "none"] = "enter"
    """``none``: a switch fires on its one key."""
    twice: Literal["k9s", "always", "never"] = "k9s"
    """When the plan of ``0`` takes two Enters: where k9s is installed (its ``0`` shows all namespaces), or as said."""
    evidence_seconds: Seconds = 3.0
    grace_seconds: Annotated[float, Meta(ge=0)] = 5.0
    """How long a graceful delete may take before the pod is deleted by force; 0: by force at once."""
    quiet_seconds: Seconds = 30.0
    """How long no new pod and no new decision must be seen before the optimizer counts as gone."""
    patience_seconds: Seconds = 30.0
    """How long a proof may take, beyond what it has to wait for, before it counts as failed."""
    ready_seconds: Seconds = 180.0
    """How long restore counts the pods of what it has put back; a JVM takes 45 s, a rollout of several more."""


class GovernSettings(Section, frozen=True):
    """How the optimizer is governed in the API server itself: freeze, rules, approvals."""

    namespace: Annotated[str, Meta(min_length=1)] = "opsconsole"
    """Where the guard runs. The optimizer may not write there at all."""
    break_glass: str = ""
    """Freeze everybody but people in this group (and the cluster's own parts); empty: freeze the optimizer."""
    approvers: Annotated[str, Meta(min_length=1)] = "sre-approvers"
    """Who is in this group may approve what a rule would deny."""
    approval_minutes: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """How long an approval is good."""
    min_replicas: Annotated[int, Meta(ge=0)] = 1
    max_replicas: Count = 100
    rules: dict[str, Literal["off", "warn", "deny"]] = {}
    """What each rule does; ``deny`` where nothing is said."""


class GuardSettings(Section, frozen=True):
    """When the guard acts by itself, what it may do, and how it tells people."""

    severity: Literal["warning", "critical"] = "critical"
    """A finding at least this bad makes it act."""
    rules: tuple[str, ...] = ()
    """Only findings of these rules make it act; empty: of any."""
    switches: tuple[Literal["freeze", "revoke", "optimizer"], ...] = ("freeze",)
    """What it executes, in this order. It never does more than freezing unless more is named here."""
    stand_down_seconds: Seconds = 300.0
    """How long it does not freeze again after somebody has thawed."""
    listen: str = "127.0.0.1:9187"
    """Where ``/healthz`` and ``/metrics`` are served."""
    lease: str = "opsconsole-guard"
    """Name of the Lease by which several guards agree on the one that acts; it is in ``govern.namespace``."""
    lease_seconds: Annotated[float, Meta(ge=3, le=60)] = 6.0
    """Silence after which another guard takes over."""
    webhook: Annotated[str, Meta(pattern=r"^(https?://[!-~]+)?\Z")] = ""
    """An address that is told by POST (JSON with ``text``, as chats take it)."""


class WriterSettings(Section, frozen=True):
    """Who writes to the cluster: which field managers are whose, and where the audit log is.

    A field manager is whatever name a writer chose: these lists only sort what nothing better is known of.
    """

    system: tuple[str, ...] = (
        "argocd-application-controller", "argocd-controller", "cloud-controller-manager", "cert-manager*",
        "cluster-autoscaler", "clusterrole-aggregation-controller", "coredns", "flux", "helm-controller", "keda",
        "keda-operator", "kube-proxy",
        "kustomize-controller", "kwok*", "metrics-server", "node-problem-detector", "source-controller",
    )  # fmt: skip
    """Field managers of the cluster's own parts; ``name*`` stands for all that begin so."""
    people: tuple[str, ...] = (
        "kubectl*", "helm", "Helm", "k9s*", "Lens*", "terraform*", "Terraform*", "HashiCorp*", "ansible*", "Ansible*",
        "oc", "freelens*", "Mozilla",
    )  # fmt: skip
    """Field managers of tools that people type."""
    audit_log: str = ""
    """The API server's audit log (JSON lines), where this host can read it; followed, rotation included."""
    audit_webhook: str = ""
    """``host:port`` on which the API server's audit webhook is received, ``127.0.0.1:9444``; empty: not at all."""
    audit_token_file: str = ""
    """A file with a token that the webhook's URL ends in; needed where the address is not this host's own."""
    pods: bool = True
    """Read who set which field of the pods too; of very many pods that is the most to read."""
    window_seconds: Seconds = 600.0
    """What writes a minute are counted over."""


class UiSettings(Section, frozen=True):
    """How the screen looks."""

    theme: Literal["dark", "light", "ansi"] = "dark"
    bell: bool = True
    mouse: bool = True
    """``false``: the terminal keeps its mouse, so that text is selected and copied as everywhere else."""
    remember: bool = True
    """Keep pane, orders and filters by cluster in the state folder, for the next start."""


class JournalSettings(Section, frozen=True):
    """Where the journal is kept; empty: ``$XDG_STATE_HOME/opsconsole``."""

    folder: str = ""


class PluginSettings(Section, frozen=True):
    """Folders that plugins are loaded from, besides entry points; names that are not loaded."""

    folders: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    settings: dict[str, dict[str, Any]] = {}
    """A table for each plugin, in its own words; the plugin says which keys there are and checks them."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Each section is a table of ``opsconsole.toml``."""

    read_only: bool = False
    cluster: ClusterSettings = ClusterSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    optimizers: tuple[OptimizerEntry, ...] = ()
    decisions: DecisionSettings = DecisionSettings()
    gpu: GpuSettings = GpuSettings()
    metrics: MetricsSettings = MetricsSettings()
    governor: GovernorSettings = GovernorSettings()
    switches: SwitchSettings = SwitchSettings()
    govern: GovernSettings = GovernSettings()
    guard: GuardSettings = GuardSettings()
    writers: WriterSettings = WriterSettings()
    ui: UiSettings = UiSettings()
    journal: JournalSettings = JournalSettings()
    plugins: PluginSettings = PluginSettings()

    def __post_init__(self) -> None:
        names = [entry.name for entry in self.optimizers if entry.name]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"optimizers: two of them are called {twice!r}, and --optimizer could mean either")
