"""`mlops runbook` and `mlops guide`: what can be read without a cluster, as Markdown or JSON."""

import argparse
import sys
import time
from datetime import UTC, datetime

from bot.errors import BotError, UsageError
from bot.exit_code import HEALTHY
from bot.verbs.asking import read_settings, refused
from bot.wiring.base import catalog
from handlers.contract import Evidence
from rules.guide import NotInLibrary
from rules.library import Library


def runbook(chosen: argparse.Namespace) -> int:
    """Print what `TOPIC[#anchor]` names, or the topics there are without one; returns the exit code."""
    library = Library()
    try:
        text = library.runbook(chosen.topic) if chosen.topic else _topics(library)
    except NotInLibrary as error:
        return _refused(error)
    if chosen.output == "json":
        from handlers.runbook import read  # noqa: PLC0415 - the handlers are heavy, and text needs none

        return _print_json(read(library, chosen.topic, datetime.now(UTC)), chosen, chosen.topic)
    sys.stdout.write(text)
    return HEALTHY


def guide(chosen: argparse.Namespace) -> int:
    """Print the guide of the rules in force, or its sections of that name; returns the exit code."""
    section = " ".join(chosen.section)
    try:
        library = Library(catalog(read_settings(chosen)))
        text = library.guide(section)
    except NotInLibrary as error:
        return _refused(error)
    except BotError as error:
        return refused(error)
    if chosen.output == "json":
        from handlers.guide import read  # noqa: PLC0415 - same

        return _print_json(read(library, section, datetime.now(UTC)), chosen, section)
    sys.stdout.write(text)
    return HEALTHY


def _print_json(evidence: Evidence, chosen: argparse.Namespace, name: str) -> int:
    """The envelope that every question has; its cluster is empty, for none was asked."""
    from bot.render.envelope import render_json  # noqa: PLC0415 - same
    from bot.report import Report  # noqa: PLC0415 - same
    from rules.judge import Judgement  # noqa: PLC0415 - same

    took = round((time.monotonic() - chosen.began) * 1000)
    report = Report.of(f"{chosen.verb} {name}".strip(), "", Judgement(), evidence, took)
    sys.stdout.buffer.write(render_json(report).encode())
    return HEALTHY


def _topics(library: Library) -> str:
    return "".join(f"mlops runbook {topic}.md\n" for topic in library.topics())


def _refused(error: NotInLibrary) -> int:
    return refused(UsageError(str(error), f"Known are {', '.join(error.known)}."))
