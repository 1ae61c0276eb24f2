"""The terminal as a process of its own, started as a person or a script starts it."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[3]
SECONDS = 20.0


class Ended(Struct, frozen=True):
    """What is left of a process."""

    code: int
    out: str
    err: str


def environment(**more: str) -> Mapping[str, str]:
    """Nothing of the machine's own settings, kubeconfig or locale."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        **more,
    }


async def start(
    *words: str, env: Mapping[str, str] | None = None, stdout: int = asyncio.subprocess.PIPE, stderr: int = -1
) -> asyncio.subprocess.Process:
    """Start `mlops …`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=env or environment(),
        cwd=ROOT,
    )


async def end(process: asyncio.subprocess.Process) -> Ended:
    """Wait for the end of a process, and end it by force when it does not come."""
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


async def mlops(*words: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run `mlops …` to its end."""
    return await end(await start(*words, env=env))
