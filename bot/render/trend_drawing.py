"""The drawing itself, in a process of its own: a trend as JSON comes in, a PNG goes out.

All lengths are pixels of a phone, 360 wide; the PNG has three for each. The card has its own ground, so that
it looks the same on a light and on a dark page. Colours differ in lightness too, and are named above them.
"""

import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from bot.render.trend_values import Chart, Look, Trend, Values
from bot.render.trend_words import number, totals, weekday

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDTH: Final = 360
SCALE: Final = 3
DOTS: Final = 72 * SCALE
"""Dots per inch with which a point of type is a pixel of a phone."""
LEFT: Final = 44
RIGHT: Final = 12
COLUMNS: Final = (12, 108, 184, 280)
"""Where the severities are named: "99.9k critical" fits."""
GAP: Final = 12
"""Between two charts."""
HEAD: Final = 50
FOOT: Final = 24
"""Room for the names of the days."""
LINE: Final = 15
"""From one line of words to the next."""
UNDER_WORDS: Final = 6
"""Between words and the chart below them."""
TALL: Final = 76
LOW: Final = 48

GROUND: Final = "#f4f5f7"
PAPER: Final = "#ffffff"
INK: Final = "#1d1c1d"
QUIET: Final = "#55585f"
GRID: Final = "#d9dce1"
UNSEEN: Final = "#e1e4e9"
SEVERITIES: Final = ("#6d0f1f", "#d8531a", "#f0b429", "#7d93b2")
SINGLE: Final = "#0b5fa5"
NODES: Final = (("#0b5fa5", "o"), ("#d8531a", "s"), ("#12805c", "^"))
FULL: Final = "#6d0f1f"

OVER_FRAME: Final = 3
_FEW_DAYS: Final = 10


def draw(trend: Trend) -> bytes:
    """The picture as PNG."""
    from matplotlib import rc_context  # noqa: PLC0415 - importing it looks for fonts: nothing happens at import

    with rc_context({"text.parse_math": False, "font.family": "DejaVu Sans"}):
        figure = _figure(trend)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DOTS, facecolor=GROUND, metadata={"Software": None})
    return picture.getvalue()


class Sheet:
    """Places words and charts from the top down."""

    def __init__(self, figure: "Figure", height: int) -> None:
        self.figure = figure
        self.height = height
        self.y = 0

    def words(self, x: float, text: str, size: float, color: str = INK, *, to: str = "left") -> "Text":
        """Write a line whose foot is at the present height."""
        return self.figure.text(x / WIDTH, 1 - self.y / self.height, text, size=size, color=color, ha=to)

    def mark(self, x: float, color: str, shape: str) -> None:
        """A coloured mark before words on the present line."""
        from matplotlib.lines import Line2D  # noqa: PLC0415 - same

        place = ([x / WIDTH], [1 - (self.y - 4) / self.height])
        self.figure.add_artist(Line2D(*place, marker=shape, markersize=7, color=color, linewidth=0))

    def axes(self, height: int) -> "Axes":
        """A chart below the present line."""
        self.y += height
        box = (LEFT / WIDTH, 1 - self.y / self.height, (WIDTH - LEFT - RIGHT) / WIDTH, height / self.height)
        return self.figure.add_axes(box)


def _figure(trend: Trend) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - same

    legend = LINE * len(trend.memory.lines)
    charts = 4 * (LINE + UNDER_WORDS) + 3 * GAP + LINE + legend + 2 * TALL + 2 * LOW
    height = HEAD + charts + FOOT + (LINE if trend.notes else 0)
    sheet = Sheet(Figure(figsize=(WIDTH / 72, height / 72)), height)
    _head(sheet, trend)
    _causes(sheet, trend)
    _single(sheet, trend, trend.restarts)
    _single(sheet, trend, trend.unready)
    _dates(_memory(sheet, trend), trend)
    sheet.y += FOOT + 6
    sheet.words(RIGHT, "  ".join(trend.notes), 9.5, QUIET)
    return sheet.figure


def _head(sheet: Sheet, trend: Trend) -> None:
    sheet.y = 22
    sheet.words(RIGHT, trend.title, 15).set_fontweight("bold")
    sheet.y = 38
    sheet.words(RIGHT, trend.span, 11, QUIET)
    sheet.y = HEAD - GAP


def _title(sheet: Sheet, chart: Chart) -> None:
    sheet.y += GAP + LINE
    sheet.words(RIGHT, chart.title, 12).set_fontweight("bold")
    sheet.words(WIDTH - RIGHT, chart.said, 11, to="right")


def _causes(sheet: Sheet, trend: Trend) -> None:
    _title(sheet, trend.causes)
    sheet.y += LINE
    for line, color, x in zip(trend.causes.lines, SEVERITIES, COLUMNS, strict=True):
        sheet.mark(x + 4, color, "s")
        sheet.words(x + 11, line.said, 10.5)
    sheet.y += UNDER_WORDS
    axes = sheet.axes(TALL)
    _paper(axes, trend)
    _bars(axes, trend)
    _height(axes, totals(trend.causes.lines))


def _bars(axes: "Axes", trend: Trend) -> None:
    feet = [0.0] * len(trend.days)
    for line, color in zip(trend.causes.lines, SEVERITIES, strict=True):
        for at, value in enumerate(line.values):
            if not value:
                continue
            ground = color if trend.looks[at] is Look.WHOLE else PAPER
            axes.bar(at, value, 0.7, feet[at], color=ground, edgecolor=color, linewidth=1.2)
            feet[at] += value
    _zeros(axes, [at for at, look in enumerate(trend.looks) if look is not Look.NONE and not feet[at]])


def _zeros(axes: "Axes", days: Sequence[int]) -> None:
    """A day on which nothing was open is told from one without a look."""
    zeros = axes.plot(days, [0.0] * len(days), "_", color=QUIET, markersize=6, markeredgewidth=2.4)
    zeros[0].set(clip_on=False, zorder=OVER_FRAME)


def _single(sheet: Sheet, trend: Trend, chart: Chart) -> None:
    _title(sheet, chart)
    sheet.y += UNDER_WORDS
    axes = sheet.axes(LOW)
    _paper(axes, trend)
    for line in chart.lines:
        _line(axes, trend, line.values, SINGLE, "o")
    _height(axes, chart.lines[0].values)


def _memory(sheet: Sheet, trend: Trend) -> "Axes":
    _title(sheet, trend.memory)
    for line, (color, shape) in zip(trend.memory.lines, NODES, strict=False):
        sheet.y += LINE
        sheet.mark(RIGHT + 4, color, shape)
        sheet.words(RIGHT + 13, line.said, 10.5)
    sheet.y += UNDER_WORDS
    axes = sheet.axes(TALL)
    _paper(axes, trend)
    for line, (color, shape) in reversed(tuple(zip(trend.memory.lines, NODES, strict=False))):
        _line(axes, trend, line.values, color, shape)
    _shares(axes, [value for line in trend.memory.lines for value in line.values if value is not None])
    return axes


def _shares(axes: "Axes", values: Sequence[float]) -> None:
    """From nothing, or from half where all is above, to what is full and more."""
    foot = 50 if values and min(values) > 55 else 0  # noqa: PLR2004 - a dot on the foot would hang over it
    head = max((100.0, *values))
    axes.axhline(100, color=FULL, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    axes.set_ylim(foot, head + 0.08 * (head - foot))
    ticks = [tick for tick in (0, 50, 100) if tick >= foot]
    axes.set_yticks(ticks, [f"{tick} %" for tick in ticks], size=10, color=QUIET)


def _line(axes: "Axes", trend: Trend, values: Values, color: str, shape: str) -> None:
    known = [float("nan") if value is None else value for value in values]
    axes.plot(range(len(known)), known, color=color, linewidth=2.2, clip_on=False, zorder=OVER_FRAME)
    for at in _dotted(trend, values):
        whole = trend.looks[at] is Look.WHOLE
        axes.plot(
            [at],
            known[at],
            marker=shape,
            markersize=6 if _few(trend) else 4.4,
            color=color,
            markerfacecolor=color if whole else PAPER,
            markeredgewidth=1.6,
            clip_on=False,
            zorder=OVER_FRAME,
        )


def _dotted(trend: Trend, values: Values) -> list[int]:
    """The days with a dot; of many days only the last, those seen in part, and those between two gaps."""
    known = [at for at, value in enumerate(values) if value is not None]
    if _few(trend):
        return known
    beside = {at for at in known if {at - 1, at + 1} & set(known)}
    return [at for at in known if at == known[-1] or at not in beside or trend.looks[at] is Look.PARTLY]


def _few(trend: Trend) -> bool:
    return len(trend.days) <= _FEW_DAYS


def _paper(axes: "Axes", trend: Trend) -> None:
    """The ground of a chart: days without a look are grey, days with a name have a line."""
    axes.set_facecolor(PAPER)
    for side in axes.spines.values():
        side.set_color(GRID)
    axes.set_axisbelow(True)
    axes.set_xlim(-0.5, len(trend.days) - 0.5)
    for at, look in enumerate(trend.looks):
        if look is Look.NONE:
            axes.axvspan(at - 0.5, at + 0.5, color=UNSEEN, linewidth=0, zorder=0)
    axes.set_xticks(_named_days(trend), [])
    axes.tick_params(length=0, pad=5)
    axes.grid(color=GRID, linewidth=0.6)


def _named_days(trend: Trend) -> list[int]:
    """The days with a name: today, and every other day or week before it."""
    last = len(trend.days) - 1
    return list(range(last, -1, -2 if _few(trend) else -7))


def _dates(axes: "Axes", trend: Trend) -> None:
    named = _named_days(trend)
    axes.set_xticks(named, [weekday(trend.days[at]) for at in named], size=10.5, color=INK)
    if not _few(trend):
        axes.get_xticklabels()[0].set_horizontalalignment(
            "right"
        )  # today's would not fit in the middle of its day


def _height(axes: "Axes", values: Values) -> None:
    """Nothing, and what is round above the highest value."""
    known = [value for value in values if value is not None]
    top = _round_above(max(known, default=0.0))
    axes.set_ylim(0, top * 1.1)
    axes.set_yticks([0, top] if known else [], ["0", number(top)] if known else [], size=10, color=QUIET)


def _round_above(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8, 10, 15 and their tenfolds; at least 1."""
    power = 1.0
    while power * 15 < value:
        power *= 10
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10, 15) if step * power >= value)


def main() -> None:
    """Read, draw, write."""
    trend = msgspec.json.decode(sys.stdin.buffer.read(), type=Trend)
    sys.stdout.buffer.write(draw(trend))


if __name__ == "__main__":
    main()
