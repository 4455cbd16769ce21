"""What the controllers ask of a pod, and how they make one from a template."""

from __future__ import annotations

from rehearsal.server.objects.resources import Object, clone
from rehearsal.world.control import going, owner_reference


def is_ready(pod: Object) -> bool:
    """Whether the pod's Ready condition is true."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def is_over(pod: Object) -> bool:
    """Whether the pod has run to its end (or was evicted)."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Whether the pod counts for its controller."""
    return not going(pod) and not is_over(pod)


def is_running(pod: Object) -> bool:
    """Whether a kubelet has taken it on and it has not ended."""
    return (pod.get("status") or {}).get("phase") == "Running"


def from_template(owner: Object, template: Object, name: str = "") -> Object:
    """A pod that ``owner`` manages; named ``<owner>-<5 letters>`` unless ``name`` is given."""
    metadata = clone(template.get("metadata") or {})
    metadata |= {"name": name} if name else {"generateName": f"{owner['metadata']['name']}-"}
    metadata["ownerReferences"] = [owner_reference(owner)]
    return {"metadata": metadata, "spec": clone(template["spec"])}


def doomed_first(pod: Object) -> tuple[bool, bool, bool, str]:
    """Sort key: which pod a ReplicaSet gives up first (unscheduled, not running, not ready, newest)."""
    return (
        bool(pod["spec"].get("nodeName")),
        is_running(pod),
        is_ready(pod),
        _inverted(pod["metadata"]["creationTimestamp"]),
    )


def _inverted(stamp: str) -> str:
    return "".join(chr(0x7F - ord(character)) for character in stamp)
