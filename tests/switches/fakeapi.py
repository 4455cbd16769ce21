"""A small API server in memory, behind ``Connection.request``: enough of it for the switches, with faults on demand."""

from __future__ import annotations

import contextlib
import copy
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import RequestWords, TimedOut, from_status

Object = dict[str, Any]


class Write(NamedTuple):
    """A write that reached the server, whether its answer got back or not.

    ``uid``: of the object that it changed. ``exact``: it asked for the version that was read.
    """

    method: str
    path: str
    uid: str
    before: Object
    exact: bool = False


class FakeApi:
    """Objects by path. ``fault`` may raise or return ``"lost"`` (done, but the answer never comes) for a request."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.writes: list[Write] = []
        self.fault: Callable[[str, str], str] = lambda _method, _path: ""
        self.allowed: Callable[[Object], bool] = lambda _attributes: True
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)

    def add(self, kind: str, namespace: str, name: str, **body: Any) -> Object:
        """Put an object there; its UID and resourceVersion are new."""
        group, version, plural = paths.API_KINDS[kind]
        number = next(self._numbers)
        metadata = {"name": name, "uid": f"uid-{number}", "resourceVersion": str(number), **body.pop("metadata", {})}
        if namespace:
            metadata["namespace"] = namespace
        made = {"apiVersion": f"{group}/{version}" if group else version, "kind": kind, "metadata": metadata, **body}
        self.objects[paths.item(group, version, plural, namespace, name)] = made
        return made

    def touch(self, made: Object) -> None:
        made["metadata"]["resourceVersion"] = str(next(self._numbers))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float | None = None,
    ) -> bytes:
        asked = RequestWords(method, path)
        given = msgspec.json.decode(body) if isinstance(body, bytes) else body
        with self.lock:
            what = self.fault(method, path) if method != "GET" else ""
            if what == "down":
                raise TimedOut("no answer in time")
            if what.isdigit():
                raise from_status(int(what), b"a fault of the test", asked)
            status, answer = self._serve(method, path, query or {}, given)
        if what == "lost":
            raise TimedOut("no answer in time")
        if status >= 300:
            raise from_status(status, str(answer).encode(), asked)
        return msgspec.json.encode(answer)

    @contextlib.contextmanager
    def stream(self, path: str, query: Mapping[str, Any] | None = None, **options: Any) -> Iterator[list[bytes]]:
        """The lines of an answer."""
        del options
        yield self.request("GET", path, query=query).splitlines()

    def _serve(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> tuple[int, Any]:
        if method == "POST" and path.endswith("reviews"):
            return 201, self._review(path, body)
        if path.endswith("/log"):
            return (200, "a line") if path.removesuffix("/log") in self.objects else (404, "no such pod")
        scale = path.endswith("/scale")
        real = path.removesuffix("/scale")
        if method == "POST":
            return self._create(path, body)
        if method == "GET" and real not in self.objects:
            return self._list(path, query)
        if real not in self.objects:
            return 404, "not found"
        found = self.objects[real]
        if method == "GET":
            return 200, _scale(found) if scale else copy.deepcopy(found)
        if method == "DELETE":
            return self._delete(real, found, body or {})
        return self._patch(real, found, body, scale=scale)

    def _list(self, path: str, query: Mapping[str, Any]) -> tuple[int, Any]:
        target = paths.parse(path)
        if target is None or target.name:
            return 404, "not found"
        found = []
        for item, each in self.objects.items():
            parsed = paths.parse(item)
            assert parsed is not None
            same = (parsed.group, parsed.resource) == (target.group, target.resource)
            if same and target.namespace in {"", parsed.namespace} and _selected(each, query):
                found.append(copy.deepcopy(each))
        return 200, {"kind": "List", "metadata": {}, "items": found}

    def _create(self, path: str, body: Object) -> tuple[int, Any]:
        name = body["metadata"]["name"]
        if f"{path}/{name}" in self.objects:
            return 409, "already exists"
        number = next(self._numbers)
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": f"uid-{number}", "resourceVersion": str(number)}
        self.objects[f"{path}/{name}"] = made
        self.writes.append(Write("POST", f"{path}/{name}", "", {}))
        return 201, copy.deepcopy(made)

    def _delete(self, path: str, found: Object, body: Object) -> tuple[int, Any]:
        wanted = body.get("preconditions") or {}
        for name, value in wanted.items():
            if found["metadata"][name] != value:
                return 409, f"precondition failed: {name}"
        exact = "resourceVersion" in wanted
        self.writes.append(Write("DELETE", path, found["metadata"]["uid"], copy.deepcopy(found), exact))
        if found["metadata"].get("finalizers"):
            found["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        else:
            del self.objects[path]
        return 200, {"kind": "Status"}

    def _patch(self, path: str, found: Object, patch: Any, *, scale: bool) -> tuple[int, Any]:
        draft = _scale(found) if scale else copy.deepcopy(found)
        for step in patch:
            problem = _apply(draft, step)
            if problem:
                return 422, problem
        self.writes.append(Write("PATCH", path, found["metadata"]["uid"], copy.deepcopy(found)))
        if scale:
            found["spec"]["replicas"] = draft["spec"].get("replicas", 0)
        else:
            found.clear()
            found.update(draft)
        self.touch(found)
        return 200, _scale(found) if scale else copy.deepcopy(found)

    def _review(self, path: str, body: Object) -> Object:
        if path.endswith("selfsubjectreviews"):
            return {"status": {"userInfo": {"username": "tester", "groups": ["system:authenticated"]}}}
        if path.endswith("selfsubjectaccessreviews"):
            return {"status": {"allowed": True}}
        return {"status": {"allowed": self.allowed(body["spec"])}}


def _scale(found: Object) -> Object:
    replicas = found.get("spec", {}).get("replicas", 1)
    return {
        "kind": "Scale",
        "metadata": copy.deepcopy(found["metadata"]),
        "spec": {"replicas": replicas} if replicas else {},
    }


def _selected(each: Object, query: Mapping[str, Any]) -> bool:
    field = str(query.get("fieldSelector") or "")
    if field.startswith("spec.serviceAccountName="):
        return each.get("spec", {}).get("serviceAccountName", "default") == field.partition("=")[2]
    labels = each["metadata"].get("labels", {})
    wanted = [part.partition("=") for part in str(query.get("labelSelector") or "").split(",") if part]
    return all(labels.get(key) == value if sign else key in labels for key, sign, value in wanted)


def _apply(draft: Any, step: Object) -> str:
    """Apply one operation of a JSON patch; returns what is wrong with it."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
    try:
        for part in parts[:-1]:
            draft = draft[int(part)] if isinstance(draft, list) else draft[part]
        last: Any = parts[-1]
        if isinstance(draft, list):
            last = len(draft) if last == "-" else int(last)
        if step["op"] == "test":
            return "" if draft[last] == step["value"] else f"testing path {step['path']}: test failed"
        if step["op"] == "remove":
            del draft[last]
        elif isinstance(draft, list):
            draft.insert(last, step["value"])
        else:
            draft[last] = step["value"]
    except (KeyError, IndexError, TypeError) as error:
        return f"{step['path']}: {error!r}"
    return ""
