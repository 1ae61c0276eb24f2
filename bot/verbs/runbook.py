"""`mlops runbook` and `mlops guide`: what can be read without a cluster, as Markdown."""

import sys

from bot.errors import BotError, UsageError
from bot.exit_code import HEALTHY
from bot.settings import Settings
from bot.verbs.asking import refused
from bot.wiring.base import catalog
from rules.guide import NotInLibrary
from rules.library import Library


def runbook(topic: str) -> int:
    """Print what `TOPIC[#anchor]` names, or the topics there are without one; returns the exit code."""
    library = Library()
    try:
        sys.stdout.write(library.runbook(topic) if topic else _topics(library))
    except NotInLibrary as error:
        return _refused(error)
    return HEALTHY


def guide(section: str, settings: Settings) -> int:
    """Print the guide of the rules in force, or its sections of that name; returns the exit code."""
    try:
        sys.stdout.write(Library(catalog(settings)).guide(section))
    except NotInLibrary as error:
        return _refused(error)
    except BotError as error:
        return refused(error)
    return HEALTHY


def _topics(library: Library) -> str:
    return "".join(f"mlops runbook {topic}.md\n" for topic in library.topics())


def _refused(error: NotInLibrary) -> int:
    return refused(UsageError(str(error), f"Known are {', '.join(error.known)}."))
