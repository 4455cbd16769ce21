"""On whose behalf requests are made: ``as``, ``as-uid``, ``as-groups`` and ``as-user-extra`` of a kubeconfig's user.

Left out, the API server would take every request for the login's own: the operator would look with other rights than
kubectl does, and a kill switch would act under the wrong name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import AccessError

_KEPT_IN_NAME = re.compile(rb"[A-Za-z0-9!#$&'*+\-.^_`|~]")
_FORBIDDEN_IN_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


class Impersonation(msgspec.Struct, frozen=True):
    """Whom the API server shall take us for; nobody else where ``user`` is empty."""

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def words(self) -> str:
        """All of it behind a user's name, by raw names: `` as ops (groups a, b; uid 7)``; empty where nobody is."""
        if not self.user:
            return ""
        more = [f"groups {', '.join(self.groups)}"] if self.groups else []
        more += [f"uid {self.uid}"] if self.uid else []
        more += [f"{key} {', '.join(values)}" for key, values in self.extra]
        return f" as {self.user}" + (f" ({'; '.join(more)})" if more else "")

    def headers(self) -> list[tuple[str, str]]:
        """The headers that say so, as client-go writes them; a group or an extra value is a header each."""
        if not self.user:
            return []
        found = [("Impersonate-User", self.user)]
        if self.uid:
            found.append(("Impersonate-Uid", self.uid))
        found += [("Impersonate-Group", group) for group in self.groups]
        found += [(f"Impersonate-Extra-{_escaped(key)}", value) for key, values in self.extra for value in values]
        return [(name, header_value(value, "the user to impersonate")) for name, value in found]


def of_user(user: Mapping[str, Any]) -> Impersonation:
    """Read whom a kubeconfig's user entry impersonates.

    Raises:
        AccessError: groups, uid or extra without a user, or in a shape that client-go refuses too.
    """
    extra = user.get("as-user-extra") or {}
    if not isinstance(extra, Mapping):
        raise AccessError("as-user-extra in the kubeconfig is no mapping of lists")
    found = Impersonation(
        user=_text(user.get("as"), "as"),
        uid=_text(user.get("as-uid"), "as-uid"),
        groups=_texts(user.get("as-groups"), "as-groups"),
        extra=tuple((str(key), _texts(values, "as-user-extra")) for key, values in extra.items()),
    )
    if not found.user and (found.uid or found.groups or found.extra):
        raise AccessError("the kubeconfig asks for as-uid, as-groups or as-user-extra without a user to impersonate")
    found.headers()  # a value that no header can carry is said now, not at every request
    return found


def header_value(text: str, what: str) -> str:
    """Return ``text`` as Go writes it into a header: UTF-8 (handed to http.client byte by byte), no space around it.

    Raises:
        AccessError: it has a control character; ``what`` says what it is, for its value may be a secret.
    """
    if _FORBIDDEN_IN_VALUE.search(text):
        raise AccessError(f"{what} has a line break or another control character, which no HTTP header can carry")
    return text.strip(" \t").encode("utf-8", "surrogateescape").decode("latin-1")


def _text(value: Any, key: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise AccessError(f"{key} in the kubeconfig is no text")


def _texts(values: Any, key: str) -> tuple[str, ...]:
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise AccessError(f"{key} in the kubeconfig is no list")
    return tuple(_text(value, key) for value in values)


def _escaped(key: str) -> str:
    """Write a key of the extra as part of a header's name: what is not allowed there, percent-encoded byte by byte."""
    parts = (key.encode("utf-8", "surrogateescape")[at : at + 1] for at in range(len(key.encode("utf-8"))))
    return "".join(part.decode() if _KEPT_IN_NAME.fullmatch(part) else f"%{part[0]:02X}" for part in parts)
