"""What a logged request to the API server sets stands in its body, wherever the line has it."""

from __future__ import annotations

import pytest

from tests.governor.scene import Scene

PATH = "/apis/apps/v1/namespaces/shop/deployments/cart"


@pytest.mark.parametrize(
    ("line", "mood", "fields"),
    [
        (f'PATCH {PATH}/scale {{"spec":{{"replicas":500}}}} 200 OK', "done", {"replicas": "500"}),
        (f'PATCH {PATH}/scale {{"spec":{{"replicas":4}}}}', "planned", {"replicas": "4"}),
        (f'PUT {PATH}/scale {{"kind":"Scale","spec":{{"replicas":4}}}} -> 409', "refused", {"replicas": "4"}),
        (
            f'PATCH {PATH} [{{"op":"replace","path":"/spec/replicas","value":7}}] 200',
            "done",
            {"replicas": "7"},
        ),
        (f'PUT {PATH} {{"kind":"Deployment","spec":{{"replicas":4,"selector":{{}}}}}} 200', "done", {}),
    ],
)
def test_a_request_sets_what_its_body_says(line: str, mood: str, fields: dict[str, str]) -> None:
    (decision,) = Scene().say(f"[2023-10-27 03:14:00] INFO: {line}")
    assert decision.mood == mood
    assert {field.path: field.value for field in decision.fields} == fields
