"""Clusters are connected when first asked for, once, and again after a failure."""

import asyncio
from pathlib import Path

import pytest

from bot.clusters import ClusterBook
from bot.wiring.base import DEMO, recorded
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError, Unreachable


class Door:
    """Opens the demo cluster; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.opened = 0
        self.go_on = asyncio.Event()
        self._failures = failures

    async def __call__(self) -> Cluster:
        self.opened += 1
        await self.go_on.wait()
        if self.opened <= self._failures:
            raise Unreachable("the cluster", "no connection")
        return await recorded(DEMO, "demo")()


async def test_askers_at_the_same_time_share_one_connection() -> None:
    door = Door()
    book = ClusterBook({"demo": door}, "demo")
    asked = [asyncio.create_task(book.get(name)) for name in ("", "demo", "demo")]
    door.go_on.set()
    found = await asyncio.gather(*asked)
    assert door.opened == 1
    assert {id(cluster) for cluster in found} == {id(found[0])}
    await book.close()


async def test_a_connection_that_failed_is_tried_again() -> None:
    door = Door(failures=1)
    door.go_on.set()
    book = ClusterBook({"demo": door}, "demo")
    with pytest.raises(Unreachable):
        await book.get("demo")
    assert (await book.get("demo")).name == "demo"
    assert door.opened == 2
    await book.close()


async def test_an_unknown_cluster_is_answered_with_the_known_ones() -> None:
    book = ClusterBook({"blue": Door(), "green": Door()}, "blue")
    assert book.names == ("blue", "green")
    with pytest.raises(
        SourceError, match="cluster red: there is no such cluster; known are blue, green"
    ) as refused:
        await book.get("red")
    assert refused.value.advice


async def test_a_hanging_cluster_holds_up_no_other() -> None:
    hanging, door = Door(), Door()
    door.go_on.set()
    book = ClusterBook({"hanging": hanging, "demo": door}, "demo")
    waiting = asyncio.create_task(book.get("hanging"))
    async with asyncio.timeout(5):
        await book.get("demo")
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await book.close()


async def test_after_closing_it_connects_anew() -> None:
    door = Door()
    door.go_on.set()
    book = ClusterBook({"demo": door}, "demo")
    await book.get("")
    await book.close()
    await book.get("")
    assert door.opened == 2
    await book.close()


async def test_a_bundle_that_cannot_be_opened_counts_as_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no such file") as refused:
        await recorded(tmp_path / "absent")()
    assert "support bundle" in refused.value.advice
