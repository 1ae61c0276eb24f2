"""`mlops digest`: the digest of a cluster or of a saved bundle, against an earlier bundle, without Slack."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.changes import Digest, Past, Scope, Told
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.digest.compare import compare, told_of
from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY, UNTOLD
from bot.render.digest.envelope import render_digest_json
from bot.render.digest.markdown import render_digest_markdown, render_hygiene_markdown
from bot.render.terminal import render_digest_text, render_hygiene_text
from bot.report import Report, Verdict
from bot.settings import Settings
from bot.verbs.asking import book_of, read_settings, refused, silent
from bot.verbs.progress_line import ProgressLine
from bot.wiring.base import catalog, recorded, terminal_corridor
from handlers.contract import Question, QuestionError
from handlers.digest import DIGEST
from handlers.names import check_namespace
from handlers.sources.errors import SourceError
from rules.finding import Severity
from rules.rule import Catalog

_EXIT = {Verdict.HEALTHY: HEALTHY, Verdict.DEGRADED: FAULTS, Verdict.BROKEN: FAULTS, Verdict.UNKNOWN: UNTOLD}
PREVIOUS = "previous"


def digest(chosen: argparse.Namespace) -> int:
    """Look, compare, print, and return the exit code of a question."""
    try:
        settings, scope = read_settings(chosen), scope_of(chosen)
        made = asyncio.run(_made(chosen, settings, scope))
    except (BotError, QuestionError, SourceError) as error:
        return refused(error, color=_color(chosen))
    _print(made, chosen, settings)
    return _EXIT[made.verdict]


def scope_of(chosen: argparse.Namespace) -> Scope:
    """What the options limit the digest to. Raises NameInvalid."""
    namespaces = _listed((*chosen.namespaces, chosen.namespace))
    for namespace in namespaces:
        check_namespace(namespace)
    return Scope(namespaces=namespaces, min_severity=Severity(chosen.min_severity))


def _listed(said: Sequence[str]) -> tuple[str, ...]:
    parts = (part.strip() for text in said for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


async def _made(chosen: argparse.Namespace, settings: Settings, scope: Scope) -> Digest:
    """Read both sides one after the other; the earlier one first, so that a bad path is said at once."""
    line = ProgressLine(sys.stderr)
    try:
        rules = catalog(settings)
        told = await _told(chosen, rules, scope) if chosen.previous else None
        book = book_of(chosen, settings, chosen.cluster)
        report = await _look(book, rules, chosen, line)
    finally:
        line.end()
    return compare(report, scope, Past(told=told), notes=_notes(report, told))


async def _told(chosen: argparse.Namespace, rules: Catalog, scope: Scope) -> Told:
    path = Path(chosen.previous)
    before = await _look(ClusterBook({PREVIOUS: recorded(path)}, PREVIOUS), rules, chosen, None)
    return told_of(compare(before, scope, Past()))


async def _look(
    book: ClusterBook, rules: Catalog, chosen: argparse.Namespace, line: ProgressLine | None
) -> Report:
    options = {"hygiene": "yes"} if chosen.hygiene else {}
    question = Question(name="", deadline=chosen.timeout, options=options)
    command = Command(handler=DIGEST, question=question, asker=TERMINAL)
    try:
        return await terminal_corridor(book, rules).ask(command, line.told if line else silent)
    finally:
        await book.close()


def _notes(report: Report, told: Told | None) -> tuple[str, ...]:
    if told is not None and told.at >= report.as_of:
        return ("the previous bundle is not older than this one: what is new and what is gone are swapped",)
    return ()


def _color(chosen: argparse.Namespace) -> bool | None:
    return {"always": True, "never": False}.get(chosen.color)


def _print(made: Digest, chosen: argparse.Namespace, settings: Settings) -> None:
    runbooks = settings.runbook_base_url
    if chosen.output == "json":
        sys.stdout.buffer.write(render_digest_json(made).encode())
    elif chosen.output == "markdown":
        sys.stdout.write(render_digest_markdown(made, runbooks))
        sys.stdout.write(render_hygiene_markdown(made))
    else:
        sys.stdout.write(render_digest_text(made, color=_color(chosen), runbooks=runbooks))
        sys.stdout.write(render_hygiene_text(made, color=_color(chosen)))
