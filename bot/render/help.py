"""Help, written from the list of handlers."""

from collections.abc import Sequence

from bot.render.clamp import finish
from bot.render.door import Mrkdwn, code, join, own, say
from bot.render.elements import context, section
from bot.render.findings import pack
from bot.render.message import SlackMessage
from handlers.contract import Handler

_LINE = 400


def help_message(handlers: Sequence[Handler], command: str = "/mlops", topic: str = "") -> SlackMessage:
    """List what can be asked; a `topic` that is a verb, a subject or an alias narrows the list."""
    shown = [handler for handler in handlers if _is_about(handler, topic.lower())] or list(handlers)
    title = own("*What I can look into*")
    lines = [_line(handler, command) for handler in shown]
    where = own("Words in any order, kubectl's short names and flags too. ")
    where += own("In a thread mention me instead, or write me a direct message.")
    text = say(f"{command} can: {'; '.join(_usage(handler) for handler in shown)}", _LINE)
    return finish(text, [section(title), *pack(lines), context(where)])


def _is_about(handler: Handler, topic: str) -> bool:
    return not topic or topic in (handler.verb, handler.subject, *handler.aliases)


def _line(handler: Handler, command: str) -> Mrkdwn:
    also = own("  (also ") + say(", ".join(handler.aliases), 100) + own(")") if handler.aliases else own("")
    usage = code(f"{command} {_usage(handler)}", _LINE)
    return join("\n", (usage + also, say(handler.summary, _LINE)))


def _usage(handler: Handler) -> str:
    """The usage of a handler; its arguments alone or the whole command, as the handler wrote it."""
    start = f"{handler.verb} {handler.subject}"
    return handler.usage if handler.usage.startswith(handler.verb) else f"{start} {handler.usage}".strip()
