"""What Slack refuses, as sentences; foreign errors of slack_sdk and aiohttp stop here."""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import BotError

log = logging.getLogger(__name__)


class SlackError(BotError):
    """Slack does not do what was asked.

    Attributes:
        code: Slack's own word ("not_in_channel").
    """

    def __init__(self, code: str, sentence: str, advice: str = "") -> None:
        super().__init__(sentence, advice)
        self.code = code


class PlaceClosedError(SlackError):
    """The bot cannot post in this conversation."""


class MissingScopeError(SlackError):
    """The app was not granted a scope.

    Attributes:
        needed: the scope as Slack names it ("files:write").
    """

    def __init__(self, needed: str) -> None:
        super().__init__(
            "missing_scope",
            f"The Slack app lacks the scope `{needed}`.",
            "A workspace admin adds it under OAuth & Permissions of the app and reinstalls the app.",
        )
        self.needed = needed


class TokenRefusedError(SlackError):
    """The bot's token does not work (any more)."""


class SlowDownError(SlackError):
    """Slack asks to slow down (429).

    Attributes:
        retry_after: seconds Slack asked to wait.
    """

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            "ratelimited",
            f"Slack asks the bot to slow down for {retry_after:g} s.",
            "Ask again in a minute.",
        )
        self.retry_after = retry_after


class BlocksRefusedError(SlackError):
    """Slack does not take the content of a message as it is drawn."""


class MessageGoneError(SlackError):
    """The message to edit was deleted, or may not be edited any more."""


class UrlExpiredError(SlackError):
    """A response_url was used five times, or is older than thirty minutes."""


class NoAnswerError(SlackError):
    """No answer from Slack; a message may or may not have been posted."""


_PLACE: Final = {
    "not_in_channel": (
        "I am not a member of this channel, so I cannot post here.",
        "Invite me with `/invite @mlops`, then everybody here sees the answers.",
    ),
    "channel_not_found": (
        "I cannot see this conversation: a private channel, or a direct message between others.",
        "In a private channel, invite me with `/invite @mlops`; elsewhere write to me directly.",
    ),
    "is_archived": ("This channel is archived.", "Ask in another channel, or write to me directly."),
    "restricted_action": (
        "The workspace does not allow apps to post in this channel.",
        "Ask in another channel, or write to me directly.",
    ),
}
_PLACE_ALIASES: Final = {
    "user_not_in_channel": "not_in_channel",
    "cannot_reply_to_message": "restricted_action",
    "restricted_action_read_only_channel": "restricted_action",
    "restricted_action_thread_only_channel": "restricted_action",
    "restricted_action_thread_locked": "restricted_action",
    "restricted_action_non_threadable_channel": "restricted_action",
}
_TOKEN: Final = {
    "invalid_auth": "Slack refuses the bot's token.",
    "not_authed": "The bot has no Slack token.",
    "token_revoked": "The bot's Slack token was revoked.",
    "token_expired": "The bot's Slack token has expired.",
    "account_inactive": "The bot's Slack account was deactivated, or the app was removed from the workspace.",
    "org_login_required": "The workspace is being moved to another organisation.",
}
_REINSTALL: Final = (
    "Whoever runs the bot reinstalls the Slack app and sets the new token; `mlops doctor` checks it."
)
_BLOCKS: Final = (
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "invalid_attachments",
    "invalid_payload",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
)
_GONE: Final = ("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found")
_EXPIRED: Final = ("used_url", "expired_url")
_SLOW: Final = ("ratelimited", "rate_limited", "message_limit_exceeded")
_SCOPE: Final = ("missing_scope", "no_permission", "not_allowed_token_type")


def fault_of(code: str, *, needed: str = "", retry_after: float = 1.0) -> SlackError:
    """The fault behind one of Slack's error codes."""
    code = _PLACE_ALIASES.get(code, code)
    if code in _SLOW:
        return SlowDownError(retry_after)
    if code in _SCOPE:
        return MissingScopeError(needed or "chat:write")
    kind, sentence, advice = _WORDS.get(code) or (SlackError, f"Slack answers `{code}`.", _DOCTOR)
    return kind(code, sentence, advice)


_DOCTOR: Final = "Ask again; if it stays so, run `mlops doctor`."
_WORDS: Final[Mapping[str, tuple[type[SlackError], str, str]]] = {
    **{code: (PlaceClosedError, *words) for code, words in _PLACE.items()},
    **{code: (TokenRefusedError, sentence, _REINSTALL) for code, sentence in _TOKEN.items()},
    **dict.fromkeys(_BLOCKS, (BlocksRefusedError, "Slack does not take this message.", _DOCTOR)),
    **dict.fromkeys(_GONE, (MessageGoneError, "The message is gone.", "Ask again.")),
    **dict.fromkeys(_EXPIRED, (UrlExpiredError, "This command can no longer be answered.", "Ask again.")),
}


@contextlib.contextmanager
def slack_faults() -> Iterator[None]:
    """Turn what slack_sdk and aiohttp raise inside into a SlackError."""
    try:
        yield
    except SlackApiError as error:
        raise _api_fault(error) from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise NoAnswerError(
            type(error).__name__, "Slack does not answer.", "Ask again in a minute."
        ) from error


def _api_fault(error: SlackApiError) -> SlackError:
    response: object = error.response
    answer = response.data if isinstance(response, AsyncSlackResponse) else None
    if not isinstance(answer, dict) or not isinstance(response, AsyncSlackResponse):
        return fault_of("no_answer")
    if answer.get("error") == "invalid_blocks":
        log.warning("slack refuses blocks: %s", answer.get("response_metadata"))
    waits = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "1")
    return fault_of(
        str(answer.get("error", "no_answer")),
        needed=str(answer.get("needed", "")),
        retry_after=_seconds(str(waits)),
    )


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 1.0
