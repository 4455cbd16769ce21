"""The write that is asked for, tried as the optimizer with ``dryRun=All``: in each way in which it could make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, ServerError
from opsconsole.cluster.writes import api_of
from opsconsole.govern.approvals.listed import named_once
from opsconsole.govern.identities import Identities
from opsconsole.records import JsonObject, Ref
from opsconsole.switches.freeze.around.ways import questions
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi, impersonating, is_of_impersonation
from opsconsole.switches.restore.fields import Put, patch

_TIMEOUT = 5.0
_RULE = "opsconsole: "


class DryRun(NamedTuple):
    """What came of one try. ``refused``: in whose words; empty: it was taken; ``None``: unknown, and ``why``.

    ``by_rule``: a rule of the governor refused it, and not RBAC. ``way``: in which way it was tried.
    """

    refused: str | None
    why: str = ""
    by_rule: bool = False
    way: str = ""


class WayToWrite(NamedTuple):
    """One request that makes the write."""

    name: str
    method: str
    path: str
    body: Any
    content_type: str = "application/json-patch+json"


def ways_to_write(target: Ref, found: JsonObject, puts: Sequence[Put], *, listed: bool) -> Iterator[WayToWrite]:
    """The requests that make a write (no ``puts``: a delete). ``listed``: an approval covers subresources too.

    Raises:
        UnfitError: a field is not there.
    """
    path = paths.item(*api_of(target.kind), target.namespace, target.name)
    if not puts:
        yield WayToWrite("delete", "DELETE", path, None)
        if listed:
            yield WayToWrite("eviction", "POST", f"{path}/eviction", _eviction(target, found), "application/json")
        return
    yield WayToWrite("update", "PATCH", path, list(patch(target.kind, found, puts)))
    if listed:
        body = [{"op": "add", "path": "/spec/replicas", "value": puts[0].want}]
        yield WayToWrite("/scale", "PATCH", f"{path}/scale", body)


def tried_by(api: ImpersonatingApi, identities: Identities, ways: Iterable[WayToWrite]) -> list[DryRun]:
    """What came of each way, as each identity of the optimizer."""
    return [_as_optimizer(api, way, who) for way in ways for who in questions(identities)]


def telling(answers: Sequence[DryRun]) -> DryRun:
    """The answer that tells whether an approval is needed: a rule's refusal before any other, then what is unknown."""
    refused = sorted((each for each in answers if each.refused), key=lambda each: not each.by_rule)
    unknown = [each for each in answers if each.refused is None]
    return next(iter((*refused, *unknown, *answers)), DryRun(None, "it has no identity"))


def _eviction(target: Ref, found: JsonObject) -> JsonObject:
    options: JsonObject = {"dryRun": ["All"]}
    if not named_once(found):
        options["preconditions"] = {"uid": target.uid}
    metadata = {"name": target.name, "namespace": target.namespace}
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, "deleteOptions": options}


def _as_optimizer(api: ImpersonatingApi, way: WayToWrite, who: tuple[str, Sequence[str]]) -> DryRun:
    try:
        api.request(
            way.method,
            way.path,
            query={"dryRun": "All"},
            body=way.body,
            content_type=way.content_type,
            timeout=_TIMEOUT,
            impersonate=False,
            further=impersonating(*who),
        )
    except Denied as error:
        if is_of_impersonation(error):
            return DryRun(None, "you may not impersonate it", way=way.name)
        _, found, words = error.reason.rpartition(_RULE)
        return DryRun(words if found else error.reason, by_rule=bool(found), way=way.name)
    except ServerError as error:
        return DryRun(None, f"the write itself is not taken: {error}", way=way.name)
    except ClusterError as error:
        return DryRun(None, str(error), way=way.name)
    return DryRun("", way=way.name)
