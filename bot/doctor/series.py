"""The Prometheus of each cluster that has one."""

from collections.abc import AsyncIterator

from bot.clusters import ClusterBook
from bot.doctor.finding import Finding, Mark, beside
from handlers.sources.errors import SourceError


async def check_series(book: ClusterBook) -> AsyncIterator[Finding]:
    """The Prometheus of each cluster that has one: it answers a query."""
    for name in book.names:
        series = book.beside(name).series
        if series is None:
            continue
        try:
            await series.query("vector(1)")
        except SourceError as error:
            yield Finding(Mark.MISSING, f"prometheus of {name}: {error.why}", beside(error.advice))
        else:
            yield Finding(Mark.FINE, f"prometheus of {name}: answers")
