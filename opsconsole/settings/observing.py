"""What is observed, and how: the cluster, the decision stream, GPUs, Prometheus, writers."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from opsconsole.clock import BadZone, zone_of
from opsconsole.names import is_namespace
from opsconsole.settings.section import Count, Seconds, Section

MAX_NAMESPACES = 20
"""Namespaces that can be named: each is ten watches. Who wants more of them may read the whole cluster."""


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
