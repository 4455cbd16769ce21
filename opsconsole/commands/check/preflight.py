"""What works and what doesn't, before the night: the checks of ``opsconsole check``. Reads only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from opsconsole.clock import Clock
from opsconsole.cluster.feeds.watching.listing import pages
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.questions.about.discovery import served_kind
from opsconsole.cluster.questions.about.identity import identity
from opsconsole.cluster.questions.logs import ContainerLog
from opsconsole.cluster.questions.optimizer import FoundOptimizers, Membership, OptimizerError, find
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.commands.check import identities, panes, rights
from opsconsole.commands.check.verdict import Check, CheckVerdict
from opsconsole.govern.names import GROUP, POLICY
from opsconsole.gpu.feed import observe_host
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.metrics.client import Prometheus
from opsconsole.metrics.errors import MetricsError
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import Identity, Pod, State
from opsconsole.settings import Settings
from opsconsole.switches.freeze.reader import UNSUPPORTED
from opsconsole.switches.spec import Right


def run(settings: Settings, connection: Connection, clock: Clock) -> Iterator[Check]:
    """Make every check, cheapest first; later ones that an earlier failure rules out are left out, and said so."""
    try:
        us = identity(connection)
    except ClusterError as error:
        yield Check(
            "API server",
            CheckVerdict.FAIL,
            str(error),
            "check --kubeconfig and --context, the VPN, and the credentials' age",
        )
        yield Check("rights, optimizer, log", CheckVerdict.NOTE, "not checked: the API server does not answer")
    else:
        yield _clock(connection)
        yield from _files(connection)
        yield from _cluster(settings, connection, us, clock)
    yield _prometheus(settings)
    yield _gpu(settings, clock)


def _clock(connection: Connection) -> Check:
    ahead, words = connection.server_clock.ahead, connection.server_clock.words
    if ahead is None:
        return Check("clock", CheckVerdict.NOTE, "can't be told: the API server's answers have no date")
    if words:
        return Check("clock", CheckVerdict.NOTE, f"{words}: ages are told by the server's", "set the wrong one of them")
    return Check("clock", CheckVerdict.OK, "the API server's is ours, to within two seconds")


def _files(connection: Connection) -> Iterator[Check]:
    """What of the kubeconfig others may change."""
    access = connection.known_access
    for each in access.remarks if access is not None else ():
        yield Check("files", CheckVerdict.NOTE, each, "whoever writes there acts as you")


def _cluster(settings: Settings, connection: Connection, us: Identity, clock: Clock) -> Iterator[Check]:
    yield Check("API server", CheckVerdict.OK, f"{us.server} answers, Kubernetes {us.version or 'unknown'}")
    groups = ", ".join(us.groups) or "none"
    yield Check("identity", CheckVerdict.OK, f"{us.who} (groups: {groups})")
    yield from panes.checks(connection, clock)
    lacking = _lacking_policies(connection)
    for switch, needed in rights.SWITCHES.items():
        if lacking and rights.needs_policies(needed):
            yield Check(f"switch {switch}", CheckVerdict.NOTE, lacking, "revoke and optimizer do without")
        elif settings.read_only:
            yield Check(f"switch {switch}", CheckVerdict.NOTE, "not there: this console is read-only")
        else:
            yield _switch(f"switch {switch}", needed, connection, Optimizers.of(settings).namespaces)
    yield from _optimizer(settings, connection)


def _lacking_policies(connection: Connection) -> str:
    """That the API server has no admission policies; empty where it has, and where it does not say."""
    try:
        there = served_kind(connection, POLICY, GROUP, "v1", panes.ANSWER_SECONDS)
    except ClusterError:
        return ""
    return "" if there else UNSUPPORTED


def _switch(name: str, needed: tuple[Right, ...], connection: Connection, places: tuple[str, ...]) -> Check:
    """A switch's rights in the whole cluster; where there are none, in the namespaces that the optimizer runs in."""
    role = "ask for examples/rbac/responder.yaml"
    everywhere = panes.ask(needed, connection, "")
    found = panes.whole(name, needed, [everywhere], role)
    narrow = tuple(right for right in everywhere.denied if rights.namespaced(right))
    if not narrow or not places:
        return found
    there = [panes.ask(narrow, connection, place) for place in places]
    if len(narrow) == len(everywhere.denied) and not any(each.words for each in there):
        words = f"allowed in {', '.join(places)} alone: a binding, a pod or an object elsewhere would be left"
        return Check(name, CheckVerdict.NOTE, words, f"{role} for the whole cluster")
    said = [each.words or f"in namespace {each.namespace} you may {rights.together(narrow)}" for each in there]
    return found._replace(words="; ".join([found.words, *said]))


def _optimizer(settings: Settings, connection: Connection) -> Iterator[Check]:
    optimizers = Optimizers.of(settings)
    if not optimizers.known:
        advice = "name it: --optimizer namespace/name, or [optimizer] name in opsconsole.toml"
        yield Check("optimizer", CheckVerdict.NOTE, "none is named: the switches have no target", advice)
        return
    try:
        found = find(connection, optimizers)
        pods = _pods(connection, found)
    except ClusterError as error:
        advice = "check its name and namespace" if isinstance(error, OptimizerError) else ""
        yield Check("optimizer", CheckVerdict.FAIL, str(error), advice)
        return
    for words in found.missing:
        yield Check("optimizer", CheckVerdict.FAIL, words, "check its name and namespace")
    for each in found.each:
        yield Check("optimizer", CheckVerdict.OK, _who(each, pods))
    yield from identities.checks(connection, optimizers.each, pods)
    yield _log(settings, connection, pods)


def _who(optimizer: Optimizer, pods: dict[Pod, Optimizer]) -> str:
    """``Deployment/ops/aura, ServiceAccount ops/aura-sa, pods: 1``."""
    workloads = [str(name) for name in optimizer.workloads]
    accounts = [f"ServiceAccount {name}" for name in optimizer.accounts]
    users = [*(f"user {name}" for name in optimizer.users), *(f"group {name}" for name in optimizer.groups)]
    return ", ".join([*workloads, *accounts, *users, f"pods: {sum(each == optimizer for each in pods.values())}"])


def _pods(connection: Connection, found: FoundOptimizers) -> dict[Pod, Optimizer]:
    """The optimizers' pods now, each with whose it is."""
    theirs = Membership(connection, found)
    pods: dict[Pod, Optimizer] = {}
    for namespace in found.namespaces:
        for page in pages(connection, PODS.path(namespace), connection.settings.page_size, Codec(PODS)):
            for pod in page.records:
                if isinstance(pod, Pod) and (optimizer := theirs.whose(pod)) is not None:
                    pods[pod] = optimizer
    return pods


def _log(settings: Settings, connection: Connection, pods: dict[Pod, Optimizer]) -> Check:
    if settings.decisions.log:
        return Check("decision log", CheckVerdict.OK, f"read from the file {settings.decisions.log}, not from the pods")
    if not pods:
        return Check("decision log", CheckVerdict.NOTE, "the optimizer has no pod now")
    pod, whose = next(iter(pods.items()))
    container = whose.container or (pod.containers[-1].name if pod.containers else "")
    try:
        lines = sum(1 for _ in ContainerLog(connection, pod.namespace, pod.name, container, tail=10))
    except ClusterError as error:
        return Check("decision log", CheckVerdict.FAIL, str(error), "ask for get pods/log, or name the right container")
    words = "readable" if lines else "readable, and empty so far"
    return Check("decision log", CheckVerdict.OK, f"{pod.key} container {container}: {words}")


def _prometheus(settings: Settings) -> Check:
    if not settings.metrics.url:
        return Check(
            "Prometheus", CheckVerdict.NOTE, "none is configured; service levels stay unknown", "--prometheus URL"
        )
    client = Prometheus(settings.metrics)
    try:
        requests = client.query(settings.metrics.requests)
    except MetricsError as error:
        return Check("Prometheus", CheckVerdict.FAIL, str(error), "check [metrics] in opsconsole.toml")
    finally:
        client.close()
    if not requests:
        advice = "set [metrics] requests and errors to your own metric's name"
        return Check("Prometheus", CheckVerdict.NOTE, f"answers, but {settings.metrics.requests} is empty", advice)
    return Check("Prometheus", CheckVerdict.OK, "answers, and knows the request rate")


def _gpu_nodes(settings: Settings) -> Check:
    """How the nodes' GPUs are to be reached; whether each of them can be is what ``show gpu`` tells."""
    gpu = settings.gpu
    if gpu.nodes == "dcgm":
        return Check("GPUs (nodes)", CheckVerdict.NOTE, "devices alone, from Prometheus: processes are not seen")
    which = f"{len(gpu.node_names)} named nodes" if gpu.node_names else "the cluster's GPU nodes"
    if gpu.nodes == "ssh" and shutil.which("ssh") is None:
        return Check("GPUs (nodes)", CheckVerdict.FAIL, "no ssh on PATH", "install OpenSSH's client")
    if gpu.nodes == "exec" and settings.read_only:
        return Check("GPUs (nodes)", CheckVerdict.NOTE, "exec is a write: a read-only console looks by ssh alone")
    words = f"{which}, by {gpu.nodes}; `opsconsole show gpu` says how each is"
    return Check("GPUs (nodes)", CheckVerdict.OK, words)


def _gpu(settings: Settings, clock: Clock) -> Check:
    if not settings.gpu.enabled:
        return Check("GPUs (NVML)", CheckVerdict.NOTE, "switched off in the settings")
    if settings.gpu.nodes:
        return _gpu_nodes(settings)
    probe = observe_host(settings, clock).probe
    try:
        devices = probe.snapshot().devices
    except ProbeError as error:
        verdict = CheckVerdict.NOTE if error.state is State.ABSENT else CheckVerdict.FAIL
        return Check("GPUs (NVML)", verdict, str(error))
    finally:
        probe.close()
    return Check("GPUs (NVML)", CheckVerdict.OK, f"{len(devices)} on this host")
