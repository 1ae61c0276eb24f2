"""Redis: it answers, and keeps what digests remember."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from bot.doctor.finding import Finding, Mark
from bot.errors import BotError
from bot.store.redis import Keeping, RedisStore

_APPENDONLY: Final = "Set appendonly yes (in a managed Redis: turn on AOF, or a replica and snapshots)."
_NO_EVICTION: Final = "Set maxmemory-policy noeviction: what digests remember expires by itself."
_ASK_PROVIDER: Final = (
    "A managed Redis hides CONFIG. See there that it is persistent and that maxmemory-policy is noeviction."
)


async def check_redis(redis: RedisStore | None, *, remembers: bool) -> AsyncIterator[Finding]:
    """Redis answers, where it is set, and does not lose what digests remember.

    `remembers` is whether there are digests: rate limits and shared answers may be lost.
    """
    if redis is None:
        yield Finding(
            Mark.ASIDE,
            "redis: not set; limits and shared answers count in each replica alone",
            "Set REDIS_URL to share them.",
        )
        return
    try:
        await redis.ping()
        keeping = await redis.keeping()
    except BotError as error:
        yield Finding(
            Mark.MISSING,
            f"redis: {error.sentence}",
            "Check that it runs, and its URL and password; until then limits count in each replica alone.",
        )
        return
    yield Finding(Mark.FINE, "redis: answers")
    for finding in _kept(keeping, Mark.MISSING if remembers else Mark.ASIDE):
        yield finding


def _kept(keeping: Keeping | None, lost: Mark) -> Iterable[Finding]:
    if keeping is None:
        yield Finding(Mark.ASIDE, "redis: does not tell whether it is persistent", _ASK_PROVIDER)
        return
    if keeping.appendonly:
        yield Finding(Mark.FINE, "redis: appendonly, so a restart loses nothing")
    elif keeping.snapshots:
        what = "redis: snapshots only, so a restart loses the last minutes"
        yield Finding(Mark.ASIDE, what, _APPENDONLY)
    else:
        what = "redis: not persistent: a restart forgets subscriptions, snoozes and the digests' history"
        yield Finding(lost, what, _APPENDONLY)
    if keeping.evicts:
        what = f"redis: when its memory is full it drops keys ({keeping.evicts})"
        yield Finding(lost, what, _NO_EVICTION)
