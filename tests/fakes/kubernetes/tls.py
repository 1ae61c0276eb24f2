"""A certificate authority, servers and clients for tests, made anew each time."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


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
        self._authority = trustme.CA()
        self.pair = Pair(folder / "ca.pem", folder / "ca.key")
        self._authority.cert_pem.write_to_path(self.pair.certificate)
        self._authority.private_key_pem.write_to_path(self.pair.key)

    def issue(self, name: str) -> Pair:
        """A certificate for a name, good for 127.0.0.1."""
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        issued = self._authority.issue_cert("127.0.0.1", "api.test", common_name=name)
        pair.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(pair.key)
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
