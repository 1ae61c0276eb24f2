"""Whether this machine's clock agrees with another's: tokens, signatures and ages are told by clocks."""

from datetime import datetime, timedelta
from typing import Final

from bot.doctor.finding import Finding, Mark

SAME: Final = timedelta(seconds=5)
"""An answer's Date tells whole seconds, and takes a while to come."""
FAR: Final = timedelta(minutes=1)
"""Slack's and AWS's signatures allow five minutes; a clock that is a minute off is on its way there."""


def compared(whose: str, theirs: datetime, ours: datetime) -> Finding:
    """The difference between somebody's clock and this machine's, as a finding.

    Args:
        whose: as a person says it ("the API server of prod").
        theirs: aware; what its answer told.
        ours: aware; when that answer came.
    """
    apart = theirs - ours
    if abs(apart) <= SAME:
        return Finding(Mark.FINE, f"clock: agrees with {whose}")
    way = "behind" if apart > timedelta() else "ahead of"
    what = f"clock: this machine is {_span(abs(apart))} {way} {whose}"
    advice = "Set the node's clock (chrony, systemd-timesyncd): tokens and signatures fail when it is off."
    return Finding(Mark.MISSING if abs(apart) >= FAR else Mark.ASIDE, what, advice)


def _span(apart: timedelta) -> str:
    seconds = round(apart.total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
