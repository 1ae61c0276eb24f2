"""What a renderer hands to the Slack edge: messages as JSON-able blocks, files, and ids of buttons."""

from typing import Final, TypeAlias

from msgspec import Struct

Json: TypeAlias = str | int | bool | list["Json"] | dict[str, "Json"]
Block: TypeAlias = dict[str, Json]
"""One Block Kit block as Slack's API takes it."""

ACTION_RERUN: Final = "mlops_rerun"
ACTION_LOGS: Final = "mlops_logs"
ACTION_PICK: Final = "mlops_pick"
ACTION_SUGGEST: Final = "mlops_suggest"
ACTION_DIAGNOSE: Final = "mlops_diagnose"
ACTION_SNOOZE: Final = "mlops_snooze"


class SlackMessage(Struct, frozen=True):
    """One message within Slack's limits, redacted and escaped.

    Attributes:
        text: what a phone shows and a screen reader reads; the whole message where there are no blocks.
        blocks: never changed after they were made.
    """

    text: str
    blocks: tuple[Block, ...] = ()


class SlackFile(Struct, frozen=True):
    """A file for the thread, redacted; `title` is shown above it."""

    filename: str
    title: str
    content: str


class Picture(Struct, frozen=True, kw_only=True):
    """A picture for the thread; its words are redacted.

    Attributes:
        title: shown above it.
        alt: what it shows, for who cannot see it; at most 1,000 characters.
        png: the file's bytes.
    """

    filename: str
    title: str
    alt: str
    png: bytes


class SlackAnswer(Struct, frozen=True):
    """The answer, what follows in its thread, and the files that go there."""

    message: SlackMessage
    thread: tuple[SlackMessage, ...] = ()
    files: tuple[SlackFile, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Buttons(Struct, frozen=True, kw_only=True):
    """Opaque values of an answer's buttons, at most 2,000 characters each; empty leaves a button out."""

    rerun: str = ""
    logs: str = ""


NO_BUTTONS: Final = Buttons()
