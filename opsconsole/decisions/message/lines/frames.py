"""Calls of Kubernetes' Python client in the frames of a traceback: what was tried when the server refused."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from opsconsole.patterns import late
from opsconsole.records import JsonObject

_CALL = late(
    r"\s+(?:.{0,80}[\s=(])?[\w.]{0,80}\.(?P<name>(?:patch|replace|delete|create)_(?:namespaced_)?[a-z_]{2,60})"
    r"(?P<given>\(.{1,2000}\))\s*$"
)
_REFUSED = late(r"[\w.]*(?:ApiException|ApiTypeError|MaxRetryError|Timeout\w*|ForbiddenError|ConflictError)\b")
_BEHIND = ("Reason: ", "HTTP response ")
"""What the client prints behind its error."""
_PLACES = ("name", "namespace", "body")
"""What the client's functions take, in this order; of a creation the namespace is the first."""


_FRAME = late(r"at [A-Za-z_$][\w$.<>`+\[\],]{0,300}\(")


def of_stack(message: str) -> bool:
    """Is it one frame of a stack, of .NET, Java or Node: ``at k8s.Kubernetes.CreateNamespacedPodEviction()``?"""
    return _FRAME.match(message) is not None


def error_of(rest: Sequence[str]) -> str:
    """The line that tells the error of a traceback, and not what the client prints behind it; empty for none."""
    return next(
        (line for line in reversed(rest) if line and not line[0].isspace() and not line.startswith(_BEHIND)), ""
    )


def called(rest: Sequence[str], error: str) -> JsonObject | None:
    """The last call of a traceback's frames by literals, with its error beside its arguments; ``None`` for none."""
    if _REFUSED.match(error) is None:
        return None
    match = next((found for line in reversed(rest) if "_" in line and (found := _CALL.match(line))), None)
    arguments = _literals(match["given"], made=_makes(match["name"])) if match else None
    if match is None or not arguments:
        return None
    return {"name": match["name"], "arguments": {**arguments, "error": error}}


def _makes(name: str) -> bool:
    """Does a function make an object that its body names, and no part of one that it is told first?"""
    return name.startswith("create_") and not name.endswith(("_eviction", "_binding", "_token"))


def _literals(given: str, *, made: bool) -> JsonObject:
    """The arguments of a call that are literals, by the names that they are given or have by their place."""
    try:
        call = ast.parse(f"f{given}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if not isinstance(call, ast.Call):
        return {}
    places = _PLACES[1:] if made else _PLACES
    found: dict[str, Any] = {}
    told = [*zip(places, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    for key, value in told:
        try:
            found[key] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    found.pop("", None)
    return found if isinstance(found.get("name"), str) or isinstance(found.get("body"), dict) else {}
