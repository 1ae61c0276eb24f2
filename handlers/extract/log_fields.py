"""Structured log lines: the fields of a JSON or logfmt line, by the many names loggers give them."""

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "Level")
_MESSAGE_KEYS = ("message", "msg", "event", "@message", "log", "Message", "text")
_TIME_KEYS = ("timestamp", "time", "ts", "@timestamp", "asctime", "datetime", "date", "t", "eventTime")
_ERROR_KEYS = (
    "error",
    "err",
    "exc",
    "exception",
    "exc_info",
    "error.message",
    "errorMessage",
    "cause",
    "reason",
)
_STACK_KEYS = (
    "stack",
    "stack_trace",
    "stacktrace",
    "traceback",
    "error.stack",
    "error.stack_trace",
    "errorVerbose",
)
_SIDE_KEYS = (
    "upstream",
    "host",
    "hostname",
    "target",
    "address",
    "addr",
    "url",
    "endpoint",
    "server",
    "peer",
    "broker",
)
_PAIR = re.compile(r"(?:^|\s)([A-Za-z_][\w.\-]{0,60})=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s\"']*)")
_KLOG_MESSAGE = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_KLOG_ERROR = re.compile(r" err(?:or)?=\"((?:[^\"\\]|\\.)*)\"")
_NOTHING = frozenset({"", "<nil>", "nil", "null", "none", "false", "no error", "0", "ok"})


class Fields(Struct, frozen=True):
    """The fields that matter of one structured line; `values` holds all of them."""

    values: Mapping[str, object]
    level: object
    message: str
    error: str
    pieces: tuple[str, ...]
    hint: str
    stamp: object

    @property
    def sentence(self) -> str:
        """Message and error in one line."""
        if self.error and self.error not in self.message:
            return f"{self.message}: {self.error}" if self.message else self.error
        return self.message


def fields_of_json(text: str) -> Fields | None:
    """Fields of a JSON object; None when it is not one. A container engine's wrapper is opened."""
    try:
        values = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return _fields(values)


def fields_of_logfmt(text: str) -> Fields | None:
    """Fields of a logfmt line; None when it names no level."""
    values: dict[str, object] = {key: _unquote(value) for key, value in _PAIR.findall(text)}
    return _fields(values) if _first(values, _LEVEL_KEYS) is not None else None


def sentence_of_klog(text: str) -> str:
    """Message and error of a structured klog line in one line; any other text as it is."""
    said = _KLOG_MESSAGE.match(text)
    if said is None:
        return text
    error = _KLOG_ERROR.search(text)
    parts = (said[1], error[1]) if error else (said[1],)
    return ": ".join(part.replace('\\"', '"') for part in parts)


def _fields(values: Mapping[str, object]) -> Fields:
    message = _words(_first(values, _MESSAGE_KEYS))
    error = _words(_first(values, _ERROR_KEYS))
    stack = _words(_first(values, _STACK_KEYS))
    head, *more = message.split("\n")
    error_lines = [line for line in error.split("\n") if line.strip()]
    return Fields(
        values=values,
        level=_first(values, _LEVEL_KEYS),
        message=head.strip(),
        error=error_lines[-1 if _is_python(error_lines) else 0].strip() if error_lines else "",
        pieces=tuple(_embedded(more, error_lines, stack)),
        hint=" ".join(f"{key}={values[key]}" for key in _SIDE_KEYS if isinstance(values.get(key), str)),
        stamp=_first(values, _TIME_KEYS),
    )


def _embedded(message: list[str], error: list[str], stack: str) -> Iterable[str]:
    yield from message
    if len(error) > 1:
        yield from error
    if stack:
        yield from stack.split("\n")


def _is_python(lines: list[str]) -> bool:
    return bool(lines) and lines[0].startswith("Traceback (")


def _first(values: Mapping[str, object], keys: Iterable[str]) -> object:
    return next((values[key] for key in keys if values.get(key) not in (None, "")), None)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        kind = _first(value, ("type", "name", "kind"))
        said = _first(value, ("message", "msg", "stack", "detail"))
        return ": ".join(str(part) for part in (kind, said) if part is not None)
    if value is None or isinstance(value, bool) or str(value).strip().lower() in _NOTHING:
        return ""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _unquote(value: str) -> str:
    if value[:1] == '"':
        return value[1:-1].replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
    return value[1:-1] if value[:1] == "'" else value
