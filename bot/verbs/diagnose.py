"""`mlops diagnose`: one question, asked and printed."""

import argparse
import asyncio
import sys
from collections.abc import Callable

from msgspec.structs import replace

from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command, Help, parse
from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY, UNTOLD
from bot.report import Report, Verdict
from bot.settings import Settings
from bot.verbs.asking import book_of, known_places, read_settings, refused
from bot.verbs.progress_line import ProgressLine
from bot.wiring.base import catalog, terminal_corridor
from handlers import HANDLERS
from handlers.contract import Exhibit, QuestionError
from handlers.sources.errors import SourceError
from rules.rule import Catalog

_EXIT = {Verdict.HEALTHY: HEALTHY, Verdict.DEGRADED: FAULTS, Verdict.BROKEN: FAULTS, Verdict.UNKNOWN: UNTOLD}


def diagnose(chosen: argparse.Namespace, print_help: Callable[[], None]) -> int:
    """Ask, print, and return the exit code."""
    try:
        settings = read_settings(chosen)
        command = command_of(chosen, settings)
        if isinstance(command, Help):
            print_help()
            return HEALTHY
        report = asyncio.run(_ask(command, book_of(chosen, settings, command.cluster), settings))
    except (BotError, QuestionError, SourceError) as error:
        return refused(error, color=_color(chosen))
    _print(report, chosen, settings)
    return _EXIT[report.verdict]


def command_of(chosen: argparse.Namespace, settings: Settings) -> Command | Help:
    """What is asked, by words and options together. Raises UsageError."""
    words = list(chosen.words) if chosen.as_typed else ["diagnose", *chosen.words]
    words += ["-n", chosen.namespace] if chosen.namespace else []
    words += ["-A"] if chosen.all_namespaces else []
    words += ["--cluster", chosen.cluster] if chosen.cluster else []
    command = parse(" ".join(words), TERMINAL, known_places(chosen, settings), HANDLERS)
    if isinstance(command, Help):
        return command
    return replace(command, question=replace(command.question, deadline=chosen.timeout))


async def _ask(command: Command, book: ClusterBook, settings: Settings) -> Report:
    line = ProgressLine(sys.stderr)
    try:
        await book.get(
            command.cluster
        )  # reading the rules takes longer than finding out that nobody is there
        known = catalog(settings)
        _warn(known)
        return await terminal_corridor(book, known).ask(command, line.told)
    finally:
        line.end()
        await book.close()


def _warn(known: Catalog) -> None:
    """Own rules that were refused are missing in the answer."""
    if known.faults:
        count = f"{len(known.faults)} fault{'s' if len(known.faults) > 1 else ''}"
        sys.stderr.write(f"mlops: {count} in your own rules; `mlops rules test` says where.\n")


def _color(chosen: argparse.Namespace) -> bool | None:
    return {"always": True, "never": False}.get(chosen.color)


def _print(report: Report, chosen: argparse.Namespace, settings: Settings) -> None:
    if chosen.output == "json":
        from bot.render.envelope import render_json  # noqa: PLC0415 - only what is asked for is imported

        # JSON is UTF-8 whatever the locale: a quotation mark put in place of another would break it.
        sys.stdout.buffer.write(render_json(report).encode())
    elif chosen.output == "markdown":
        from bot.render.markdown import render_markdown  # noqa: PLC0415 - same

        sys.stdout.write(render_markdown(report, settings.runbook_base_url))
    else:
        sys.stdout.write(_text(report, chosen))


def _text(report: Report, chosen: argparse.Namespace) -> str:
    from bot.render.terminal import render_terminal  # noqa: PLC0415 - same

    shown = () if chosen.logs else telling(report)
    text = render_terminal(replace(report, exhibits=shown), color=_color(chosen))
    return text + (_in_full(report.exhibits) if chosen.logs else _more(report, shown))


def telling(report: Report) -> tuple[Exhibit, ...]:
    """Logs worth an excerpt: those that evidence quotes, else those of runs that ended; none when healthy."""
    if report.verdict is Verdict.HEALTHY:
        return ()
    sources = [seen.source for finding in report.findings for seen in finding.evidence]
    quoted = tuple(e for e in report.exhibits if any(source.startswith(e.title) for source in sources))
    return quoted or tuple(e for e in report.exhibits if "previous run" in e.title)


def _in_full(exhibits: tuple[Exhibit, ...]) -> str:
    from bot.render.door import last_lines, terminal_line  # noqa: PLC0415 - same

    parts = []
    for exhibit in exhibits:
        lines = "\n".join(last_lines(exhibit.text, 0))
        parts.append(f"\n--- {terminal_line(exhibit.title)} ({terminal_line(exhibit.note)})\n{lines}\n")
    return "".join(parts) or "\nNo logs were read.\n"


def _more(report: Report, shown: tuple[Exhibit, ...]) -> str:
    if not report.exhibits:
        return ""
    count = len(report.exhibits)
    read = f"{count} logs were read" if count > 1 else "One log was read"
    above = "; above is the end of what tells most" if shown else ""
    return f"\n  {read}{above}. --logs prints all of it.\n"
