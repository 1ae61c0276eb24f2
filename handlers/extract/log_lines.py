"""One log text into lines: level, message, embedded stack, and whether it is an access-log line.

Understands JSON, logfmt, klog and the usual plain formats; what it does not understand stays a plain line.
"""

import re
from datetime import datetime
from enum import IntEnum

from msgspec import Struct

from handlers.extract.log_access import Access, access_of_fields, access_of_text
from handlers.extract.log_fields import Fields, fields_of_json, fields_of_logfmt, sentence_of_klog
from handlers.extract.log_times import time_of_text, time_of_value

_LONGEST = 16_384
_NOISE = re.compile(
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\-_])"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f]"
)
_PREFIX = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?"
)
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d[^\]]{0,200}\] ?")
_LEVEL = re.compile(
    r"(?<![\w/.\-\"'=])(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|CRITICAL|CRIT|FATAL|EMERG|PANIC"
    r"|TRC|DBG|INF|WRN|ERR|FTL|PNC)(?![\w/.\-=\"'(])"
    r"|[\[\t<](trace|debug|info|notice|warn(?:ing)?|error|crit(?:ical)?|alert|emerg|fatal|panic)(?=[\]\t>])"
)
_OPENING = re.compile(
    r"^(?:npm )?(error|err!|fatal error|fatal|panic|critical|warning)(?:\[\w+\])?\s?[:!]", re.IGNORECASE
)
_AFTER_LEVEL = " \t:-|]>"


class Level(IntEnum):
    """How loud a line is; NONE when it names no level."""

    NONE = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    FATAL = 5


_LEVELS = {
    **dict.fromkeys(("trace", "trc", "debug", "dbg", "d"), Level.DEBUG),
    **dict.fromkeys(("info", "inf", "notice", "information", "i", "default"), Level.INFO),
    **dict.fromkeys(("warn", "warning", "wrn", "w"), Level.WARNING),
    **dict.fromkeys(("error", "err", "err!", "severe", "e"), Level.ERROR),
    **dict.fromkeys(
        ("critical", "crit", "fatal", "fatal error", "ftl", "emerg", "emergency", "alert"), Level.FATAL
    ),
    **dict.fromkeys(("panic", "dpanic", "pnc", "f"), Level.FATAL),
}
_PINO = ((60, Level.FATAL), (50, Level.ERROR), (40, Level.WARNING), (30, Level.INFO), (1, Level.DEBUG))


class LogLine(Struct, frozen=True):
    """One line.

    Attributes:
        number: from 1.
        text: the line as read, without control characters; `body` leaves out the runtime's own timestamp.
        message: what it says without its header; one line.
        pieces: further lines that a field of it holds (a stack).
        hint: fields that name the other side (`upstream=…`), for finding a target.
        stamp: the field that holds its time; None to read it from the text.
    """

    number: int
    text: str
    level: Level
    message: str
    access: Access | None = None
    pieces: tuple[str, ...] = ()
    hint: str = ""
    stamp: object = None
    headed: bool = True

    @property
    def body(self) -> str:
        """The text behind the timestamp that the container runtime or `--timestamps` put before it."""
        prefix = _PREFIX.match(self.text) if self.text[:2] == "20" else None
        return self.text[prefix.end() :] if prefix else self.text

    @property
    def quiet(self) -> bool:
        """Whether it claims nothing wrong: an access line, or below WARNING by its own level."""
        return self.access is not None or self.level in {Level.DEBUG, Level.INFO}

    def time(self, now: datetime) -> datetime | None:
        """When it was written, by its own timestamp."""
        own = time_of_value(self.stamp, now) if self.stamp is not None else None
        return own or time_of_text(self.text, now)


def clean(text: str) -> str:
    """The text without colours, NULs and other control characters, with plain line ends."""
    text = text.replace("\r\n", "\n")
    return _NOISE.sub("", text)


def split_lines(text: str) -> list[str]:
    """Lines as `kubectl logs` counts them; of a line redrawn with carriage returns, its last state."""
    lines = clean(text).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_shorten(line if "\r" not in line else line.rstrip("\r").rpartition("\r")[2]) for line in lines]


def parse_line(number: int, text: str) -> LogLine:
    """Understand one line."""
    body = text
    if text[:2] == "20" and (prefix := _PREFIX.match(text)):
        body = text[prefix.end() :]
    if body[:1] == "{" and (fields := fields_of_json(body)):
        return _structured(number, text, fields)
    if ("level=" in body or "lvl=" in body) and (fields := fields_of_logfmt(body)):
        return _structured(number, text, fields)
    if klog := _KLOG.match(body):
        return LogLine(number, text, _LEVELS[klog[1].lower()], sentence_of_klog(body[klog.end() :]))
    return _plain(number, text, body)


def level_of(value: object) -> Level:
    """Level of a word ("warn") or of a number as Bunyan and Pino write it (50)."""
    if isinstance(value, str):
        return _LEVELS.get(value.strip().lower(), Level.NONE)
    if isinstance(value, int) and not isinstance(value, bool):
        return next((level for floor, level in _PINO if value >= floor), Level.NONE)
    return Level.NONE


def _structured(number: int, text: str, fields: Fields) -> LogLine:
    level = level_of(fields.level)
    access = access_of_text(fields.message)
    if access is None and level < Level.ERROR and not fields.error:
        access = access_of_fields(fields.values)
    return LogLine(number, text, level, fields.sentence, access, fields.pieces, fields.hint, fields.stamp)


def _plain(number: int, text: str, body: str) -> LogLine:
    access = access_of_text(body)
    found = _LEVEL.search(body, 0, 140)
    if found:
        level = _LEVELS[(found[1] or found[2]).lower()]
        return LogLine(number, text, level, body[found.end() :].lstrip(_AFTER_LEVEL).rstrip(), access)
    if opening := _OPENING.match(body):
        return LogLine(number, text, _LEVELS[opening[1].lower()], body.rstrip(), access)
    headed = access is not None or body[:2] == "20"
    return LogLine(number, text, Level.NONE, body.strip(), access, headed=headed)


def _shorten(line: str) -> str:
    if len(line) <= _LONGEST:
        return line
    half = _LONGEST // 2
    return f"{line[:half]} … {line[-half:]}"
