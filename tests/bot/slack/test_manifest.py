"""The manifest that people install says what the code needs, no more and no less."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.slack.clients import Clients
from bot.slack.faults import MissingScopeError
from bot.slack.found import find_message
from bot.slack.reply import Sent
from bot.slack.scopes import COMMAND, EVENTS, SCOPES
from tests.bot.slack.harness import LOG, MadeUpCorridor, broken, last
from tests.fakes.slack import Slack
from tests.fakes.slack.web_api import METHOD_SCOPES

MANIFEST = Path(__file__).parents[3] / "slack-manifest.yaml"


@pytest.fixture
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return read


def test_scopes(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}


def test_events(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)


def test_command_buttons_and_socket_mode(manifest: dict[str, Any]) -> None:
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [COMMAND]
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_direct_messages_can_be_written(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False


def test_texts_keep_to_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000


@pytest.mark.usefixtures("app")
async def test_the_declared_scopes_are_enough_and_each_is_used(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    slack.workspace.scopes = set(SCOPES)
    slack.workspace.channel("C3").private = True
    corridor.look = broken()
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    await slack.person("U1").clicks(answer, "Logs")
    await slack.until(lambda: len(slack.files) == 2)
    assert slack.files[0].filename == LOG.filename
    await _looked_for_a_digest(slack, "C1", "channels:history")
    await _looked_for_a_digest(slack, "C3", "groups:history")
    used = {METHOD_SCOPES[call.method] for call in slack.workspace.calls if call.method in METHOD_SCOPES}
    used.add("groups:history")
    heard = {"commands", "app_mentions:read", "im:history"}
    heard |= {"channels:history", "groups:history"}  # where a digest is found again
    assert used | heard | {"usergroups:read"} == set(SCOPES)


async def _looked_for_a_digest(slack: Slack, channel: str, scope: str) -> None:
    """A digest in a channel is found again with this scope, and not without it."""
    clients, since = (
        Clients(slack.workspace.bot_token, slack.base_url),
        datetime.now(UTC) - timedelta(hours=1),
    )
    block = {"type": "section", "block_id": "digest:prod:now", "text": {"type": "mrkdwn", "text": "x"}}
    posted = await clients.post.chat_postMessage(channel=channel, text="x", blocks=[block])
    found = await find_message(clients.ask, channel, "digest:prod:now", since)
    assert found == Sent(channel, str(posted["ts"]))
    slack.workspace.scopes.discard(scope)
    with pytest.raises(MissingScopeError, match=scope):
        await find_message(clients.ask, channel, "digest:prod:now", since)
    slack.workspace.scopes.add(scope)
    await clients.close()
