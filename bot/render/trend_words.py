"""The words of a trend: beside its charts, under them, and for who cannot see it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from bot.render.limits import ALT_TEXT, fit
from bot.render.nouns import counted
from bot.render.trend_values import Chart, Line, Look, Trend, Values

WHOLE_BELOW: Final = 10_000
_SIZES: Final = (("G", 1e9), ("M", 1e6), ("k", 1e3))


def number(value: float, whole_below: float = WHOLE_BELOW) -> str:
    """A count in few characters ("12", "9,300", "1.2M"); `whole_below` is at least 1,000."""
    if value < whole_below:
        return f"{value:,.1f}".removesuffix(".0")
    unit, size = next((unit, size) for unit, size in _SIZES if value >= size)
    return f"{value / size:,.1f}".removesuffix(".0") + unit


def percent(value: float) -> str:
    """A share ("91 %")."""
    return f"{number(round(value))} %"


def weekday(day: date) -> str:
    """A day on an axis ("Mon 23")."""
    return f"{day:%a} {day.day}"


def in_month(day: date) -> str:
    """A day in a sentence ("23 Nov")."""
    return f"{day.day} {day:%b}"


def span(days: Sequence[date]) -> str:
    """The first and the last of some days ("17 to 23 Nov 2025")."""
    first, last = days[0], days[-1]
    end = f"{in_month(last)} {last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{in_month(first)} {first.year} to {end}"
    return f"{first.day if first.month == last.month else in_month(first)} to {end}"


def said(
    values: Values,
    days: Sequence[date],
    on: Callable[[date], str] = weekday,
    count: Callable[[float], str] = number,
) -> str:
    """How a line stands and how high it has been ("12 now, most 19 on Tue 18")."""
    known = {at: value for at, value in enumerate(values) if value is not None}
    if not known:
        return "not read"
    if len(known) > 1 and not any(known.values()):
        return "none"
    last, most = max(known), max(known, key=lambda at: known[at])
    now = f"{count(known[last])} {_when(last, days, on)}"
    highest = count(known[most])
    return now if highest == count(known[last]) else f"{now}, most {highest} on {on(days[most])}"


def stands(values: Values, days: Sequence[date], count: Callable[[float], str]) -> str:
    """The last number of a line, and its day where that is not today ("91 % on Tue 18")."""
    last = max(at for at, value in enumerate(values) if value is not None)
    return count(values[last] or 0.0) + ("" if last == len(days) - 1 else f" {_when(last, days, weekday)}")


def totals(lines: Sequence[Line]) -> Values:
    """What the lines make together, day by day; None where none of them is known."""
    return tuple(
        sum(known) if (known := [value for value in day if value is not None]) else None
        for day in zip(*(line.values for line in lines), strict=True)
    )


def notes(looks: Sequence[Look]) -> tuple[str, ...]:
    """What the marks of a picture mean, where there are any."""
    partly = "Hollow: not everything could be read." if Look.PARTLY in looks else ""
    none = "Grey: no look that day." if Look.NONE in looks else ""
    return tuple(note for note in (partly, none) if note)


def alt_text(trend: Trend) -> str:
    """What the picture shows, in two sentences of at most 1,000 characters."""
    days = trend.days
    figures = [
        _open_causes(trend),
        *(_figure(chart, days) for chart in (trend.restarts, trend.unready)),
        _memory(trend),
    ]
    sentence = "; ".join(figure for figure in figures if figure)
    over = f"{trend.title}, open causes over {counted(len(days), 'day')}"
    return fit(f"{over}: {sentence}. {_looks(trend.looks)}", ALT_TEXT, str)


def _open_causes(trend: Trend) -> str:
    worst = [f"{number(last)} {line.name}" for line in trend.causes.lines[:2] if (last := _last(line.values))]
    words = said(totals(trend.causes.lines), trend.days, in_month)
    now, most, rest = words.partition(", most ")
    return f"{now} ({', '.join(worst)}){most}{rest}" if worst else words


def _figure(chart: Chart, days: Sequence[date]) -> str:
    (line,) = chart.lines
    return "" if _last(line.values) is None else f"{line.name} {said(line.values, days, in_month)}"


def _memory(trend: Trend) -> str:
    if not trend.memory.lines:
        return ""
    fullest = trend.memory.lines[0]
    words = said(fullest.values, trend.days, in_month, percent)
    return f"memory of the fullest node, {fullest.name}, {words}"


def _looks(looks: Sequence[Look]) -> str:
    none, partly = looks.count(Look.NONE), looks.count(Look.PARTLY)
    seen = f"{counted(len(looks) - none, 'day')} with a look" if none else "A look on every day"
    beside = f" ({partly} of them not of everything)" if partly else ""
    return seen + beside + (f", {none} without" if none else "") + "; days are in UTC."


def _last(values: Values) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _when(at: int, days: Sequence[date], on: Callable[[date], str]) -> str:
    return "now" if at == len(days) - 1 else f"on {on(days[at])}"
