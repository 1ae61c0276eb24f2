"""The corridor: the doors first, then one look, judged and told."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.errors import BotError, Busy, NotAllowed, RateLimited, StoreError, UsageError
from bot.metrics import Metrics
from bot.report import Report, Verdict
from bot.wiring.base import DEMO, recorded
from bot.wiring.measured import MeasuredCorridor, outcome_of
from handlers.contract import NameAmbiguous, NameInvalid, NameNotFound, Question
from handlers.pod import POD
from handlers.sources.errors import (
    BadAnswer,
    CredentialFailed,
    Forbidden,
    NotFound,
    Throttled,
    TimedOut,
    Unreachable,
)
from rules.rule import Catalog
from tests.shipped import shipped_rules

DIAGNOSE = Command(handler=POD, question=Question(name="fraud-scorer", namespace="mlops"), asker=TERMINAL)


def telling(happened: list[str]) -> Callable[[Report], Awaitable[None]]:
    """Notes every new report."""

    async def told(report: Report) -> None:
        happened.append(f"told {report.verdict}")

    return told


class Doors:
    """Lets askers in or not, and remembers the order of what happened."""

    def __init__(self, happened: list[str], refusal: BotError | None = None) -> None:
        self._happened = happened
        self._refusal = refusal

    async def admit(self, command: Command) -> None:
        self._happened.append(f"admit {command.words}")
        if self._refusal is not None:
            raise self._refusal

    async def share(self, command: Command, look: Callable[[], Awaitable[Report]]) -> Report:
        self._happened.append(f"share {command.words}")
        return await look()


@pytest.fixture(scope="module")
def rules() -> Catalog:
    return shipped_rules()


async def silent(_: str) -> None: ...


async def test_doors_look_report_in_this_order(rules: Catalog) -> None:
    happened: list[str] = []
    book = ClusterBook({"demo": recorded(DEMO, "demo")}, "demo")

    async def told(what: str) -> None:
        if "read" not in happened:
            happened.append("read")
        assert what

    corridor = Corridor(Doors(happened), book, rules, telling(happened))
    report = await corridor.ask(DIAGNOSE, told)
    words = "diagnose pod fraud-scorer -n mlops"
    assert happened == [f"admit {words}", f"share {words}", "read", "told broken"]
    assert (report.verdict, report.cluster) == (Verdict.BROKEN, "demo")
    assert report.command.startswith("diagnose pod mlops/fraud-scorer-")
    assert report.took_ms > 0
    assert report.as_of < datetime.now(UTC)
    await book.close()


async def test_who_is_refused_costs_no_look(rules: Catalog) -> None:
    happened: list[str] = []
    corridor = Corridor(Doors(happened, NotAllowed("no")), ClusterBook({}, ""), rules, telling(happened))
    with pytest.raises(NotAllowed):
        await corridor.ask(DIAGNOSE, silent)
    assert len(happened) == 1


@pytest.mark.parametrize(
    ("error", "label"),
    [
        (NotAllowed("no"), "refused"),
        (RateLimited(3, "you"), "refused"),
        (Busy("full"), "refused"),
        (UsageError("what?"), "usage"),
        (NameInvalid("X"), "usage"),
        (NameAmbiguous("two", ()), "usage"),
        (NameNotFound("none"), "not_found"),
        (NotFound("pod x", "not found"), "not_found"),
        (Forbidden("pods", "list", "pods"), "forbidden"),
        (CredentialFailed("token", "expired"), "unreachable"),
        (TimedOut("pods", 3), "unreachable"),
        (Unreachable("pods", "refused"), "unreachable"),
        (Throttled("pods"), "error"),
        (BadAnswer("pods", "cut"), "error"),
        (StoreError("away"), "error"),
        (KeyError("x"), "error"),
    ],
)
def test_every_outcome_has_a_label(error: Exception, label: str) -> None:
    assert outcome_of(error) == label


async def test_questions_without_an_answer_are_counted_too(rules: Catalog) -> None:
    metrics = Metrics()
    refusing = Corridor(Doors([], Busy("full")), ClusterBook({}, ""), rules, telling([]))
    with pytest.raises(Busy):
        await MeasuredCorridor(refusing, metrics).ask(DIAGNOSE, silent)
    shown = metrics.text().decode()
    assert 'mlops_bot_questions_total{outcome="refused",verb="diagnose pod"} 1.0' in shown
    assert "mlops_bot_answer_seconds_count" not in shown
