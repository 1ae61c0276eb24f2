"""`mlops diagnose`: one question, asked and printed."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command, Defaults, Help, parse
from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY, UNREACHABLE, UNTOLD, USAGE
from bot.report import Report, Verdict
from bot.settings import Settings, load_settings
from bot.wiring.base import DEMO, DEMO_NAME, by_kubeconfig, catalog, clusters, defaults, recorded, terminal_corridor
from handlers import HANDLERS
from handlers.contract import NameAmbiguous, NameInvalid, QuestionError
from handlers.sources.errors import SourceError, TimedOut, Unauthorized, Unreachable

_EXIT = {Verdict.HEALTHY: HEALTHY, Verdict.DEGRADED: FAULTS, Verdict.BROKEN: FAULTS, Verdict.UNKNOWN: UNTOLD}
_AWAY = (Unreachable, TimedOut, Unauthorized)


def diagnose(chosen: argparse.Namespace, print_help: Callable[[], None]) -> int:
    """Ask, print, and return the exit code."""
    try:
        settings = load_settings(Path(chosen.config) if chosen.config else None, os.environ)
        command = _command(chosen, settings)
        if isinstance(command, Help):
            print_help()
            return HEALTHY
        report = asyncio.run(_ask(command, book_of(chosen, settings), settings))
    except (BotError, QuestionError, SourceError) as error:
        return refused(error, color=_color(chosen))
    _print(report, chosen, settings)
    return _EXIT[report.verdict]


def refused(error: BotError | QuestionError | SourceError, *, color: bool | None = None) -> int:
    """Say on stderr why there is no answer; returns the exit code."""
    from bot.render.terminal import render_refusal  # noqa: PLC0415 - drawing costs, and answers may need none

    sys.stderr.write(render_refusal(error, color=color))
    if isinstance(error, BotError | NameInvalid | NameAmbiguous):
        return USAGE
    return UNREACHABLE if isinstance(error, _AWAY) else UNTOLD


def book_of(chosen: argparse.Namespace, settings: Settings) -> ClusterBook:
    """The one cluster that flags name, or those of the settings."""
    if chosen.demo:
        return ClusterBook({DEMO_NAME: recorded(DEMO, DEMO_NAME)}, DEMO_NAME)
    if chosen.bundle:
        name = Path(chosen.bundle).name
        return ClusterBook({name: recorded(Path(chosen.bundle))}, name)
    if chosen.context or chosen.kubeconfig:
        name = chosen.context or "kubeconfig"
        return ClusterBook({name: by_kubeconfig(chosen.kubeconfig, chosen.context)}, name)
    return clusters(settings)


def _command(chosen: argparse.Namespace, settings: Settings) -> Command | Help:
    known = defaults(settings, "")
    if chosen.demo or chosen.bundle or chosen.context or chosen.kubeconfig:
        known = Defaults()
    words = list(chosen.words) if chosen.as_typed else ["diagnose", *chosen.words]
    words += ["-n", chosen.namespace] if chosen.namespace else []
    words += ["--cluster", chosen.cluster] if chosen.cluster else []
    command = parse(" ".join(words), TERMINAL, known, HANDLERS)
    if isinstance(command, Help):
        return command
    return msgspec.structs.replace(command, question=msgspec.structs.replace(command.question, deadline=chosen.timeout))


async def _ask(command: Command, book: ClusterBook, settings: Settings) -> Report:
    line = _ProgressLine(sys.stderr.isatty())
    try:
        return await terminal_corridor(book, catalog(settings)).ask(command, line.told)
    finally:
        line.end()
        await book.close()


class _ProgressLine:
    """What has been read so far, on one line of a terminal that is wiped before the answer."""

    def __init__(self, shown: bool) -> None:  # noqa: FBT001 - the only thing there is to say
        self._shown = shown
        self._done: list[str] = []

    async def told(self, what: str) -> None:
        """Add one source."""
        self._done.append(what)
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{' '.join(f'{done} ✓' for done in self._done)[-100:]}")
            sys.stderr.flush()

    def end(self) -> None:
        """Wipe the line."""
        if self._shown and self._done:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _color(chosen: argparse.Namespace) -> bool | None:
    return {"always": True, "never": False}.get(chosen.color)


def _print(report: Report, chosen: argparse.Namespace, settings: Settings) -> None:
    if chosen.output == "json":
        from bot.render.envelope import render_json  # noqa: PLC0415 - only what is asked for is imported

        sys.stdout.write(render_json(report) + "\n")
    elif chosen.output == "markdown":
        from bot.render.markdown import render_markdown  # noqa: PLC0415 - same

        sys.stdout.write(render_markdown(report, settings.runbook_base_url) + "\n")
    else:
        from bot.render.terminal import render_terminal  # noqa: PLC0415 - same

        sys.stdout.write(render_terminal(report, color=_color(chosen)))


