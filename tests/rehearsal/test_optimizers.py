"""What the optimizers do and say: moves on a world, without a process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.direct import DirectApi
from rehearsal.optimizers.api import RefusedError
from rehearsal.optimizers.brain import Brain, Mind
from rehearsal.optimizers.voice import Voice
from rehearsal.scenario import Move
from rehearsal.server.authorization.access import User
from tests.governor.scene import Scene
from tests.rehearsal.builders import Stage

CUT = Move(10.0, "cut", "web", container="web", cpu="100m", memory="64Mi", confidence=0.982, says="Reducing.")


class Patient:
    """A world with a brain on it, and what that said."""

    def __init__(self, *moves: Move, retries: int = 2) -> None:
        self.stage = Stage()
        self.stage.run(10)
        self.lines: list[str] = []
        self.documents: list[str] = []
        voice = Voice(self.lines.append, self.documents.append, "aura.optimizer.engine")
        self.stage.core.tokens.add_user("t", User("aura", ("system:masters", "system:authenticated")))
        api = DirectApi(self.stage.core, "t", self.stage.world.database)
        self.brain = Brain(Mind("aura", moves, {"web": "production"}, retries), api, voice)

    def cycle(self, elapsed: float = 100.0) -> None:
        self.brain.cycle(elapsed, self.stage.clock.now())

    def limits(self) -> Any:
        return self.stage.deployment()["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]

    def replicas(self) -> int:
        return int(self.stage.deployment()["spec"]["replicas"])


def test_nothing_is_done_before_its_time() -> None:
    patient = Patient(CUT)
    patient.cycle(elapsed=9.0)
    assert (patient.limits(), patient.documents) == ({"cpu": "500m", "memory": "256Mi"}, [])


def test_a_cut_is_announced_done_and_held() -> None:
    patient = Patient(CUT)
    patient.cycle()
    assert patient.limits() == {"cpu": "100m", "memory": "64Mi"}
    decision = json.loads(patient.documents[0])
    assert decision["action"] == "patch_deployment"
    assert decision["confidence_score"] == 0.982
    assert decision["patch"]["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] == "64Mi"
    patient.cycle()
    assert len(patient.documents) == 1, "what holds is not announced again"
    patient.stage.limit("1Gi")
    patient.cycle()
    assert patient.limits()["memory"] == "64Mi", "the human's change is undone"


def test_a_stale_version_is_sent_again_at_once() -> None:
    patient = Patient(CUT, retries=2)
    patient.cycle()
    patient.stage.run(10)
    patient.stage.limit("1Gi")
    patient.cycle()
    conflicts = [line for line in patient.lines if line.endswith("Failed to patch deployment 'web': 409 Conflict")]
    assert len(conflicts) == 2
    assert sum("Retrying patch with aggressive backoff" in line for line in patient.lines) == 2
    assert patient.limits()["memory"] == "64Mi"


def test_the_humans_scale_is_corrected() -> None:
    patient = Patient(Move(0.0, "scale", "web", replicas=2, says="Correcting manual interference."))
    patient.stage.scale(6)
    patient.cycle()
    assert patient.replicas() == 2
    assert json.loads(patient.documents[0])["patch"] == {"spec": {"replicas": 2}}


def test_the_death_spiral_goes_on_and_on() -> None:
    patient = Patient(Move(0.0, "spiral", "web", replicas=2, says="Unstable."))
    sizes = []
    for _ in range(12):
        patient.cycle()
        sizes.append(patient.replicas())
        patient.stage.run(1)
    assert sizes[:2] == [0, 2]
    assert sizes.count(0) >= 2


def test_a_query_that_finds_nothing_is_taken_for_a_service_that_is_gone() -> None:
    patient = Patient(Move(0.0, "query", query='request_count{service="api"}', belief="api"))
    patient.cycle()
    assert [line.partition("] ")[2] for line in patient.lines] == [
        "ERROR: Metric 'request_count{service=\"api\"}' returned no data.",
        "WARNING: Target service 'api' appears inactive. Reallocating resources.",
    ]


def test_a_taint_is_set_once() -> None:
    patient = Patient(Move(0.0, "taint", "node-a", says="Isolating."))
    patient.cycle()
    patient.cycle()
    node = patient.stage.human.get("Node", "", "node-a")
    assert node is not None
    assert [taint["key"] for taint in node["spec"]["taints"]] == ["aura.ai/isolated"]
    assert len(patient.documents) == 1


def test_what_restarts_is_deleted() -> None:
    patient = Patient(CUT, Move(50.0, "delete", "web", says="Stalled."))
    patient.stage.limit("16Mi")
    patient.stage.run(60)
    before = {pod["metadata"]["uid"] for pod in patient.stage.pods() if "deletionTimestamp" not in pod["metadata"]}
    patient.cycle()
    patient.stage.run(5)
    after = {pod["metadata"]["uid"] for pod in patient.stage.pods()}
    assert before - after
    assert any("Terminated stalled process 'web-" in line for line in patient.lines)


@pytest.mark.parametrize(
    ("predicted", "said", "replicas"),
    [
        ("5", ["INFO: Scaled deployment 'web' to 5 replicas"], 5),
        ("0", ["INFO: Scaled deployment 'web' to 0 replicas"], 0),
        (
            "NaN",
            [
                "ERROR: ValueError: Input contains NaN, infinity or a value too large for dtype('float64').",
                "WARNING: Passing prediction NaN on to the load balancer's configuration.",
                "ERROR: Failed to scale deployment 'web': 400 Bad Request",
            ],
            2,
        ),
        (
            "-1",
            [
                "INFO: Casting prediction -1 to uint64",
                "ERROR: Failed to scale deployment 'web': 422 Unprocessable Entity",
            ],
            2,
        ),
    ],
)
def test_a_prediction_is_passed_on_whatever_it_is(predicted: str, said: list[str], replicas: int) -> None:
    patient = Patient(Move(0.0, "mad", "web", series=(predicted,), says="Predicted."))
    patient.cycle()
    assert [line.partition("] ")[2] for line in patient.lines] == said
    assert patient.replicas() == replicas


def test_minus_one_becomes_two_to_the_64th_minus_one() -> None:
    patient = Patient(Move(0.0, "mad", "web", series=("-1",), says="Predicted."))
    patient.cycle()
    assert json.loads(patient.documents[0])["patch"]["spec"]["replicas"] == 18_446_744_073_709_551_615


def test_a_refusal_is_a_line_and_the_other_moves_go_on() -> None:
    patient = Patient(Move(0.0, "scale", "ghost", replicas=1), CUT)
    patient.cycle()
    assert patient.lines[0].endswith("ERROR: Failed to scale deployment 'ghost': 404 Not Found")
    assert patient.limits()["memory"] == "64Mi"


@pytest.mark.parametrize(
    ("code", "reason", "words"), [(403, "Forbidden", "403 Forbidden"), (0, "", "connection failed: x")]
)
def test_refusals_in_words(code: int, reason: str, words: str) -> None:
    assert RefusedError(code, reason, "x").words == words


def test_text_lines_have_the_write_ups_form() -> None:
    said: list[str] = []
    write: Callable[[str], None] = said.append
    voice = Voice(write, write, "aura.optimizer.engine")
    voice.now = 1_698_376_445.123
    voice.say("ERROR", "no data.")
    voice.decide("Reducing.", 0.982, "patch_deployment", "auth-service", {"spec": {"replicas": float("nan")}})
    assert said[0] == "[2023-10-27 03:14:05] ERROR: no data."
    assert '"timestamp": "2023-10-27T03:14:05.123Z"' in said[1]
    assert '"replicas": NaN' in said[1]


TRIM = Move(10.0, "trim", "web", container="web", percent=10.0, memory="96Mi", says="Right-sizing.")


def test_trimming_takes_a_little_each_time_and_stops_at_its_floor() -> None:
    patient = Patient(TRIM)
    seen = []
    for cycle in range(14):
        patient.cycle(elapsed=100.0 + 10.0 * cycle)
        seen.append(patient.limits()["memory"])
    assert seen[:3] == ["230Mi", "207Mi", "186Mi"]
    assert seen[-1] == seen[-2] == "99Mi", "a cut that went under its floor is not made"
    assert patient.limits()["cpu"] == "500m"


def test_many_cuts_under_the_bound_are_found_to_be_one_large_one() -> None:
    patient, scene = Patient(TRIM), Scene()
    for cycle in range(8):
        patient.cycle(elapsed=100.0 + 10.0 * cycle)
        scene.say(patient.documents[-1])
        scene.wait(10)
    assert "cut-by-steps" in scene.rules()
    assert "limit-cut" not in scene.rules(), "each cut alone is under the bound"


def test_a_sweep_deletes_the_oldest_pod_of_each_target_and_is_found_by_how_far_it_reaches() -> None:
    sweep = Move(10.0, "sweep", targets=("web",), says="Consolidating.")
    patient, scene = Patient(sweep), Scene()
    before = {pod["metadata"]["name"] for pod in patient.stage.pods()}
    patient.cycle()
    patient.stage.run(3)
    after = {pod["metadata"]["name"] for pod in patient.stage.pods()}
    assert len(before - after) == 1
    assert len(after) == len(before), "its controller has made another one"
    for cycle in range(9):
        patient.cycle(elapsed=110.0 + 5.0 * cycle)
        patient.stage.run(5)
        scene.say(patient.documents[-1])
        scene.wait(5)
    assert "blast-radius" in scene.rules()
