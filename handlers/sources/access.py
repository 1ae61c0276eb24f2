"""What is needed to talk to one API server, and how a pod gets it: by its own account, without a library."""

import asyncio
import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Protocol

from msgspec import Struct

from handlers.sources.errors import CredentialFailed

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts a pod's token (`token`) and the cluster's certificate authority (`ca.crt`)."""

TOKEN_AGE = 60.0
"""Seconds after which a token file is read again; the kubelet replaces it well before it expires."""

OUTSIDE = "Name a kubeconfig, or run the bot in a pod with a service account."


class Credentials(Protocol):
    """What goes into the Authorization header."""

    async def authorization(self) -> str:
        """The header's value, empty when a client certificate signs in. Raises CredentialFailed."""

    async def renew(self, refused: str) -> bool:
        """After `refused` was answered with 401: obtain another one; False where there can be none."""


class Access(Struct, frozen=True, kw_only=True):
    """Everything that is needed to talk to one API server.

    Attributes:
        server: the address, without a trailing slash.
        tls: certificates and how the server's is checked; None for a server without TLS.
        headers: sent with every request (impersonation).
        in_cluster: whether the bot runs in that cluster.
        plugin: whether a plugin signs in; it may replace the client certificate at any time.
    """

    name: str
    server: str
    tls: ssl.SSLContext | None
    credentials: Credentials
    server_hostname: str = ""
    proxy: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    in_cluster: bool = False
    plugin: bool = False


class Fixed:
    """A value that never changes: a token or a password written in the kubeconfig, or nothing."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def authorization(self) -> str:
        """The value."""
        return self._value

    async def renew(self, refused: str) -> bool:  # noqa: ARG002 - part of the protocol
        """There is no other."""
        return False


class TokenFile:
    """A token in a file that somebody else replaces, as the kubelet does."""

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._clock = clock
        self._value = ""
        self._read_at = 0.0

    async def authorization(self) -> str:
        """The token, at most a minute old. Raises CredentialFailed."""
        if not self._value or self._clock() - self._read_at >= TOKEN_AGE:
            self._read()
        return self._value

    async def renew(self, refused: str) -> bool:
        """Read the file again; True when it holds another token by now."""
        self._read()
        return self._value != refused

    def _read(self) -> None:
        try:
            token = self._path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialFailed("the token", f"{self._path} cannot be read: {error}") from error
        if not token:
            raise CredentialFailed("the token", f"{self._path} is empty")
        self._value = f"Bearer {token}"
        self._read_at = self._clock()


async def in_cluster_access(
    folder: Path = SERVICE_ACCOUNT,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = monotonic,
) -> Access:
    """Sign in as the pod's service account. Raises CredentialFailed outside of a pod."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise CredentialFailed(
            "the cluster", "there is no kubeconfig, and the bot does not run in a pod", OUTSIDE
        )
    credentials = TokenFile(folder / "token", clock)
    await credentials.authorization()
    return Access(
        name="in-cluster",
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        tls=await asyncio.to_thread(_trusting, folder / "ca.crt"),
        credentials=credentials,
        in_cluster=True,
    )


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """Accept what kubectl accepts: Python 3.13 refuses certificate authorities without a key identifier."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _trusting(authority: Path) -> ssl.SSLContext:
    try:
        return lenient(ssl.create_default_context(cafile=authority))
    except OSError as error:
        raise CredentialFailed("the service account", f"{authority} cannot be used: {error}") from error
