"""What the Slack app is granted and subscribed to; `slack-manifest.yaml` says the same, as a test checks."""

from typing import Final

COMMAND: Final = "/mlops"

SCOPES: Final[dict[str, str]] = {
    "app_mentions:read": "hear `@mlops diagnose …` in channels and threads (event app_mention)",
    "channels:history": "find a digest again whose replica died while posting it (conversations.history)",
    "chat:write": "post progress and answers, and edit them (chat.postMessage, .postEphemeral, .update)",
    "commands": "offer the slash command",
    "files:write": "put long logs into the thread (files.getUploadURLExternal, files.completeUploadExternal)",
    "groups:history": "the same in private channels (conversations.history)",
    "im:history": "hear questions in direct messages (event message.im)",
    "usergroups:read": "know who is in an allowed user group (usergroups.users.list)",
}
"""Scopes of the bot token, each with what breaks without it."""

APP_SCOPES: Final[dict[str, str]] = {
    "connections:write": "open Socket Mode connections (apps.connections.open); not used in HTTP mode",
}
"""Scopes of the app-level token."""

EVENTS: Final[dict[str, str]] = {
    "app_mention": "a question in a channel or in a thread",
    "message.im": "a question in a direct message",
}
"""Bot events the code listens to."""
