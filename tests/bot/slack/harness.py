"""The Slack edge, running unchanged against the local Slack; only the looking itself is made up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from bot.command import Asker, Command, Defaults, DigestWish, Help, parse
from bot.errors import BotError
from bot.metrics import Metrics
from bot.render.message import SlackAnswer
from bot.report import Report, Verdict
from bot.slack.app import Options, SlackEdge
from bot.slack.clients import Clients
from bot.slack.pace import Clock
from bot.slack.reply import Pace
from bot.slack.watchdog import Vigil
from bot.store.contract import Store
from bot.store.memory import MemoryStore
from bot.work import Work
from handlers.contract import Exhibit, Progress
from rules.finding import ObjectRef
from tests.bot.many_handlers import MANY
from tests.bot.slack.steps import StepClock
from tests.fakes.slack import Message, Slack

Look = Callable[[Command, Progress], Awaitable[Report]]
PACE = Pace(post_seconds=0.0, edit_seconds=0.0)
VIGIL = Vigil(tick_seconds=0.05, stuck_seconds=1.0)


HANDLERS = MANY
LOG = Exhibit(
    title="log of app", filename="x_app.log", text="\n".join(f"line {n}" for n in range(40)), note="all of it"
)


def healthy(command: Command, **changes: object) -> Report:
    """A green answer to a command."""
    subject = ObjectRef("Pod", command.question.name, command.question.namespace or "mlops")
    report = Report(
        command=command.words,
        cluster=command.cluster or "prod",
        subject=subject,
        verdict=Verdict.HEALTHY,
        symptom="Running",
        checked=("status", "events"),
        as_of=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        took_ms=1900,
    )
    return replace(report, **changes)


class MadeUpCorridor:
    """Answers as `look` says; `asked` are the commands in order."""

    def __init__(self, look: Look | None = None) -> None:
        self.look = look or self._healthy
        self.asked: list[Command] = []

    async def ask(self, command: Command, progress: Progress) -> Report:
        self.asked.append(command)
        return await self.look(command, progress)

    async def _healthy(self, command: Command, progress: Progress) -> Report:  # noqa: ARG002 - Look's shape
        return healthy(command)


class Paused:
    """A look that tells its progress, then waits until the test lets it go on."""

    def __init__(self, *words: str, error: Exception | None = None) -> None:
        self._words = words
        self._error = error
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, command: Command, progress: Progress) -> Report:
        for word in self._words:
            await progress(word)
        self.begun.set()
        await self.go_on.wait()
        if self._error is not None:
            raise self._error
        return healthy(command)


def raising(error: Exception) -> Look:
    """A look that fails at once."""

    async def look(command: Command, progress: Progress) -> Report:  # noqa: ARG001 - Look's shape
        raise error

    return look


def saying(**changes: object) -> Look:
    """A look that finds a green answer with these changes."""

    async def look(command: Command, progress: Progress) -> Report:  # noqa: ARG001 - Look's shape
        return healthy(command, **changes)

    return look


def broken() -> Look:
    """A look that finds something broken, with a log too long to show whole."""
    return saying(verdict=Verdict.BROKEN, symptom="CrashLoopBackOff", exhibits=(LOG,))


def last(messages: list[Message], words: str) -> bool:
    """Whether the last message shows these words."""
    return bool(messages) and words in messages[-1].shown


def understand(text: str, asker: Asker) -> Command | Help:
    """The project's own parser, with handlers of every shape."""
    return parse(text, asker, Defaults(cluster="prod", clusters=("prod",)), HANDLERS)


async def no_wishes(wish: DigestWish) -> SlackAnswer:
    """Nobody tells digests here."""
    raise BotError(f"No digest: {wish.action}.")


class App:
    """A running edge and the parts a test looks at."""

    def __init__(self, edge: SlackEdge, work: Work, clock: StepClock, metrics: Metrics) -> None:
        self.edge = edge
        self.work = work
        self.clock = clock
        self.metrics = metrics


@asynccontextmanager
async def running(  # noqa: PLR0913 - each is what some test turns
    slack: Slack,
    corridor: MadeUpCorridor,
    *,
    store: Store | None = None,
    options: Options | None = None,
    workers: int = 50,
    queue: int = 500,
    deadline: float = 30.0,
    clock: Clock | None = None,
    drain_seconds: float = 2.0,
) -> AsyncIterator[App]:
    """Start the edge, and stop it at the end."""
    metrics, steps = Metrics(), StepClock()
    work = Work(workers=workers, queue=queue, deadline=deadline, metrics=metrics)
    edge = SlackEdge(
        options or socket_options(slack),
        Clients(slack.workspace.bot_token, slack.base_url),
        corridor=corridor,
        wishes=no_wishes,
        understand=understand,
        handlers=HANDLERS,
        work=work,
        store=MemoryStore() if store is None else store,  # an empty one is false
        metrics=metrics,
        clock=clock or steps,
    )
    try:
        await edge.start()
        yield App(edge, work, steps, metrics)
    finally:
        await edge.stop(drain_seconds)


def socket_options(
    slack: Slack, *, pace: Pace = PACE, vigil: Vigil = VIGIL, ping_seconds: float = 5.0
) -> Options:
    """Socket Mode against the local Slack."""
    return Options(app_token=slack.workspace.app_token, pace=pace, vigil=vigil, ping_seconds=ping_seconds)
