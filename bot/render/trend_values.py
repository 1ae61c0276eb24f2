"""What a trend shows, ready to be drawn; texts are redacted, and short enough for a line on a phone."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

Values = tuple[float | None, ...]
"""A number for every day; None where nothing is known."""


class Look(StrEnum):
    """What was seen of the cluster on a day; `partly`: something could not be read."""

    WHOLE = "whole"
    PARTLY = "partly"
    NONE = "none"


class Line(Struct, frozen=True, kw_only=True):
    """One series; `said` is how it stands now, in words."""

    name: str
    said: str = ""
    values: Values


class Chart(Struct, frozen=True, kw_only=True):
    """One of the small charts; `said` stands beside its title ("12 now, most 19 on Tue 18")."""

    title: str
    said: str
    lines: tuple[Line, ...]


class Trend(Struct, frozen=True, kw_only=True):
    """A whole picture.

    Attributes:
        title: the cluster.
        span: the days in words, with their time zone.
        days: in UTC, the last one today.
        looks: what was seen on each of them.
        causes: open causes by severity, the worst first; drawn on top of each other.
        memory: of the fullest nodes in percent, the fullest first; no lines where it is not known.
        notes: what a reader has to know of days without a look or with half of one.
    """

    title: str
    span: str
    days: tuple[date, ...]
    looks: tuple[Look, ...]
    causes: Chart
    restarts: Chart
    unready: Chart
    memory: Chart
    notes: tuple[str, ...] = ()
