"""The digests that are told by themselves: when next, about which cluster, in which channel."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

from bot.digest.schedule import next_slot
from bot.digest.subscription import Subscription
from bot.doctor.finding import Finding, Mark, beside
from bot.errors import BotError
from bot.schedule_words import parse_schedule
from bot.slack.channels import can_read
from bot.slack.clients import Clients
from bot.slack.faults import MissingScopeError, PlaceClosedError, SlackError


def _utc() -> datetime:
    return datetime.now(UTC)


def check_schedules(
    subscriptions: Sequence[Subscription],
    known: Collection[str],
    zone: str,
    *,
    clock: Callable[[], datetime] = _utc,
) -> Iterable[Finding]:
    """Each subscription's next time, and whether its cluster is one of the settings'.

    Args:
        subscriptions: those of the settings, and those made in Slack.
        known: names of clusters.
        zone: of schedules that name none.
        clock: tells now.
    """
    for each in subscriptions:
        if each.cluster and each.cluster not in known:
            what = f"digest {each.name}: there is no cluster {each.cluster}"
            yield Finding(Mark.MISSING, what, f"Known are {', '.join(known)}: change the subscription.")
            continue
        try:
            schedule = parse_schedule(each.schedule, zone)
        except BotError as error:
            yield Finding(Mark.MISSING, f"digest {each.name}: {error.sentence}", error.advice)
            continue
        at = next_slot(schedule, clock()).at
        when = f"{schedule.words}, next {at:%Y-%m-%d %H:%M} UTC"
        yield Finding(Mark.FINE, f"digest {each.name}: {when}, to {each.channel}")


async def check_channels(subscriptions: Sequence[Subscription], clients: Clients) -> AsyncIterator[Finding]:
    """Each channel that is told digests: the bot is in it.

    channels:read, which would tell more of a channel, is not among the app's scopes; that its history may be
    read shows as much.
    """
    for channel in dict.fromkeys(each.channel for each in subscriptions):
        names = ", ".join(each.name for each in subscriptions if each.channel == channel)
        try:
            await can_read(clients.ask, channel)
        except PlaceClosedError:
            what = f"slack: the bot is not in {channel}, where digest {names} is posted"
            yield Finding(Mark.MISSING, what, "Invite it there (`/invite @mlops`), or name another channel.")
        except MissingScopeError as error:
            what = f"slack: {channel} cannot be looked at without {error.needed}"
            yield Finding(Mark.ASIDE, what, error.advice)
        except SlackError as error:
            yield Finding(Mark.ASIDE, f"slack: {channel}: {error.sentence}", beside(error.advice))
        else:
            yield Finding(Mark.FINE, f"slack: {channel} is open for digest {names}")
