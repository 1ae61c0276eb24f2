"""What Prometheus says of throttling, latency and errors over the last five minutes."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.latency_model import ModelSeries
from handlers.extract.series import by_label
from handlers.look import Look

_POD = ("namespace", "pod", "container")
_MODEL = ("namespace", "inference_service")
_WINDOW = "5m"
_PERIODS = (
    'sum by ({by}) (increase(container_cpu_cfs_throttled_periods_total{{{where},container!=""}}[{window}]))'
    ' / sum by ({by}) (increase(container_cpu_cfs_periods_total{{{where},container!=""}}[{window}]) > 0)'
)
_QUANTILE = (
    "histogram_quantile({quantile}, sum by (le,{by})"
    " (rate(rest_server_request_duration_seconds_bucket{{{where}}}[{window}])))"
)
_RATE = "sum by ({by}) (rate(rest_server_requests_total{{{where}{status}}}[{window}]))"


class Figures(Struct, frozen=True, kw_only=True):
    """What Prometheus says; empty without one.

    Attributes:
        periods: namespace, pod and container → share of throttled periods, 0 to 1.
        missing: why a part was not answered: "periods", "models".
        asked: whether there is a Prometheus that answered all of it.
    """

    periods: dict[tuple[str, ...], float] = {}
    models: ModelSeries = ModelSeries()
    missing: dict[str, str] = {}
    asked: bool = False


async def read_figures(namespaces: Sequence[str], look: Look) -> Figures:
    """Ask for all series at once. Without a Prometheus that is one gap, and nothing is missing."""
    if look.sources.series is None:
        look.note("throttling, latency and errors over time", "no Prometheus is configured for this cluster")
        return Figures()
    where = f'namespace=~"{"|".join(namespaces)}"'
    queries = _queries(where)
    reads = dict(
        zip(
            queries,
            await asyncio.gather(*(look.series(query, what=_what(name)) for name, query in queries.items())),
            strict=True,
        )
    )
    periods = reads.pop("periods")
    model = {name: by_label(read.value or (), *_MODEL) for name, read in reads.items()}
    unread = next((read.missing for read in reads.values() if read.missing), "")
    missing = {"periods": periods.missing, "models": unread}
    return Figures(
        periods=by_label(periods.value or (), *_POD),
        models=ModelSeries(**model),
        missing={part: why for part, why in missing.items() if why},
        asked=not (periods.missing or unread),
    )


def _what(name: str) -> str:
    return "throttled periods" if name == "periods" else "latency and errors of models"


def _queries(where: str) -> dict[str, str]:
    by = ",".join(_MODEL)
    return {
        "periods": _PERIODS.format(by=",".join(_POD), where=where, window=_WINDOW),
        "p50": _QUANTILE.format(quantile=0.5, by=by, where=where, window=_WINDOW),
        "p99": _QUANTILE.format(quantile=0.99, by=by, where=where, window=_WINDOW),
        "rate": _RATE.format(by=by, where=where, status="", window=_WINDOW),
        "errors": _RATE.format(by=by, where=where, status=',status_code=~"5.."', window=_WINDOW),
        "ok": _RATE.format(by=by, where=where, status=',status_code=~"2.."', window=_WINDOW),
    }
