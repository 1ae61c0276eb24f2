"""Text → Command; what people type in Slack and in the terminal, cleaned and understood."""

from bot.command.cleaning import clean
from bot.command.digest import DIGEST_USAGE, parse_digest
from bot.command.digest_wish import DigestAction, DigestWish
from bot.command.grammar import asked_as, usage
from bot.command.model import FILE, TERMINAL, Asker, Command, Defaults, Help
from bot.command.nearness import near
from bot.command.understanding import LONGEST_TEXT, parse
from bot.command.vocabulary import KINDS, NAMESPACE

__all__ = [
    "DIGEST_USAGE",
    "FILE",
    "KINDS",
    "LONGEST_TEXT",
    "NAMESPACE",
    "TERMINAL",
    "Asker",
    "Command",
    "Defaults",
    "DigestAction",
    "DigestWish",
    "Help",
    "asked_as",
    "clean",
    "near",
    "parse",
    "parse_digest",
    "usage",
]
