"""A Report for the terminal: same order as in Slack; what one would copy is never broken over lines."""

import os
import shutil
import sys
from collections.abc import Mapping

from bot.changes import Digest
from bot.render.refusal import Paste, refusal_words
from bot.report import Report

WIDTH = 100
"""Columns where no terminal says how wide it is."""
TABLE_WIDTH = 200
"""Columns of a table where no terminal says how wide it is: a file or a pager breaks no line."""
_NARROWEST = 40


def render_terminal(
    report: Report, *, color: bool | None = None, width: int | None = None, runbooks: str = ""
) -> str:
    """Draw the report.

    Args:
        report: plain text, neither redacted nor escaped.
        color: None asks NO_COLOR, FORCE_COLOR and whether standard output is a terminal.
        width: columns at which prose is wrapped; None asks the terminal.
        runbooks: web address of the runbooks; empty names the command that prints them.
    """
    from bot.render.paper import Paper  # noqa: PLC0415 - rich costs 80 ms, and only printing needs it
    from bot.render.terminal_report import draw_report  # noqa: PLC0415 - same

    narrow = width is not None or sys.stdout.isatty()
    paper = Paper(color=_color(color), width=_width(width), wide=0 if narrow else TABLE_WIDTH)
    draw_report(report, paper, runbooks)
    return paper.text()


def render_digest_text(
    digest: Digest, *, color: bool | None = None, width: int | None = None, runbooks: str = ""
) -> str:
    """Draw a digest.

    Args:
        digest: plain text, neither redacted nor escaped.
        color: None asks NO_COLOR, FORCE_COLOR and whether standard output is a terminal.
        width: columns at which prose is wrapped; None asks the terminal.
        runbooks: web address of the runbooks; empty names the command that prints them.
    """
    from bot.render.digest.sheet import draw_digest  # noqa: PLC0415 - as below
    from bot.render.paper import Paper  # noqa: PLC0415 - rich costs 80 ms, and only printing needs it

    narrow = width is not None or sys.stdout.isatty()
    paper = Paper(color=_color(color), width=_width(width), wide=0 if narrow else TABLE_WIDTH)
    draw_digest(digest, paper, runbooks)
    return paper.text()


def render_hygiene_text(digest: Digest, *, color: bool | None = None, width: int | None = None) -> str:
    """Draw what could be tidied up, apart from the digest; empty where there is nothing."""
    from bot.render.digest.sheet import draw_hygiene  # noqa: PLC0415 - as below
    from bot.render.paper import Paper  # noqa: PLC0415 - rich costs 80 ms, and only printing needs it

    narrow = width is not None or sys.stdout.isatty()
    paper = Paper(color=_color(color), width=_width(width), wide=0 if narrow else TABLE_WIDTH)
    draw_hygiene(digest, paper)
    return paper.text().lstrip("\n")


def render_refusal(
    error: Exception, request_id: str = "", *, color: bool | None = None, paste: Paste | None = None
) -> str:
    """Draw why there is no answer, and what to do instead; `paste` makes commands of what was meant."""
    from bot.render.paper import Paper  # noqa: PLC0415 - rich costs 80 ms, and only printing needs it
    from bot.render.terminal_report import draw_refusal  # noqa: PLC0415 - same

    paper = Paper(color=_color(color), width=_width(None))
    draw_refusal(refusal_words(error, request_id), paper, paste or Paste())
    return paper.text()


def wants_color(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colour: NO_COLOR forbids it, FORCE_COLOR demands it, else a terminal gets it."""
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR", "")
    if forced:
        return forced != "0"
    return is_terminal and environment.get("TERM") != "dumb"


def _color(color: bool | None) -> bool:  # noqa: FBT001 - passed on as it came
    return wants_color(os.environ, is_terminal=sys.stdout.isatty()) if color is None else color


def _width(width: int | None) -> int:
    if width is None:
        width = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    return max(_NARROWEST, width)
