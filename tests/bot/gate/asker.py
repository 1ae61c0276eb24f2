"""A process that asks as often as it can, and prints how often it may.

`python -m tests.bot.gate.asker URL PREFIX LIMIT TRIES`
"""

import asyncio
import sys

from bot.errors import RateLimited
from bot.gate.ratelimit import RateLimiter
from bot.metrics import Metrics
from bot.store.circuit import Circuit
from bot.store.redis import RedisStore
from tests.bot.questions import command


async def ask(limiter: RateLimiter, tries: int, user: str = "U1") -> int:
    """How many of `tries` questions at once are admitted."""

    async def once() -> int:
        try:
            await limiter.check(command(user=user))
        except RateLimited:
            return 0
        return 1

    return sum(await asyncio.gather(*(once() for _ in range(tries))))


async def main(url: str, prefix: str, limit: str, tries: int) -> None:
    store = RedisStore(url, prefix=prefix, timeout=5)  # exactness is tested, on whatever machine
    limiter = RateLimiter(limit, "1000/hour", store.limits_storage(), Circuit(), Metrics())
    print(await ask(limiter, tries))  # noqa: T201 - read by the test
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
