"""Plans how to delete the optimizer: what makes its pods is stopped first, then they go. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opsconsole.records import Plan, Ref, Step, Target
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete.spec import SPEC
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target import gitops
from opsconsole.switches.target.facts import ArmedCopy, OptimizerFacts, PodFact, ScalerFact, WorkFact, fingerprint
from opsconsole.switches.target.workloads.kinship import dependents, twins
from opsconsole.switches.target.workloads.wire import KEDA_PAUSED, STOPPED_LABEL
from opsconsole.text import clean_line

NAME = SPEC.name
EVIDENCE = "evidence.collect"
SET = "workload.set"
KEEP = "workload.keep-volumes"
DELETE = "pod.delete"
FORCE = "pod.force"


def plan(workloads: Sequence[OptimizerFacts], settings: SwitchSettings, now: float) -> Plan:
    """The plan for all ``workloads``: evidence, autoscalers, owners, pods; it changes nothing and asks nobody."""
    stops = [step for each in workloads for step in _stops(each)]
    pods = [pod for each in workloads for pod in _running(each)]
    steps = (*_evidence(workloads, settings, stops=bool(stops)), *stops, *_deletes(pods, settings))
    steps += tuple(step for each in workloads for step in _of_twins(each, settings))
    steps += tuple(_of_copies([copy for each in workloads for copy in each.armed], settings))
    warnings = tuple(dict.fromkeys(_all_warnings(workloads, settings, planned=bool(steps))))
    found = [each for each in workloads if not each.problem] or workloads
    return Plan(
        switch=NAME,
        title=f"Delete the optimizer {' and '.join(each.title for each in found)}",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(dict.fromkeys(step.target for step in steps)),
        warnings=warnings,
        notes=tuple(
            dict.fromkeys(words for each in workloads for words in _notes(each, settings, planned=bool(steps)))
        ),
        blocked="" if steps else "; ".join(dict.fromkeys(map(_blocked, workloads))),
        shows=tuple(shown for each in workloads for shown in _shows(each)),
        checks=_checks(workloads),
        nothing=not steps
        and not any(
            _is_unplanned(each) or each.sharing or each.armed or each.unlisted or each.unlooked for each in workloads
        ),
    )


def _checks(workloads: Sequence[OptimizerFacts]) -> bytes:
    """What verification looks for: each workload with its pods, and why the others were not planned."""
    gone = [{"facts": each, "pods": [pod.ref for pod in _running(each)]} for each in workloads if not each.problem]
    left = [(each.title, each.problem) for each in workloads if _is_unplanned(each)]
    return msgspec.json.encode({"each": gone, "left": left})


def _is_unplanned(facts: OptimizerFacts) -> bool:
    """Whether it could not be planned: it runs on as far as is known."""
    return bool(facts.problem) and not facts.absent


def _running(facts: OptimizerFacts) -> list[PodFact]:
    return [pod for pod in facts.pods if not pod.over]


def set_step(ref: Ref, title: str, value: Any, undoes: str = "") -> Step:
    """A step that sets the field of :func:`field_of` (``value`` ``None``: takes it away)."""
    path, subresource = field_of(ref)
    return Step(
        key=f"{SET}/{ref.kind}/{ref.key}",
        title=title,
        effect=SET,
        target=ref,
        arguments=msgspec.json.encode({"path": path, "value": value, "subresource": subresource}),
        command=set_command(ref, value),
        undoes=undoes,
    )


def field_of(ref: Ref) -> tuple[list[str], str]:
    """The field that stops a controller of this kind (or pauses an autoscaler), and its subresource."""
    match ref.kind:
        case "CronJob" | "Job":
            return ["spec", "suspend"], ""
        case "DaemonSet":
            return ["spec", "template", "spec", "nodeSelector", STOPPED_LABEL], ""
        case "ScaledObject":
            return ["metadata", "annotations", KEDA_PAUSED], ""
    return ["spec", "replicas"], "scale"


def set_command(ref: Ref, value: Any) -> str:
    """The kubectl command that sets :func:`field_of` to ``value``."""
    where = ["-n", ref.namespace]
    if ref.kind == "ScaledObject":
        change = f"{KEDA_PAUSED}-" if value is None else f"{KEDA_PAUSED}={value}"
        return kubectl("annotate", "scaledobject", names=[ref.name], options=[*where, "--overwrite"], last=[change])
    path, subresource = field_of(ref)
    if subresource:
        return kubectl("scale", names=[f"{ref.kind.lower()}/{ref.name}"], options=[*where, f"--replicas={value}"])
    body: Any = value
    for part in reversed(path):
        body = {part: body}
    return kubectl(
        "patch", ref.kind.lower(), names=[ref.name], options=[*where, "--type=merge", "-p", json.dumps(body)]
    )


def _evidence(workloads: Sequence[OptimizerFacts], settings: SwitchSettings, *, stops: bool) -> Iterable[Step]:
    """One step for all of them, so that the last log does not wait for the first one's time."""
    pods = [pod for each in workloads for pod in _running(each)]
    if not pods and not stops:
        return
    about = next((each.root.ref for each in workloads if each.root), None) or pods[0].ref
    objects = [ref for each in workloads for ref in _objects(each)]
    arguments = {
        "objects": [ref for ref in dict.fromkeys(objects) if ref.kind != "Pod"],
        "pods": [{"ref": pod.ref, "containers": pod.containers} for pod in pods],
        "seconds": settings.evidence_seconds,
    }
    bound = f"{settings.evidence_seconds:g} s at most"
    yield Step(
        key=EVIDENCE,
        title=f"Keep manifests, logs and previous logs of {_count(len(pods), 'pod')}, {bound}",
        effect=EVIDENCE,
        target=about,
        arguments=msgspec.json.encode(arguments),
        command="; ".join(_log_command(pod.ref) for pod in pods[:2]) + ("; …" if len(pods) > 2 else ""),
    )


def _objects(facts: OptimizerFacts) -> Iterable[Ref]:
    return (*facts.chain, *(job.ref for job in facts.jobs), *(scaler.ref for scaler in facts.scalers))


def _log_command(ref: Ref) -> str:
    return kubectl("logs", names=[ref.name], options=["-n", ref.namespace, "--all-containers", "--prefix"])


def _stops(facts: OptimizerFacts) -> tuple[Step, ...]:
    """Pause what would scale it up, then stop what makes pods; the topmost owner comes first."""
    steps = [_pause(scaler) for scaler in facts.scalers if scaler.ref.kind == "ScaledObject" and scaler.paused != "0"]
    works = [*([facts.root] if facts.root else []), *facts.jobs]
    keeps = [_keep_volumes(work) for work in works if work.drops_volumes and not work.stopped]
    return (*steps, *keeps, *(_stop(work) for work in works if not work.stopped))


def _keep_volumes(work: WorkFact) -> Step:
    """Before it is scaled to 0: what it has written is evidence, and undo could not bring it back."""
    path = ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"]
    body = json.dumps({"spec": {path[1]: {path[2]: "Retain"}}})
    options = ["-n", work.ref.namespace, "--type=merge", "-p", body]
    return Step(
        key=f"{KEEP}/{work.ref.kind}/{work.ref.key}",
        title=f"Keep the volumes of {work.ref}, which deletes them when it is scaled down",
        effect=KEEP,
        target=work.ref,
        arguments=msgspec.json.encode({"path": path, "value": "Retain"}),
        command=kubectl("patch", work.ref.kind.lower(), names=[work.ref.name], options=options),
    )


def _pause(scaler: ScalerFact) -> Step:
    return set_step(scaler.ref, f"Pause KEDA's {scaler.ref} at 0 replicas", "0")


def _stop(work: WorkFact) -> Step:
    if work.ref.kind in {"CronJob", "Job"}:
        return set_step(work.ref, f"Suspend {work.ref}", value=True)
    if work.ref.kind == "DaemonSet":
        return set_step(work.ref, f"Keep {work.ref} off every node (a node selector that no node has)", "true")
    return set_step(work.ref, f"Scale {work.ref} from {work.replicas} to 0", 0)


def _deletes(pods: list[PodFact], settings: SwitchSettings) -> Iterable[Step]:
    grace = math.ceil(settings.grace_seconds)
    arguments = msgspec.json.encode({"grace": grace})
    doomed = [pod for pod in pods if not pod.mirror]
    for pod in doomed:
        how = f"gracefully ({grace} s)" if grace else "by force at once"
        flags = [f"--grace-period={grace}", *(() if grace else ["--force"])]
        yield Step(
            f"{DELETE}/{pod.ref.key}", f"Delete {pod.ref} {how}", DELETE, pod.ref, arguments, _delete(pod.ref, flags)
        )
    for pod in doomed if grace else ():
        title = f"Delete {pod.ref} by force if it is still there after {grace} s"
        command = _delete(pod.ref, ["--grace-period=0", "--force"])
        yield Step(f"{FORCE}/{pod.ref.key}", title, FORCE, pod.ref, arguments, command)


def _of_twins(facts: OptimizerFacts, settings: SwitchSettings) -> Iterable[Step]:
    """Others' pods that run its image as its account, or go with its own. Each waits: they may be a neighbour's."""
    grace = math.ceil(settings.grace_seconds)
    arguments = msgspec.json.encode({"grace": grace})
    going = dependents(facts, facts.sharing)
    for pod in dict.fromkeys([*going, *twins(facts, facts.sharing)]):
        again = f", and {pod.owner} may bring it back" if pod.owner else ""
        title = f"Delete {pod.ref}: it runs the optimizer's image as {pod.runs_as}{again}"
        if pod in going:
            title = f"Delete {pod.ref}: it says that {pod.owner} owns it, and goes by itself once that is gone"
        command = _delete(pod.ref, [f"--grace-period={grace}"])
        yield Step(f"{DELETE}/{pod.ref.key}", title, DELETE, pod.ref, arguments, command, chosen=False)


def _of_copies(copies: Sequence[ArmedCopy], settings: SwitchSettings) -> Iterable[Step]:
    """What runs its image elsewhere, with rights of its own. Each waits to be chosen: it may be somebody else's."""
    grace = math.ceil(settings.grace_seconds)
    owners = {each.owner.ref: each.owner for each in copies if each.owner is not None and not each.owner.stopped}
    for ref, work in owners.items():
        step = _stop(work)
        account = next(each.account for each in copies if each.owner is not None and each.owner.ref == ref)
        title = f"{step.title}: it runs the optimizer's image as {account}"
        yield msgspec.structs.replace(step, title=title, chosen=False)
    for each in copies:
        if each.ref.kind != "Pod" or each.mirror:
            continue
        command = _delete(each.ref, [f"--grace-period={grace}"])
        title = f"Delete {each.ref}: it runs the optimizer's image as {each.account}"
        arguments = msgspec.json.encode({"grace": grace})
        yield Step(f"{DELETE}/{each.ref.key}", title, DELETE, each.ref, arguments, command, chosen=False)


def _delete(pod: Ref, flags: list[str]) -> str:
    return kubectl("delete", "pod", names=[pod.name], options=["-n", pod.namespace, *flags])


def _all_warnings(workloads: Sequence[OptimizerFacts], settings: SwitchSettings, *, planned: bool) -> Iterable[str]:
    for each in workloads if planned else ():
        if _is_unplanned(each):
            yield f"NOT PLANNED, so not proved: {clean_line(f'{each.title} runs on: {each.problem}')}"
    for each in workloads:
        yield from _warnings(each, _running(each), settings)


def _warnings(facts: OptimizerFacts, pods: list[PodFact], settings: SwitchSettings) -> Iterable[str]:
    yield from facts.breaks
    yield from _who_brings_it_back(facts, pods)
    for pod in pods:
        if pod.finalizers:
            held = ", ".join(pod.finalizers)
            yield f"{pod.ref} has finalizers ({held}): it stays until they are cleared; they are never stripped here"
    if any(pod.owner and pod.owner.kind == "StatefulSet" for pod in pods):
        yield (
            "StatefulSet: a pod deleted by force may go on running while a new one of the same name starts (split "
            "brain); do not scale it up before the node confirms that the old one has ended"
        )
    if pods and not settings.grace_seconds:
        yield (
            "by force: the pods leave the API at once, without the kubelet's word; their containers may go on running: "
            + _ask_nodes(pods)
        )
    going = dependents(facts, facts.sharing)
    if going:
        yield f"its pods own {', '.join(str(pod.ref) for pod in going[:5])}: nothing is proved until they are gone too"
    sharing = [pod for pod in facts.sharing if pod not in facts.strays and pod not in going]
    if sharing:
        owners = dict.fromkeys(str(pod.owner or pod.ref) for pod in sharing)
        account = facts.account or "the same ServiceAccount"
        yield f"not deleted, but running as {account} too: {', '.join(list(owners)[:5])}; revoke (1) reaches them"
    for pod in facts.strays:
        yield f"not deleted, but {pod.ref} runs its image as {pod.runs_as}, and nothing makes it: choose its step"
    for copy in facts.armed:
        yield f"not deleted, and may go on in its place: {copy}; choose its step, or revoke {copy.account}"
    yield from facts.gaps


def _who_brings_it_back(facts: OptimizerFacts, pods: list[PodFact]) -> Iterable[str]:
    if facts.foreign:
        yield (
            f"its owner {facts.foreign} is of a kind that can't be stopped here, and may bring it back, which leaves "
            f"the proof open: stop that too{_removal(facts.above)}"
        )
    if facts.root:
        for words in gitops.managers(facts.root.labels, facts.root.annotations):
            yield f"{facts.root.ref}: {words}"
    for scaler in facts.scalers:
        if scaler.ref.kind == "HorizontalPodAutoscaler" and scaler.minimum == 0:
            yield f"{scaler.ref} has a minimum of 0: it stays active and may scale up again"
    for pod in pods:
        if pod.mirror:
            yield (
                f"{pod.ref} is a static pod: node {pod.node} makes it from a file, and deleting it does nothing; move "
                "the file out of the kubelet's manifest folder there"
            )


def _removal(above: Ref | None) -> str:
    """The command that deletes an owner of a kind that kubectl knows by this name."""
    if above is None or "." not in above.kind:
        return ""
    where = ["-n", above.namespace] if above.namespace else []
    return f", or delete it with all that it made: {kubectl('delete', above.kind, names=[above.name], options=where)}"


def _ask_nodes(pods: Iterable[PodFact]) -> str:
    nodes = sorted({pod.node for pod in pods if pod.node})
    return f"ask node {', '.join(nodes)} (crictl ps)" if nodes else "no node is known to ask"


def _notes(facts: OptimizerFacts, settings: SwitchSettings, *, planned: bool) -> Iterable[str]:
    if planned and facts.absent:
        yield clean_line(facts.problem)
    if len(facts.chain) > 1:
        yield "owned: " + " ← ".join(str(ref) for ref in facts.chain)
    yield from facts.copies
    for scaler in facts.scalers:
        if scaler.ref.kind == "HorizontalPodAutoscaler" and scaler.minimum != 0:
            yield f"{scaler.ref} stops acting while its target is at 0 replicas; undo wakes it up again"
        if scaler.ref.kind == "ScaledObject" and scaler.paused == "0":
            yield f"{scaler.ref} is paused at 0 already"
    if facts.root and facts.root.stopped:
        yield f"{facts.root.ref} wants no pods already"
    if facts.root is None and facts.pods and facts.above is None:
        yield "a bare pod: nothing that is known brings it back, and nothing here can; its manifest is kept as evidence"
    if settings.grace_seconds and facts.pods:
        yield (
            "by force only removes the pod from the API; the kubelet's word that its containers ended is worth more, "
            "hence the graceful try first"
        )


def _blocked(facts: OptimizerFacts) -> str:
    words = f"nothing to delete: {facts.title} wants no pods and has none"
    if facts.sharing:
        others = ", ".join(str(pod.ref) for pod in facts.sharing[:5])
        words += f"; but others run as {facts.account}, and whether they are the optimizer's is not known: {others}"
    if facts.unlisted:
        words += f"; whether pods of it run is not known: {facts.unlisted}"
    words = facts.problem or words
    return words + (f"; whether copies of it run is not known: {facts.unlooked}" if facts.unlooked else "")


def _shows(facts: OptimizerFacts) -> Iterable[Target]:
    if facts.root:
        yield Target(facts.root.ref, facts.root.created, _wants(facts.root))
    for job in facts.jobs:
        yield Target(job.ref, job.created, _wants(job))
    for scaler in facts.scalers:
        yield Target(scaler.ref, None, "scales it")
    for pod in _running(facts):
        state = "Terminating" if pod.deleting is not None else pod.phase or "unknown"
        yield Target(pod.ref, pod.created, f"{state} on {pod.node or 'no node'}, runs as {pod.runs_as}")


def _wants(work: WorkFact) -> str:
    if work.ref.kind in {"CronJob", "Job"}:
        return "suspended" if work.suspended else "not suspended"
    if work.ref.kind == "DaemonSet":
        return "kept off every node" if work.stopped else "a pod on each node"
    return f"{work.replicas} replicas"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
