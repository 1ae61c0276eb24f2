"""Signing in: in-cluster or by kubeconfig, with credentials that stay fresh and never fall back to anonymous.

The Kubernetes client (`kubernetes.aio`, 37.0.2) reads server, certificates and auth providers and makes the
TLS context. Tokens are kept here, since the client logs a failing plugin and goes on without one, forgets how
to renew a token once a connection exists, and lets the last kubeconfig decide where kubectl lets the first.
"""

import asyncio
import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.incluster_config import InClusterConfigLoader
from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger
from msgspec import Struct

from handlers.sources.errors import CredentialFailed
from handlers.sources.kubeconfig import WHAT, Kubeconfig, Login, User
from handlers.sources.plugin import Plugin
from handlers.sources.proxy import proxy_of, usable_proxy

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts a pod's token (`token`) and the cluster's certificate authority (`ca.crt`)."""

TOKEN_AGE = 60.0
"""Seconds after which a token file is read again; the kubelet replaces it well before it expires."""

_CLIENT_FAULTS = (ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError)
"""What the Kubernetes client raises for a kubeconfig it cannot use; it checks few shapes itself."""


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


class AuthProvider:
    """An auth provider that the Kubernetes client knows (`oidc`); asked again when its token is refused."""

    def __init__(self, loader: KubeConfigLoader, configuration: Configuration) -> None:
        self._loader = loader
        self._configuration = configuration

    async def authorization(self) -> str:
        """The token it gave."""
        return self._configuration.api_key.get("BearerToken", "")

    async def renew(self, refused: str) -> bool:
        """Sign in again. Raises CredentialFailed."""
        await _load(self._loader, self._configuration)
        return await self.authorization() != refused


class _Loader(KubeConfigLoader):
    """The client's own loader, except for plugins, which `Plugin` runs."""

    async def load_from_exec_plugin(self) -> bool:
        return True


async def kubeconfig_access(
    kubeconfig: Kubeconfig, context: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Access:
    """Sign in as a context says. Raises CredentialFailed; a plugin is run at the first request."""
    login = kubeconfig.login(context)
    loader, configuration = await asyncio.to_thread(_client_loader, kubeconfig, login)
    await _load(loader, configuration)
    tls = await asyncio.to_thread(tls_context, configuration)
    return Access(
        name=login.context,
        server=configuration.host.rstrip("/"),
        tls=tls,
        credentials=_credentials(login, tls, AuthProvider(loader, configuration), now),
        server_hostname=configuration.tls_server_name or "",
        proxy=usable_proxy(configuration.proxy or proxy_of(configuration.host, os.environ), WHAT),
        headers=tuple(_impersonation(login.user)),
        plugin=login.user.exec is not None,
    )


async def in_cluster_access(
    folder: Path = SERVICE_ACCOUNT,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = monotonic,
) -> Access:
    """Sign in as the pod's service account. Raises CredentialFailed."""
    configuration = Configuration()
    try:
        loader = InClusterConfigLoader(  # type: ignore[no-untyped-call]  # the client has no annotations there
            str(folder / "token"), str(folder / "ca.crt"), try_refresh_token=False, environ=environ
        )
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]  # same
    except _CLIENT_FAULTS as error:
        raise CredentialFailed("the service account", _clause(error)) from error
    return Access(
        name="in-cluster",
        server=configuration.host,
        tls=await asyncio.to_thread(tls_context, configuration),
        credentials=TokenFile(folder / "token", clock),
        in_cluster=True,
    )


def tls_context(configuration: Configuration) -> ssl.SSLContext | None:
    """The client's TLS context. Raises CredentialFailed for certificates that cannot be used."""
    if not configuration.host.startswith("https:"):
        return None
    # Python 3.13 refuses certificate authorities without a key identifier, which kubectl accepts
    configuration.disable_strict_ssl_verification = True
    try:
        return RESTClientObject(configuration).ssl_context
    except (OSError, ValueError) as error:
        raise CredentialFailed(WHAT, f"its certificates cannot be used: {_clause(error)}") from error


def _client_loader(kubeconfig: Kubeconfig, login: Login) -> tuple[KubeConfigLoader, Configuration]:
    try:
        merger = KubeConfigMerger(os.pathsep.join(map(str, kubeconfig.paths)))  # type: ignore[no-untyped-call]  # no annotations
        loader = _Loader(merger.config, active_context=login.context, config_base_path=None)  # type: ignore[no-untyped-call]  # same
    except _CLIENT_FAULTS as error:
        raise CredentialFailed(f"context {login.context}", _clause(error)) from error
    return loader, Configuration()


async def _load(loader: KubeConfigLoader, configuration: Configuration) -> None:
    try:
        await loader.load_and_set(configuration)  # type: ignore[no-untyped-call]  # no annotations
    except _CLIENT_FAULTS as error:
        raise CredentialFailed(WHAT, _clause(error)) from error


def _credentials(
    login: Login, tls: ssl.SSLContext | None, provider: AuthProvider, now: Callable[[], datetime]
) -> Credentials:
    user = login.user
    if user.token_file:
        return TokenFile(login.folder / user.token_file)
    if user.token:
        return Fixed(f"Bearer {user.token}")
    if user.exec is not None:
        return Plugin(login, user.exec, lambda cert, key: _use_certificate(tls, cert, key), now)
    return provider


def _use_certificate(tls: ssl.SSLContext | None, certificate: str, key: str) -> None:
    """Load a certificate that came as text; the ssl module only reads files."""
    if tls is None:
        raise CredentialFailed(WHAT, "the plugin gave a certificate for a server without TLS")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.touch(mode=0o600)
        path.write_text(f"{certificate}\n{key}\n", encoding="ascii")
        try:
            tls.load_cert_chain(path)
        except (OSError, ValueError) as error:
            raise CredentialFailed(WHAT, f"the plugin's certificate cannot be used: {error}") from error


def _impersonation(user: User) -> list[tuple[str, str]]:
    headers = [("Impersonate-User", user.impersonate)] if user.impersonate else []
    headers += [("Impersonate-Uid", user.impersonate_uid)] if user.impersonate_uid else []
    return headers + [("Impersonate-Group", group) for group in user.impersonate_groups or ()]


def _clause(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
