"""Whether a workload's pods get a template's new values by themselves, and what a person has to do if not. Pure."""

from __future__ import annotations

from opsconsole.records import JsonObject, Ref
from opsconsole.switches.restore.fields import present
from opsconsole.switches.shell import kubectl


def held(about: Ref, found: JsonObject | None) -> str:
    """Why pods keep the old values until a person does something, with that; empty if its controller replaces them."""
    if about.kind == "Deployment" and present(found, ["spec", "paused"]) is True:
        resume = kubectl("-n", about.namespace, "rollout", "resume", names=[f"deployment/{about.name}"])
        return f"its rollout is paused: no pod gets the new values until somebody resumes it: {resume}"
    if about.kind not in {"StatefulSet", "DaemonSet"}:
        return ""
    if present(found, ["spec", "updateStrategy", "type"]) == "OnDelete":
        return f"its strategy is OnDelete: its pods get the new values once you delete them: {_delete(about, found)}"
    partition = present(found, ["spec", "updateStrategy", "rollingUpdate", "partition"])
    if about.kind == "StatefulSet" and isinstance(partition, int) and partition > 0:
        path = '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'
        patch = kubectl("-n", about.namespace, "patch", "statefulset", names=[about.name], options=["-p", path])
        return f"its partition keeps pods below {partition} at the old values: {patch}"
    return ""


def _delete(about: Ref, found: JsonObject | None) -> str:
    """The command for all of its pods; with a selector that is more than labels one after the other."""
    labels = present(found, ["spec", "selector", "matchLabels"])
    if not isinstance(labels, dict) or present(found, ["spec", "selector", "matchExpressions"]):
        return kubectl("-n", about.namespace, "delete", "pod", names=["NAME"])
    chosen = ",".join(f"{key}={value}" for key, value in labels.items())
    return kubectl("-n", about.namespace, "delete", "pods", names=(), options=["-l", chosen])
