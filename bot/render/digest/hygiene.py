"""The weekly message about hygiene: what is not wrong yet, apart from the digest."""

from typing import Final

from msgspec.structs import replace

from bot.changes import Digest
from bot.render.clamp import finish, paginate
from bot.render.digest import words
from bot.render.door import file_name, join, moment, own, say, utc
from bot.render.elements import context, section
from bot.render.limits import THREAD_MESSAGES
from bot.render.message import SlackAnswer
from bot.render.nouns import counted
from bot.render.tables import csv_file, slack_table
from handlers.contract import Table

TITLE: Final = "Hygiene"
"""Title of the table that handlers fill."""


def hygiene_message(digest: Digest) -> SlackAnswer | None:
    """Draw what could be tidied up; None where there is nothing."""
    table = hygiene_table(digest)
    if table is None:
        return None
    line = say(
        f"🧹 {words.cluster(digest)}, once a week: {counted(len(table.rows), 'place')} to tidy up", 300
    )
    place = (say(" · ".join(words.scope_pieces(digest)), 300), own("checked ") + moment(digest.report.as_of))
    blocks = (section(line), context(join(" · ", place)), *slack_table(table).blocks)
    first, *rest = [finish(line, page) for page in paginate(blocks)]
    day = f"{utc(digest.report.as_of):%Y-%m-%d}"
    file = replace(
        csv_file(table), filename=file_name(f"hygiene_{words.cluster(digest)}_{day}")[:100] + ".csv"
    )
    return SlackAnswer(first, tuple(rest[:THREAD_MESSAGES]), (file,))


def hygiene_table(digest: Digest) -> Table | None:
    """What could be tidied up; None where there is nothing."""
    tables = (_limited(table, digest) for table in digest.report.tables if table.title == TITLE)
    return next((table for table in tables if table.rows), None)


def _limited(table: Table, digest: Digest) -> Table:
    """The places in the digest's namespaces; what a row is about says where it is."""
    if not digest.namespaces:
        return table
    kept = [row for row in table.rows if any(ref.namespace in digest.namespaces for ref in row.about)]
    return replace(table, rows=tuple(kept), note="")
