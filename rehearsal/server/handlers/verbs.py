"""Create, update, patch and delete, with all that the real server keeps right on the way.

Optimistic locking, generation, managed fields, defaults, validation, grace, finalizers, preconditions, dry run.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from opsconsole.clock import Clock
from rehearsal.server.authorization.access import AccessRules, User
from rehearsal.server.authorization.admission import Admission
from rehearsal.server.handlers import apply
from rehearsal.server.objects import defaults, errors, managed, patches, typed, validation
from rehearsal.server.objects.resources import RETURNED_WHEN_DELETED, Object, ServedResource, clone
from rehearsal.server.objects.routes import Route
from rehearsal.server.objects.storage import Storage
from rehearsal.times import stamp

_WITH_GENERATION = frozenset(
    {"deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "poddisruptionbudgets", "pods",
     "validatingadmissionpolicies", "validatingadmissionpolicybindings"}
)  # fmt: skip
_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Caller(NamedTuple):
    """Who writes, under which field manager, and whether it is only a dry run."""

    user: User
    manager: str
    dry_run: bool = False


class Deleted(NamedTuple):
    """What a delete came to: whether the object is gone already, and its last state."""

    gone: bool
    obj: Object


class Verbs:
    """The writes. Every method is atomic; each raises :class:`errors.ApiError` and then nothing has changed."""

    def __init__(self, storage: Storage, rbac: AccessRules, clock: Clock, rng: random.Random) -> None:
        self.storage = storage
        self._clock = clock
        self._rng = rng
        self._admission = Admission(storage, rbac)

    def create(self, route: Route, obj: Object, caller: Caller) -> Object:
        """Make a new object out of ``obj``."""
        resource = route.resource
        obj = dict[str, Any](apiVersion=resource.api_version, kind=resource.kind) | clone(obj)
        _accept(resource, obj)
        metadata: Object = obj.setdefault("metadata", {})
        with self.storage.lock:
            self._place(route, metadata)
            typed.fit(resource, obj, typed.Origin())
            self._admission.create(resource, obj, caller.user)
            given = obj.pop("status", None) if resource.has_status else None
            defaults.fill(resource, obj)
            if self.storage.get(resource, metadata.get("namespace", ""), metadata["name"]):
                raise errors.already_exists(resource, metadata["name"])
            validation.check(resource, obj, None)
            self._birth(resource, metadata)
            managed.record(None, obj, caller.manager, "", stamp(self._clock.now()))
            defaults.complete(resource, obj)
            if given is not None and resource.plural == "nodes":
                obj["status"] = given
            return self._store(resource, obj, caller)

    def update(self, route: Route, obj: Object, caller: Caller) -> Object:
        """Replace an object (or its status) by ``obj``."""
        _accept(route.resource, obj)
        with self.storage.lock:
            before = self.read(route)
            given = obj.get("metadata") or {}
            if given.get("name", route.name) != route.name:
                why = f"the name of the object ({given['name']}) does not match the name on the URL ({route.name})"
                raise errors.bad_request(why)
            _same_uid(route, given, before)
            _same_version(route, given, before)
            return self.commit(route, before, clone(obj), caller)

    def patch(self, route: Route, kind: str, patch: Any, caller: Caller, *, force: bool = False) -> Object:
        """Change an object by a patch of content type ``kind``."""
        with self.storage.lock:
            if kind == patches.APPLY:
                return self._apply(route, patch, caller, force=force)
            before = self.read(route)
            after = patched(before, kind, patch)
            _same_version(route, after["metadata"], before)
            if after["metadata"].get("uid") != before["metadata"]["uid"]:
                why = f'Invalid value: "{after["metadata"].get("uid", "")}": field is immutable'
                raise errors.invalid(route.resource, route.name, [("FieldValueInvalid", "metadata.uid", why)])
            return self.commit(route, before, after, caller, origin_of(kind, patch))

    def delete(self, route: Route, options: Object, caller: Caller) -> Deleted:
        """Delete an object, at once or with grace, as its kind and ``options`` say."""
        with self.storage.lock:
            obj = self.read(route)
            _preconditions(route, options.get("preconditions") or {}, obj)
            after = obj | {"metadata": dict(obj["metadata"])}
            metadata = after["metadata"]
            self._orphan_or_wait(metadata, options)
            grace = _grace(route.resource, obj, options)
            if not _finalizers(after) and not grace:
                if route.resource.plural == "pods":
                    self._doom(route.resource, after, 0)
                last = after if caller.dry_run else self.storage.remove(route.resource, after)
                return Deleted(gone=True, obj=last)
            waits = "deletionTimestamp" in metadata and grace >= metadata.get("deletionGracePeriodSeconds", 0)
            if waits and metadata.get("finalizers") == obj["metadata"].get("finalizers"):
                return Deleted(gone=False, obj=obj)
            self._doom(route.resource, after, grace)
            return Deleted(gone=False, obj=self._store(route.resource, after, caller))

    def _doom(self, resource: ServedResource, obj: Object, grace: int) -> None:
        """Mark an object as on its way out."""
        metadata = obj["metadata"]
        metadata["deletionTimestamp"] = stamp(self._clock.now() + grace)
        metadata["deletionGracePeriodSeconds"] = grace
        if metadata.get("generation"):
            metadata["generation"] += 1
        if resource.plural == "namespaces":
            obj["status"] = {"phase": "Terminating"}
            del metadata["deletionGracePeriodSeconds"]

    def read(self, route: Route) -> Object:
        """The stored object that ``route`` names.

        Raises:
            ApiError: 404.
        """
        namespace = route.namespace if route.resource.namespaced else ""
        found = self.storage.get(route.resource, namespace, route.name)
        if found is None:
            raise errors.not_found(route.resource, route.name)
        return found

    def commit(
        self,
        route: Route,
        before: Object,
        after: Object,
        caller: Caller,
        origin: typed.Origin = typed.Origin(),  # noqa: B008 - a frozen default
    ) -> Object:
        """Write ``after`` (the caller's own) over ``before``, as an update through ``route`` may."""
        _keep_identity(before, after)
        _keep_halves(route, before, after)
        if route.subresource != "status":
            typed.fit(route.resource, after, origin)
            defaults.fill(route.resource, after)
            self._admission.update(route.resource, before, after, caller.user)
            validation.check(route.resource, after, before, binding=route.subresource == "binding")
        _generation(route.resource, before, after)
        if after == before:
            return before
        managed.record(before, after, caller.manager, route.subresource, stamp(self._clock.now()))
        metadata = after["metadata"]
        waiting = _finalizers(after) or metadata.get("deletionGracePeriodSeconds")
        if metadata.get("deletionTimestamp") and not waiting and not caller.dry_run:
            return self.storage.remove(route.resource, after)
        return self._store(route.resource, after, caller)

    def _apply(self, route: Route, config: Object, caller: Caller, *, force: bool) -> Object:
        namespace = route.namespace if route.resource.namespaced else ""
        before = self.storage.get(route.resource, namespace, route.name)
        _accept(route.resource, config)
        after = apply.merge(route, before, config, caller.manager, force=force)
        if before is None:
            made = self.create(route._replace(name=""), after, caller._replace(dry_run=True))
            made["metadata"].pop("managedFields")
            managed.record_apply(None, made, config, caller.manager, stamp(self._clock.now()))
            return self._store(route.resource, made, caller)
        _keep_identity(before, after)
        _keep_halves(route, before, after)
        defaults.fill(route.resource, after)
        validation.check(route.resource, after, before)
        _generation(route.resource, before, after)
        managed.record_apply(before, after, config, caller.manager, stamp(self._clock.now()))
        return before if apply.unchanged(before, after) else self._store(route.resource, after, caller)

    def _place(self, route: Route, metadata: Object) -> None:
        if route.resource.namespaced and metadata.setdefault("namespace", route.namespace) != route.namespace:
            why = "the namespace of the provided object does not match the namespace sent on the request"
            raise errors.bad_request(why)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + "".join(self._rng.choices(_NAME_LETTERS, k=5))
        metadata.setdefault("name", "")
        for field in ("labels", "annotations", "finalizers", "ownerReferences"):
            if field in metadata and not metadata[field]:
                del metadata[field]

    def _birth(self, resource: ServedResource, metadata: Object) -> None:
        metadata["uid"] = self.new_uid()
        metadata["creationTimestamp"] = stamp(self._clock.now())
        for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "managedFields"):
            metadata.pop(field, None)
        if resource.plural in _WITH_GENERATION:
            metadata["generation"] = 1

    def new_uid(self) -> str:
        """A UUID from the injected randomness."""
        bits = f"{self._rng.getrandbits(128):032x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"

    def _store(self, resource: ServedResource, obj: Object, caller: Caller) -> Object:
        return obj if caller.dry_run else self.storage.put(resource, obj)

    def _orphan_or_wait(self, metadata: Object, options: Object) -> None:
        finalizer = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}.get(options.get("propagationPolicy", ""))
        if finalizer and finalizer not in (metadata.get("finalizers") or []):
            metadata["finalizers"] = [*(metadata.get("finalizers") or []), finalizer]


def answer_to_delete(resource: ServedResource, deleted: Deleted) -> Object:
    """What the real server sends back: the object while it still is there, mostly a ``Status`` once it is gone."""
    if not deleted.gone or resource.plural in RETURNED_WHEN_DELETED:
        return deleted.obj
    metadata = deleted.obj["metadata"]
    return errors.success(resource, metadata["name"], metadata["uid"])


def patched(before: Object, kind: str, patch: Any) -> Object:
    """``before`` after a patch of content type ``kind``.

    Raises:
        ApiError: 400, 415 or 422.
    """
    if kind == patches.JSON:
        if not isinstance(patch, list):
            raise errors.bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        after = patches.json_patch(before, patch)
    elif kind in (patches.MERGE, patches.STRATEGIC):
        if not isinstance(patch, dict):
            prefix = "error decoding patch: " if kind == patches.MERGE else ""
            what = "json: cannot unmarshal array into Go value of type map[string]interface {}"
            raise errors.bad_request(prefix + what)
        after = (patches.merge if kind == patches.MERGE else patches.strategic)(before, patch)
    else:
        raise errors.unsupported_media_type()
    return clone(after)


def origin_of(kind: str, patch: Any) -> typed.Origin:
    """How the outcome of a patch is decoded."""
    return typed.Origin("strategic", patch) if kind == patches.STRATEGIC else typed.Origin("merge", patch)


def _finalizers(obj: Object) -> list[str]:
    """What holds an object back; a namespace's own finalizer is in its spec."""
    spec = obj.get("spec") if obj["kind"] == "Namespace" else {}
    return [*(obj["metadata"].get("finalizers") or []), *((spec or {}).get("finalizers") or [])]


def _accept(resource: ServedResource, obj: Any) -> None:
    if not isinstance(obj, dict):
        raise errors.bad_request("the object provided is unrecognized (must be of type Object)")
    given = (obj.setdefault("apiVersion", resource.api_version), obj.setdefault("kind", resource.kind))
    if given != (resource.api_version, resource.kind):
        wanted = f"{resource.version}, Kind={resource.kind}"
        group = f"{resource.group}/" if resource.group else ""
        message = (
            f"the object provided is unrecognized (must be of type {resource.kind}): {given} is not {group}{wanted}"
        )
        raise errors.bad_request(message)


def _keep_identity(before: Object, after: Object) -> None:
    metadata, old = after.setdefault("metadata", {}), before["metadata"]
    for field in ("name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp",
                  "deletionGracePeriodSeconds", "managedFields", "resourceVersion", "generateName"):  # fmt: skip
        if field in old:
            metadata[field] = old[field]
        else:
            metadata.pop(field, None)
    after["apiVersion"], after["kind"] = before["apiVersion"], before["kind"]


def _keep_halves(route: Route, before: Object, after: Object) -> None:
    """A status update changes the status alone, any other update everything but the status."""
    if not route.resource.has_status:
        return
    if route.subresource == "status":
        status = after.get("status")
        metadata = after["metadata"]
        after.clear()
        after.update(before | {"metadata": before["metadata"] | {"managedFields": metadata.get("managedFields", [])}})
        if status is not None:
            after["status"] = status
        if "managedFields" not in before["metadata"]:
            after["metadata"].pop("managedFields", None)
    elif "status" in before:
        after["status"] = before["status"]
    else:
        after.pop("status", None)


def _generation(resource: ServedResource, before: Object, after: Object) -> None:
    if resource.plural not in _WITH_GENERATION:
        return
    changed = before.get("spec") != after.get("spec")
    if resource.plural == "deployments":
        old, new = (each["metadata"].get("annotations") or {} for each in (before, after))
        changed = changed or old != new
    if changed:
        after["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1


def _same_version(route: Route, given: Object, before: Object) -> None:
    version = given.get("resourceVersion")
    if version and version != before["metadata"]["resourceVersion"]:
        raise errors.conflict(route.resource, route.name)


def _same_uid(route: Route, given: Object, before: Object) -> None:
    uid, real = given.get("uid"), before["metadata"]["uid"]
    if uid and uid != real:
        place = "/".join(part for part in (route.resource.plural, route.namespace, route.name) if part)
        failed = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {real}"
        head = f"StorageError: invalid object, Code: 4, Key: /registry/{place}, ResourceVersion: 0"
        raise errors.conflict(route.resource, route.name, f"{head}, AdditionalErrorMsg: {failed}")


def _preconditions(route: Route, wanted: Object, obj: Object) -> None:
    for field, key, word in (("uid", "uid", "UID"), ("resourceVersion", "resourceVersion", "ResourceVersion")):
        expected, real = wanted.get(field), obj["metadata"][key]
        if expected and expected != real:
            raise errors.precondition(route.resource, route.name, word, expected, real)


def _grace(resource: ServedResource, obj: Object, options: Object) -> int:
    """Seconds until the object may go. Only pods that a kubelet knows of get any."""
    if resource.plural != "pods":
        return 0
    spec, phase = obj["spec"], (obj.get("status") or {}).get("phase")
    if not spec.get("nodeName") or phase in ("Failed", "Succeeded"):
        return 0
    given = options.get("gracePeriodSeconds")
    seconds = int(spec.get("terminationGracePeriodSeconds", 30) if given is None else given)
    return 1 if seconds < 0 else seconds
