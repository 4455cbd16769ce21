"""Refusals in the real API server's words: every function makes an error that turns into a ``Status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.server.objects.resources import Object, ServedResource


class ApiError(Exception):
    """A request is refused. ``status`` is the ``Status`` object that says why."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    @property
    def status(self) -> Object:
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


def success(resource: ServedResource, name: str, uid: str) -> Object:
    """The ``Status`` that a finished delete answers with."""
    details: Object = {"name": name, "kind": resource.plural, "uid": uid}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def _details(resource: ServedResource, name: str, *, kind: str = "") -> Object:
    details: Object = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    return details | {"kind": kind or resource.plural}


def not_found(resource: ServedResource, name: str) -> ApiError:
    """404 for an object."""
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _details(resource, name))


def no_such_resource() -> ApiError:
    """404 for a resource that is not served."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(resource: ServedResource, name: str) -> ApiError:
    """409 for a create."""
    return ApiError(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _details(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def precondition(resource: ServedResource, name: str, word: str, expected: str, real: str) -> ApiError:
    """409 for a delete whose precondition (``UID`` or ``ResourceVersion``) does not hold."""
    end = {
        "UID": "The object might have been deleted and then recreated",
        "ResourceVersion": "The object might have been modified",
    }[word]
    why = f"the {word} in the precondition ({expected}) does not match the {word} in record ({real}). {end}"
    message = f'Operation cannot be fulfilled on {resource.qualified_kind} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name, kind=resource.kind))


def conflict(resource: ServedResource, name: str, why: str = MODIFIED) -> ApiError:
    """409 for an update of something that has changed in between, or a failed precondition."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def bad_request(message: str) -> ApiError:
    """400."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """401: no token, or one that nobody knows."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def expired(message: str) -> ApiError:
    """410: the history that this would need is gone."""
    return ApiError(410, "Expired", message)


def too_large_version(asked: str, newest: int) -> ApiError:
    """504 for a list at a version that is still to come."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {newest}"
    return ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def no_field_manager() -> ApiError:
    """422 for an apply without a manager's name."""
    why = "Required value: is required for apply patch"
    message = f'PatchOptions.meta.k8s.io "" is invalid: fieldManager: {why}'
    causes = [{"reason": "FieldValueRequired", "message": why, "field": "fieldManager"}]
    return ApiError(422, "Invalid", message, {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": causes})


def method_not_allowed() -> ApiError:
    """405."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media_type() -> ApiError:
    """415 for the body of a patch."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def internal(error: Exception) -> ApiError:
    """500: a defect of this server."""
    return ApiError(500, "InternalError", f"Internal error occurred: {type(error).__name__}: {error}")


def invalid(resource: ServedResource, name: str, causes: list[tuple[str, str, str]]) -> ApiError:
    """422. ``causes`` are (reason, field, message) such as ``("FieldValueInvalid", "spec.replicas", "Invalid …")``."""
    texts = [f"{field}: {message}" for _, field, message in causes]
    joined = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    details = _details(resource, name, kind=resource.kind)
    details["causes"] = [{"reason": reason, "message": message, "field": field} for reason, field, message in causes]
    return ApiError(422, "Invalid", f'{resource.qualified_kind} "{name}" is invalid: {joined}', details)


def forbidden(resource: ServedResource, name: str, why: str) -> ApiError:
    """403 with the words that follow ``is forbidden:``."""
    subject = f'{resource.qualified} "{name}"' if name else resource.qualified
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", _details(resource, name))
