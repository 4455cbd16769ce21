"""Scenarios: readable TOML files that say what the cluster is, what goes wrong, and what is to be learnt."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from opsconsole.decoding import convert_to
from rehearsal.behaviour import Behaviour

Seconds = Annotated[float, Meta(ge=0)]
BUILT_IN = ("aura", "smartscaler", "salami", "sweep", "unknown")
CONDITIONS = frozenset({"looked", "named", "revoked", "optimizer-gone", "gpus-free", "mended"})
"""What a lesson's ``until`` may name."""


class ScenarioError(Exception):
    """A scenario can't be used; the text says which file, where in it and why."""


class ScenarioPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every part: a misspelt key is an error."""


class NodeSpec(ScenarioPart, frozen=True):
    """A node. CPU and memory are quantities."""

    name: str
    cpu: str
    memory: str
    gpus: int = 0
    labels: dict[str, str] = {}
    taints: tuple[dict[str, str], ...] = ()


class Scaler(ScenarioPart, frozen=True):
    """A HorizontalPodAutoscaler on CPU."""

    low: int
    high: int
    percent: int = 70


class ServiceSpec(ScenarioPart, frozen=True):
    """A workload and how it behaves. ``share`` is its part of the traffic from outside."""

    name: str
    image: str
    behaviour: Behaviour
    namespace: str = "production"
    kind: Literal["Deployment", "StatefulSet", "DaemonSet"] = "Deployment"
    replicas: int = 1
    container: str = ""
    cpu: str = ""
    memory: str = ""
    recreate: bool = False
    """Roll over by stopping everything first (strategy ``Recreate``)."""
    unavailable: str = ""
    """``maxUnavailable`` of its rolling update."""
    share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    calls: dict[str, float] = {}
    """Service → requests to it for each request to this one. A service that is called comes later in the file."""
    budget: int = 0
    """``minAvailable`` of its PodDisruptionBudget; 0: it has none."""
    scaler: Scaler | None = None
    tolerations: tuple[dict[str, str], ...] = ()


class CronSpec(ScenarioPart, frozen=True):
    """A CronJob."""

    name: str
    schedule: str
    image: str
    behaviour: Behaviour
    namespace: str = "production"
    memory: str = ""
    suspended: bool = False


class Surge(ScenarioPart, frozen=True):
    """More requests from ``at`` on, reached over ``ramp`` seconds."""

    at: Seconds
    adds: float
    ramp: Seconds = 30.0


class Slow(ScenarioPart, frozen=True):
    """A service that takes ``ms`` by itself from ``at`` on."""

    at: Seconds
    service: str
    ms: float


class Traffic(ScenarioPart, frozen=True):
    """Requests a second from outside."""

    base: float
    surges: tuple[Surge, ...] = ()
    slow: tuple[Slow, ...] = ()


class Move(ScenarioPart, frozen=True):
    """Something that the optimizer does from ``at`` on, at every cycle unless ``once``.

    ``cut``: set the limits ``cpu`` and ``memory`` of ``target``. ``scale``: hold ``target`` at ``replicas``.
    ``spiral``: scale it to 0 when it isn't ready, and back when it is at 0. ``taint``: taint node ``target``.
    ``delete``: delete the pods of ``target`` that are not ready. ``query``: ask Prometheus ``query`` and believe it.
    ``trim``: take ``percent`` off the memory limit of ``target``, down to ``memory``. ``sweep``: delete a pod of each
    of ``targets``, whatever state it is in.
    ``mad``: scale ``target`` to the number that ``series`` has at this cycle, NaN and −1 among them.
    """

    at: Seconds
    do: Literal["cut", "scale", "spiral", "taint", "delete", "query", "mad", "trim", "sweep"]
    target: str = ""
    targets: tuple[str, ...] = ()
    container: str = ""
    cpu: str = ""
    memory: str = ""
    percent: Annotated[float, Meta(gt=0, lt=100)] = 10.0
    replicas: int = 0
    query: str = ""
    belief: str = ""
    """What it takes an empty answer to ``query`` for."""
    series: tuple[str, ...] = ()
    says: str = ""
    confidence: float = 0.9
    once: bool = False


class Worker(ScenarioPart, frozen=True):
    """A GPU worker of the optimizer: a real process. ``memory`` is MiB of simulated GPU memory.

    ``stubborn``: ignores SIGTERM. ``leaderless``: its first thread ends and its others go on (state Z, and it still
    holds memory). ``children``: how many dead children it never reaps.
    """

    name: str
    device: int
    memory: int
    stubborn: bool = False
    leaderless: bool = False
    children: int = 0


class Device(ScenarioPart, frozen=True):
    """A simulated GPU. ``memory`` is MiB."""

    name: str
    memory: int


class BindingSpec(ScenarioPart, frozen=True):
    """A binding that gives the optimizer (and ``others``, as ``namespace/name``) a ClusterRole."""

    name: str
    role: str
    namespace: str = ""
    others: tuple[str, ...] = ()
    group: bool = False
    """Bound through the group of all ServiceAccounts of its namespace, not by its name."""


class RoleSpec(ScenarioPart, frozen=True):
    """A ClusterRole of its own that lets the optimizer read pods and Deployments, and patch ``patches`` of ``apps``."""

    name: str
    patches: tuple[str, ...] = ("deployments",)


class OptimizerSpec(ScenarioPart, frozen=True):
    """The optimizer: what it is called, what it may do, what it does."""

    module: Literal["aura", "smartscaler"]
    namespace: str
    name: str
    account: str
    image: str
    bindings: tuple[BindingSpec, ...]
    roles: tuple[RoleSpec, ...] = ()
    """Besides those that every cluster has."""
    cpu: str = "4"
    memory: str = "8Gi"
    gpus: int = 0
    interval: Annotated[float, Meta(gt=0)] = 10.0
    env: dict[str, str] = {}
    labels: dict[str, str] = {}
    retries: int = 3
    """How often it sends a refused patch again at once after a 409."""
    moves: tuple[Move, ...] = ()
    workers: tuple[Worker, ...] = ()
    devices: tuple[Device, ...] = ()


class Chore(ScenarioPart, frozen=True):
    """What another program does: it puts the annotation ``note`` on the Deployment ``target`` every ``every`` seconds.

    ``account`` is the ServiceAccount (``namespace/name``) that it writes as, ``agent`` what it calls itself.
    """

    account: str
    agent: str
    target: str
    note: str
    every: Annotated[float, Meta(gt=0)] = 30.0


class Lesson(ScenarioPart, frozen=True):
    """One step of the coach: shown until ``until`` holds."""

    say: str
    until: str


class Scenario(ScenarioPart, frozen=True):
    """A whole rehearsal."""

    title: str
    story: str
    services: tuple[ServiceSpec, ...]
    nodes: tuple[NodeSpec, ...]
    traffic: Traffic
    optimizer: OptimizerSpec
    kubernetes: str = "v1.30.14"
    """What its API server and nodes call themselves. One before v1.30 has no API to freeze by, and serves none."""
    context: str = "rehearsal"
    starts: str = ""
    """When the story begins (RFC 3339), for a run that keeps the story's time."""
    lead: Seconds = 0.0
    """Seconds of the story that have passed when the console opens."""
    age: Seconds = 48 * 3600.0
    """How long everything has been running when the story begins."""
    crons: tuple[CronSpec, ...] = ()
    chores: tuple[Chore, ...] = ()
    named: bool = True
    """Whether the console is told who the optimizer is. If not, it is given the audit log instead, to find out."""
    lessons: tuple[Lesson, ...] = ()


def load(name_or_path: str) -> Scenario:
    """Read a built-in scenario by name, or a file.

    Raises:
        ScenarioError: there is no such scenario, or something in it is wrong.
    """
    if name_or_path in BUILT_IN:
        text = (resources.files("rehearsal") / "scenarios" / f"{name_or_path}.toml").read_text("utf-8")
        return parse(text, name_or_path)
    try:
        text = Path(name_or_path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        choices = ", ".join(BUILT_IN)
        raise ScenarioError(f"{name_or_path}: no scenario can be read there ({error}); built in: {choices}") from error
    return parse(text, name_or_path)


def parse(text: str, origin: str) -> Scenario:
    """Read the text of a scenario.

    Raises:
        ScenarioError: names the place and what is wrong.
    """
    try:
        scenario = convert_to(tomllib.loads(text), Scenario)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{origin}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{origin}: {error}") from error
    for problem in _problems(scenario):
        raise ScenarioError(f"{origin}: {problem}")
    return scenario


def _problems(scenario: Scenario) -> list[Any]:
    names = [spec.name for spec in scenario.services]
    found = [
        f"services.{spec.name}: calls {called}, which is no service after it in the file"
        for number, spec in enumerate(scenario.services)
        for called in spec.calls
        if called not in names[number + 1 :]
    ]
    nodes = {node.name for node in scenario.nodes}
    for number, move in enumerate(scenario.optimizer.moves):
        known = nodes if move.do == "taint" else set(names)
        aims = () if move.do == "query" else move.targets if move.do == "sweep" else (move.target,)
        found += [
            f"optimizer.moves[{number}]: target {aim!r} is not in this scenario" for aim in aims if aim not in known
        ]
    found += [
        f"chores[{number}]: target {chore.target!r} is no Deployment of this scenario"
        for number, chore in enumerate(scenario.chores)
        if chore.target not in names
    ]
    found += [
        f"lessons: until {lesson.until!r} is none of {', '.join(sorted(CONDITIONS))}"
        for lesson in scenario.lessons
        if lesson.until not in CONDITIONS
    ]
    devices = len(scenario.optimizer.devices)
    found += [
        f"optimizer.workers.{worker.name}: there is no device {worker.device}"
        for worker in scenario.optimizer.workers
        if not 0 <= worker.device < devices
    ]
    return found
