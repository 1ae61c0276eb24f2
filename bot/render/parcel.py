"""A Report as bytes for other replicas: redacted before it is written, for Redis is a place text goes out to."""

from typing import Any

import msgspec

from bot.render.redact import redact_text
from bot.report import Report


def pack(report: Report) -> bytes:
    """Encode a report with every secret taken out."""
    return msgspec.msgpack.encode(_redacted(msgspec.to_builtins(report)))


def unpack(data: bytes) -> Report:
    """Decode a report. Raises msgspec.MsgspecError for bytes of another version."""
    return msgspec.msgpack.decode(data, type=Report)


def _redacted(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value
