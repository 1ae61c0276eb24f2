"""What a script learns from the exit code, and from which stream.

Each code is that of a real process at least once; further reasons for a code are asked of `main` itself, as a
process for each would cost a second.
"""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.scenarios.cli.terminal import end, environment, mlops, start

Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """Exit code and both streams of a command, asked without a process on a machine without a kubeconfig."""
    monkeypatch.setenv("HOME", "/nonexistent")
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        return (main(words), *capsys.readouterr())

    return run


async def test_0_for_a_healthy_pod() -> None:
    ended = await mlops("diagnose", "pod", "tokenizer-svc", "--demo")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("✓ HEALTHY")


async def test_1_for_a_broken_pod_in_typed_words_too() -> None:
    ended = await mlops("why", "is", "fraud-scorer", "crashing?", "--demo", "-o", "json")
    assert (ended.code, ended.err) == (1, "")
    assert json.loads(ended.out)["verdict"] == "broken"


async def test_2_for_a_name_nobody_has_and_nothing_on_stdout() -> None:
    ended = await mlops("diagnose", "pod", "fraud-scorr", "--demo", "-o", "json")
    assert (ended.code, ended.out) == (2, "")
    assert "No pod" in ended.err
    assert "fraud-scorer" in ended.err


async def test_2_for_what_may_not_be_read(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.deny("list", "pods")
        server.deny("list", "namespaces")
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        ended = await mlops("diagnose", "pod", "fraud-scorer", "--kubeconfig", str(kubeconfig))
    assert (ended.code, ended.out) == (2, "")
    assert "no right to list pods" in ended.err
    assert "Name a namespace with -n" in ended.err


async def test_64_for_usage() -> None:
    ended = await mlops("diagnose", "pod", "--demo")
    assert (ended.code, ended.out) == (64, "")
    assert "Which pod?" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diagnose", "pod", "UPPER", "--demo"], "Did you mean upper?"),
        (["diagnose", "pod", "x", "on", "moon", "--demo"], "Known clusters: demo."),
        (["diagnose", "pod", "x", "--config", "/nonexistent/settings.yaml"], "/nonexistent/settings.yaml"),
    ],
)
def test_64_for_names_and_settings(words: list[str], said: str, told: Told) -> None:
    code, out, err = told(*words)
    assert (code, out) == (64, "")
    assert said in err


async def test_69_for_a_server_nobody_listens_on(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=f"http://127.0.0.1:{port}"))
    ended = await mlops("diagnose", "pod", "x", "--kubeconfig", str(kubeconfig), "-o", "json")
    assert (ended.code, ended.out) == (69, "")
    assert "Connection refused" in ended.err
    assert "Check the API server's address" in ended.err


async def test_69_when_the_time_is_over(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.fail("/api/v1", Fault.hang())
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        ended = await mlops("diagnose", "pod", "x", "--kubeconfig", str(kubeconfig), "--timeout", "0.001")
    assert (ended.code, ended.out) == (69, "")
    assert "no answer within 0.001 s" in ended.err


def test_69_for_an_unknown_context_with_the_known_ones(tmp_path: Path, told: Told) -> None:
    login = Login(server="http://127.0.0.1:9")
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", current="blue", blue=login, green=login)
    code, out, err = told("diagnose", "pod", "x", "--kubeconfig", str(kubeconfig), "--context", "red")
    assert (code, out) == (69, "")
    assert "blue, green" in err


def test_69_without_any_kubeconfig_says_what_is_missing(told: Told) -> None:
    code, out, err = told("diagnose", "pod", "x", "--context", "red")
    assert (code, out) == (69, "")
    assert "there is no kubeconfig" in err
    assert "of :" not in err


async def test_69_for_a_kubeconfig_of_the_environment_that_does_not_exist() -> None:
    named = await mlops("diagnose", "pod", "x", env=environment(KUBECONFIG="/nonexistent/a:/nonexistent/b"))
    assert named.code == 69
    assert "KUBECONFIG names /nonexistent/a and /nonexistent/b, which do not exist" in " ".join(
        named.err.split()
    )


async def test_69_within_the_time_that_was_asked_for(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.fail("/api/v1", Fault.hang())
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        asked = ("diagnose", "pod", "x", "--kubeconfig", str(kubeconfig), "--timeout", "3")
        process = await start(*asked)
        async with asyncio.timeout(15):
            await server.wait_for_requests(1)
        began = time.monotonic()
        ended = await end(process)
    assert ended.code == 69
    assert "no answer within 3 s" in ended.err
    # Reading settings, rules and kubeconfig took its part of the three seconds before.
    assert time.monotonic() - began < 2.9


def test_69_for_a_kubeconfig_that_does_not_exist(told: Told) -> None:
    code, out, err = told("diagnose", "pod", "x", "--kubeconfig", "/nonexistent/config")
    assert (code, out) == (69, "")
    assert "Name a kubeconfig file that exists." in err


def test_69_for_a_bundle_that_does_not_exist(told: Told) -> None:
    code, out, err = told("diagnose", "pod", "x", "--from", "/nonexistent/bundle.tar.gz")
    assert (code, out) == (69, "")
    assert "Name a support bundle" in err


def test_69_for_a_file_that_is_no_bundle(tmp_path: Path, told: Told) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(b"not a tar file")
    code, out, err = told("diagnose", "pod", "x", "--from", str(tmp_path / "bundle.tar.gz"))
    assert (code, out) == (69, "")
    assert "Name a support bundle" in err


async def test_typed_words_may_name_a_context_of_the_kubeconfig(tmp_path: Path) -> None:
    async with ApiServer() as server:
        path = tmp_path / "kubeconfig"
        write_kubeconfig(
            path, current="away", away=Login(server="http://127.0.0.1:9"), blue=Login(server=server.url)
        )
        ended = await mlops("why is fraud-scorer crashing on blue?", "--kubeconfig", str(path))
    assert ended.code == 1
    assert " blue · " in ended.out
