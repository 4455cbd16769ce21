"""References as optimizers write them: ``web``, ``shop/web``, ``deploy/shop/web``, ``{shop web}``, ``aws:///a/i-0f3a``."""

from __future__ import annotations

import re

from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref

_BRACES = late(r"\{(?P<namespace>[a-z0-9-]{1,63}) (?P<name>[\w.-]{1,253})\}")


def reference(text: str, kind: str = "", namespace: str = "") -> Ref | None:
    """Read ``name``, ``namespace/name``, ``kind/name``, ``kind/namespace/name`` or ``{namespace name}``.

    Args:
        text: the name as the optimizer wrote it.
        kind: its kind, if something else than ``text`` tells it.
        namespace: its namespace, likewise; empty: unknown.

    Returns:
        The reference, its kind and namespace empty where nothing tells them, or ``None`` without a name.
    """
    if _PLAIN_NAME.fullmatch(text):  # most are one, in which nothing stands of what is looked for below
        return _plain(text, kind, namespace)
    if text.lstrip()[:1] in ("{", "a") and (braced := _BRACES.fullmatch(text.strip()) or text.startswith("arn:")):
        return _of_amazon(text, kind) if braced is True else Ref(kind, braced["namespace"], braced["name"])
    text, namespace = _placed(text, kind, namespace) if "@" in text else (text, namespace)
    parts = _parts_of(text)
    if not parts or parts[-1] in "{[(<" or text.startswith('{"'):
        return None
    if is_provider_id(text):
        return Ref(kind, "", parts[-1])
    told_kind = _told_kind(parts, kind)
    if told_kind:
        kind = told_kind
        parts.pop(0)
    elif len(parts) > 2 and (told := _after_group(parts)):
        kind = told
    if len(parts) > 1:
        namespace = "" if _OF_CLOUD.match(text) else parts[0]
    plural = bool(kinds.of_word(text.strip().partition("/")[0][:-1]))  # "statefulset/status" is one of that name
    if len(parts) == 1 and (apart := _APART.fullmatch(parts[0])) and _is_apart(apart, kind, namespace):
        parts, namespace = [apart["name"]], apart["namespace"]
    if len(parts) == 1 and told_kind and plural and parts[0] in ("scale", "status", "eviction", "resize"):
        return None  # "deployments/scale": a part of an object that is named elsewhere
    kind = kind or ("Node" if len(parts) == 1 and _NODE_NAME.fullmatch(parts[0]) else "")
    return Ref(kind=kind, namespace="" if kind in kinds.CLUSTER_WIDE else namespace, name=parts[-1])


def _of_amazon(text: str, kind: str) -> Ref | None:
    """What Amazon's name of a resource calls at its end: it has a path there, and no namespace."""
    whole, _, name = text.replace(":", "/").rpartition("/")
    told = whole.split("/")[5:]
    kind = kind or next((found for part in told if (found := kinds.of_word(part))), "")
    if len(told) > 2 and kind == "NodeGroup" and told[0] == "nodegroup":
        name = told[2]  # its number stands behind it
    return Ref(kind, "", name) if name and told else None


_RATE = late(r"(?:[KMGT]i?(?:B|b|bits?|bytes?)|B)/(?:s|sec|second|min|minute|h|hour)")
"""``20 MB/s``: how fast, and of nobody; no name has a capital, ``ops/s`` may be one."""


def _placed(text: str, kind: str, namespace: str) -> tuple[str, str]:
    """The name and the namespace in ``scoring@risk``."""
    match = _PLACED.fullmatch(text)
    if match is None:
        return text, namespace
    return match["name"], namespace if kind in _ON_NODES or kind in kinds.CLUSTER_WIDE else match["namespace"]


def _plain(text: str, kind: str, namespace: str) -> Ref:
    """The reference that a name alone is."""
    if kind == "Pod" and "_" in text and (of_kubelet := _OF_KUBELET.fullmatch(text)):
        return Ref(kind, of_kubelet["namespace"], of_kubelet["name"])
    kind = kind or ("Node" if _NODE_NAME.fullmatch(text) else "")
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, text)


def _parts_of(text: str) -> list[str]:
    """What stands between the slashes of a reference; of ``broker-2/2``, a pod with its number, the name."""
    parts = [] if _RATE.fullmatch(text) else [part.strip() for part in text.strip().split("/") if part.strip()]
    numbered = len(parts) == 2 and parts[1].isdecimal() and parts[0].endswith(f"-{parts[1]}")
    return parts[:1] if numbered else parts


def _told_kind(parts: list[str], kind: str) -> str:
    """The kind that the first part of a reference is; in ``deployment ingress/nginx`` it is a namespace's name."""
    told = kinds.of_word(parts[0]) if len(parts) > 1 else ""
    if told and kind in _WORKLOADS and told != kind and len(parts) == 2 and parts[0] in _SPACES:
        return ""
    return "" if kind in _WORKLOADS and told not in _WORKLOADS and len(parts) == 2 else told


_WORKLOADS = wordset("Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob")
"""Kinds behind which no other kind's name stands, but for one of their own."""
_SPACES = ("jobs", "pods", "deployments")
"""What namespaces are called as well: ``pod jobs/etl-1``."""
_OF_KUBELET = late(r"(?P<name>[a-z0-9-]{1,253})_(?P<namespace>[a-z0-9-]{1,63})")
"""A pod as the kubelet writes it, ``web-0_shop``: no name has such a dash."""
_PLAIN_NAME = late(r"[A-Za-z0-9_-]+")
_PLACED = late(r"(?P<name>[a-z][a-z0-9-]{0,62})@(?P<namespace>[a-z][a-z0-9-]{0,62})")
"""``scoring@risk``: a name and where it is."""
_ON_NODES = ("Pod", "Job")
"""Kinds of what is said to be at its node: ``web-1@gpu-3``."""
_APART = late(r"(?P<name>[a-z][a-z0-9-]{0,62})\.(?P<namespace>[a-z][a-z0-9-]{1,62})")
_IN_SPACES = wordset("Canary Deployment StatefulSet DaemonSet ReplicaSet CronJob Rollout Service VirtualService")
"""Kinds whose objects are written as ``payout.bank``, after the names that services have."""

_NO_SPACE = wordset(
    "com org net io dev local localhost internal lan svc cluster example test apps batch core policy extensions "
    "autoscaling json yaml yml log txt csv gz tar py go js sh png jpg html conf toml lock"
)
"""Ends of hosts, of API groups and of files."""


def _is_apart(apart: re.Match[str], kind: str, namespace: str) -> bool:
    """Are the two words around a dot a name and its namespace?"""
    space = apart["namespace"]
    told = kind == "Canary" or (kind in _IN_SPACES and space not in _NO_SPACE)  # a canary is written in no other way
    plain = told and namespace in ("", space)
    return plain and not kinds.of_word(apart["name"]) and not re.fullmatch(r"v\d\w*", space)


def is_provider_id(text: str) -> bool:
    """Is it a machine as its cloud names it: ``aws:///us-west-2b/i-0f3a9d77``?"""
    return "://" in text and _PROVIDER_ID.fullmatch(text) is not None


_PROVIDER_ID = late(
    r"(?:aws|azure|gce|openstack|vsphere|digitalocean|hcloud|kind|linode|oci|exoscale|equinixmetal|nutanix|ibm|kwok"
    r"|https(?=://www\.googleapis\.com/compute/))"
    r"://(?:/?[\w.:-]{1,100}/){0,12}(?=[\w.:-]*[a-z])[\w.:-]{3,100}"
)


def _after_group(parts: list[str]) -> str:
    """The kind in ``shop/deployment/web``, ``apps/Deployment/shop/web``, ``apps/v1/Deployment/shop/web``.

    It is taken out of the parts, and the API's group and version before it too; a namespace stays.
    """
    at = 2 if len(parts) > 3 and _VERSION.fullmatch(parts[1]) else 1
    kind = kinds.of_word(parts[at])
    if kind and (len(parts) > at + 2 or (parts[at][0].isupper() and _GROUP.fullmatch(parts[0]))):
        del parts[: at + 1]
    elif kind:
        parts.pop(at)
    return kind


_OF_CLOUD = late(r"/?(?:subscriptions|projects|organizations|folders)/[\w.-]{1,100}/\w+/", re.IGNORECASE)
"""Paths by which Azure and Google name what they run, in no namespace: ``/subscriptions/6f1d/resourceGroups/web/…``."""
_VERSION = late(r"v\d\w{0,8}")
_GROUP = late(r"apps|batch|core|policy|autoscaling|v\d\w{0,8}|[\w-]+(?:\.[\w-]+)+")
"""An API's group, or its version alone."""


_NODE_NAME = late(
    r"ip-\d{1,3}(?:-\d{1,3}){3}(?:\.[\w.-]+)?|[\w.-]+\.compute\.internal|aks-[\w-]+-vmss[0-9a-z]{6}|gke-[\w-]+-[0-9a-f]{4,8}(?:-[0-9a-z]{4})?"
)
"""How clouds name their nodes."""
