"""Promises that every question keeps: no secret, nothing over a limit of Slack's, one list asked for once."""

import asyncio
from collections import Counter
from functools import cache

import pytest

from bot.command import TERMINAL, Command
from bot.render.answer import answer
from bot.render.envelope import render_json
from bot.render.markdown import render_markdown
from bot.render.terminal import render_terminal
from bot.report import Report
from handlers import HANDLERS
from handlers.contract import Handler, Question, QuestionError, Sources
from handlers.sources.errors import SourceError
from tests.fakes.kubernetes import ApiServer
from tests.handlers.conftest import Connect, told
from tests.scenarios.lab import secrets
from tests.scenarios.questions import named, questions
from tests.scenarios.test_lab_in_slack import lab_corridor

pytestmark = pytest.mark.lab
LITERALS = frozenset(literal for literal, _ in secrets())


@cache
def reports(handler: Handler) -> tuple[Report, ...]:
    """The answers of the recorded cluster to a handler's questions; a question without an answer has none."""
    return tuple(
        report for question in questions(handler) if (report := asyncio.run(_ask(handler, question)))
    )


async def _ask(handler: Handler, question: Question) -> Report | None:
    async def silent(_: str) -> None: ...

    try:
        command = Command(handler=handler, question=question, asker=TERMINAL)
        return await lab_corridor().look(command, silent)
    except (QuestionError, SourceError):
        return None


def drawn(report: Report) -> dict[str, str]:
    """A report by every door."""
    slack = answer(report)
    messages = (slack.message, *slack.thread)
    return {
        "json": render_json(report),
        "markdown": render_markdown(report),
        "terminal": render_terminal(report, color=False, width=200),
        "slack": "\n".join([*(str(each) for each in messages), *(file.content for file in slack.files)]),
    }


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
def test_no_secret_of_the_lab_is_in_any_answer(handler: Handler) -> None:
    for report in reports(handler):
        for door, text in drawn(report).items():
            told_secrets = [literal for literal in LITERALS if literal in text.replace("\n", "")]
            assert told_secrets == [], (report.command, door)


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
def test_an_answer_keeps_within_slacks_limits_and_its_own_budget(handler: Handler) -> None:
    for report in reports(handler):
        slack = answer(report)
        assert len(slack.message.blocks) <= 25, report.command
        assert len(str(slack.message.blocks)) <= 13_000, report.command
        assert slack.message.text, report.command
        assert all(len(message.blocks) <= 50 for message in slack.thread)


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
def test_a_cause_is_short_and_ends_with_something_to_do(handler: Handler) -> None:
    for report in reports(handler):
        for finding in report.findings:
            assert len(finding.summary) <= 280, finding.summary
            assert finding.fix, finding.rule
            assert not any("unknown" in step.run for step in finding.fix), finding.rule


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
async def test_nothing_is_listed_twice_in_one_question(
    handler: Handler, server: ApiServer, connect: Connect
) -> None:
    cluster = connect(server)
    for question in questions(handler):
        server.requests.clear()
        try:
            await handler.gather(question, Sources(cluster=cluster), told)
        except (QuestionError, SourceError):
            continue
        asked = Counter(
            (seen.method, seen.path, tuple(sorted(seen.query.items()))) for seen in server.requests
        )
        assert {request for request, times in asked.items() if times > 1} == set(), question
