"""The log as the process would write it, for a while."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from msgspec import Struct

from bot.telemetry import Redact, configure_logging

Lines = Callable[[], list[dict[str, object]]]


class LogAs(Struct, frozen=True):
    log_level: str = "INFO"
    log_format: str = "json"


@contextmanager
def captured_text(redact: Redact = str, settings: LogAs = LogAs()) -> Iterator[io.StringIO]:  # noqa: B008 - frozen
    """Configure the log to write into a text, and put everything back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    try:
        configure_logging(settings, redact, stream)
        yield stream
    finally:
        root.handlers, root.level = handlers, level
        logging.captureWarnings(capture=False)
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()


@contextmanager
def captured_log(redact: Redact = str, settings: LogAs = LogAs()) -> Iterator[Lines]:  # noqa: B008 - frozen
    """The lines written so far, read as JSON."""
    with captured_text(redact, settings) as stream:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
