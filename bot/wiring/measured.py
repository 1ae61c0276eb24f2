"""The corridor with a meter: what became of each question, and how long it took."""

import logging
import time
from typing import Final

from bot.ask import Corridor
from bot.command import Command, asked_as
from bot.errors import BotError, Refused, UsageError
from bot.metrics import Metrics
from bot.report import Report
from handlers.contract import NameAmbiguous, NameInvalid, NameNotFound, Progress, QuestionError
from handlers.sources.errors import Forbidden, NotFound, SourceError, TimedOut, Unauthorized, Unreachable

log = logging.getLogger(__name__)
CUT: Final = "cut"
"""The question was ended before an answer was there: by its deadline, or by the bot's end."""
_OUTCOMES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (Refused, "refused"),
    (UsageError, "usage"),
    (NameInvalid, "usage"),
    (NameAmbiguous, "usage"),
    (NameNotFound, "not_found"),
    (NotFound, "not_found"),
    (Forbidden, "forbidden"),
    (Unauthorized, "unreachable"),
    (TimedOut, "unreachable"),
    (Unreachable, "unreachable"),
)


def outcome_of(error: Exception) -> str:
    """The label of a question that has no answer."""
    return next((label for kind, label in _OUTCOMES if isinstance(error, kind)), "error")


class MeasuredCorridor:
    """Asks, counts the outcome, records how long answers took, and logs a line for each question.

    The line says who asked what kind of thing and how it ended; not the words they used.
    """

    def __init__(self, corridor: Corridor, metrics: Metrics) -> None:
        self._corridor = corridor
        self._metrics = metrics

    async def ask(self, command: Command, progress: Progress) -> Report:
        """Answer a command; raises what the corridor raises."""
        verb = asked_as(command.handler)
        began, outcome = time.monotonic(), CUT
        try:
            report = await self._corridor.ask(command, progress)
            outcome = str(report.verdict)
            self._metrics.answered(verb, time.monotonic() - began)
        except (BotError, QuestionError, SourceError) as error:
            outcome = outcome_of(error)
            raise
        except Exception:
            outcome = "error"
            raise
        else:
            return report
        finally:
            self._metrics.question(verb, outcome)
            seconds = round(time.monotonic() - began, 3)
            who = {"user": command.asker.user, "channel": command.asker.channel}
            log.info("question", extra={"outcome": outcome, "seconds": seconds, **who})
