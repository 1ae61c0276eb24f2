"""Commands for tests of the doors: a verb that looks at nothing."""

from bot.command import Asker, Command
from handlers.contract import Evidence, Handler, Progress, Question, Sources


async def _gather(question: Question, sources: Sources, progress: Progress) -> Evidence:  # noqa: ARG001 - Gather
    raise AssertionError("the doors never look themselves")


def handler(cost: int = 1) -> Handler:
    return Handler(
        verb="diagnose", subject="pod", usage="NAME", summary="why it does not run", cost=cost, gather=_gather
    )


def command(  # noqa: PLR0913 - every part of a question, each with a default
    name: str = "x",
    *,
    user: str = "U1",
    channel: str = "C1",
    cost: int = 1,
    fresh: bool = False,
    cluster: str = "prod",
    deadline: float = 25.0,
) -> Command:
    return Command(
        handler=handler(cost),
        question=Question(name=name, namespace="mlops", deadline=deadline),
        cluster=cluster,
        asker=Asker(user=user, channel=channel, team="T1"),
        fresh=fresh,
    )
