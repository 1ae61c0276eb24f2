"""Looks that tests hold and count, and coalescers whose answers are text.

`python -m tests.bot.gate.looks URL PREFIX` is a replica that takes the lease and never ends.
"""

import asyncio
import sys

from bot.gate.coalesce import Coalescer, Codec, Sharing
from bot.metrics import Metrics
from bot.store.contract import Store
from bot.store.redis import RedisStore
from tests.bot.questions import command
from tests.fakes.clock import Clock

TEXT = Codec[str](encode=str.encode, decode=bytes.decode)


class Look:
    """Counts how often it runs; waits for `go` when it is held."""

    def __init__(self, answer: str = "answer", *, held: bool = False, error: Exception | None = None) -> None:
        self.answer = answer
        self.error = error
        self.times = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        if not held:
            self.go.set()

    async def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return f"{self.answer} {self.times}"


def coalescer(
    store: Store,
    *,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
    sharing: Sharing | None = None,
) -> Coalescer[str]:
    times = sharing or Sharing(poll=0.01, lease=1.1)
    shown = metrics or Metrics()
    return Coalescer(store, TEXT, times, shown, clock) if clock else Coalescer(store, TEXT, times, shown)


async def main(url: str, prefix: str) -> None:
    look = Look(held=True)
    asked = asyncio.create_task(coalescer(RedisStore(url, prefix=prefix)).share(command(deadline=0.5), look))
    await look.begun.wait()
    print("looking", flush=True)  # noqa: T201 - read by the test
    await asked


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
