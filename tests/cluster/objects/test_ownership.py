"""``managedFields`` as the API server writes them → paths; and what is no such thing costs nothing else."""

from __future__ import annotations

import json

import msgspec
import pytest

from opsconsole.cluster.objects import ownership
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.ownership import paths_of, resource
from opsconsole.records import Ownership

TREE = {
    "f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}, "f:labels": {"f:app": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"web"}': {
                        ".": {},
                        "f:resources": {"f:limits": {"f:memory": {}}},
                        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}}},
                    }
                }
            }
        },
        "f:finalizers": {'v:"kubernetes"': {}},
    },
}


def test_the_leaves_of_a_deployment() -> None:
    found, cut = paths_of(json.dumps(TREE).encode())
    assert not cut
    assert found == (
        "metadata.annotations[deployment.kubernetes.io/revision]",
        "metadata.labels.app",
        "spec.finalizers[kubernetes]",
        "spec.replicas",
        "spec.template.spec.containers[web].ports[80,TCP]",
        "spec.template.spec.containers[web].resources.limits.memory",
    )


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"1", b"null"])
def test_nothing_is_owned_by_an_entry_without_fields(raw: bytes) -> None:
    assert paths_of(raw)[0] == ()


def test_what_is_no_json_counts_as_cut_and_not_as_empty() -> None:
    assert paths_of(b'{"f:spec"') == ((), True)


def test_more_fields_than_are_kept_are_cut_and_it_is_said() -> None:
    tree = {"f:data": {f"f:key{number}": {} for number in range(5_000)}}
    found, cut = paths_of(json.dumps(tree).encode())
    assert (len(found), cut) == (ownership.MAX_FIELDS, True)


def test_a_tree_without_end_is_not_climbed_for_ever() -> None:
    found, _ = paths_of(b'{"f:a":' * 900 + b"{}" + b"}" * 900)
    assert len(found) <= 1
    assert all(len(path) <= ownership.MAX_PATH for path in found)


def test_an_object_that_can_not_be_read_leaves_the_others() -> None:
    entry = {"manager": "aura", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {}}}
    good = {"metadata": {"name": "a", "namespace": "b", "managedFields": [entry]}}
    bad = {"metadata": {"name": "c", "namespace": "b", "managedFields": "none"}}
    body = {"metadata": {"resourceVersion": "1"}, "items": [good, bad]}
    page = Codec(resource("configmaps", "ConfigMap")).page(json.dumps(body).encode())
    assert page.skipped == 1
    record = page.records[0]
    assert isinstance(record, Ownership)
    assert record.key == "ConfigMap/b/a"
    assert [(each.manager, each.fields) for each in record.entries] == [("aura", ("data",))]


def test_a_manager_keeps_its_raw_name() -> None:
    name = "aura\u202egnirotinom"
    entry = {"manager": name, "operation": "Update", "fieldsV1": {}}
    body = {"metadata": {"resourceVersion": "1"}, "items": [{"metadata": {"name": "a", "managedFields": [entry]}}]}
    record = Codec(resource("nodes", "Node", namespaced=False)).page(json.dumps(body).encode()).records[0]
    assert isinstance(record, Ownership)
    assert record.entries[0].manager == name


def test_pods_that_differ_in_their_address_share_the_paths_that_they_have_in_common() -> None:
    found = []
    for number in range(100):
        tree = {"f:status": {"f:podIPs": {f'k:{{"ip":"10.0.0.{number}"}}': {"f:ip": {}}}, "f:phase": {}}}
        found.append(paths_of(json.dumps(tree).encode())[0])
    assert len({id(path) for paths in found for path in paths if path == "status.phase"}) == 1
    assert len({path for paths in found for path in paths}) == 101


def test_what_is_remembered_of_fields_is_bounded_in_bytes() -> None:
    convert = ownership.of_kind("ConfigMap")
    for number in range(3_000):
        tree = {"f:data": {f"f:{number}": {}, "f:" + "x" * (10_000 if number % 2 else 1_000): {}}}
        entry = {"manager": "aura", "fieldsV1": tree}
        raw = json.dumps({"metadata": {"name": "a", "managedFields": [entry]}}).encode()
        convert(msgspec.json.decode(raw, type=ownership.OwnershipWire))
    kept = ownership._remembered.cache_info()
    assert kept.currsize == kept.maxsize == ownership._REMEMBERED
    assert ownership._REMEMBERED * ownership._REMEMBERED_BYTES <= 4 << 20
    assert ownership._shared.cache_info().maxsize == ownership._SHARED_PATHS
