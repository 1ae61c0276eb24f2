"""`mlops history`: the memory behind the digests, out as JSON lines and in again."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.digest.fields import Changes
from bot.digest.lines import read, written
from bot.digest.memory import Memory
from bot.errors import BotError, SettingsError, StoreError, UsageError
from bot.exit_code import HEALTHY, UNREACHABLE
from bot.render.door import terminal_line
from bot.settings import Settings
from bot.verbs.asking import read_settings, refused
from bot.wiring.backstage import redis_store
from bot.wiring.base import UNNAMED

LARGEST: Final = 100_000_000
"""Bytes of a file to import; ninety days of five hundred causes are far smaller."""


def history(verb: str, chosen: argparse.Namespace) -> int:
    """Run one verb of `mlops history` and return the exit code."""
    run = _export if verb == "export" else _import
    try:
        return asyncio.run(run(chosen, read_settings(chosen)))
    except StoreError as error:
        refused(error)
        return UNREACHABLE
    except BotError as error:
        return refused(error)


async def _export(chosen: argparse.Namespace, settings: Settings) -> int:
    known = _names(settings)
    cluster = _spelt(chosen.cluster or settings.cluster or known[0], known)
    async with _memory(settings) as memory:
        remembered = await memory.read(cluster)
    empty = not (remembered.causes or remembered.sweeps)
    # What was renamed in the settings is still remembered under its old name.
    if empty and cluster not in known:
        raise _unknown(cluster, known)
    sys.stdout.buffer.writelines(written(remembered, cluster, datetime.now(UTC)))
    if empty:
        sys.stderr.write(f"Nothing is remembered of {terminal_line(cluster)} yet.\n")
    return HEALTHY


async def _import(chosen: argparse.Namespace, settings: Settings) -> int:
    now = datetime.now(UTC)
    coming = read(_content(chosen.file), now)
    known = _names(settings)
    cluster = _spelt(chosen.cluster or coming.header.cluster, known)
    if cluster not in known:
        raise _unknown(cluster, known)
    async with _memory(settings) as memory:
        learnt = await memory.join(cluster, coming.history, now)
    sys.stdout.write(f"{terminal_line(cluster)}: {_told(learnt)}\n")
    return HEALTHY


@asynccontextmanager
async def _memory(settings: Settings) -> AsyncIterator[Memory]:
    redis = redis_store(settings)
    if redis is None:
        raise SettingsError(
            "No Redis is set, so the memory of the digests lives in the serving process only.",
            "Set redis.url in the settings, or REDIS_URL, to the one that `mlops serve` uses.",
        )
    try:
        yield Memory(redis, keep_days=settings.digest.keep_days)
    finally:
        await redis.close()


def _names(settings: Settings) -> tuple[str, ...]:
    return tuple(cluster.name for cluster in settings.clusters) or (UNNAMED,)


def _spelt(cluster: str, known: tuple[str, ...]) -> str:
    """A cluster's name as the settings write it."""
    return next((name for name in known if name.lower() == cluster.lower()), cluster)


def _unknown(cluster: str, known: tuple[str, ...]) -> UsageError:
    return UsageError(
        f"There is no cluster {cluster} in the settings.",
        f"Known are {', '.join(known)}; name one of them with --cluster.",
    )


def _content(path: str) -> bytes:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(LARGEST + 1) if sys.stdin else b""
        else:
            with Path(path).open("rb") as file:
                content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{path} cannot be read: {why}.", "Name a file that `mlops history export` wrote."
        ) from error
    if len(content) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST // 1_000_000} MB.", "Name a smaller file.")
    return content


def _told(learnt: Changes) -> str:
    count = len(learnt.values) + len(learnt.drop)
    return f"{count} entries were new or newer" if count else "nothing in the file was new or newer"
