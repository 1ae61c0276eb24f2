"""Signing in by kubeconfig, with credentials that stay fresh and never fall back to anonymous.

The Kubernetes client (`kubernetes.aio`, 37.0.2) reads server, certificates and auth providers and makes the
TLS context. Tokens are kept here, since the client logs a failing plugin and goes on without one, forgets how
to renew a token once a connection exists, and lets the last kubeconfig decide where kubectl lets the first.
Importing it takes a quarter of a second and 20 MB, so only this module does.
"""

import asyncio
import os
import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger

from handlers.sources.access import Access, Credentials, Fixed, TokenFile, lenient
from handlers.sources.errors import CredentialFailed
from handlers.sources.kubeconfig import WHAT, Kubeconfig, Login, User
from handlers.sources.plugin import Plugin
from handlers.sources.proxy import is_local, proxy_of, usable_proxy

_CLIENT_FAULTS = (ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError)
"""What the Kubernetes client raises for a kubeconfig it cannot use; it checks few shapes itself."""


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
    _check_secrecy(login)
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


def tls_context(configuration: Configuration) -> ssl.SSLContext | None:
    """The client's TLS context. Raises CredentialFailed for certificates that cannot be used."""
    if not configuration.host.startswith("https:"):
        return None
    try:
        return lenient(RESTClientObject(configuration).ssl_context)
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


def _check_secrecy(login: Login) -> None:
    """A token must not be readable on the way; kubectl sends none there, and would go on anonymously."""
    server = urlsplit(login.cluster.server)
    if server.scheme != "https" and login.user != User() and not is_local(server.hostname or ""):
        raise CredentialFailed(
            f"context {login.context}",
            f"its server {login.cluster.server} would get the credentials in clear text",
        )


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
