"""Whom a cloud takes the optimizer's pods for: by their node's metadata service, and by their ServiceAccount.

A machine of a cloud may ask its metadata service who it is, and log in as that: on EKS its role is the node itself in
this cluster, and on GKE the answers have led to the kubelet's certificate. A pod on its node's network asks as the
node does, whatever the cloud keeps from other pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata, Wire
from opsconsole.cluster.questions.pages import read_list
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.parallel import in_parallel
from opsconsole.records import Ref
from opsconsole.switches.target.acts_as.secrets import NAME_HIM
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.workloads.stores import by_account
from opsconsole.text import clean_line

_NO_CLOUD = frozenset({"baremetal", "harvester", "kind", "libvirt", "metal3", "nutanix", "proxmox", "vsphere"})
"""Schemes of nodes' ``providerID`` where no service of the machine's gives it a login.

They are believed where all nodes have the same: whoever may patch nodes may write one where there is none yet."""

_DISTRIBUTIONS = frozenset({"", "k0s", "k3s", "kwok", "microk8s", "rke", "rke2"})
"""Those that do not tell where the machine is."""

_MOST_NODES = 5
"""Nodes that are asked about; of further ones it is not known."""


class _Spec(Wire):
    provider: str = msgspec.field(default="", name="providerID")


class _Node(Wire):
    spec: _Spec = msgspec.field(default_factory=_Spec)


def of_account(account: Ref, found: FullMetadata | ClusterError) -> str:
    """Why a cloud may take a ServiceAccount for somebody of its own, in words; empty where nothing tells that."""
    if isinstance(found, NotFound):
        return ""
    if isinstance(found, ClusterError):
        return f"whether a cloud takes {account} for somebody of its own can't be told: {found}"
    words = by_account((found.annotations or {}).items())
    return f"a cloud takes {account} for somebody of its own ({words}): {NAME_HIM}" if words else ""


class NodeClouds:
    """Asks whose machines the nodes of pods are.

    Args:
        api: reads.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, timeout: float) -> None:
        self._api = api
        self._timeout = timeout

    def within(self, optimizers: Iterable[OptimizerFacts], notes: list[str]) -> list[OptimizerFacts]:
        """``optimizers`` with the logins that pods on their node's network may have of the cloud.

        ``notes`` gets what is not known of the others.
        """
        given = list(optimizers)
        running = [pod for each in given for pod in each.pods if not pod.over and pod.node]
        on_network = [pod.node for pod in running if pod.host_network]
        asked = list(dict.fromkeys([*on_network, *(pod.node for pod in running)]))[:_MOST_NODES]
        clouds = self._clouds(asked)
        notes += _unknown_of(running, clouds)
        return [msgspec.structs.replace(each, pods=_with_theirs(each.pods, clouds)) for each in given]

    def looked_up(self, pods: Sequence[PodFact]) -> tuple[PodFact, ...]:
        """``pods`` with the logins that those on their node's network may have of the cloud."""
        asked = list(dict.fromkeys(pod.node for pod in pods if pod.host_network and pod.node))[:_MOST_NODES]
        return _with_theirs(pods, self._clouds(asked))

    def _clouds(self, nodes: Sequence[str]) -> dict[str, str | ClusterError]:
        """Whose machines nodes are. That one is in no cloud counts where all nodes of the cluster say the same."""
        found = dict(zip(nodes, in_parallel(self._cloud, nodes), strict=True))
        if not any(each in _NO_CLOUD for each in found.values() if isinstance(each, str)):
            return found
        doubt = self._doubt()
        if doubt is None:
            return found
        return {node: doubt if isinstance(each, str) and each in _NO_CLOUD else each for node, each in found.items()}

    def _doubt(self) -> ClusterError | None:
        """Why a node that says to be in no cloud is not believed: who may patch nodes may have written that there."""
        try:
            schemes = set(
                read_list(self._api, paths.collection(*paths.API_KINDS["Node"]), _scheme_of, timeout=self._timeout)
            )
        except ClusterError as error:
            return error
        if len(schemes) == 1:
            return None
        said = ", ".join(sorted(clean_line(each) or "none" for each in schemes)[:_MOST_NODES])
        return ClusterError(f"its providerID says no cloud, and those of the cluster's nodes are not alike ({said})")

    def _cloud(self, node: str) -> str | ClusterError:
        """Whose machine a node is; empty where that is not told."""
        try:
            body = self._api.request("GET", paths.of_kind("Node", "", node), timeout=self._timeout)
            (scheme,) = _scheme_of(body)
        except ClusterError as error:
            return error
        return "" if scheme in _DISTRIBUTIONS else scheme


def _scheme_of(node: bytes) -> list[str]:
    """The scheme of a node's ``providerID``."""
    return [clean_line(decode(node, _Node).spec.provider.partition(":")[0].lower())]


def _with_theirs(pods: Sequence[PodFact], clouds: dict[str, str | ClusterError]) -> tuple[PodFact, ...]:
    return tuple(
        msgspec.structs.replace(pod, logins=(*pod.logins, words))
        if pod.host_network and not pod.over and (words := _on_network(pod.node, clouds.get(pod.node, "")))
        else pod
        for pod in pods
    )


def _on_network(node: str, cloud: str | ClusterError) -> str:
    """What a pod on its node's network reaches, in words; empty where that is nothing."""
    reached = "it has the network of its node"
    if isinstance(cloud, ClusterError):
        return f"{reached} {node}, and whether a cloud's metadata service logs that in can't be told: {cloud}"
    if cloud in _NO_CLOUD:
        return ""
    if not cloud:
        return f"{reached} {node}: if that is a cloud's machine, the metadata service logs it in as the node"
    return f"{reached} {node}: the metadata service of {cloud} may log it in as the node"


def _unknown_of(pods: Iterable[PodFact], clouds: dict[str, str | ClusterError]) -> Iterator[str]:
    """What is not known of pods on machines of a cloud that have a network of their own."""
    for pod in pods:
        cloud = clouds.get(pod.node)
        if isinstance(cloud, str) and cloud and cloud not in _NO_CLOUD and not pod.host_network:
            yield (
                f"whether {pod.ref} reaches the metadata service of {cloud} from its own network is not known: where "
                "the cloud does not keep that from pods, it may log in as its node"
            )
            return
