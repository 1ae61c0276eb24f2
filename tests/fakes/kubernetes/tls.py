"""A certificate authority, a server and a client for tests, made anew each time by the openssl command."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.pair = Pair(folder / "ca.pem", folder / "ca.key")
        _openssl(*_new(self.pair, "/CN=test-authority"))

    def issue(self, name: str) -> Pair:
        """A certificate for a name, good for 127.0.0.1."""
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        signed_by = ("-CA", str(self.pair.certificate), "-CAkey", str(self.pair.key))
        _openssl(
            *_new(pair, f"/CN={name}"), *signed_by, "-addext", "subjectAltName=IP:127.0.0.1,DNS:api.test"
        )
        return pair

    def server_context(self, name: str = "api-server", *, ask_clients: bool = False) -> ssl.SSLContext:
        """TLS for a server, which may ask clients for a certificate."""
        pair = self.issue(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        if ask_clients:
            context.load_verify_locations(self.pair.certificate)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context


def _new(pair: Pair, subject: str) -> list[str]:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(pair.key)]
    return ["req", "-x509", "-days", "2", "-subj", subject, *key, "-out", str(pair.certificate)]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)  # noqa: S603, S607 - fixed words and our own paths
