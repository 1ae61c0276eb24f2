"""Terminals, pipes, full disks, closed streams, odd locales and Ctrl-C."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.scenarios.cli.terminal import ROOT, Ended, end, environment, mlops, start

BROKEN = ("diagnose", "pod", "fraud-scorer", "--demo")


async def on_a_terminal(*words: str) -> tuple[Ended, str]:
    """Run with a terminal as stderr; returns what was shown there too."""
    main, terminal = pty.openpty()
    try:
        process = await start(*words, stderr=terminal)
        os.close(terminal)
        reading = asyncio.create_task(asyncio.to_thread(_all_of, main))
        ended = await end(process)
        return ended, await reading
    finally:
        os.close(main)


def _all_of(descriptor: int) -> str:
    shown = b""
    try:
        while piece := os.read(descriptor, 4096):
            shown += piece
    except OSError:  # how Linux tells that the other side of a terminal was closed
        pass
    return shown.decode()


async def test_progress_is_shown_on_a_terminal_and_wiped() -> None:
    ended, shown = await on_a_terminal(*BROKEN)
    assert "pod ✓" in shown
    assert max(map(len, shown.split("\r\x1b[K"))) < 80
    assert shown.endswith("\r\x1b[K")
    assert ended.code == 1
    assert "pod ✓" not in ended.out
    assert "\x1b" not in ended.out


async def test_a_closed_pipe_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = await end(await start(*BROKEN, stdout=writing))
    os.close(writing)
    assert (ended.code, ended.err) == (141, "")


async def test_help_into_a_closed_pipe_ends_quietly_too() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = await end(await start("--help", stdout=writing))
    os.close(writing)
    assert (ended.code, ended.err) == (141, "")


@pytest.mark.parametrize("words", [(*BROKEN, "-o", "json"), ("--help",)])
async def test_a_full_disk_is_said(words: tuple[str, ...]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    ended = await end(await start(*words, stdout=full))
    os.close(full)
    assert ended.code == 74
    assert ended.err == "mlops: the answer cannot be written: No space left on device\n"


def test_with_closed_streams_the_exit_code_still_tells() -> None:
    command = f"exec {sys.executable} -m bot {' '.join(BROKEN)} >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", command], env=environment(), cwd=ROOT, check=False, timeout=20)  # noqa: S603 - our own words
    assert done.returncode == 1


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


async def test_a_terminal_that_only_knows_ascii() -> None:
    ended = await mlops(*BROKEN, env=environment(**PLAIN))
    assert ended.code == 1
    assert ended.out.isascii()
    assert ended.out.startswith("x BROKEN")


async def test_json_is_json_in_any_locale() -> None:
    ended = await mlops("diagnose", "pod", "UPPER", "--demo", env=environment(**PLAIN))
    assert '"UPPER" cannot be a pod name' in ended.err
    answered = await mlops(*BROKEN, "-o", "json", env=environment(**PLAIN))
    assert "«redacted»" in json.loads(answered.out)["exhibits"][1]["text"]


async def test_a_name_that_is_no_text() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "diagnose", "pod", b"x\xff\xfe", "--demo"),
        stdout=-1,
        stderr=-1,
        env=environment(),
        cwd=ROOT,
    )
    ended = await end(process)
    assert (ended.code, ended.out) == (64, "")
    assert "cannot be a pod name" in ended.err


async def test_ctrl_c_ends_it_at_once_and_quietly(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.fail("/api/v1", Fault.hang())
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        process = await start("diagnose", "pod", "x", "--kubeconfig", str(kubeconfig))
        async with asyncio.timeout(15):
            await server.wait_for_requests(1)
        process.send_signal(signal.SIGINT)
        ended = await end(process)
    assert (ended.code, ended.out, ended.err) == (130, "", "")
