"""From the remembered looks to what a trend shows, day by day; pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.changes import Sweep
from bot.errors import PictureError
from bot.render.door import plain, utc
from bot.render.nouns import counted
from bot.render.trend_values import Chart, Line, Look, Trend, Values
from bot.render.trend_words import notes, number, percent, said, span, stands, totals
from rules.finding import Severity

SEVERITIES: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
RESTARTS: Final = "restarts"
UNREADY: Final = "pods not ready"
MEMORY: Final = "memory of node "
"""How the names of figures begin that are a node's memory, in percent of what it can give to pods."""
NODES: Final = 3
MOST: Final = 1e15
"""A figure that is not below is nonsense, and taken for unknown."""
TITLE: Final = 32
NODE_NAME: Final = 34
"""Characters of a name that fit a line of the picture on a phone."""

Picked = Sequence[Sweep | None]


def prepare(sweeps: Sequence[Sweep], days: int, *, now: datetime, cluster: str) -> Trend:
    """Choose the last look of each of the last days, today included; days are days in UTC.

    Raises:
        PictureError: none of them is remembered.
    """
    today = utc(now)
    dates = tuple(today.date() - timedelta(days=back) for back in reversed(range(days)))
    by_day = _last_of_days(sweeps, today)
    picked = [by_day.get(day) for day in dates]
    if not any(picked):
        raise _nothing(sweeps, days)
    looks = tuple(_look(sweep) for sweep in picked)
    return Trend(
        title=plain(cluster, TITLE) or "The cluster",
        span=f"Last {counted(days, 'day')}, {span(dates)} (UTC)",
        days=dates,
        looks=looks,
        causes=_causes(picked, dates),
        restarts=_figure("Restarts", RESTARTS, picked, dates),
        unready=_figure("Pods not ready", UNREADY, picked, dates),
        memory=_memory(picked, dates),
        notes=notes(looks),
    )


def _nothing(sweeps: Sequence[Sweep], days: int) -> PictureError:
    if not sweeps:
        return PictureError("Nothing is remembered yet.", "The first trend comes after two digests.")
    last = max(utc(sweep.at) for sweep in sweeps)
    return PictureError(
        f"Nothing is remembered of the last {counted(days, 'day')}; the last look was on {last:%Y-%m-%d}.",
        "Ask for a digest now, and for the trend tomorrow.",
    )


def _last_of_days(sweeps: Sequence[Sweep], now: datetime) -> Mapping[date, Sweep]:
    """The last look of each day; one that a cluster's clock puts into the future is of now."""
    ordered = sorted(sweeps, key=lambda sweep: utc(sweep.at))
    return {min(utc(sweep.at), now).astimezone(UTC).date(): sweep for sweep in ordered}


def _look(sweep: Sweep | None) -> Look:
    if sweep is None:
        return Look.NONE
    return Look.WHOLE if sweep.complete else Look.PARTLY


def _values(picked: Picked, read: Callable[[Sweep], float | None]) -> Values:
    found = [None if sweep is None else read(sweep) for sweep in picked]
    return tuple(value if value is not None and 0 <= value < MOST else None for value in found)


def _causes(picked: Picked, days: Sequence[date]) -> Chart:
    lines = tuple(_of_severity(severity, picked) for severity in SEVERITIES)
    return Chart(title="Open causes", said=said(totals(lines), days), lines=lines)


def _of_severity(severity: Severity, picked: Picked) -> Line:
    values = _values(picked, lambda sweep: min(sweep.severities.get(severity, 0), MOST - 1))
    last = next((value for value in reversed(values) if value is not None), 0.0)
    return Line(name=str(severity), said=f"{number(last, 1_000)} {severity}", values=values)


def _figure(title: str, name: str, picked: Picked, days: Sequence[date]) -> Chart:
    values = _values(picked, lambda sweep: sweep.figures.get(name))
    return Chart(title=title, said=said(values, days), lines=(Line(name=name, values=values),))


def _memory(picked: Picked, days: Sequence[date]) -> Chart:
    """The nodes that are fullest at the last look, and if those are few, the fullest before."""
    names = {name for sweep in picked if sweep is not None for name in sweep.figures}
    series = {name: _values(picked, _reads(name)) for name in sorted(names) if name.startswith(MEMORY)}
    known = [name for name, values in series.items() if any(value is not None for value in values)]
    fullest = sorted(known, key=lambda name: _fullness(series[name]), reverse=True)[:NODES]
    titles = _short(fullest)
    lines = tuple(
        Line(name=title, said=f"{title} {stands(series[name], days, percent)}", values=series[name])
        for title, name in zip(titles, fullest, strict=True)
    )
    return Chart(title="Memory, fullest nodes", said="" if lines else "not read", lines=lines)


def _reads(name: str) -> Callable[[Sweep], float | None]:
    return lambda sweep: sweep.figures.get(name)


def _fullness(values: Values) -> tuple[float, ...]:
    """Latest value first, so that what is full now goes before what was full and is gone."""
    return tuple(-1.0 if value is None else value for value in reversed(values))


def _short(names: Sequence[str]) -> tuple[str, ...]:
    """The names of nodes without the domain they share, where that still tells them apart."""
    shown = [plain(name.removeprefix(MEMORY), 253) for name in names]
    hosts = [name.partition(".")[0] for name in shown]
    apart = len(set(hosts)) == len(hosts) and not any(host.isdigit() for host in hosts)
    return tuple(plain(name, NODE_NAME) for name in (hosts if apart else shown))
