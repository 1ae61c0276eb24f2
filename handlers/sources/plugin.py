"""Runs a kubeconfig's credential plugin (`aws eks get-token`), once for many askers, again before it expires.

The Kubernetes client has this too, but it logs a failing plugin and goes on anonymously; here it is an error.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from handlers.sources.answers import shortened
from handlers.sources.decode import UNREADABLE
from handlers.sources.errors import CredentialFailed
from handlers.sources.kubeconfig import ClusterEntry, Exec, Login

PATIENCE = 30.0
"""Seconds a plugin may take; `aws` needs 1 to 3."""

SKEW = timedelta(seconds=60)
"""How long before its end a token is renewed, so that no request carries one that ends on the way."""

LONGEST_LINE = 300
"""Characters of a plugin's error line that are repeated to a person."""


class Credential(Struct, frozen=True, rename="camel"):
    """What a plugin gave: a token, or a client certificate with its key, and until when."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _ExecCredential(Struct, frozen=True, rename="camel"):
    api_version: str
    status: Credential


class _ClusterInfo(Struct, frozen=True, rename="kebab", omit_defaults=True):
    server: str
    certificate_authority_data: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    proxy_url: str = ""


class _ExecSpec(Struct, frozen=True, omit_defaults=True):
    interactive: bool | None = None
    cluster: _ClusterInfo | None = None


class _ExecInfo(Struct, frozen=True, rename="camel"):
    api_version: str
    spec: _ExecSpec
    kind: str = "ExecCredential"


class Plugin:
    """The credential plugin of one context.

    `on_certificate` takes certificate and key, both PEM, whenever the plugin gives new ones.
    """

    def __init__(
        self,
        login: Login,
        exec_: Exec,
        on_certificate: Callable[[str, str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._login = login
        self._exec = exec_
        self._on_certificate = on_certificate
        self._now = now
        self._current: Credential | None = None
        self._running = asyncio.Lock()

    async def authorization(self) -> str:
        """The Authorization header; empty with a client certificate. Raises CredentialFailed."""
        async with self._running:
            if self._current is None or self._ends_soon(self._current):
                self._current = await self._run()
            return f"Bearer {self._current.token}" if self._current.token else ""

    async def renew(self, refused: str) -> bool:
        """Run the plugin again unless another asker has done so since. Raises CredentialFailed."""
        async with self._running:
            if self._current is None or f"Bearer {self._current.token}".strip() in (refused, "Bearer"):
                self._current = await self._run()
        return True

    def _ends_soon(self, credential: Credential) -> bool:
        end = credential.expiration_timestamp
        return end is not None and self._now() >= end - SKEW

    async def _run(self) -> Credential:
        output = await self._output()
        try:
            answer = msgspec.json.decode(output, type=_ExecCredential)
        except UNREADABLE as error:
            raise self._failed("printed no ExecCredential") from error
        if answer.api_version != self._exec.api_version:
            raise self._failed(f"speaks {answer.api_version}, the kubeconfig {self._exec.api_version}")
        return self._checked(answer.status)

    def _checked(self, credential: Credential) -> Credential:
        if credential.client_certificate_data and credential.client_key_data:
            self._on_certificate(credential.client_certificate_data, credential.client_key_data)
        elif not credential.token:
            raise self._failed("gave neither a token nor a certificate with its key")
        return credential

    async def _output(self) -> bytes:
        process = await self._start()
        try:
            async with asyncio.timeout(PATIENCE):
                output, errors = await process.communicate()
        except TimeoutError as error:
            raise self._failed(f"gave no answer within {PATIENCE:g} s") from error
        finally:
            await _end(process)
        if process.returncode:
            said = _last_line(errors)
            raise self._failed(_ending(process.returncode) + (f": {said}" if said else ""))
        return output

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                self._command(),
                *(self._exec.args or ()),
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except FileNotFoundError as error:
            raise self._failed("is not installed", self._install_hint()) from error
        except OSError as error:
            raise self._failed(f"cannot be run: {error.strerror}") from error

    def _command(self) -> str:
        command = self._exec.command
        # kubectl's rule: a bare name is looked up on PATH, a relative path starts at the kubeconfig
        return str(self._login.folder / command) if os.sep in command else command

    def _environment(self) -> dict[str, str]:
        given = {variable.name: variable.value for variable in self._exec.env or ()}
        info = _ExecInfo(self._exec.api_version, _ExecSpec(interactive=False, cluster=self._cluster_info()))
        return {**os.environ, **given, "KUBERNETES_EXEC_INFO": msgspec.json.encode(info).decode()}

    def _cluster_info(self) -> _ClusterInfo | None:
        if not self._exec.provide_cluster_info:
            return None
        entry: ClusterEntry = self._login.cluster
        return _ClusterInfo(
            entry.server,
            entry.certificate_authority_data,
            entry.tls_server_name,
            entry.insecure_skip_tls_verify,
            entry.proxy_url,
        )

    def _install_hint(self) -> str:
        command = Path(self._exec.command).name
        return self._exec.install_hint.strip() or f"Install {command}, or put its folder on PATH."

    def _failed(self, why: str, advice: str = "") -> CredentialFailed:
        command = Path(self._exec.command).name
        return CredentialFailed(f"context {self._login.context}", f"its command {command} {why}", advice)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


def _ending(code: int) -> str:
    return f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"


def _last_line(errors: bytes) -> str:
    lines = [line.strip() for line in errors.decode(errors="replace").splitlines() if line.strip()]
    return shortened(lines[-1], LONGEST_LINE).rstrip(".") if lines else ""
