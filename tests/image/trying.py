"""An image tried: started as its user, probed, asked over Slack, made to draw, and ended."""

import time

from msgspec import Struct

from tests.bot.serving import answer_in, serving
from tests.fakes.kubernetes import ApiServer
from tests.fakes.slack import Slack
from tests.image.building import Image


class Tried(Struct, frozen=True):
    """What was seen.

    Attributes:
        probes: status of each of the paths that Kubernetes and Prometheus ask.
        answer: what was answered to a question over Slack.
        picture: the first bytes of the trend.
        code: how it ended.
        seconds: how long the end took.
        log: what it logged.
        changed: files that were added to the tree, or taken from it.
    """

    probes: dict[str, int]
    answer: str
    picture: bytes
    code: int | None
    seconds: float
    log: str
    changed: set[str]


async def tried(image: Image) -> Tried:
    """Do what a cluster and people would."""
    before = image.files()
    async with (
        Slack() as slack,
        ApiServer() as cluster,
        serving(
            image.folder / "etc",
            slack,
            {"prod": cluster.url},
            command=image.command,
            more=image.environment,
            telemetry={"log_format": "json"},
        ) as bot,
    ):
        person = slack.person("U1")
        await person.types("/mlops diagnose pod fraud-scorer")
        answer = await answer_in(slack, "KeyError")
        picture = await _trend(slack)
        paths = ("/startupz", "/healthz", "/readyz", "/metrics")
        probes = {path: (await bot.get(path))[0] for path in paths}
        began = time.monotonic()
        code, log = await bot.end()
        seconds = time.monotonic() - began
    return Tried(probes, answer.shown, picture, code, seconds, log, before ^ image.files())


async def _trend(slack: Slack) -> bytes:
    """A digest is told, so that there is something to draw."""
    person = slack.person("U2")
    await person.types("/mlops digest now", channel="C2")
    await slack.until(lambda: any(file.filename.endswith(".csv") for file in slack.files), timeout=30)
    await person.types("/mlops digest picture 7d", channel="C2")
    await slack.until(
        lambda: bool(_pictures(slack)) or bool(slack.ephemerals("U2", "C2").messages), timeout=60
    )
    assert _pictures(slack), [refusal.shown for refusal in slack.ephemerals("U2", "C2").messages]
    return _pictures(slack)[0]


def _pictures(slack: Slack) -> list[bytes]:
    return [file.content for file in slack.files if file.filename.endswith(".png")]
