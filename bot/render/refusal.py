"""Why a question is not answered, and what to do instead: for Slack and in plain words."""

import shlex
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from bot.errors import BotError, UsageError
from bot.render.clamp import finish
from bot.render.door import Mrkdwn, code, join, label, label_between, own, say
from bot.render.elements import Actions, AnyBlock, Section, button, section, select
from bot.render.limits import OPTION_TEXT, OWN_TEXT
from bot.render.message import ACTION_PICK, ACTION_SUGGEST, SlackMessage
from bot.render.nouns import object_words
from handlers.contract import Candidate, NameAmbiguous, NameNotFound, QuestionError
from handlers.sources.errors import SourceError

ROWS: Final = 5
"""Candidates shown as a row with a button each; more of them become a menu."""
LISTED: Final = 15
_DIAGNOSE: Final = ("diagnose", "pod")


class RefusalWords(Struct, frozen=True):
    """A refusal in plain text: what happened, what to do, what was probably meant."""

    sentence: str
    advice: str = ""
    suggestion: str = ""
    candidates: tuple[Candidate, ...] = ()


class Paste(Struct, frozen=True):
    """How what was meant becomes a command of the terminal that asks the same cluster.

    Attributes:
        lead: the words before the name.
        asked: the words of a suggestion that `lead` stands for.
        options: where to look ("--demo"), after it.
    """

    lead: tuple[str, ...] = _DIAGNOSE
    asked: tuple[str, ...] = _DIAGNOSE
    options: tuple[str, ...] = ()

    def suggestion(self, words: str) -> str:
        """The command for a suggestion in canonical words; quoted, for a name may be anything."""
        parts, size = tuple(words.split()), len(self.asked)
        return self._command((*self.lead, *parts[size:]) if parts[:size] == self.asked else parts)

    def candidate(self, candidate: Candidate) -> str:
        """The command for a candidate."""
        place = ("-n", candidate.ref.namespace) if candidate.ref.namespace else ()
        return self._command((*self.lead, candidate.ref.name, *place))

    def _command(self, words: Sequence[str]) -> str:
        return shlex.join(("mlops", *words, *self.options))


def refusal_words(error: Exception, request_id: str = "") -> RefusalWords:
    """Say why there is no answer; an error nobody foresaw shows its request id and nothing of itself."""
    match error:
        case BotError():
            meant = error.suggestion if isinstance(error, UsageError) else ""
            return RefusalWords(error.sentence, error.advice, meant)
        case QuestionError():
            return _question_words(error)
        case SourceError():
            return RefusalWords(f"Could not read {error.what}: {error.why}.", error.advice)
    found = f" The operators find it in the bot's log under {request_id}." if request_id else ""
    return RefusalWords(
        f"Something went wrong on the bot's side, and there is no answer.{found}", "Try once more."
    )


def _question_words(error: QuestionError) -> RefusalWords:
    match error:
        case NameNotFound():
            return RefusalWords(
                str(error), "Did you mean one of these?" if error.near else "", "", error.near
            )
        case NameAmbiguous():
            return RefusalWords(str(error), "Which one?", "", error.candidates)
    return RefusalWords(str(error))


def refusal(error: Exception, values: Sequence[str] = (), request_id: str = "") -> SlackMessage:
    """Draw a refusal in Slack.

    Args:
        error: any error; only those of the known trees show their own words.
        values: opaque button values: one for a UsageError's suggestion, or one for each near name or
            candidate, in their order; a missing or empty one leaves its button out.
        request_id: by which an unforeseen error is found in the log.
    """
    words = refusal_words(error, request_id)
    sentence = own("⚠️ ") + say(words.sentence, 1_500)
    blocks: list[AnyBlock] = [section(join("\n", (sentence, say(words.advice, 1_000))))]
    blocks += _suggestion(words.suggestion, values[0] if values else "")
    blocks += _candidates(words.candidates, values)
    return finish(say(f"{words.sentence} {words.advice}", OWN_TEXT), blocks)


def candidate_words(candidate: Candidate) -> str:
    """Name a candidate with its state ("pod mlops/x (CrashLoopBackOff)")."""
    state = f" ({candidate.state})" if candidate.state else ""
    return f"{object_words(candidate.ref)}{state}"


def _suggestion(suggestion: str, value: str) -> list[AnyBlock]:
    if not suggestion:
        return []
    shown: list[AnyBlock] = [section(own("Did you mean ") + code(suggestion, 500) + own("?"))]
    if value:
        shown.append(Actions((button(label("Run it"), ACTION_SUGGEST, value, "primary"),)))
    return shown


def _candidates(candidates: Sequence[Candidate], values: Sequence[str]) -> list[AnyBlock]:
    if len(candidates) <= ROWS:
        padded = [*values, *[""] * len(candidates)]
        return [_row(one, value) for one, value in zip(candidates, padded, strict=False)]
    lines = [say(f"{number}.") + own(" ") + _name(one) for number, one in enumerate(candidates[:LISTED], 1)]
    rest = len(candidates) - LISTED
    if rest > 0:
        lines.append(say(f"… and {rest} more"))
    options = tuple(
        (label_between(f"{one.ref} {one.state}".strip(), OPTION_TEXT), value)
        for one, value in zip(candidates, values, strict=False)
        if value
    )
    menu = [Actions((select(label("Choose one"), ACTION_PICK, options),))] if options else []
    return [section(join("\n", lines)), *menu]


def _row(candidate: Candidate, value: str) -> Section:
    row = section(_name(candidate))
    return Section(row.text, accessory=button(label("This one"), ACTION_PICK, value)) if value else row


def _name(candidate: Candidate) -> Mrkdwn:
    name = say(object_words(candidate.ref), 150)
    return name + own("  ") + say(candidate.state, 40) if candidate.state else name
