"""The words a store of time series answers; handlers know nothing else of Prometheus."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Sample(Struct, frozen=True):
    """One value of an instant query: the labels of its series, and the value (may be NaN)."""

    labels: Mapping[str, str]
    value: float


class Series(Protocol):
    """A Prometheus that can be asked. Every method raises a `SourceError` when it has no answer."""

    async def query(self, promql: str) -> tuple[Sample, ...]:
        """Evaluate an instant query, at the server's own time."""

    async def close(self) -> None:
        """Release connections."""
