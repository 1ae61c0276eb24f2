"""Slack: tokens, scopes, Socket Mode, clock."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime

from bot.doctor.clocks import compared
from bot.doctor.finding import Finding, Mark, beside
from bot.errors import BotError
from bot.settings import Settings, require_slack
from bot.settings_model import SlackMode
from bot.slack.clients import Clients
from bot.slack.faults import SlackError, slack_faults
from bot.slack.identity import who_am_i
from bot.slack.scopes import SCOPES


def _utc() -> datetime:
    return datetime.now(UTC)


async def check_slack(
    settings: Settings, clients: Clients, *, clock: Callable[[], datetime] = _utc
) -> AsyncIterator[Finding]:
    """The tokens are accepted, every scope is granted, and this machine's clock is Slack's."""
    try:
        require_slack(settings)
    except BotError as error:
        yield Finding(Mark.MISSING, f"slack: {error.sentence}", error.advice)
        return
    try:
        identity = await who_am_i(clients.ask)
    except SlackError as error:
        yield Finding(Mark.MISSING, f"slack: {error.sentence}", beside(error.advice))
        return
    yield Finding(Mark.FINE, f"slack: {identity.team_name}, as user {identity.user}")
    if identity.at is not None:
        yield compared("Slack", identity.at, clock())
    for finding in _scopes(identity.scopes, settings):
        yield finding
    async for finding in _socket(settings, clients):
        yield finding


def _scopes(granted: frozenset[str], settings: Settings) -> Iterable[Finding]:
    needed = {
        scope: why for scope, why in SCOPES.items() if scope != "usergroups:read" or settings.access.groups
    }
    lacking = [scope for scope in needed if scope not in granted]
    yield Finding(
        Mark.FINE if not lacking else Mark.MISSING,
        f"slack: {len(needed) - len(lacking)} of {len(needed)} scopes granted",
    )
    for scope in lacking:
        yield Finding(
            Mark.MISSING,
            f"slack: scope {scope} is missing",
            f"Add it under OAuth & Permissions and reinstall the app: {needed[scope]}.",
        )


async def _socket(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    token = settings.slack.app_token
    if settings.slack.mode is not SlackMode.SOCKET or token is None:
        return
    try:
        with slack_faults():
            await clients.ask.apps_connections_open(app_token=token.get_secret_value())
    except SlackError as error:
        yield Finding(
            Mark.MISSING, f"slack: no Socket Mode connection: {error.sentence}", beside(error.advice)
        )
    else:
        yield Finding(Mark.FINE, "slack: Socket Mode opens")
