"""Help, written from the list of handlers."""

from collections.abc import Sequence
from typing import Final

from bot.command import usage
from bot.render.clamp import finish
from bot.render.door import Mrkdwn, code, join, own, say
from bot.render.elements import context, section
from bot.render.findings import pack
from bot.render.message import SlackMessage
from handlers.contract import Handler

_LINE = 400
_KINDS = 900
FEW: Final = 3
"""Subjects of a verb that are told one by one when everything is listed."""


def help_message(handlers: Sequence[Handler], command: str = "/mlops", topic: str = "") -> SlackMessage:
    """List what can be asked; a `topic` that is a verb, a subject or an alias narrows the list."""
    about = [handler for handler in handlers if topic and _is_about(handler, topic.lower())]
    lines = [_line(handler, command) for handler in about] or _all(handlers, command)
    title = own("*What I can look into*")
    where = own("Words in any order, kubectl's short names and flags too. ")
    where += own("In a thread mention me instead, or write me a direct message.")
    shown = about or handlers
    verbs = dict.fromkeys(handler.verb for handler in shown)
    told = [usage(handler) for handler in shown] if len(shown) <= FEW else list(verbs)
    text = say(f"{command} can: {'; '.join(told)}", _LINE)
    return finish(text, [section(title), *pack(lines), context(where)])


def _all(handlers: Sequence[Handler], command: str) -> list[Mrkdwn]:
    """Every verb; one with many subjects in a few lines."""
    lines: list[Mrkdwn] = []
    for verb in dict.fromkeys(handler.verb for handler in handlers):
        those = [handler for handler in handlers if handler.verb == verb]
        many = len(those) > FEW
        lines += [_kinds(verb, those, command)] if many else [_line(each, command) for each in those]
    return lines


def _kinds(verb: str, those: Sequence[Handler], command: str) -> Mrkdwn:
    named = [handler.subject for handler in those if handler.takes == "name"]
    alone = [handler.subject for handler in those if handler.takes != "name"]
    also = f", and without a name: {', '.join(alone)}" if alone else ""
    head = code(f"{command} {verb} KIND NAME [-n NAMESPACE]", _LINE)
    kinds = own("Kinds: ") + say(f"{', '.join(named)}{also}", _KINDS)
    return join("\n", (head, kinds, own("More about one: ") + code(f"{command} help {those[0].subject}")))


def _is_about(handler: Handler, topic: str) -> bool:
    return topic in (handler.verb, handler.subject, *handler.aliases)


def _line(handler: Handler, command: str) -> Mrkdwn:
    also = own("  (also ") + say(", ".join(handler.aliases), 100) + own(")") if handler.aliases else own("")
    shown = code(f"{command} {usage(handler)}", _LINE)
    return join("\n", (shown + also, say(handler.summary, _LINE)))
