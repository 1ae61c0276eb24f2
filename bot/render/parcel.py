"""A Report without its secrets, and as bytes for other replicas: Redis is a place text goes out to."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bot.render.redact import redact
from bot.report import Report

S = TypeVar("S", bound=Struct)


def pack(report: Report) -> bytes:
    """Encode a report with every secret taken out."""
    return msgspec.msgpack.encode(without_secrets(report))


def unpack(data: bytes) -> Report:
    """Decode a report. Raises msgspec.MsgspecError for bytes of another version."""
    return msgspec.msgpack.decode(data, type=Report)


def without_secrets(value: S) -> S:
    """The same value with every secret taken out of every text in it."""
    return _Cleaner().struct(value)


def secrets_in(value: Struct) -> int:
    """How many secrets the texts of a value hold."""
    cleaner = _Cleaner()
    cleaner.struct(value)
    return cleaner.count


class _Cleaner:
    """Goes through a value and counts the secrets it takes out."""

    def __init__(self) -> None:
        self.count = 0

    def struct(self, value: S) -> S:
        fields = {name: self._clean(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)

    def _clean(self, value: Any) -> Any:  # noqa: ANN401 - fields of any type
        if type(value) is str:  # members of a StrEnum are words of our own
            redacted = redact(value)
            self.count += redacted.count
            return redacted.text
        if isinstance(value, Struct):
            return self.struct(value)
        if isinstance(value, dict):
            return {self._clean(key): self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | frozenset):
            return type(value)(self._clean(item) for item in value)
        return value
