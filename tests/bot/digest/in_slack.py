"""The bot as it serves, between the local Slack and a made-up cluster, with a clock that tests move."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.app import SlackEdge
from bot.slack.buttons import ButtonBook
from bot.slack.pace import Clock
from bot.slack.reply import Pace
from bot.wiring.backstage import Backstage
from bot.wiring.digest import Digests, LateWishes
from bot.wiring.digest_channels import SlackChannels
from bot.wiring.serve import slack_clients, understanding
from handlers import HANDLERS
from rules.finding import Finding, Severity
from tests.bot.digest.stage import ACluster, Time, cause
from tests.bot.slack.harness import PACE, MadeUpCorridor, last, socket_options
from tests.fakes.slack import Message, Slack

NO_RULES = Path(__file__).parent


async def nobody(_: str) -> frozenset[str]:
    """Who is in a user group."""
    return frozenset()


class Bot:
    """A running bot, and what tests turn and look at."""

    def __init__(self, stage: Backstage, edge: SlackEdge, digests: Digests, corridor: MadeUpCorridor) -> None:
        self.stage = stage
        self.edge = edge
        self.digests = digests
        self.runner = digests.runner
        self.corridor = corridor

    async def recheck(self) -> None:
        """What happens every quarter of an hour."""
        await self.runner.recheck()


async def strike(time: Time, *bots: Bot, names: Sequence[str] = ("prod",)) -> None:
    """What happens when the clock strikes: every replica sees to what is due, to its end."""
    tasks = [bot.runner.fire(name) for bot in bots for name in names]
    for _ in range(20):
        _, waiting = await asyncio.wait(tasks, timeout=0.2)
        if not waiting:
            return
        time.go(15)
    raise AssertionError(waiting)


def settings_of(slack: Slack, digest: Mapping[str, object] | None = None, **more: object) -> Settings:
    """Settings of a bot for this Slack, with two clusters."""
    return Settings.model_validate(
        {
            "slack": {"bot_token": slack.workspace.bot_token, "app_token": slack.workspace.app_token},
            "clusters": [{"name": "prod"}, {"name": "test"}],
            # Tests say themselves when it is time to look again.
            "digest": {"recheck_minutes": 0, "weekly": "never", **(digest or {})},
            **more,
        }
    )


@asynccontextmanager
async def bot_in(  # noqa: PLR0913 - each is what some test turns
    slack: Slack,
    cluster: ACluster,
    settings: Settings | None = None,
    *,
    buttons: ButtonBook | None = None,
    pace: Pace = PACE,
    clock: Clock | None = None,
) -> AsyncIterator[Bot]:
    """Start the bot as `mlops serve` does, and stop it at the end."""
    chosen, metrics, corridor = settings or settings_of(slack), Metrics(), MadeUpCorridor()

    async with AsyncExitStack() as open_now:
        # Looks are made up, so no rules are needed, which take a second to read.
        stage = Backstage(chosen, metrics, nobody, NO_RULES)
        open_now.push_async_callback(stage.close)
        clients, wishes = slack_clients(chosen, slack.base_url), LateWishes()
        edge = SlackEdge(
            socket_options(slack, pace=pace),
            clients,
            corridor=corridor,
            wishes=wishes,
            understand=understanding(chosen, metrics),
            handlers=HANDLERS,
            work=stage.work,
            store=stage.store,
            metrics=metrics,
            clock=clock,
            buttons=buttons,
        )
        time = cluster.time
        digests = Digests(
            chosen,
            stage,
            SlackChannels(edge, clients),
            edge.buttons.values_for,
            look=cluster.look,
            now=time.now,
            sleep=time.sleep,
        )
        wishes.granted_by(digests)
        open_now.push_async_callback(edge.stop, 2.0)
        open_now.push_async_callback(digests.runner.stop)
        await edge.start()
        # Without APScheduler, which goes by the machine's clock: tests fire.
        await digests.runner.refresh()
        await asyncio.gather(*map(digests.runner.fire, digests.runner.known))
        yield Bot(stage, edge, digests, corridor)


def known(name: str, severity: Severity = Severity.HIGH) -> Finding:
    """A cause of one pod, with a fingerprint of the usual form."""
    return replace(cause(name, severity), fingerprint=hashlib.sha256(name.encode()).hexdigest()[:12])


def subscription(name: str = "prod", channel: str = "C1", **fields: object) -> dict[str, object]:
    """A subscription of the settings."""
    return {"name": name, "channel": channel, "schedule": "daily 09:00 UTC", **fields}


def at(text: str) -> Time:
    """A clock that shows this time, in UTC."""
    return Time(datetime.fromisoformat(f"{text}+00:00"))


def roots(slack: Slack, channel: str = "C1") -> list[Message]:
    """What the bot has posted to a channel itself."""
    return slack.channel(channel).from_bot


async def told_alone(slack: Slack, line: str, user: str = "U1", channel: str = "C1") -> Message:
    """What only the asker sees after a slash command."""
    view = slack.ephemerals(user, channel)
    before = len(view.messages)
    await slack.person(user).types(line, channel)
    return (await view.until(lambda m: len(m) > before))[before]


async def told_all(slack: Slack, line: str, words: str, channel: str = "C1") -> Message:
    """What everybody sees after a slash command."""
    view = slack.channel(channel)
    await slack.person("U1").types(line, channel)
    return (await view.until(lambda m: last(m, words)))[-1]
