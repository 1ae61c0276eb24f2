"""Why the bot does not answer a question, as one tree; each error carries the sentences a person sees.

BotError
├── UsageError          the words make no command
├── Refused             a door is closed to this asker
│   ├── NotAllowed      not on the list of users, groups or channels
│   ├── RateLimited     too many questions; says when to ask again
│   └── Busy            all workers are taken, or the bot is shutting down
├── SettingsError       the settings cannot be used
├── StoreError          Redis does not answer (callers decide whether that matters)
└── PictureError        a picture cannot be drawn (what it would show is still told in words)
"""


class BotError(Exception):
    """A question the bot does not answer.

    Attributes:
        sentence: what happened, for the asker.
        advice: what to do next, one sentence; may be empty.
    """

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice


class UsageError(BotError):
    """The words make no command.

    Attributes:
        suggestion: a whole command that was probably meant ("diagnose pod x"), or empty.
    """

    def __init__(self, sentence: str, advice: str = "", suggestion: str = "") -> None:
        super().__init__(sentence, advice)
        self.suggestion = suggestion


class Refused(BotError):
    """A door is closed to this asker."""


class NotAllowed(Refused):
    """The asker, or the place, is not on the list."""


class RateLimited(Refused):
    """Too many questions.

    Attributes:
        retry_after: seconds until a question of this cost is admitted again.
    """

    def __init__(self, retry_after: float, whose: str) -> None:
        seconds = max(1, round(retry_after))
        super().__init__(f"That is a lot of questions from {whose}.", f"Ask again in {seconds} s.")
        self.retry_after = float(seconds)


class Busy(Refused):
    """No worker is free, or the bot is shutting down."""


class SettingsError(BotError):
    """The settings cannot be used; the sentence names the setting and the place."""


class StoreError(BotError):
    """Redis does not answer."""


class PictureError(BotError):
    """A picture cannot be drawn: there is nothing to show yet, or the drawing failed."""
