"""What a restore's patch puts back, and that it touches nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.switches.restore.fields import Put, UnfitError, patch, place, present, value
from tests.switches.restore.damaged import MEMORY, Object, apply, deployment

_QUANTITIES = st.sampled_from(["64Mi", "1000Mi", "1", "100m", "0", None])
_RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        group: st.dictionaries(st.sampled_from(["cpu", "memory", "ephemeral-storage"]), st.sampled_from(["1", "2Gi"]))
        for group in ("limits", "requests")
    },
)
_CONTAINERS = st.lists(
    st.fixed_dictionaries({"image": st.sampled_from(["a:1", "b:2"])}, optional={"resources": _RESOURCES}), max_size=3
).map(lambda found: [{"name": f"c{number}", **each} for number, each in enumerate(found)])
_PATHS = st.sampled_from(
    ["replicas", *(f"containers[c{n}].image" for n in range(3))]
    + [
        f"{kind}[c{n}].resources.{group}.{name}"
        for kind in ("containers", "initContainers")
        for n in range(3)
        for group in ("limits", "requests")
        for name in ("cpu", "memory")
    ]
)


@given(st.data())
def test_whatever_is_put_back_nothing_else_differs(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "CronJob"]))
    template = {"spec": {"containers": data.draw(_CONTAINERS), "initContainers": data.draw(_CONTAINERS), "x": [1]}}
    spec: Object = {"template": template, "other": {"kept": [1, 2]}, "replicas": data.draw(st.integers(0, 5))}
    spec = {"jobTemplate": {"spec": spec}, "suspend": True} if kind == "CronJob" else spec
    found = {"metadata": {"name": "w", "uid": "u", "resourceVersion": "1"}, "spec": spec}
    puts = []
    for path in data.draw(st.lists(_PATHS, unique=True, max_size=6)):
        want = data.draw(_wanted(path))
        try:
            puts.append(Put(path, value(kind, path, found), want))
        except UnfitError:
            continue
    after = apply(kind, found, puts)
    for put in puts:
        assert value(kind, put.path, after) == put.want
    _take(kind, found, puts)
    _take(kind, after, puts)
    assert _pruned(after) == _pruned(found)


def _wanted(path: str) -> st.SearchStrategy[Any]:
    if path == "replicas":
        return st.integers(0, 9)
    return st.sampled_from(["a:1", "z:9"]) if path.endswith("image") else _QUANTITIES


def _take(kind: str, found: Object, puts: list[Put]) -> None:
    """Take the plan's own fields out, so that what is left can be compared."""
    for put in puts:
        pointer = place(kind, put.path, found)
        holder = present(found, pointer[:-1])
        if isinstance(holder, dict):
            holder.pop(pointer[-1], None)


def _pruned(found: Any) -> Any:
    """Without empty objects: those that held a field, or came to hold it."""
    if isinstance(found, dict):
        kept = {key: _pruned(each) for key, each in found.items()}
        return {key: each for key, each in kept.items() if each != {}}
    return [_pruned(each) for each in found] if isinstance(found, list) else found


_TAINTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b/c", "node.kubernetes.io/not-ready"]),
        st.sampled_from(["", "1"]),
        st.sampled_from(["NoSchedule", "NoExecute"]),
    ),
    unique=True,
    max_size=5,
)


@given(_TAINTS, _TAINTS)
def test_taints_become_those_wanted_and_kubernetes_own_stay(there: list[Any], want: list[Any]) -> None:
    def as_json(taint: tuple[str, str, str]) -> Object:
        key, content, effect = taint
        return {"key": key, "effect": effect, **({"value": content} if content else {})}

    def text(taint: tuple[str, str, str]) -> str:
        key, content, effect = taint
        return f"{key}={content}:{effect}" if content else f"{key}:{effect}"

    found = {
        "metadata": {"resourceVersion": "1"},
        "spec": {"taints": [as_json(each) for each in there], "podCIDR": "x"},
    }
    wanted = sorted(text(each) for each in want if not each[0].startswith("node."))
    after = apply("Node", found, [Put("taints", value("Node", "taints", found), wanted)])
    assert value("Node", "taints", after) == wanted
    system = [as_json(each) for each in there if each[0].startswith("node.")]
    assert [each for each in after["spec"].get("taints", []) if each["key"].startswith("node.")] == system
    assert after["spec"]["podCIDR"] == "x"


def test_a_field_that_is_not_there_is_guarded_by_the_version() -> None:
    found = deployment()
    del found["spec"]["template"]["spec"]["containers"][1]["resources"]["limits"]
    operations = patch("Deployment", found, [Put(MEMORY, None, "1Gi")])
    assert operations[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert operations[-1]["op"] == "add"
