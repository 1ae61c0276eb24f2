"""The same questions typed in Slack, and the promise that no secret of the lab ever gets there."""

import html
import io
import json
import tarfile
from collections.abc import AsyncIterator, Callable
from functools import cache

import pytest
from msgspec.structs import replace

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import Command
from bot.report import Report
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Progress, Question
from handlers.pod import POD
from tests.bot.slack.harness import MadeUpCorridor, last, running
from tests.fakes.slack import Message, Slack
from tests.scenarios.lab import BUNDLE, Row, broken_pods, healthy_pods, secrets, unwell_pods
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab
ROWS = [*broken_pods(), *unwell_pods(), *healthy_pods()]


@cache
def lab_corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def look(command: Command, progress: Progress) -> Report:
    """Answer a command of the local Slack with the recorded cluster."""
    return await lab_corridor().look(replace(command, handler=POD, cluster=""), progress)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local, running(local, MadeUpCorridor(look)):
        yield local


def read(message: Message) -> str:
    """What a person reads: entities undone, invisible separators taken out."""
    return html.unescape(message.shown).replace("\u2060", "").replace("\u200b", "")


async def test_every_pod_of_the_lab_is_answered_in_the_channel(slack: Slack) -> None:
    asker = slack.person("U1")
    for row in ROWS:
        wanted = await look(_command(row), _silent)
        before = len(slack.channel("C1").messages)
        await asker.types(f"/mlops diagnose pod {row.name} -n {row.namespace}")
        messages = await slack.channel("C1").until(_answered_after(before))
        shown = read(messages[-1])
        first = wanted.findings[0].summary if wanted.findings else "is healthy"
        assert first[:70] in shown, (row.name, shown[:400])
        assert row.name in messages[-1].text
        assert len(messages[-1].blocks) <= 25
        assert messages[-1].pings == []


def _answered_after(count: int) -> Callable[[list[Message]], bool]:
    return lambda messages: len(messages) > count and "⏳" not in messages[-1].shown


def _command(row: Row) -> Command:
    return Command(handler=POD, question=Question(name=row.name, namespace=row.namespace))


async def _silent(_: str) -> None: ...


def secret_cases() -> list[tuple[str, str, str]]:
    """Namespace and pod of each log that holds a secret, and the secret."""
    return [(path.split("/")[3], path.split("/")[4], literal) for literal, path in secrets()]


@pytest.mark.parametrize(("namespace", "pod", "secret"), secret_cases())
async def test_no_secret_of_a_log_reaches_slack(namespace: str, pod: str, secret: str, slack: Slack) -> None:
    assert secret in log_of(namespace, pod)
    await slack.person("U1").types(f"/mlops diagnose pod {pod} -n {namespace}")
    messages = await slack.channel("C1").until(
        lambda m: last(m, pod) and "⏳" not in m[-1].shown and bool(m[-1].buttons)
    )
    await slack.person("U1").clicks(messages[-1], "Logs")
    await slack.until(
        lambda: any(file.shared for file in slack.files) or len(slack.thread(messages[-1].ts).messages) > 1
    )
    everything = json.dumps([message.shown for message in slack._all("C1")]) + json.dumps(
        [call.arguments for call in slack.workspace.calls], default=str
    )
    everything += "".join(file.content.decode() for file in slack.files)
    assert secret not in everything


@cache
def log_of(namespace: str, pod: str) -> str:
    """All logs of a pod as recorded, to prove that the secret was there to be shown."""
    texts = []
    with tarfile.open(BUNDLE) as bundle:
        for member in bundle:
            if f"/pods/logs/{namespace}/{pod}/" in member.name and member.isfile():
                file = bundle.extractfile(member)
                texts.append(io.TextIOWrapper(file).read() if file else "")
    return "\n".join(texts)
