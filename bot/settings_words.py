"""The words settings are made of: what a value may look like, and the sentence when it does not."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def like(pattern: str, hint: str) -> AfterValidator:
    """Text that matches a pattern whole; `hint` says how it must look."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(hint)
        return value

    return AfterValidator(check)


def starts(prefix: str) -> AfterValidator:
    """A token that begins with its kind."""

    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"is not a token of this kind: it must begin with {prefix}")
        return value

    return AfterValidator(check)


def redis_address(value: SecretStr | None) -> SecretStr | None:
    """A URL whose host and port can be read."""
    try:
        urlsplit(value.get_secret_value() if value else "").port  # noqa: B018 - reading it checks it
    except ValueError:
        raise ValueError(_REDIS_FAULT) from None  # the foreign error repeats parts of the URL
    return value


def upper_keys(value: object) -> object:
    """Keys in upper case."""
    # Variable names in the environment arrive in lower case; channel ids are upper case.
    return {str(key).upper(): item for key, item in value.items()} if isinstance(value, dict) else value


def listed(value: object) -> object:
    """A list, also where it is written with commas."""
    # In the environment a list is written with commas.
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def expanded(path: Path | None) -> Path | None:
    """A path whose ~ is the home folder."""
    return path.expanduser() if path else None


_REDIS_FAULT = (
    "its host or port cannot be read: the port must be a number up to 65535, and / ? # @ in a "
    "password must be percent-encoded"
)
_ID = r"(?=.*\d)[A-Z0-9]+"
UserId = Annotated[str, like(f"[UW]{_ID}", "must be a Slack user id such as U012AB3CD, not a name")]
GroupId = Annotated[str, like(f"S{_ID}", "must be a Slack user group id such as S012AB3CD, not a name")]
MentionId = Annotated[
    str,
    like(f"[UWS]{_ID}", "must be a Slack user or user group id such as U012AB3CD, not a name"),
]
ChannelId = Annotated[str, like(f"[CGD]{_ID}", "must be a channel id such as C012AB3CD, not a name")]
Place = Annotated[str, like(f"[CG]{_ID}|dm", 'must be a channel id such as C012AB3CD, or "dm"')]
Limit = Annotated[
    str,
    like(
        r"[1-9]\d{0,5} ?/ ?([1-9]\d{0,3} ?)?(second|minute|hour|day)s?",
        "must be a number per time such as 20/minute or 100/2 hours",
    ),
]
Port = Annotated[int, Field(ge=0, le=65535)]
Url = Annotated[str, like(r"(https?://\S+)?", "must begin with https:// or http://")]
File = Annotated[Path | None, AfterValidator(expanded)]


class Section(BaseModel):
    """A part of the settings; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
