"""The commands of the terminal that ask a question: one for each verb of the handlers, with their options."""

import argparse
from collections.abc import Sequence
from typing import Final

from bot.command import usage
from bot.verbs.parsers import Parser, add_answer, add_place
from handlers import HANDLERS
from handlers.contract import Handler, Option

TYPED: Final = ""
"""The parser of a question as one types it in Slack, which begins with no command."""
_STREAMS: Final = """\
The answer goes to stdout, everything else to stderr: when there is no answer, stdout stays empty with
every output format, stderr says why, and the exit code is 2, 64 or 69.
"""
_FEW: Final = 3


def question_parsers(made: "argparse._SubParsersAction[Parser]", taken: Sequence[str]) -> dict[str, Parser]:
    """The commands that ask a question, by their verb; verbs that are `taken` keep their meaning here."""
    verbs = [verb for verb in dict.fromkeys(each.verb for each in HANDLERS) if verb not in taken]
    parsers = {verb: _parser(verb, made) for verb in verbs}
    typed = Parser(prog="mlops", epilog=_STREAMS)
    _arguments(typed, HANDLERS)
    return parsers | {TYPED: typed}


def verb_about(topic: str) -> str:
    """The verb that help about a subject or an alias is about; empty without one."""
    return next((h.verb for h in HANDLERS if topic.lower() in (h.subject, *h.aliases)), "")


def own_options(handlers: Sequence[Handler] = HANDLERS) -> dict[str, Option]:
    """The options of handlers by their long name."""
    return {option.name: option for handler in handlers for option in handler.options}


def destination(option: Option) -> str:
    """The attribute that holds the value of a handler's option."""
    return f"own_{option.name.replace('-', '_')}"


def _parser(verb: str, made: "argparse._SubParsersAction[Parser]") -> Parser:
    those = [handler for handler in HANDLERS if handler.verb == verb]
    parser = made.add_parser(verb, help=_short(those), description=_long(those), epilog=_STREAMS)
    _arguments(parser, those)
    return parser


def _arguments(parser: Parser, those: Sequence[Handler]) -> None:
    taking = [handler for handler in those if handler.takes != "nothing"]
    parser.add_argument("words", nargs="*", metavar=_metavar(those), help="as above, in any order")
    if taking:
        parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    for option in own_options(those).values():
        _option(parser, option)
    add_place(parser)
    add_answer(parser)


def _metavar(those: Sequence[Handler]) -> str:
    kind = "KIND " if any(handler.subject for handler in those) else ""
    name = "NAME" if any(handler.takes != "nothing" for handler in those) else ""
    return f"{kind}{name}".strip() or "WORD"


def _option(parser: Parser, option: Option) -> None:
    name, told = f"--{option.name}", option.meaning.replace("%", "%%")
    if not option.metavar:
        parser.add_argument(name, dest=destination(option), action="store_true", help=told)
        return
    value = f"{{{','.join(option.choices)}}}" if option.choices else option.metavar
    parser.add_argument(name, dest=destination(option), default="", metavar=value, help=told)


def _short(those: Sequence[Handler]) -> str:
    """One line about a verb."""
    if len(those) > _FEW:
        kinds = ", ".join(handler.subject for handler in those if handler.subject)
        return f"what is wrong with one of: {kinds}"
    told = [f"{handler.subject}: {handler.summary}".removeprefix(": ") for handler in those]
    return "; ".join(line.removesuffix(".") for line in told).replace("%", "%%")


def _long(those: Sequence[Handler]) -> str:
    """Every usage with its meaning."""
    lines = []
    for handler in those:
        also = f"  (also {', '.join(handler.aliases)})" if handler.aliases else ""
        lines += [f"mlops {usage(handler)}{also}", f"    {handler.summary}"]
    return "\n".join(lines).replace("%", "%%")
