"""One replica in a process of its own: `python -m tests.bot.digest.replica`, its settings as JSON on stdin.

It posts with the real Slack client and claims on a real Redis; only the look at the cluster is made up. It
prints a line when it begins to run, and ends when its slot is over.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from bot.digest.making import Maker
from bot.digest.memory import Memory
from bot.digest.runner import Paces, Runner
from bot.digest.service import Habits, Service
from bot.digest.standings import Records
from bot.digest.subscription import SubscriptionBook
from bot.digest.telling import Lease, Teller
from bot.digest.trends import Trends
from bot.metrics import Metrics
from bot.slack.app import Options, SlackEdge
from bot.slack.clients import Clients
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from bot.wiring.digest_channels import SlackChannels
from bot.work import Work
from tests.bot.digest.stage import DAILY, ACluster, Time, cause, no_picture, same_values
from tests.bot.slack.harness import HANDLERS, PACE, MadeUpCorridor, no_wishes, saying, understand


def now() -> datetime:
    return datetime.now(UTC)


class Given(Struct):
    """What the test decides."""

    redis: str
    prefix: str
    slack: str
    token: str
    schedule: str


async def replica(given: Given) -> None:
    """Be a replica until the slot is over."""
    store, metrics = RedisStore(given.redis, prefix=given.prefix), Metrics()
    clients = Clients(given.token, given.slack)
    edge = SlackEdge(
        Options(app_token="xapp-unused", pace=PACE),
        clients,
        corridor=MadeUpCorridor(saying()),
        wishes=no_wishes,
        understand=understand,
        handlers=HANDLERS,
        work=Work(workers=1, queue=1, deadline=10.0, metrics=metrics),
        store=MemoryStore(),
        metrics=metrics,
    )
    channels, records, memory = SlackChannels(edge, clients), Records(store), Memory(store, keep_days=90)
    cluster = ACluster(Time(now()), findings=(cause("a"), cause("b")))
    maker = Maker(cluster.look, memory, now)
    habits = Habits(cluster="eks", weekly=None)
    trends = Trends(memory, no_picture, now)
    service = Service(maker, records, channels, trends, same_values, habits=habits, now=now)
    teller = Teller(
        records,
        channels,
        service.of_slot,
        now=now,
        sleep=asyncio.sleep,
        lease=Lease(seconds=1.0, renew=0.2),
        holder=str(os.getpid()),
    )
    runner = Runner(
        SubscriptionBook(store, (msgspec.structs.replace(DAILY, schedule=given.schedule),)),
        records,
        teller,
        service,
        complain=lambda *_: asyncio.sleep(0),
        metrics=metrics,
        now=now,
        sleep=asyncio.sleep,
        paces=Paces(again=0.1, refresh=3600, recheck=0),
    )
    print(os.getpid(), flush=True)  # noqa: T201 - whoever started it waits for this
    await runner.start()
    await runner.fire("prod")
    await runner.stop()
    await clients.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(replica(msgspec.json.decode(sys.stdin.read(), type=Given)))
