"""Draws how a cluster has been over days.

matplotlib takes a second and a hundred megabytes, so it runs in a process of its own: the bot stays light,
and goes on answering while it draws.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

import bot
from bot.changes import Sweep
from bot.errors import PictureError
from bot.render.door import file_name, terminal_line
from bot.render.message import Picture
from bot.render.nouns import counted
from bot.render.trend_series import prepare
from bot.render.trend_words import alt_text

PATIENCE: Final = 60.0
"""Seconds a drawing may take; it needs 1 to 2 on a whole core, and a pod may have a tenth of one."""
DRAW: Final = ("-P", "-B", "-m", "bot.render.trend_drawing")
"""Nothing is imported from the working folder, and nothing written beside the modules."""
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ADVICE: Final = "Ask again; if it stays so, give the bot more memory or processor time."

log = logging.getLogger(__name__)


class Easel:
    """Draws one trend after the other, so that ten digests at one hour do not take a gigabyte."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def draw_trend(self, sweeps: Sequence[Sweep], days: int, *, now: datetime, cluster: str) -> Picture:
        """Draw as `draw_trend` does, when it is this one's turn."""
        async with self._turn:
            return await draw_trend(sweeps, days, now=now, cluster=cluster)


async def draw_trend(sweeps: Sequence[Sweep], days: int, *, now: datetime, cluster: str) -> Picture:
    """Draw open causes, restarts, pods not ready and the memory of the fullest nodes.

    Args:
        sweeps: what is remembered of the cluster, in any order.
        days: how many days are shown, today included: 7 or 30.
        now: whose day in UTC is today.
        cluster: as people call it.

    Raises:
        PictureError: nothing is remembered of these days, or the drawing failed.
    """
    trend = prepare(sweeps, days, now=now, cluster=cluster)
    png = await run(DRAW, msgspec.json.encode(trend))
    if not png.startswith(SIGNATURE):
        raise PictureError("The trend cannot be drawn: what came back is no picture.", _ADVICE)
    return Picture(
        filename=file_name(f"{trend.title}_{days}_days_{now:%Y-%m-%d}.png"),
        title=f"{trend.title}, the last {counted(days, 'day')}",
        alt=alt_text(trend),
        png=png,
    )


async def run(arguments: Sequence[str], given: bytes, *, patience: float = PATIENCE) -> bytes:
    """Run Python with nothing of this process's environment, and return what it prints.

    Args:
        arguments: of the interpreter.
        given: its standard input.
        patience: seconds after which it is ended.

    Raises:
        PictureError: it did not start, failed, or took too long.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await _output(arguments, given, _environment(folder), patience)
    except TimeoutError as error:
        raise PictureError(f"The trend was not drawn within {patience:g} s.", _ADVICE) from error
    except OSError as error:
        raise PictureError(f"The trend cannot be drawn: {error.strerror}.", _ADVICE) from error


async def _output(
    arguments: Sequence[str], given: bytes, environment: Mapping[str, str], patience: float
) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,  # so that what it starts can be ended with it
    )
    try:
        async with asyncio.timeout(patience):
            output, errors = await process.communicate(given)
    finally:
        await _end(process)
    if process.returncode:
        raise _failed(process.returncode, errors)
    return output


def _environment(folder: str) -> dict[str, str]:
    """Where the modules are, a folder for what matplotlib writes, and one thread for numpy's sums."""
    return {
        "PYTHONPATH": str(Path(bot.__path__[0]).parent),
        "PATH": folder,
        "HOME": folder,
        "MPLCONFIGDIR": folder,
        "OPENBLAS_NUM_THREADS": "1",
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


def _failed(code: int, errors: bytes) -> PictureError:
    lines = errors.decode(errors="replace").strip().splitlines()
    log.warning("a trend was not drawn: exit code %d: %s", code, terminal_line(lines[-1] if lines else ""))
    ending = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
    return PictureError(f"The trend cannot be drawn: the drawing {ending}.", _ADVICE)
