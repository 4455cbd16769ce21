"""The API server without its socket: one request in, one answer out, decided the way the real one decides."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from opsconsole.clock import Clock
from rehearsal.server.authorization import freeze, reviews
from rehearsal.server.authorization.access import AccessRules, Attributes, Tokens, User, service_account
from rehearsal.server.handlers import discovery, eviction, scale, verbs
from rehearsal.server.handlers.verbs import Caller, Verbs
from rehearsal.server.logs import LogBook, LogRequest, open_log
from rehearsal.server.objects import errors, patches, selectors, tables
from rehearsal.server.objects.resources import BY_PLURAL, NEWEST, Object
from rehearsal.server.objects.routes import Route, parse
from rehearsal.server.objects.storage import Storage
from rehearsal.server.watches import Form, ServedWatch, form_of, open_watch
from rehearsal.times import stamp

_OBJECT_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_LIST_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
_READING = frozenset({"get", "list", "watch"})


class HttpRequest(NamedTuple):
    """One HTTP request. ``impersonate`` is (user, groups) from the ``Impersonate-*`` headers."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str = ""
    content_type: str = ""
    accept: str = ""
    agent: str = ""
    body: bytes = b""
    impersonate: tuple[str, tuple[str, ...]] = ("", ())


class HttpAnswer(NamedTuple):
    """A finished answer: an object as JSON, or plain text."""

    status: int
    body: Object | str


class Audit(NamedTuple):
    """One write as the audit log has it, refused ones included."""

    at: float
    user: str
    agent: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    status: int
    dry_run: bool


class Core:
    """Everything that the server knows and decides.

    Args:
        clock: the rehearsal's time.
        rng: where uids and generated names come from.
        version: what ``/version`` says, such as ``v1.30.14``; what that version does not serve is not served.
    """

    def __init__(self, clock: Clock, rng: random.Random, version: str = NEWEST) -> None:
        self.clock = clock
        self.storage = Storage()
        self.tokens = Tokens(self.storage)
        self.rbac = AccessRules(self.storage)
        self.verbs = Verbs(self.storage, self.rbac, clock, rng)
        self.logs = LogBook()
        self.on_write: list[Callable[[Audit], None]] = []
        """Called after each write request on the requesting thread."""
        major, minor = [*version.lstrip("v").split("."), "0"][:2]
        self._minor = int(re.sub(r"\D.*", "", minor) or 0)  # "30+" is what some clouds say
        self._version = {"major": major, "minor": minor, "gitVersion": version, "platform": "linux/amd64"}

    def handle(self, request: HttpRequest) -> HttpAnswer | ServedWatch | LogRequest:
        """Answer one request; a refusal is an answer too."""
        try:
            return self._authorised(request)
        except errors.ApiError as error:
            return HttpAnswer(error.code, error.status)

    def _authorised(self, request: HttpRequest) -> HttpAnswer | ServedWatch | LogRequest:
        user = self._user(request)
        found = discovery.answer(request.path, self._version, self._minor)
        if found is not None:
            return self._info(user, request, found)
        review = reviews.find(request.path)
        if review:
            return self._review(user, request, *review)
        if not request.path.startswith(("/api/", "/apis/")):
            self.rbac.require(user, Attributes("get", path=request.path))
            return HttpAnswer(404, "404 page not found\n")
        route = parse(request.path)
        verb = self._verb(route, request)
        self._authorise(user, route, verb, request.query)
        if not route.resource.served or route.resource.since > self._minor:
            known = discovery.knows(route.resource.group, route.resource.version, self._minor)
            return HttpAnswer(404, errors.no_such_resource().status if known else "404 page not found\n")
        if verb in _READING:
            return self._read(route, verb, request)
        freeze.check(self.storage, user, route)
        return self._write(user, route, verb, request)

    def _user(self, request: HttpRequest) -> User:
        user = self.tokens.user(request.authorization)
        name, groups = request.impersonate
        if not name:
            return user
        account = re.fullmatch(r"system:serviceaccount:([^:]+):([^:]+)", name)
        wanted = [Attributes("impersonate", "", "users", name=name)]
        if account:
            wanted = [Attributes("impersonate", "", "serviceaccounts", namespace=account[1], name=account[2])]
        for each in [*wanted, *(Attributes("impersonate", "", "groups", name=group) for group in groups)]:
            if not self.rbac.allows(user, each):
                why = f'User "{user.name}" cannot impersonate resource "{each.resource}" in API group "" '
                scope = f'in the namespace "{each.namespace}"' if each.namespace else "at the cluster scope"
                message = f'{each.resource} "{each.name}" is forbidden: {why}{scope}'
                raise errors.ApiError(403, "Forbidden", message, {"name": each.name, "kind": each.resource})
        if account and not groups:
            return service_account(account[1], account[2])
        return User(name, (*groups, "system:authenticated"))

    def _info(self, user: User, request: HttpRequest, found: Object | str) -> HttpAnswer:
        self.rbac.require(user, Attributes("get", path=request.path))
        return HttpAnswer(200, found)

    def _review(self, user: User, request: HttpRequest, group: str, plural: str) -> HttpAnswer:
        if request.method != "POST":
            raise errors.method_not_allowed()
        wanted = Attributes("create", group, plural)
        if not self.rbac.allows(user, wanted):
            why = f'User "{user.name}" cannot create resource "{plural}" in API group "{group}" at the cluster scope'
            raise errors.ApiError(
                403, "Forbidden", f"{plural}.{group} is forbidden: {why}", {"group": group, "kind": plural}
            )
        review = reviews.answer(self.rbac, user, group, plural, _body(request) or {})
        return HttpAnswer(201, review)

    def _verb(self, route: Route, request: HttpRequest) -> str:
        if route.name:
            verb = _OBJECT_VERBS.get(request.method, "")
            allowed = not (verb == "create" and not route.subresource) and not (verb == "delete" and route.subresource)
        else:
            verb = _LIST_VERBS.get(request.method, "")
            watching = request.query.get("watch") in ("1", "true")
            verb, allowed = ("watch" if verb == "list" and watching else verb), verb != "deletecollection"
            allowed = allowed and not (verb == "create" and route.resource.namespaced and not route.namespace)
        if not verb or not allowed:
            raise errors.method_not_allowed()
        return verb

    def _authorise(self, user: User, route: Route, verb: str, query: dict[str, str]) -> None:
        name = route.name
        if verb in ("list", "watch"):
            named = re.fullmatch(r"metadata\.name==?([^,]+)", query.get("fieldSelector", ""))
            name = named[1] if named else ""
        resource = route.resource
        wanted = Attributes(verb, resource.group, resource.plural, route.subresource, route.namespace, name)
        self.rbac.require(user, wanted, resource)

    # --- reading -----------------------------------------------------------------------------------------------

    def _read(self, route: Route, verb: str, request: HttpRequest) -> HttpAnswer | ServedWatch | LogRequest:
        query = request.query
        if route.subresource == "log":
            log = open_log(self.logs, self.verbs.read(route), query, self.clock.now())
            return HttpAnswer(204, "") if log is None else log
        form = form_of(request.accept, query.get("includeObject", ""))
        if verb == "get":
            obj = self.verbs.read(route)
            if route.subresource == "scale":
                return HttpAnswer(200, scale.read(obj))
            return HttpAnswer(200, form.one(route.resource, obj, self.clock.now()))
        match = selectors.matcher(route.resource, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        namespace = route.namespace if route.resource.namespaced else ""
        if verb == "watch":
            return open_watch(self.storage, route.resource, namespace, match, form=form, query=query)
        return HttpAnswer(200, self._list(route, namespace, match, form, query))

    def _list(
        self, route: Route, namespace: str, match: selectors.Matcher | None, form: Form, query: dict[str, str]
    ) -> Object:
        limit = _integer(query.get("limit"))
        version = query.get("resourceVersion") or "0"
        if not version.isdigit():
            why = f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax'
            raise errors.bad_request(f"invalid resource version: {why}")
        if int(version) > self.storage.version:
            raise errors.too_large_version(version, self.storage.version)
        if query.get("continue"):
            page = self.storage.next_page(query["continue"], limit)
        else:
            with self.storage.lock:
                items = self.storage.all(route.resource, namespace)
                chosen = items if match is None else [obj for obj in items if match(obj)]
                page = self.storage.page(chosen, limit)
        metadata: Object = {"resourceVersion": str(page.version)}
        if page.proceed:
            metadata["continue"] = page.proceed
            if match is None:
                metadata["remainingItemCount"] = page.remaining
        if form.kind == "Table":
            whole = tables.table(route.resource, page.items, form.include, self.clock.now())
            return whole | {"metadata": metadata}
        if form.kind.startswith("PartialObjectMetadata"):
            rows = [tables.partial(obj) for obj in page.items]
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": rows,
            }
        bare = [{key: value for key, value in obj.items() if key not in ("kind", "apiVersion")} for obj in page.items]
        kind = f"{route.resource.kind}List"
        return {"kind": kind, "apiVersion": route.resource.api_version, "metadata": metadata, "items": bare}

    # --- writing -----------------------------------------------------------------------------------------------

    def _write(self, user: User, route: Route, verb: str, request: HttpRequest) -> HttpAnswer:
        manager = request.query.get("fieldManager") or request.agent.split("/")[0]
        body = _body(request, verb) if request.body else None
        options = body if verb == "delete" and isinstance(body, dict) else {}
        dry_run = "All" in (request.query.get("dryRun", ""), *(options.get("dryRun") or []))
        caller = Caller(user, manager, dry_run)
        try:
            answer = self._effect(route, verb, request, body, caller)
        except errors.ApiError as error:
            self._audit(user, request, route, verb, error.code, dry_run=dry_run)
            raise
        self._audit(user, request, route, verb, answer.status, dry_run=dry_run)
        return answer

    def _effect(self, route: Route, verb: str, request: HttpRequest, body: Any, caller: Caller) -> HttpAnswer:
        if route.subresource == "scale":
            return HttpAnswer(200, self._scale(route, verb, request, body, caller))
        match verb:
            case "create":
                return HttpAnswer(201, self._create(route, body, caller))
            case "update":
                return HttpAnswer(200, self.verbs.update(route, body or {}, caller))
            case "patch":
                return self._patch(route, request, body, caller)
            case _:
                return self._delete(route, request, body, caller)

    def _scale(self, route: Route, verb: str, request: HttpRequest, body: Any, caller: Caller) -> Object:
        if verb == "patch":
            return scale.patch(self.verbs, route, _media_type(request), body, caller)
        return scale.update(self.verbs, route, body or {}, caller)

    def _create(self, route: Route, body: Any, caller: Caller) -> Object:
        if route.subresource == "eviction":
            return eviction.evict(self.verbs, route, body or {}, caller)
        if route.subresource == "token":
            return self._token(route, body or {})
        made = self.verbs.create(route, body or {}, caller)
        if route.resource.plural == "namespaces" and not caller.dry_run:
            account = {"metadata": {"name": "default"}}
            accounts = Route(BY_PLURAL["serviceaccounts"], namespace=made["metadata"]["name"])
            self.verbs.create(accounts, account, caller._replace(manager="kube-controller-manager"))
        return made

    def _patch(self, route: Route, request: HttpRequest, body: Any, caller: Caller) -> HttpAnswer:
        kind = _media_type(request)
        if kind == patches.APPLY and not request.query.get("fieldManager"):
            raise errors.no_field_manager()
        force = request.query.get("force") in ("true", "1")
        namespace = route.namespace if route.resource.namespaced else ""
        new = kind == patches.APPLY and self.storage.get(route.resource, namespace, route.name) is None
        return HttpAnswer(201 if new else 200, self.verbs.patch(route, kind, body, caller, force=force))

    def _delete(self, route: Route, request: HttpRequest, body: Any, caller: Caller) -> HttpAnswer:
        options = dict(body) if isinstance(body, dict) else {}
        if "gracePeriodSeconds" in request.query:
            options.setdefault("gracePeriodSeconds", _integer(request.query["gracePeriodSeconds"]))
        if "propagationPolicy" in request.query:
            options.setdefault("propagationPolicy", request.query["propagationPolicy"])
        deleted = self.verbs.delete(route, options, caller)
        return HttpAnswer(200, verbs.answer_to_delete(route.resource, deleted))

    def _token(self, route: Route, body: Object) -> Object:
        self.verbs.read(route)
        token = secrets.token_urlsafe(32)
        self.tokens.add_account(token, route.namespace, route.name)
        spec = {"audiences": ["kubernetes"], "expirationSeconds": 3600} | (body.get("spec") or {})
        expires = stamp(self.clock.now() + spec["expirationSeconds"])
        status = {"token": token, "expirationTimestamp": expires}
        metadata = {"name": route.name, "namespace": route.namespace}
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": metadata,
            "spec": spec,
            "status": status,
        }

    def _audit(self, user: User, request: HttpRequest, route: Route, verb: str, status: int, *, dry_run: bool) -> None:
        entry = Audit(
            self.clock.now(), user.name, request.agent, verb, route.resource.plural, route.subresource,
            route.namespace, route.name, status, dry_run,
        )  # fmt: skip
        for listener in self.on_write:
            listener(entry)


def _integer(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError as error:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def _body(request: HttpRequest, verb: str = "") -> Any:
    """The decoded body; a patch that is no JSON is refused in other words than an object that is none."""
    if _media_type(request) == "application/vnd.kubernetes.protobuf":
        raise errors.unsupported_media_type()
    try:
        return decode(request.body)
    except errors.ApiError as error:
        if verb == "patch" and _media_type(request) == patches.MERGE:
            raise errors.bad_request(f"error decoding patch: {error.message}") from error
        raise


def _media_type(request: HttpRequest) -> str:
    return request.content_type.partition(";")[0].strip()


def decode(body: bytes) -> Any:
    """Read a body: JSON, or YAML as server-side apply sends it.

    Raises:
        ApiError: 400 in the words of Go's decoder; NaN and Infinity are not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        if not body.lstrip().startswith((b"{", b"[")):
            return _yaml(body)
        place = re.search(r"byte (\d+)", str(error))
        if place is None:
            raise errors.bad_request("unexpected end of JSON input") from error
        character = body[int(place[1]) : int(place[1]) + 1].decode(errors="replace")
        raise errors.bad_request(f"invalid character '{character}' looking for beginning of value") from error


def _yaml(body: bytes) -> Any:
    import yaml  # noqa: PLC0415 - only server-side apply by hand sends it

    try:
        return yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise errors.bad_request(f"error decoding YAML: {error}") from error
