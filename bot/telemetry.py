"""Structured logs: one line an event, with request id, and never with a secret in it."""

import logging
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.types import EventDict, Processor, WrappedLogger

Redact = Callable[[str], str]

QUIET = ("slack_sdk", "slack_bolt", "aiohttp", "kubernetes", "urllib3", "botocore", "boto3")
"""Libraries whose DEBUG lines print request and answer bodies; they never log below INFO."""

_HIDDEN = "[not shown: it could not be redacted]"


class LogSettings(Protocol):
    """The settings of the log; `telemetry` in the settings file."""

    @property
    def log_level(self) -> str:
        """DEBUG, INFO, WARNING or ERROR."""

    @property
    def log_format(self) -> str:
        """Format of a line: json or console."""


def new_request_id() -> str:
    """Begin a request: a fresh id, bound to every log line of this task and of the tasks it starts."""
    request_id = secrets.token_hex(6)
    clear_contextvars()
    bind_contextvars(request_id=request_id)
    return request_id


def bind_request(*, verb: str, cluster: str) -> None:
    """Add what is asked, once it is understood, to the log lines of this request."""
    bind_contextvars(verb=verb, cluster=cluster)


def configure_logging(settings: LogSettings, redact: Redact, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and the libraries', to `stream` in one format.

    All text of an event, its values and its traceback pass through `redact`; `stream` is standard error
    unless given.
    """
    shared = _processors(redact)
    handler = _Handler(stream or sys.stderr)
    handler.addFilter(_not_quiet)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings)],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            use_get_message=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _processors(redact: Redact) -> list[Processor]:
    return [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,  # before redaction: a traceback is text too
        _Redaction(redact),
    ]


def _renderer(settings: LogSettings) -> Processor:
    if settings.log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer()


class _Redaction:
    """Lets every text of an event pass through `redact`, however deep it lies."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {key: value if key in _META else self._clean(value) for key, value in event.items()}

    def _clean(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self._text(str(key)): self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in value]
        return self._text(value if isinstance(value, str) else _shown(value))

    def _text(self, text: str) -> str:
        try:
            return self._redact(text)
        except Exception:  # noqa: BLE001 - the outermost edge: what cannot be redacted is not shown
            return _HIDDEN


_META = frozenset({"_record", "_from_structlog", "timestamp", "level"})


def _shown(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode(errors="replace")
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - the outermost edge: a broken repr must not end the line
        return f"<{type(value).__name__}>"


def _not_quiet(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO or record.name.split(".")[0] not in QUIET


class _Handler(logging.StreamHandler[TextIO]):
    """Says that a line was lost, where the standard handler would print its arguments unredacted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        self.stream.write(
            f'{{"level": "error", "event": "a log line of {record.name} could not be written"}}\n'
        )
