"""What a look could not see: a cause that is not in it may still be there."""

import re
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from bot.report import Report
from handlers.contract import Gap
from rules.finding import ObjectRef

CLUSTER_GAP = "the cluster"
"""Source of the gap of a look that got no answer at all: it hides everything."""
LOGS = ("log of ", "logs of ")
"""How the sources of gaps begin that are logs."""


class BlindSpots(Struct, frozen=True, kw_only=True):
    """What hides causes from one look.

    What was unread when a cause was last seen does not hide it. Of anything else nobody can say what it
    would have shown: a Deployment that was not listed hides the MLflow behind it.

    Attributes:
        away: why there was no answer at all; empty when there was one.
        doubts: rules that could not be judged, each with what it lacked.
        lists: lists that are newly unread.
        logs: logs that are newly unread.
    """

    away: str = ""
    doubts: Mapping[str, str] = {}
    lists: Sequence[Gap] = ()
    logs: Sequence[Gap] = ()

    @classmethod
    def of(cls, report: Report, usual: Collection[str] = ()) -> "BlindSpots":
        """The blind spots of a look; `usual` is what was unread when the causes were last seen."""
        fresh = newly_unread(report.gaps, usual)
        return cls(
            away=next((gap.reason for gap in report.gaps if gap.source == CLUSTER_GAP), ""),
            doubts={
                doubt.rule: doubt.missing[0] if doubt.missing else "its rule could not be judged"
                for doubt in report.undecided
            },
            lists=tuple(gap for gap in fresh if not gap.source.startswith(LOGS)),
            logs=tuple(gap for gap in fresh if gap.source.startswith(LOGS)),
        )

    def why(self, rule: str, subject: ObjectRef) -> str:
        """Why a cause that is not seen may still be there; empty when it would have been seen."""
        if self.away:
            return f"the cluster did not answer: {self.away}"
        if rule in self.doubts:
            return self.doubts[rule]
        hiding = [*self.lists, *(gap for gap in self.logs if "-log-" in rule or subject.name in gap.source)]
        return f"{hiding[0].source}: {hiding[0].reason}" if hiding else ""


def newly_unread(gaps: Sequence[Gap], usual: Collection[str]) -> tuple[Gap, ...]:
    """The gaps that are not among the usual ones."""
    return tuple(gap for gap in gaps if unread(gap) not in usual)


def usual_next(gaps: Sequence[Gap], usual: Collection[str], *, hidden: bool) -> frozenset[str]:
    """What the next look takes for usually unread: nothing that hides a cause now, or it would seem gone."""
    now = frozenset(map(unread, gaps))
    return now & frozenset(usual) if hidden else now


def unread(gap: Gap) -> str:
    """A gap by which the next look knows it again: how many logs were left out differs from day to day."""
    return re.sub(r"\d+", "#", f"{gap.source}: {gap.reason}")
