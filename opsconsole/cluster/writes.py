"""The writing half of the one door: delete, patch, create. Each call uses a permit up before anything leaves.

Every write carries the UID it is meant for, so that an object that was made anew under the same name is never hit, and
``fieldManager=opsconsole``. What is asked twice because an answer was lost does no harm twice: a delete names a UID, a
patch tests what it changes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import msgspec

from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import (
    BadAnswer,
    ClusterError,
    Conflict,
    NotFound,
    Rejected,
    ServerError,
    ServerFailure,
    Throttled,
    Unreachable,
)
from opsconsole.permit import Permit, Redeemer
from opsconsole.records import JsonObject, Ref
from opsconsole.text import clean_line

FIELD_MANAGER = "opsconsole"
TRIES = 3
TIMEOUT = 10.0
"""Seconds without a byte; a write that takes longer is asked again."""

_FURTHER_KINDS = {"ScaledObject": ("keda.sh", "v1alpha1", "scaledobjects")}
_FULL_KIND = re.compile(r"(?P<plural>[a-z0-9-]+)\.(?P<version>v[a-z0-9]+)\.(?P<group>[a-z0-9-]+(\.[a-z0-9-]+)+)")
_LONGEST_WAIT = 2.0
_LOOK = 0.1
"""Seconds between two looks at something that is about to change."""
_JSON_PATCH = "application/json-patch+json"
_MERGE_PATCH = "application/merge-patch+json"

Patch: TypeAlias = list[JsonObject]
_Answer = TypeVar("_Answer")


class VanishedError(ClusterError):
    """The target is not there any more."""


class ReplacedError(ClusterError):
    """Another object has the target's name now; it was not touched."""


class UnchangedError(ClusterError):
    """There was nothing left to change."""


def api_of(kind: str) -> tuple[str, str, str]:
    """Group, version and plural of ``kind``, which may be any that kubectl takes: ``rollouts.v1alpha1.argoproj.io``.

    Raises:
        KeyError: the console does not know how to write it.
    """
    if found := _FULL_KIND.fullmatch(kind):
        return found["group"], found["version"], found["plural"]
    return _FURTHER_KINDS.get(kind) or paths.API_KINDS[kind]


class Writer:
    """Makes the writes. There is none in a read-only console.

    Args:
        api: the connection.
        redeemer: says whether a permit is good.
        pause: waits for the seconds given, between two tries.
        jitter: spreads those waits.
        timeout: seconds without a byte.
    """

    def __init__(
        self,
        api: Api,
        redeemer: Redeemer,
        pause: Callable[[float], object],
        jitter: random.Random,
        timeout: float = TIMEOUT,
    ) -> None:
        self._api = api
        self._redeemer = redeemer
        self._pause = pause
        self._jitter = jitter
        self._timeout = timeout

    def read(self, target: Ref, *, name: str = "", subresource: str = "") -> JsonObject:
        """The target as it is now; ``name`` is its true name where cleaning changed it.

        Raises:
            VanishedError: it is not there.
            ReplacedError: another object has its name.
            ClusterError: it can't be read.
        """
        path = _path(target, name, subresource)
        try:
            found = self._retry(lambda: json_object(self._api.request("GET", path, timeout=self._timeout)))
        except NotFound as error:
            raise VanishedError(f"{target} is not there any more") from error
        uid = str(_metadata(found).get("uid", ""))
        if target.uid and uid != target.uid:
            raise ReplacedError(
                f"another {target} is there now (UID {clean_line(uid, 64)}, not {target.uid}): not touched"
            )
        return found

    def read_once(self, target: Ref, ready: Callable[[JsonObject], bool], patience: float) -> JsonObject:
        """The target once ``ready`` says so of it; as it is after ``patience`` seconds if it does not.

        Raises:
            VanishedError, ReplacedError, ClusterError: as :meth:`read`.
        """
        found = self.read(target)
        for _ in range(int(patience / _LOOK)):
            if ready(found):
                break
            self._pause(_LOOK)
            found = self.read(target)
        return found

    def delete(
        self,
        permit: Permit,
        effect: str,
        target: Ref,
        *,
        name: str = "",
        grace: int | None = None,
        resource_version: str = "",
    ) -> None:
        """Delete the object with the target's UID, at ``resource_version`` if it is given.

        Raises:
            PermitError: the permit is not good for this.
            VanishedError: it was gone already.
            ReplacedError: another object has its name.
            Conflict: it has changed since ``resource_version``.
            ClusterError: it was refused, or the API server can't be reached.
        """
        self._redeem(permit, effect, target)
        self._delete(target, name, grace, resource_version)

    def patch(
        self,
        permit: Permit,
        effect: str,
        target: Ref,
        change: Callable[[JsonObject], Patch],
        *,
        name: str = "",
        subresource: str = "",
    ) -> JsonObject:
        """Read the target, patch it as ``change`` says, and return what it is then.

        ``change`` gets the object (or its subresource) as it is and returns a JSON patch; when the server says that
        the object changed in between, both are done again, three times at most. An empty patch ends it.

        Raises:
            PermitError: the permit is not good for this.
            UnchangedError: there was nothing to change.
            VanishedError: it is not there.
            ReplacedError: another object has its name.
            ClusterError: it was refused, or the API server can't be reached.
        """
        self._redeem(permit, effect, target)
        return self._patch(target, change, name, subresource)

    def merge(self, permit: Permit, effect: str, target: Ref, change: JsonObject) -> JsonObject:
        """Merge ``change`` into the target without reading it first, and return what it is then.

        The target must have a UID: the API server refuses the write if another object has its name.

        Raises:
            PermitError: the permit is not good for this.
            VanishedError: it is not there.
            ReplacedError: another object has its name.
            ClusterError: it was refused, or the API server can't be reached.
        """
        self._redeem(permit, effect, target)
        if not target.uid:
            raise BadAnswer(f"{target} has no UID, without which it can't be written unread")
        body = msgspec.json.encode({**change, "metadata": {**_metadata(change), "uid": target.uid}})
        path = _path(target, "", "")
        try:
            return self._retry(lambda: self._send_patch(path, body, content_type=_MERGE_PATCH))
        except NotFound as error:
            raise VanishedError(f"{target} is not there any more") from error
        except (Conflict, Rejected):
            self.read(target)  # another object's UID is a conflict, and says so here
            raise

    def rehearse(self, target: Ref, change: Callable[[JsonObject], Patch]) -> JsonObject:
        """Try a patch with ``dryRun=All``: admission and validation run, nothing is stored, so it takes no permit.

        Returns what the target would be then. Raises what :meth:`patch` raises, but no ``PermitError``.
        """
        return self._patch(target, change, "", "", dry=True)

    def delete_or_patch(
        self,
        permit: Permit,
        effect: str,
        target: Ref,
        decide: Callable[[JsonObject], Patch | None],
        *,
        name: str = "",
        seen: JsonObject | None = None,
        held: Callable[[JsonObject], Patch] | None = None,
    ) -> JsonObject | None:
        """Read the target; delete it as it was read if ``decide`` returns ``None``, else patch it.

        ``seen`` is the target as it was read just now, if it was. ``held`` changes what was told to go and finalizers
        hold; where that is refused it is left as it is. On the last try the UID alone is the precondition of
        a deletion: whoever writes an annotation hundreds of times a second must not keep the object by that.

        Returns what is left of it; ``None`` if it was deleted. What finalizers hold is left whole, with its
        ``deletionTimestamp``. It raises what :meth:`patch` raises.
        """
        self._redeem(permit, effect, target)
        for left in reversed(range(TRIES)):
            found = seen if seen is not None else self.read(target, name=name)
            seen = None
            try:
                if decide(found) is None:
                    as_read = str(_metadata(found).get("resourceVersion", "")) if left else ""
                    left_over = self._delete(target, name, None, as_read)
                    return self._changed(target, left_over, held, name)
                return self._patch(target, lambda now: decide(now) or [], name, "")
            except Conflict:
                if not left:
                    raise
                self._wait(TRIES - left, None)
        raise AssertionError("unreachable")  # pragma: no cover

    def _changed(
        self, target: Ref, left: JsonObject, held: Callable[[JsonObject], Patch] | None, name: str
    ) -> JsonObject | None:
        """What is left of an object that was told to go, changed as ``held`` says; ``None`` if it is gone."""
        if not _metadata(left).get("deletionTimestamp"):
            return None
        try:
            return self._patch(target, held, name, "") if held else left
        except VanishedError:
            return None
        except ClusterError:
            return left

    def create(self, permit: Permit, effect: str, target: Ref, manifest: JsonObject) -> JsonObject:
        """Create ``manifest``, which must be the target's; its UID is the server's to give.

        Raises:
            PermitError: the permit is not good for this.
            Conflict: something has that name already.
            ClusterError: it was refused, or the API server can't be reached.
        """
        self._redeem(permit, effect, target)
        metadata = _metadata(manifest)
        named = (str(metadata.get("namespace") or ""), str(metadata.get("name", "")))
        cleaned = (clean_line(named[0]), clean_line(named[1]))
        if (target.namespace, target.name) not in {named, cleaned} or manifest.get("kind") != target.kind:
            raise BadAnswer(f"the saved manifest is not that of {target}")
        path = paths.collection(*api_of(target.kind), target.namespace)
        query = {"fieldManager": FIELD_MANAGER}
        # Not asked again when the answer is lost: a second try could only say that it exists already.
        return json_object(self._api.request("POST", path, query=query, body=manifest, timeout=self._timeout))

    def _redeem(self, permit: Permit, effect: str, target: Ref) -> None:
        self._redeemer.redeem(permit, effect, target)

    def _delete(self, target: Ref, name: str, grace: int | None, resource_version: str) -> JsonObject:
        preconditions = {"uid": target.uid} if target.uid else {}
        if resource_version:
            preconditions["resourceVersion"] = resource_version
        body: JsonObject = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        path = _path(target, name, "")
        try:
            answer = self._retry(lambda: self._api.request("DELETE", path, body=body, timeout=self._timeout))
        except NotFound as error:
            raise VanishedError(f"{target} is not there any more") from error
        except Conflict:
            self.read(target, name=name)
            raise
        return json_object(answer)

    def _patch(
        self, target: Ref, change: Callable[[JsonObject], Patch], name: str, subresource: str, *, dry: bool = False
    ) -> JsonObject:
        path = _path(target, name, subresource)
        for left in reversed(range(TRIES)):
            found = self.read(target, name=name, subresource=subresource)
            patch = change(found)
            if not patch:
                raise UnchangedError(f"{target}: nothing to change")
            guard = [{"op": "test", "path": "/metadata/uid", "value": _metadata(found).get("uid")}]
            body = msgspec.json.encode(guard + patch)
            try:
                return self._retry(lambda: self._send_patch(path, body, dry=dry))  # noqa: B023 - called at once
            except (Conflict, Rejected) as error:
                # 409: it changed in between. 422: a test of the patch failed, which is the same, or it is invalid.
                if not left or getattr(error, "status", 0) not in {409, 422}:
                    raise
                self._wait(TRIES - left, None)
        raise AssertionError("unreachable")  # pragma: no cover

    def _send_patch(self, path: str, body: bytes, *, dry: bool = False, content_type: str = _JSON_PATCH) -> JsonObject:
        query = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry else {})}
        answer = self._api.request(
            "PATCH", path, query=query, body=body, content_type=content_type, timeout=self._timeout
        )
        return json_object(answer)

    def _retry(self, call: Callable[[], _Answer]) -> _Answer:
        """Ask again when the server is overloaded or can't be reached: an API server in trouble is why we are here."""
        lost = False
        for turn in range(1, TRIES + 1):
            try:
                return call()
            except ClusterError as error:
                error.lost = lost
                if turn == TRIES or not isinstance(error, Unreachable | Throttled | ServerFailure):
                    raise
                lost = lost or not isinstance(error, Throttled)
                self._wait(turn, error)
        raise AssertionError("unreachable")  # pragma: no cover

    def _wait(self, turn: int, error: ServerError | Unreachable | None) -> None:
        wished = getattr(error, "retry_after", None)
        base = 0.1 * 2**turn if wished is None else float(wished)
        self._pause(min(_LONGEST_WAIT, base) * self._jitter.uniform(0.5, 1.0))


def _path(target: Ref, name: str, subresource: str) -> str:
    """The request path. A true name stands in for the target's only if it is the same name once cleaned."""
    if name and target.name not in {name, clean_line(name)}:
        raise BadAnswer(f"{clean_line(name)!r} is not the name of {target}")
    try:
        return paths.item(*api_of(target.kind), target.namespace, name or target.name, subresource=subresource)
    except KeyError as error:
        raise BadAnswer(f"the console does not know how to write a {target.kind}") from error


def _metadata(found: JsonObject) -> JsonObject:
    metadata = found.get("metadata")
    return metadata if isinstance(metadata, dict) else {}
