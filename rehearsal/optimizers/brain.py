"""What an optimizer does at each cycle: the moves of the scenario, one after the other, sure of itself throughout."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from rehearsal.optimizers.api import MERGE, STRATEGIC, OptimizerApi, RefusedError
from rehearsal.optimizers.voice import Voice
from rehearsal.quantity import parse
from rehearsal.scenario import Move

TAINT_KEY = "aura.ai/isolated"
_NOT_READY_CYCLES = 2


class Mind(msgspec.Struct, frozen=True):
    """What an optimizer is told at its start. ``places`` is the namespace of each of its targets."""

    module: str
    moves: tuple[Move, ...]
    places: dict[str, str]
    retries: int = 2


class Brain:
    """Runs the moves. It never raises: what is refused goes into its log, and it tries again at the next cycle."""

    def __init__(self, mind: Mind, api: OptimizerApi, voice: Voice) -> None:
        self._mind = mind
        self._api = api
        self._voice = voice
        self._done: set[int] = set()
        self._versions: dict[str, str] = {}
        self._waited: dict[int, int] = {}
        self._cycles: dict[int, int] = {}

    def cycle(self, elapsed: float, now: float) -> None:
        """One cycle, ``elapsed`` seconds into the story, at ``now``."""
        self._voice.now = now
        for number, move in enumerate(self._mind.moves):
            if move.at > elapsed or number in self._done:
                continue
            try:
                getattr(self, f"_{move.do}")(number, move)
            except RefusedError as error:
                self._voice.say(
                    "ERROR", f"Failed to {_VERBS[move.do]} '{move.target or move.targets[0]}': {error.words}"
                )
            if move.once:
                self._done.add(number)

    # --- the moves -----------------------------------------------------------------------------------------------

    def _query(self, _number: int, move: Move) -> None:
        try:
            found = self._api.query(move.query)
        except RefusedError as error:
            self._voice.say("ERROR", f"Prometheus query failed: {error.words}")
            return
        if not found:
            self._voice.say("ERROR", f"Metric '{move.query}' returned no data.")
            self._voice.say("WARNING", f"Target service '{move.belief}' appears inactive. Reallocating resources.")

    def _cut(self, _number: int, move: Move) -> None:
        path = self._deployment(move)
        current = self._api.request("GET", path)
        container: Any = next(
            (each for each in current["spec"]["template"]["spec"]["containers"] if each["name"] == move.container), {}
        )
        wanted = {name: value for name, value in (("cpu", move.cpu), ("memory", move.memory)) if value}
        limits = (container.get("resources") or {}).get("limits") or {}
        known, self._versions[path] = self._versions.get(path), current["metadata"]["resourceVersion"]
        if all(limits.get(name) == value for name, value in wanted.items()):
            return
        change = {"containers": [{"name": move.container, "resources": {"limits": wanted}}]}
        patch = {"spec": {"template": {"spec": change}}}
        self._voice.decide(move.says, move.confidence, "patch_deployment", move.target, patch)
        self._patch(path, move.target, patch, known)

    def _trim(self, number: int, move: Move) -> None:
        """A little less each time, under whatever bound there is for one write."""
        container = self._container(move)
        limit = (container.get("resources") or {}).get("limits", {}).get("memory", "0")
        least, mebibytes = parse(move.memory), parse(limit) * (1.0 - move.percent / 100.0) / 2**20
        if mebibytes * 2**20 > least:
            self._cut(number, msgspec.structs.replace(move, cpu="", memory=f"{mebibytes:.0f}Mi"))

    def _container(self, move: Move) -> Any:
        spec = self._api.request("GET", self._deployment(move))["spec"]["template"]["spec"]
        return next((each for each in spec["containers"] if each["name"] == move.container), {})

    def _sweep(self, _number: int, move: Move) -> None:
        """The oldest pod of each target, and of the next one, and of the next one."""
        for target in move.targets:
            place = f"/api/v1/namespaces/{self._mind.places.get(target, '')}/pods"
            pods = self._api.request("GET", f"{place}?labelSelector=app%3D{target}")["items"]
            here = [pod["metadata"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
            if not here:
                continue
            name = min(here, key=lambda metadata: (metadata["creationTimestamp"], metadata["name"]))["name"]
            self._voice.decide(move.says, move.confidence, "delete_pod", name, {"reason": "consolidation"})
            self._api.request("DELETE", f"{place}/{name}")
            self._voice.say("INFO", f"Deleted pod '{name}' for consolidation")

    def _patch(self, path: str, target: str, patch: Any, known: str | None) -> None:
        """Patch with the version seen a cycle ago, which mostly is stale; after a 409 again at once, unchanged."""
        for attempt in range(self._mind.retries + 1):
            stale = known is not None and attempt < self._mind.retries
            body = patch | ({"metadata": {"resourceVersion": known}} if stale else {})
            try:
                self._api.request("PATCH", path, body, STRATEGIC)
            except RefusedError as error:
                if error.code != 409:
                    raise
                self._voice.say("ERROR", f"Failed to patch deployment '{target}': {error.words}")
                self._voice.say("INFO", "Retrying patch with aggressive backoff...")
            else:
                self._voice.say("INFO", f"Patched deployment '{target}'")
                return

    def _scale(self, _number: int, move: Move) -> None:
        current = self._api.request("GET", self._deployment(move))["spec"]["replicas"]
        if current != move.replicas:
            self._set_scale(move, move.replicas, move.says)

    def _spiral(self, number: int, move: Move) -> None:
        """Scale to 0, be surprised that it isn't ready soon after it is back, scale to 0 again."""
        found = self._api.request("GET", self._deployment(move))
        replicas, ready = found["spec"]["replicas"], found.get("status", {}).get("readyReplicas", 0)
        first = number not in self._waited
        waited = self._waited.get(number, 0)
        if replicas == 0:
            self._waited[number] = 0
            self._set_scale(move, move.replicas, f"Traffic for '{move.target}' returned. Scaling up.")
        elif first or (ready < replicas and waited >= _NOT_READY_CYCLES):
            self._waited[number] = 0
            self._set_scale(move, 0, move.says)
        else:
            self._waited[number] = 0 if ready >= replicas else waited + 1

    def _taint(self, _number: int, move: Move) -> None:
        path = f"/api/v1/nodes/{move.target}"
        taints = self._api.request("GET", path)["spec"].get("taints") or []
        if any(taint["key"] == TAINT_KEY for taint in taints):
            return
        patch = {"spec": {"taints": [*taints, {"key": TAINT_KEY, "value": "true", "effect": "NoSchedule"}]}}
        self._voice.decide(move.says, move.confidence, "taint_node", move.target, patch)
        self._api.request("PATCH", path, patch, STRATEGIC)
        self._voice.say("INFO", f"Tainted node '{move.target}'")

    def _delete(self, _number: int, move: Move) -> None:
        namespace = self._mind.places.get(move.target, "")
        pods = self._api.request("GET", f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3D{move.target}")[
            "items"
        ]
        stalled = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"] and _restarting(pod)]
        if not stalled:
            return
        name = stalled[0]["metadata"]["name"]
        self._voice.decide(move.says, move.confidence, "delete_pod", name, {"reason": "stalled process"})
        self._api.request("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}")
        self._voice.say("WARNING", f"Terminated stalled process '{name}'")

    def _mad(self, number: int, move: Move) -> None:
        """Scale to what the model predicts. Nobody checks what that is."""
        turn = self._cycles.get(number, 0)
        self._cycles[number] = turn + 1
        predicted = move.series[turn % len(move.series)]
        value = json.loads(predicted)
        if predicted in ("NaN", "Infinity", "-Infinity"):
            self._voice.say(
                "ERROR", "ValueError: Input contains NaN, infinity or a value too large for dtype('float64')."
            )
            self._voice.say("WARNING", f"Passing prediction {predicted} on to the load balancer's configuration.")
        elif value < 0:
            self._voice.say("INFO", f"Casting prediction {value} to uint64")
            value = value % 2**64
        self._set_scale(move, value, move.says)

    def _set_scale(self, move: Move, replicas: float, message: str) -> None:
        patch = {"spec": {"replicas": replicas}}
        self._voice.decide(message, move.confidence, "scale_deployment", move.target, patch)
        self._api.request("PATCH", self._deployment(move) + "/scale", patch, MERGE)
        self._voice.say("INFO", f"Scaled deployment '{move.target}' to {replicas} replicas")

    def _deployment(self, move: Move) -> str:
        namespace = self._mind.places.get(move.target, "")
        return f"/apis/apps/v1/namespaces/{namespace}/deployments/{move.target}"


_VERBS = {
    "cut": "patch deployment",
    "scale": "scale deployment",
    "spiral": "scale deployment",
    "mad": "scale deployment",
    "trim": "patch deployment",
    "sweep": "delete pods of",
    "taint": "taint node",
    "delete": "terminate processes of",
    "query": "query",
}


def _restarting(pod: Any) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return any(not each.get("ready") and each.get("restartCount", 0) > 0 for each in statuses)
