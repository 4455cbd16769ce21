"""Kubeconfig files as client-go reads them: parsed, checked for shape, laid over each other, one context chosen."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.decoding import convert_to
from opsconsole.files.bounded import read_bounded
from opsconsole.text import clean_line

MAX_BYTES = 8 << 20
"""Bytes of one file. A kubeconfig of a thousand clusters has two or three million."""

MAX_DEPTH = 64
"""Levels of nesting; libyaml's composer, which recurses in C, would overflow the stack at some tens of thousands."""

MAX_ALIASES = 1_000
"""Uses of YAML aliases in one file: each may stand for a whole tree."""

_WORDS = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN\0"),
    "tag:yaml.org,2002:bool": (
        r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        "yYnNtTfFoO",
    ),
    "tag:yaml.org,2002:int": (r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
    "tag:yaml.org,2002:merge": (r"<<", "<"),
}
"""Which plain words are no text, and the letters they may begin with. As the YAML library below kubectl sees it: a date
or ``12:30`` is text there, and ``y`` is not."""


class _Shape(msgspec.Struct, rename="kebab"):
    """Base of the shapes; like Go, null is an empty value, and unknown keys are passed over."""


class _Variable(msgspec.Struct):
    name: str | None = None
    value: str | None = None


class _Exec(msgspec.Struct, rename="camel"):
    command: str | None = None
    args: list[str | None] | None = None
    env: list[_Variable | None] | None = None
    api_version: str | None = None
    install_hint: str | None = None
    provide_cluster_info: bool | None = None
    interactive_mode: str | None = None


class _Provider(msgspec.Struct):
    name: str | None = None
    config: dict[str, str | None] | None = None


class _User(_Shape):
    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = msgspec.field(default=None, name="tokenFile")
    impersonate: str | None = msgspec.field(default=None, name="as")
    as_uid: str | None = None
    as_groups: list[str | None] | None = None
    as_user_extra: dict[str, list[str | None] | None] | None = None
    username: str | None = None
    password: str | None = None
    auth_provider: _Provider | None = None
    exec: _Exec | None = None


class _Cluster(_Shape):
    server: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool | None = None
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    proxy_url: str | None = None
    disable_compression: bool | None = None


class _Context(_Shape):
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None


class _NamedCluster(msgspec.Struct):
    name: str | None = None
    cluster: _Cluster | None = None


class _NamedUser(msgspec.Struct):
    name: str | None = None
    user: _User | None = None


class _NamedContext(msgspec.Struct):
    name: str | None = None
    context: _Context | None = None


class _File(_Shape):
    kind: str | None = None
    api_version: str | None = msgspec.field(default=None, name="apiVersion")
    current_context: str | None = None
    clusters: list[_NamedCluster | None] | None = None
    users: list[_NamedUser | None] | None = None
    contexts: list[_NamedContext | None] | None = None


class KubeconfigEntry(msgspec.Struct, frozen=True):
    """A named section of a kubeconfig and the folder that its relative paths start from."""

    body: dict[str, Any]
    folder: str


class Merged(msgspec.Struct):
    """What all files say together."""

    current: str = ""
    clusters: dict[str, KubeconfigEntry] = {}
    users: dict[str, KubeconfigEntry] = {}
    contexts: dict[str, KubeconfigEntry] = {}

    @property
    def empty(self) -> bool:
        """Whether no file says anything."""
        return not (self.current or self.clusters or self.users or self.contexts)


def merge(files: list[Path]) -> Merged:
    """Lay kubeconfigs over each other: the first one that names a thing wins, as with kubectl.

    Raises:
        AccessError: a file can't be read, is no YAML, or has another shape than client-go accepts.
    """
    merged = Merged(clusters={}, users={}, contexts={})
    for path in files:
        document = _parse(path)
        merged.current = merged.current or document.get("current-context") or ""
        for into, plural in ((merged.clusters, "clusters"), (merged.users, "users"), (merged.contexts, "contexts")):
            own: dict[str, KubeconfigEntry] = {}
            for each in document.get(plural) or ():
                name, body = (each or {}).get("name") or "", (each or {}).get(plural.removesuffix("s")) or {}
                if name in own:
                    raise AccessError(f"{path}: {plural} has the name {clean_line(name, 80) or '(none)'} twice")
                own[name] = KubeconfigEntry(body, str(path.parent))
            for name, entry in own.items():
                into.setdefault(name, entry)
    return merged


def find(entries: dict[str, KubeconfigEntry], what: str, name: str) -> KubeconfigEntry:
    """Return the section that is named.

    Raises:
        AccessError: there is none; says which there are.
    """
    entry = entries.get(name)
    if entry is None:
        known = ", ".join(sorted(clean_line(each, 80) for each in entries)[:10]) or "none"
        asked = f"no {what} named {clean_line(name, 200)}" if name else f"no current {what}"
        raise AccessError(f"the kubeconfig has {asked}; it has: {known}")
    return entry


def _parse(path: Path) -> dict[str, Any]:
    """Return the first document of a file; nothing for one that is empty or has only comments."""
    try:
        text = read_bounded(path, MAX_BYTES)
    except OSError as error:
        raise AccessError(f"the kubeconfig {path} can't be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise AccessError(f"the kubeconfig {path} has more than {MAX_BYTES >> 20} MiB")
    document = _load(path, text)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise AccessError(f"the kubeconfig {path} is no mapping")
    try:
        shape = convert_to(document, _File)
    except msgspec.ValidationError as error:
        # It names the place and the types, never a value.
        raise AccessError(f"the kubeconfig {path}: {clean_line(str(error), 200)}") from None
    if (shape.kind or "Config") != "Config" or (shape.api_version or "v1") != "v1":
        raise AccessError(f"the kubeconfig {path} is a {clean_line(shape.kind or '', 60)}, not a Config of v1")
    return document


def _load(path: Path, text: bytes) -> Any:
    import yaml  # noqa: PLC0415 - 30 ms, on a feed's thread instead of before the first frame

    loader = _loader()
    try:
        _check_nesting(path, yaml.parse(text, Loader=loader))
        reader = loader(text)
        try:
            return reader.get_data() if reader.check_data() else None
        finally:
            reader.dispose()
    except yaml.YAMLError as error:
        # Not the parser's text: it quotes the file, and the file holds tokens.
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = f" (line {line + 1})" if line is not None else ""
        raise AccessError(f"the kubeconfig {path} is no YAML{at}") from None
    except (ValueError, RecursionError, TypeError) as error:
        raise AccessError(f"the kubeconfig {path} has a value that can't be read ({type(error).__name__})") from None


def _check_nesting(path: Path, events: Any) -> None:
    """Go through a document's events, which needs no stack, before it is composed, which does."""
    import yaml  # noqa: PLC0415

    depth = aliases = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        elif isinstance(event, yaml.DocumentEndEvent):
            return
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            raise AccessError(f"the kubeconfig {path} is nested too deep, or has too many aliases")


@lru_cache(maxsize=1)
def _loader() -> Any:
    """The safe loader, with the plain words that kubectl's has."""
    import yaml  # noqa: PLC0415

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    for tag, (words, first) in _WORDS.items():
        for letter in first:
            pattern = re.compile(f"^(?:{words})$")
            Loader.yaml_implicit_resolvers.setdefault("" if letter == "\0" else letter, []).append((tag, pattern))
    Loader.add_constructor("tag:yaml.org,2002:bool", _as_bool)
    return Loader


def _as_bool(loader: Any, node: Any) -> bool:
    return str(loader.construct_scalar(node)).lower() in {"y", "yes", "true", "on"}
