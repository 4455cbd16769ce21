"""Kinds of objects that a test makes: served before it goes on, and gone before the next one makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.waiting import eventually
from tests.testbed.api import Api, Object

KINDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@contextmanager
def custom_kind(api: Api, spec: Object, annotations: dict[str, str] | None = None) -> Iterator[str]:
    """Serve the kind that ``spec`` (of a CustomResourceDefinition) defines; yields the path of its group and version.

    The API server deletes a kind behind the request (it deletes its objects first), and takes no new one of the name
    until then.
    """
    name = f"{spec['names']['plural']}.{spec['group']}"
    kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    api.post(KINDS, {**kind, "metadata": {"name": name, "annotations": annotations or {}}})
    path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}"
    eventually(lambda: api.healthy(f"{path}/{spec['names']['plural']}"), f"{name} is served")
    try:
        yield path
    finally:
        remove_kind(api, name)


def remove_kind(api: Api, name: str) -> None:
    """Delete a kind with all of its objects, and wait until its name is free again. One that is gone is no error."""
    api.remove(f"{KINDS}/{name}")
    eventually(lambda: not api.exists(f"{KINDS}/{name}"), f"{name} is gone")
