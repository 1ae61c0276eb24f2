"""Help, written from the list of handlers."""

from collections.abc import Sequence
from typing import Final

from bot.command import DIGEST_USAGE, usage
from bot.render.clamp import finish
from bot.render.door import Mrkdwn, code, join, own, say
from bot.render.elements import context, section
from bot.render.findings import pack
from bot.render.message import SlackMessage
from handlers.contract import Handler

_LINE = 400
_KINDS = 900
_DIGEST = "digest"
_NOTHING = own("")
_DIGESTS = ("digest now", 'digest subscribe "weekdays 09:00 Europe/Dublin"')
_ALSO = {_DIGEST: ("digests",)}
FEW: Final = 3
"""Subjects of a verb that are told one by one when everything is listed."""


def help_message(handlers: Sequence[Handler], command: str = "/mlops", topic: str = "") -> SlackMessage:
    """List what can be asked; a `topic` that is a verb, a subject or an alias narrows the list."""
    about = [handler for handler in handlers if topic and _is_about(handler, topic.lower())]
    lines = [line for handler in about for line in _whole(handler, command)] or _all(handlers, command)
    title = own("*What I can look into*")
    where = own("Words in any order, kubectl's short names and flags too. ")
    where += own("In a thread mention me instead, or write me a direct message.")
    shown = about or handlers
    verbs = dict.fromkeys(handler.verb for handler in shown)
    told = [each for handler in shown for each in _usages(handler)] if len(shown) <= FEW else list(verbs)
    text = say(f"{command} can: {'; '.join(told)}", _LINE)
    return finish(text, [section(title), *pack(lines), context(where)])


def _all(handlers: Sequence[Handler], command: str) -> list[Mrkdwn]:
    """Every verb; one with many subjects in a few lines."""
    lines: list[Mrkdwn] = []
    for verb in dict.fromkeys(handler.verb for handler in handlers):
        those = [handler for handler in handlers if handler.verb == verb]
        many = len(those) > FEW
        if verb == _DIGEST:
            lines.append(_digests(command))
        else:
            lines += [_kinds(verb, those, command)] if many else [_line(each, command) for each in those]
    return lines


def _usages(handler: Handler) -> list[str]:
    """How a handler is asked; what is asked of digests in Slack has many forms, and no handler knows them."""
    return list(DIGEST_USAGE) if handler.verb == _DIGEST else [usage(handler)]


def _whole(handler: Handler, command: str) -> list[Mrkdwn]:
    """All there is to say of a handler."""
    if handler.verb != _DIGEST:
        return [_line(handler, command)]
    return [_told(f"{command} {form}", does) for form, does in DIGEST_USAGE.items()]


def _digests(command: str) -> Mrkdwn:
    """Digests in a few lines."""
    forms = join("\n", [code(f"{command} {form}", _LINE) for form in _DIGESTS])
    what = own("What is new, worse, still there and gone: now, or every morning. More: ")
    return join("\n", (forms, what + code(f"{command} help digest", _LINE)))


def _kinds(verb: str, those: Sequence[Handler], command: str) -> Mrkdwn:
    named = [handler.subject for handler in those if handler.takes == "name"]
    alone = [handler.subject for handler in those if handler.takes != "name"]
    also = f", and without a name: {', '.join(alone)}" if alone else ""
    head = code(f"{command} {verb} KIND NAME [-n NAMESPACE]", _LINE)
    kinds = own("Kinds: ") + say(f"{', '.join(named)}{also}", _KINDS)
    return join("\n", (head, kinds, own("More about one: ") + code(f"{command} help {those[0].subject}")))


def _is_about(handler: Handler, topic: str) -> bool:
    return topic in (handler.verb, handler.subject, *handler.aliases, *_ALSO.get(handler.verb, ()))


def _line(handler: Handler, command: str) -> Mrkdwn:
    also = own("  (also ") + say(", ".join(handler.aliases), 100) + own(")") if handler.aliases else own("")
    return _told(f"{command} {usage(handler)}", handler.summary, also)


def _told(form: str, does: str, also: Mrkdwn = _NOTHING) -> Mrkdwn:
    return join("\n", (code(form, _LINE) + also, say(does, _LINE)))
