"""Which HTTP proxy stands before an API server, by the environment, with the exceptions kubectl knows."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from handlers.sources.errors import CredentialFailed


def usable_proxy(proxy: str, what: str) -> str:
    """The proxy as it is. Raises CredentialFailed for a kind that is not spoken here (SOCKS)."""
    if proxy and urlsplit(proxy).scheme not in ("http", "https"):
        raise CredentialFailed(what, f"the proxy {proxy} cannot be used: only HTTP proxies can")
    return proxy


def proxy_of(server: str, environ: Mapping[str, str]) -> str:
    """The proxy that HTTPS_PROXY or HTTP_PROXY names for a server, unless NO_PROXY excepts it; else empty."""
    parts = urlsplit(server)
    proxy = _value(environ, f"{parts.scheme}_proxy")
    host = parts.hostname or ""
    if not proxy or is_local(host):
        return ""
    exceptions = (entry.strip() for entry in _value(environ, "no_proxy").split(","))
    if any(_excepts(entry, host) for entry in exceptions if entry):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _excepts(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _within(host, entry)
    name = entry.removeprefix("*").lstrip(".").lower()
    return host == name or host.endswith(f".{name}")


def _within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
