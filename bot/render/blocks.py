"""What the Slack edge calls: everything it shows is drawn by one of these."""

from bot.render.answer import answer
from bot.render.degrade import classic, plain
from bot.render.digest.hygiene import hygiene_message
from bot.render.digest.slack import digest_message
from bot.render.digest.view import DigestView
from bot.render.help import help_message
from bot.render.message import (
    ACTION_DIAGNOSE,
    ACTION_LOGS,
    ACTION_PICK,
    ACTION_RERUN,
    ACTION_SNOOZE,
    ACTION_SUGGEST,
    NO_BUTTONS,
    Block,
    Buttons,
    SlackAnswer,
    SlackFile,
    SlackMessage,
)
from bot.render.progress import progress
from bot.render.refusal import refusal
from bot.render.thread import logs_message

__all__ = [
    "ACTION_DIAGNOSE",
    "ACTION_LOGS",
    "ACTION_PICK",
    "ACTION_RERUN",
    "ACTION_SNOOZE",
    "ACTION_SUGGEST",
    "NO_BUTTONS",
    "Block",
    "Buttons",
    "DigestView",
    "SlackAnswer",
    "SlackFile",
    "SlackMessage",
    "answer",
    "classic",
    "digest_message",
    "help_message",
    "hygiene_message",
    "logs_message",
    "plain",
    "progress",
    "refusal",
]
