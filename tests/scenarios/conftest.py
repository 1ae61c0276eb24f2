"""The recorded cluster behind a local API server, for scenarios."""

from tests.handlers.conftest import connect, server

__all__ = ["connect", "server"]
