"""A file that an option of a question names: JSON, and not too much of it."""

from pathlib import Path
from typing import Final

import msgspec

from bot.errors import UsageError

LARGEST: Final = 10_000_000
"""Bytes of a file; a request to a model or a plan of Terraform is far smaller."""


def read_json_file(option: str, path: str) -> str:
    """The content of a file of JSON.

    Raises:
        UsageError: it cannot be read, is too large, or is not JSON.
    """
    named = f"--{option} {path}"
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"The file of {named} cannot be read: {error.strerror or error}.", "Name a file that holds JSON."
        ) from error
    except ValueError as error:  # a null character in the path
        raise UsageError(f"--{option} names no file.", "Name a file that holds JSON.") from error
    if len(content) > LARGEST:
        raise UsageError(
            f"The file of {named} is larger than {LARGEST // 1_000_000} MB.", "Name a smaller one."
        )
    try:
        msgspec.json.decode(content)
        return content.decode("utf-8-sig")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The file of {named} is not JSON: {error}.", "Mend it, then ask again.") from error
