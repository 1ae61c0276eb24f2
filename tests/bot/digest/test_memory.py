"""The memory in a store: what it writes, what it leaves out, and what many writers leave behind."""

import asyncio
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from bot.changes import History
from bot.digest.memory import Memory
from bot.errors import StoreError
from bot.render.redact import redact_text
from bot.report import Report
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from rules.finding import Severity
from tests.bot.digest.looks import at, consistent, finding, look
from tests.bot.log import captured_log
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server, redis_server

ROOT = Path(__file__).parents[3]
KEY = "digest:history:prod"
X, Y = finding("x"), finding("y")
CAUSE = b"""{"fingerprint": "x", "rule": "r", "subject": {"kind": "Pod", "name": "x", "namespace": "n"},
"summary": "s", "severity_then": "high", "severity": "high", "first_seen": "2026-03-01T00:00:00",
"since": "2026-03-01T02:00:00+02:00", "last_seen": "2026-03-02T00:00:00Z", "of another version": 1}"""


async def test_learns_look_by_look_and_reads_the_same() -> None:
    store = MemoryStore()
    memory = Memory(store)
    assert await memory.read("prod") == History()
    await memory.learn("prod", look(0, X, Y))
    learnt = await memory.learn("prod", look(24, Y))
    assert await memory.read("prod") == learnt
    assert (learnt.causes["x"].resolved_at, learnt.causes["y"].looks) == (at(24), 2)
    assert await memory.learn("prod", look(48), away=True) == learnt
    assert await memory.read("other") == History()
    assert sorted(await store.fields(KEY)) == [
        "cause:x",
        "cause:y",
        "sweep:2026-03-02T09:00:00+00:00",
        "sweep:2026-03-03T09:00:00+00:00",
    ]


async def test_each_write_keeps_the_memory_for_as_many_days() -> None:
    clock = Clock()
    memory = Memory(MemoryStore(clock), keep_days=2)
    await memory.learn("prod", look(0, X))
    clock.go(1.5 * 86_400)
    await memory.learn("prod", look(36, X))
    clock.go(1.5 * 86_400)
    assert (await memory.read("prod")).causes["x"].looks == 2
    clock.go(86_400)
    assert await memory.read("prod") == History()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cause:x", b"\xff\x00"),
        ("cause:x", b"[]"),
        ("cause:x", CAUSE.replace(b'"high"', b'"dreadful"', 1)),
        ("cause:other", CAUSE),
        ("cause:x", CAUSE.replace(b"2026-03-01T00:00:00", b"0001-01-01T00:00:00+14:00", 1)),
        ("sweep:2026-03-01T00:00:00+00:00", b'{"at": "2026-03-02T00:00:00Z", "severities": {}}'),
        (
            "sweep:2026-03-02T00:00:00+00:00",
            b'{"at": "2026-03-02T00:00:00Z", "severities": {"high": "many"}}',
        ),
        ("snooze:x", b"{}"),
        ("a password=hunter2hunter2", b""),
    ],
)
async def test_what_cannot_be_read_is_left_out_counted_logged_and_left_alone(name: str, value: bytes) -> None:
    store, counted = MemoryStore(), list[int]()
    memory = Memory(store, unreadable=counted.append)
    known = await memory.learn("prod", look(0, Y))
    await store.put_fields(KEY, {name: value})
    with captured_log(redact_text) as lines:
        assert await memory.read("prod") == known
    assert counted == [1]
    assert "1 fields of the memory of prod cannot be read" in str(lines()[0]["event"])
    assert "hunter2" not in str(lines())
    await memory.learn("prod", look(24, Y))
    assert (await store.fields(KEY))[name] == value, "a newer version may still read it"


async def test_fields_of_a_neighbouring_version_are_read_and_times_are_of_utc() -> None:
    store = MemoryStore()
    await store.put_fields(KEY, {"cause:x": CAUSE})
    cause = (await Memory(store).read("prod")).causes["x"]
    assert cause.first_seen == cause.since
    assert cause.first_seen.isoformat() == "2026-03-01T00:00:00+00:00"
    assert cause.looks == 1


async def test_snoozing_and_waking() -> None:
    memory = Memory(MemoryStore())
    await memory.learn("prod", look(0, X, Y))
    snoozed = await memory.snooze("prod", "x", at(72), "U1")
    assert snoozed is not None
    assert (snoozed.snoozed_until, snoozed.snoozed_by, snoozed.snoozed_severity) == (
        at(72),
        "U1",
        Severity.HIGH,
    )
    assert (await memory.read("prod")).causes["x"] == snoozed
    assert (await memory.learn("prod", look(24, X, Y))).causes["x"].snoozed_until == at(72)
    await memory.wake("prod", "x")
    await memory.wake("prod", "unknown")
    assert (await memory.read("prod")).causes["x"].snoozed_until is None
    assert await memory.snooze("prod", "unknown", at(72), "U1") is None
    await memory.snooze("prod", "y", at(72), "U1")
    gone = (await memory.learn("prod", look(48, X))).causes["y"]
    assert gone.snoozed_until is None
    assert await memory.snooze("prod", "y", at(72), "U1") == gone
    assert (await memory.read("prod")).causes["y"] == gone


async def test_a_store_that_does_not_answer_is_an_error() -> None:
    store = RedisStore("redis://127.0.0.1:1/0")
    memory = Memory(store)
    for call in (memory.read("p"), memory.learn("p", look(0)), memory.snooze("p", "x", at(1), "U")):
        with pytest.raises(StoreError):
            await call
    await store.close()


async def test_two_replicas_lose_no_cause_and_no_snooze() -> None:
    async with redis_server() as (url, prefix):
        stores = [RedisStore(url, prefix=prefix) for _ in range(2)]
        one, two = map(Memory, stores)
        await one.learn("prod", look(0, X, Y))

        def seen(hours: int, replica: str) -> Report:
            return look(hours, X, Y, *(finding(f"{replica}{hours}-{n}") for n in range(5)))

        await asyncio.gather(
            *(one.learn("prod", seen(hours, "a")) for hours in range(1, 11)),
            *(two.learn("prod", seen(hours, "b")) for hours in range(1, 11)),
            two.snooze("prod", "x", at(99), "U1"),
        )
        known = await one.read("prod")
        assert len(known.causes) == 2 + 2 * 10 * 5
        assert [sweep.at for sweep in known.sweeps] == [at(hours) for hours in range(11)]
        assert (known.causes["x"].first_seen, known.causes["x"].last_seen) == (at(0), at(10))
        assert known.causes["x"].snoozed_by == "U1"
        assert known.causes["y"].resolved_at is None
        await asyncio.gather(*(store.close() for store in stores))


async def test_writers_killed_at_any_moment_leave_a_whole_memory() -> None:
    counted = list[int]()
    async with own_redis_server() as server:
        store = RedisStore(server.url, prefix=server.prefix)
        memory = Memory(store, unreadable=counted.append)
        arguments = [sys.executable, "-m", "tests.bot.digest.looks", server.url, server.prefix]
        with subprocess.Popen(arguments, stdin=PIPE, stdout=PIPE, cwd=ROOT, bufsize=0) as killer:  # noqa: ASYNC220, S603 - our own words
            assert killer.stdin
            assert killer.stdout
            for turn in range(12):
                killer.stdin.write(b"%f\n" % (0.02 + 0.0031 * turn))
                assert await asyncio.to_thread(killer.stdout.readline) == b"killed\n"
                assert consistent(await memory.read("prod"))
            killer.stdin.close()
        assert (await memory.read("prod")).sweeps
        assert counted == []
        await store.close()
