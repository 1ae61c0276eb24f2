"""How answers look, letter by letter; UPDATE_GOLDEN=1 writes the files anew, to be read before they stay."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from bot.errors import NotAllowed, RateLimited, UsageError
from bot.render.blocks import Buttons, answer, help_message, logs_message, plain, progress, refusal
from bot.render.envelope import make_schema, render_json, schema
from bot.render.markdown import render_markdown
from bot.render.message import SlackMessage
from bot.render.terminal import render_refusal, render_terminal
from handlers.contract import (
    Candidate,
    Evidence,
    Handler,
    NameAmbiguous,
    NameNotFound,
    Progress,
    Question,
    Sources,
)
from handlers.sources.errors import Forbidden
from rules.finding import ObjectRef
from tests.bot.render.samples import CRASH, REPORTS
from tests.bot.render.slack_rules import RUNBOOKS

GOLDEN = Path(__file__).parent / "golden"
BUTTONS = Buttons(rerun="v1.rerun", logs="v1.logs")


def pod(name: str, state: str, namespace: str = "mlops") -> Candidate:
    return Candidate(ObjectRef("Pod", name, namespace), state)


REFUSALS: dict[str, tuple[Exception, tuple[str, ...]]] = {
    "usage": (
        UsageError("“diagnos” is no verb I know.", "Say `help` for the list.", "diagnose pod x -n mlops"),
        ("v1.suggest",),
    ),
    "not-found": (
        NameNotFound(
            "No pod fraud-detectr in mlops.",
            (pod("fraud-detector-7c9d-x2lqp", "Running"), pod("fraud-scorer-59f7-zwcc5", "CrashLoopBackOff")),
        ),
        ("v1.a", "v1.b"),
    ),
    "ambiguous": (
        NameAmbiguous(
            "7 pods begin with session-api in mlops.",
            tuple(
                pod(f"session-api-7d8fbfb7d8-{n}x2r", "Running" if n else "CrashLoopBackOff")
                for n in range(7)
            ),
        ),
        tuple(f"v1.{n}" for n in range(7)),
    ),
    "forbidden": (Forbidden("log of mlops/x [app]", "get", "pods/log", "mlops"), ()),
    "not-allowed": (NotAllowed("This channel is not on my list.", "Ask in #ml-platform."), ()),
    "rate-limited": (RateLimited(41.2, "you"), ()),
    "unforeseen": (KeyError("password=hunter2"), ()),
}


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    raise NotImplementedError((question, sources, progress))


HANDLERS = (
    Handler(
        verb="diagnose",
        subject="pod",
        aliases=("po", "pods"),
        usage="<name> [-n namespace]",
        summary="Why a pod is not running or not ready.",
        gather=gather,
    ),
    Handler(
        verb="logs",
        subject="pod",
        usage="<name>",
        summary="The lines that matter of its logs.",
        gather=gather,
    ),
)


def agree(name: str, drawn: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(drawn, "utf-8")
    assert path.read_text("utf-8") == drawn


def pretty(value: object) -> str:
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", REPORTS)
def test_slack(name: str) -> None:
    agree(f"{name}.slack.json", pretty(answer(REPORTS[name], BUTTONS, RUNBOOKS)))


@pytest.mark.parametrize("name", REPORTS)
def test_plain_slack(name: str) -> None:
    agree(f"{name}.slack.txt", plain(answer(REPORTS[name], BUTTONS, RUNBOOKS).message).text + "\n")


@pytest.mark.parametrize("name", REPORTS)
def test_terminal(name: str) -> None:
    agree(f"{name}.terminal.txt", render_terminal(REPORTS[name], color=False, width=100))


def test_terminal_in_colour() -> None:
    agree("crash.colour.txt", render_terminal(CRASH, color=True, width=100))


@pytest.mark.parametrize("name", REPORTS)
def test_json(name: str) -> None:
    agree(f"{name}.json", render_json(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_markdown(name: str) -> None:
    agree(f"{name}.md", render_markdown(REPORTS[name], RUNBOOKS))


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(name: str) -> None:
    error, values = REFUSALS[name]
    drawn = refusal(error, values, "req-7f3a")
    agree(f"refusal-{name}.slack.json", pretty(drawn))
    agree(f"refusal-{name}.terminal.txt", render_refusal(error, "req-7f3a", color=False))


def test_small_messages() -> None:
    shown: dict[str, SlackMessage] = {
        "progress": progress("pod mlops/fraud-detector", ["pod", "events"], ["logs", "owner"]),
        "help": help_message(HANDLERS),
        "help of one topic": help_message(HANDLERS, "/ml", "logs"),
        "logs": logs_message(CRASH.exhibits).message,
        "no logs": logs_message(()).message,
    }
    agree("small.slack.json", pretty(shown))


def test_the_shipped_schema_is_the_one_of_the_types() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        (Path(__file__).parents[3] / "bot/render/report.schema.json").write_text(make_schema(), "utf-8")
    assert schema() == make_schema()
