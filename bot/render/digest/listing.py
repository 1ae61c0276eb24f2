"""What follows a digest in its thread: every cause in a table and in a file, and all that was not read."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bot.changes import Change, Digest, Entry, Gone
from bot.render.clamp import finish, paginate
from bot.render.digest import words
from bot.render.door import file_name, say, utc
from bot.render.findings import Drawn
from bot.render.limits import THREAD_MESSAGES
from bot.render.message import SlackFile, SlackMessage
from bot.render.nouns import object_words
from bot.render.tables import csv_file, slack_table
from handlers.contract import Row, Table

_SHOWN: Final = ("change", "severity", "age", "subject", "owner", "rule", "cause")
_COLUMNS: Final = (
    "change",
    "severity",
    "severity before",
    "since",
    "age",
    "objects",
    "kind",
    "namespace",
    "name",
    "summary",
    "owner",
    "rule",
    "fingerprint",
    "last seen before",
    "snoozed until",
    "why not looked for",
)


def full_list(digest: Digest, gaps: int) -> tuple[tuple[SlackMessage, ...], tuple[SlackFile, ...]]:
    """Draw the thread of a digest: all open causes in a table, and everything in a file.

    Args:
        digest: plain text, neither redacted nor escaped.
        gaps: how many sources that were not read the message itself has named.
    """
    listed = slack_table(shown_table(digest)) if digest.entries else Drawn()
    missing = _gaps(digest) if len(digest.gaps) > gaps else Drawn()
    pages = paginate((*listed.blocks, *missing.blocks))[:THREAD_MESSAGES]
    text = say(f"The whole list: {words.headline(digest)}", 300)
    return tuple(finish(text, page) for page in pages), (digest_csv(digest), *missing.files)


def digest_csv(digest: Digest) -> SlackFile:
    """Every cause in a file that spreadsheets open: open, resolved, and not looked for."""
    rows = (*(_entry(entry, digest) for entry in digest.entries), *_gone(digest))
    table = Table(title="Every cause of the digest", columns=_COLUMNS, rows=tuple(map(Row, rows)))
    return replace(csv_file(table), filename=_name(digest, ".csv"))


def shown_table(digest: Digest, start: int = 0) -> Table:
    """The open causes as a table to read; those before `start` are told elsewhere."""
    rows = tuple(Row(_shown(entry, digest)) for entry in digest.entries[start:])
    title, note = ("More open causes", "") if start else ("Open causes", f"{len(rows):,} in all")
    return Table(title=title, columns=_SHOWN, rows=rows, note=note)


def change_words(entry: Entry, digest: Digest) -> str:
    """How a cause stands against the last digest, in a word."""
    if entry.snoozed_until is not None:
        return "snoozed"
    tag = words.tag(entry, digest).lower()
    return tag or ("open" if entry.change is Change.NEW else str(entry.change))


def _shown(entry: Entry, digest: Digest) -> tuple[str, ...]:
    found = entry.finding
    owner = object_words(found.owner) if found.owner and found.owner != found.subject else ""
    age = words.age(entry.since, digest) or "-"
    begin = (change_words(entry, digest), words.severity_words(entry), age)
    return (*begin, object_words(found.subject), owner, found.rule, found.summary)


def _entry(entry: Entry, digest: Digest) -> tuple[str, ...]:
    found = entry.finding
    return (
        change_words(entry, digest),
        str(entry.severity),
        str(entry.severity_then or ""),
        _time(entry.since),
        words.age(entry.since, digest),
        str(entry.affected),
        found.subject.kind,
        found.subject.namespace,
        found.subject.name,
        found.summary,
        object_words(found.owner) if found.owner else "",
        found.rule,
        found.fingerprint,
        _time(entry.came_back),
        _time(entry.snoozed_until),
        "",
    )


def _gone(digest: Digest) -> list[tuple[str, ...]]:
    resolved = [_past(gone, "resolved", digest) for gone in digest.resolved]
    return resolved + [_past(gone, "not looked for", digest) for gone in digest.unseen]


def _past(gone: Gone, change: str, digest: Digest) -> tuple[str, ...]:
    ref, age = gone.subject, words.age(gone.since, digest)
    begin = (change, str(gone.severity), "", _time(gone.since), age, "")
    return (
        *begin,
        ref.kind,
        ref.namespace,
        ref.name,
        gone.summary,
        "",
        gone.rule,
        gone.fingerprint,
        "",
        "",
        gone.why,
    )


def _gaps(digest: Digest) -> Drawn:
    rows = tuple(Row((gap.source, gap.reason)) for gap in digest.gaps)
    table = Table(title="Not read", columns=("source", "why"), rows=rows, note=f"{len(rows):,} in all")
    drawn = slack_table(table)
    return Drawn(
        drawn.blocks, tuple(replace(f, filename=_name(digest, "_not_read.csv")) for f in drawn.files)
    )


def _name(digest: Digest, end: str) -> str:
    return file_name(f"digest_{words.cluster(digest)}_{utc(digest.report.as_of):%Y-%m-%d}")[:100] + end


def _time(at: datetime | None) -> str:
    return f"{utc(at):%Y-%m-%d %H:%M} UTC" if at else ""
