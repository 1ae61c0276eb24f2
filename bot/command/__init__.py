"""Text → Command; what people type in Slack and in the terminal, cleaned and understood."""

from bot.command.cleaning import clean
from bot.command.model import TERMINAL, Asker, Command, Defaults, Help
from bot.command.understanding import LONGEST_TEXT, near, parse

__all__ = ["LONGEST_TEXT", "TERMINAL", "Asker", "Command", "Defaults", "Help", "clean", "near", "parse"]
