"""Which proxy the way to a server leads through, by the rules of Go's net/http, which are kubectl's. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.text import clean_line

EXPLICIT = ("http", "https", "socks5")
"""Schemes of ``proxy-url``; the environment may say ``socks5h`` too, which is the same: names go to the proxy."""

_PORTS = {"http": "80", "https": "443"}


def proxy_for(explicit: str, server: str, environ: Mapping[str, str]) -> str:
    """Return the proxy's URL, or nothing for a direct way.

    Args:
        explicit: the kubeconfig's ``proxy-url``, which goes before the environment and heeds no ``NO_PROXY``.
        server: URL of the API server.
        environ: ``HTTPS_PROXY`` or ``HTTP_PROXY`` by the server's scheme, and ``NO_PROXY``; small letters too.

    Raises:
        AccessError: the proxy's address can't be used.
    """
    if explicit:
        return _checked(explicit, "proxy-url of the kubeconfig", EXPLICIT)
    target = urlsplit(server)
    name = "HTTPS_PROXY" if target.scheme == "https" else "HTTP_PROXY"
    proxy = environ.get(name) or environ.get(name.lower()) or ""
    if not proxy or _is_direct(target, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return ""
    if not _parts(proxy).netloc or "://" not in proxy:
        proxy = f"http://{proxy}"
    return _checked(proxy, name, (*EXPLICIT, "socks5h"))


def shown(proxy: str) -> str:
    """Return a proxy's URL without its password, for a sentence."""
    parts = _parts(proxy)
    return clean_line(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", 200)


def on_loopback(server: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = (urlsplit(server).hostname or "").lower().rstrip(".")
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def login_of(proxy: str) -> tuple[str, str]:
    """Return the user and password in a proxy's URL, both empty where there are none."""
    parts = _parts(proxy)
    return parts.username or "", parts.password or ""


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _checked(proxy: str, where: str, schemes: tuple[str, ...]) -> str:
    parts = _parts(proxy)
    try:
        good = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        words = ", ".join(schemes)
        raise AccessError(f"{where} is no proxy that can be used ({shown(proxy)}): the scheme must be one of {words}")
    return proxy


def _is_direct(target: SplitResult, no_proxy: str) -> bool:
    """Whether a server is reached without a proxy: on loopback always, and as ``NO_PROXY`` says."""
    if on_loopback(target.geturl()):
        return True
    host = (target.hostname or "").lower().rstrip(".")
    port = str(target.port or _PORTS.get(target.scheme, ""))
    return any(_matches(word.strip().lower(), host, port) for word in no_proxy.split(",") if word.strip())


def _matches(word: str, host: str, port: str) -> bool:
    """Whether one word of ``NO_PROXY`` (a network, an address, a domain; maybe with a port) means this host."""
    if word == "*":
        return True
    address = _address(host)
    if "/" in word:
        try:
            return address is not None and address in ipaddress.ip_network(word, strict=False)
        except ValueError:
            return False
    name, wanted_port = _host_and_port(word)
    if not name or (wanted_port and wanted_port != port):
        return False
    if (own := _address(name)) is not None:
        return address == own
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _host_and_port(word: str) -> tuple[str, str]:
    if word.startswith("["):
        host, _, rest = word[1:].partition("]")
        return host, rest.removeprefix(":")
    if word.count(":") == 1:
        host, _, port = word.partition(":")
        return host, port
    return word, ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
