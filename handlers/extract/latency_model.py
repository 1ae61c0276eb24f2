"""Latency and errors of each model, from the series of its server."""

from collections.abc import Mapping

from msgspec import Struct

from rules.facts.latency import ModelLatencyFacts
from rules.finding import Observation

Key = tuple[str, ...]
"""Namespace and InferenceService."""


class ModelSeries(Struct, frozen=True, kw_only=True):
    """Figures by namespace and InferenceService: seconds, and requests a second."""

    p50: Mapping[Key, float] = {}
    p99: Mapping[Key, float] = {}
    rate: Mapping[Key, float] = {}
    errors: Mapping[Key, float] = {}
    ok: Mapping[Key, float] = {}

    @property
    def models(self) -> tuple[Key, ...]:
        """Every model that has figures."""
        return tuple(sorted({*self.p50, *self.p99, *self.rate}))


def model_facts(series: ModelSeries, key: Key) -> ModelLatencyFacts:
    """The figures of one model; a share of no request is none."""
    rate = series.rate.get(key)
    errors = _percent(series.errors.get(key, 0.0), rate)
    not_ok = _percent(rate - series.ok.get(key, 0.0), rate) if rate is not None else None
    p50, p99 = _milliseconds(series.p50.get(key)), _milliseconds(series.p99.get(key))
    return ModelLatencyFacts(
        p50=p50,
        p99=p99,
        rate=None if rate is None else round(rate, 2),
        errors=errors,
        not_ok=not_ok,
        said=_said(p50, p99, errors, not_ok),
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds)


def _percent(part: float, whole: float | None) -> float | None:
    return round(100 * max(part, 0.0) / whole, 2) if whole else None


def _said(
    p50: float | None, p99: float | None, errors: float | None, not_ok: float | None
) -> Observation | None:
    told = [
        f"{name} {value:g}{unit}"
        for name, value, unit in (
            ("p50", p50, " ms"),
            ("p99", p99, " ms"),
            ("5xx", errors, " %"),
            ("not 2xx", not_ok, " %"),
        )
        if value is not None
    ]
    return Observation(", ".join(told), "Prometheus rest_server_*, 5 min") if told else None
