"""A question of the terminal, of any verb: asked and printed."""

import argparse
import asyncio
import shlex
import sys
import time
from collections.abc import Callable

from msgspec.structs import replace

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import FILE, TERMINAL, Command, Help, asked_as, clean, parse
from bot.errors import BotError, UsageError
from bot.exit_code import FAULTS, HEALTHY, UNTOLD
from bot.render.door import terminal_line
from bot.render.refusal import Paste
from bot.render.rule_faults import is_of_settings
from bot.report import Report, Verdict
from bot.settings import Settings
from bot.verbs.asking import (
    book_of,
    config_options,
    known_places,
    read_settings,
    refused,
    where_options,
    with_place,
)
from bot.verbs.json_file import read_json_file
from bot.verbs.progress_line import ProgressLine
from bot.verbs.question_parsers import destination, own_options
from bot.wiring.base import catalog, terminal_corridor
from handlers import HANDLERS
from handlers.contract import Exhibit, Option, QuestionError
from handlers.sources.errors import SourceError, TimedOut
from rules.rule import Catalog

_LEAST_SECONDS = 0.5
_EXIT = {Verdict.HEALTHY: HEALTHY, Verdict.DEGRADED: FAULTS, Verdict.BROKEN: FAULTS, Verdict.UNKNOWN: UNTOLD}


def ask(chosen: argparse.Namespace, print_help: Callable[[], None]) -> int:
    """Ask, print, and return the exit code."""
    settings, command = Settings(), None
    try:
        settings = read_settings(chosen)
        command = command_of(chosen, settings)
        if isinstance(command, Help):
            print_help()
            return HEALTHY
        report = asyncio.run(_ask(command, book_of(chosen, settings, command.cluster), settings, chosen))
    except UsageError as error:
        paste = Paste(options=where_options(chosen, settings, ""))
        return refused(with_place(error, chosen, settings), color=_color(chosen), paste=paste)
    except (BotError, QuestionError, SourceError) as error:
        return refused(error, color=_color(chosen), paste=_paste(command, chosen, settings))
    _print(report, chosen, settings)
    return _EXIT[report.verdict]


def _paste(command: Command | Help | None, chosen: argparse.Namespace, settings: Settings) -> Paste:
    """How a candidate is asked about: in the words of the same question."""
    if not isinstance(command, Command):
        return Paste(options=where_options(chosen, settings, ""))
    lead = tuple(asked_as(command.handler).split())
    return Paste(lead=lead, asked=lead, options=where_options(chosen, settings, command.cluster))


def command_of(chosen: argparse.Namespace, settings: Settings) -> Command | Help:
    """What is asked, by words and options together. Raises UsageError."""
    words = [chosen.verb, *chosen.words]
    words += ["--name", chosen.name] if getattr(chosen, "name", "") else []
    words += ["-n", chosen.namespace] if chosen.namespace else []
    words += ["-A"] if chosen.all_namespaces else []
    words += ["--cluster", chosen.cluster] if chosen.cluster else []
    words += _own_words(chosen)
    command = parse(" ".join(words), TERMINAL, known_places(chosen, settings), HANDLERS)
    if isinstance(command, Help):
        return command
    question = replace(command.question, deadline=chosen.timeout, options=_read(command, chosen))
    return replace(command, question=question)


def _own_words(chosen: argparse.Namespace) -> list[str]:
    """The handlers' own options as words; the name of a file is none, for it may be anything."""
    words: list[str] = []
    for option in own_options().values():
        value = getattr(chosen, destination(option), "")
        if value is True:
            words.append(f"--{option.name}")
        elif value and option.metavar == FILE:
            words += [f"--{option.name}", FILE]
        elif value:
            words += [f"--{option.name}", _one_word(option, value)]
    return words


def _one_word(option: Option, value: str) -> str:
    if clean(value) == value and len(value.split()) == 1:
        return value
    raise UsageError(
        f"--{option.name} takes one plain word, not “{value}”.", f"See `mlops help`, {option.meaning}."
    )


def _read(command: Command, chosen: argparse.Namespace) -> dict[str, str]:
    """The options, with the content of the files that are named."""
    files = {option.name: option for option in command.handler.options if option.metavar == FILE}
    return {
        name: read_json_file(name, getattr(chosen, destination(files[name]), "") or value)
        if name in files
        else value
        for name, value in command.question.options.items()
    }


async def _ask(command: Command, book: ClusterBook, settings: Settings, chosen: argparse.Namespace) -> Report:
    line = ProgressLine(sys.stderr)
    try:
        async with asyncio.timeout(_left(chosen)):
            # Reading the rules takes longer than finding out that nobody is there.
            await book.get(command.cluster)
        known = catalog(settings)
        _warn(known, chosen)
        return await _answered(terminal_corridor(book, known), command, chosen, line)
    except TimeoutError as error:
        raise TimedOut("the cluster", chosen.timeout) from error
    finally:
        line.end()
        await book.close()


async def _answered(
    corridor: Corridor, command: Command, chosen: argparse.Namespace, line: ProgressLine
) -> Report:
    """Ask with the time that is left; a person counts from the start, and is told that time."""
    question = replace(command.question, deadline=_left(chosen))
    try:
        return await corridor.ask(replace(command, question=question), line.told)
    except TimedOut as error:
        if error.seconds != question.deadline:
            raise
        raise TimedOut(error.what, chosen.timeout) from error


def _left(chosen: argparse.Namespace) -> float:
    """Seconds of --timeout that are left since the program was started; never so few that nothing is read."""
    asked: float = chosen.timeout
    left: float = asked - (time.monotonic() - chosen.began)
    return max(round(left, 1), min(asked, _LEAST_SECONDS))


def _warn(known: Catalog, chosen: argparse.Namespace) -> None:
    """Own rules that were refused are missing in the answer; a rule that was to be off is not off."""
    in_files = [fault for fault in known.faults if not is_of_settings(fault)]
    for fault in known.faults:
        if is_of_settings(fault):
            sys.stderr.write(f"mlops: the setting rules.off: {terminal_line(fault.message)}.\n")
    if in_files:
        count = f"{len(in_files)} fault{'s' if len(in_files) > 1 else ''}"
        command = shlex.join(("mlops", "rules", "test", *config_options(chosen)))
        sys.stderr.write(f"mlops: {count} in your own rules; `{terminal_line(command)}` says where.\n")


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
        sys.stdout.write(_text(report, chosen, settings))


def _text(report: Report, chosen: argparse.Namespace, settings: Settings) -> str:
    from bot.render.terminal import render_terminal  # noqa: PLC0415 - same
    from bot.render.wording import is_page  # noqa: PLC0415 - same

    if is_page(report):
        return render_terminal(report, color=_color(chosen))
    shown = () if chosen.logs else telling(report)
    runbooks = settings.runbook_base_url
    text = render_terminal(replace(report, exhibits=shown), color=_color(chosen), runbooks=runbooks)
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
    read, them = (f"{count} logs were read", "them") if count > 1 else ("One log was read", "it")
    above = "; above is the end of what tells most" if shown else ""
    return f"\n  {read}{above}. --logs prints {them} in full.\n"
