"""The figures beside the causes: who uses most, and what the cluster complained about."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from handlers.contract import Evidence, Gap, Handler, Progress, Question, QuestionError, Sources, Table
from handlers.events import EVENTS
from handlers.sources.errors import SourceError
from handlers.top import TOP_NODES, TOP_PODS

ROWS = 10
"""Rows of each table; `mlops top` and `mlops events` show more."""
ASKED: tuple[tuple[Handler, str], ...] = (
    (TOP_NODES, "mlops top nodes"),
    (TOP_PODS, "mlops top pods"),
    (EVENTS, "mlops events"),
)


async def figures(
    question: Question, sources: Sources, progress: Progress
) -> tuple[tuple[Table, ...], tuple[Gap, ...]]:
    """Ask what `top` and `events` ask, of the same lists; one that fails is a gap."""
    asked = [pair for pair in ASKED if pair[0].namespaced or not question.namespace]
    answers = await asyncio.gather(*(_ask(handler, question, sources, progress) for handler, _ in asked))
    tables = tuple(
        _shortened(table, command)
        for (_, command), answer in zip(asked, answers, strict=True)
        if isinstance(answer, Evidence)
        for table in answer.tables
    )
    return tables, tuple(dict.fromkeys(gap for answer in answers for gap in _gaps(answer)))


async def _ask(handler: Handler, question: Question, sources: Sources, progress: Progress) -> Evidence | Gap:
    asked = Question(name="", namespace=question.namespace, deadline=question.deadline)
    try:
        return await handler.gather(asked, sources, progress)
    except (QuestionError, SourceError) as error:
        return Gap(f"{handler.verb} {handler.subject}".strip(), str(error))


def _gaps(answer: Evidence | Gap) -> Sequence[Gap]:
    return answer.gaps if isinstance(answer, Evidence) else (answer,)


def _shortened(table: Table, command: str) -> Table:
    rest = len(table.rows) - ROWS
    note = f"the first {ROWS}; `{command}` shows more" if rest > 0 else table.note
    return replace(table, rows=table.rows[:ROWS], note=note)
