"""What a rule is explained on: the words after `--on`, and the facts that the question they ask brings."""

import argparse

from bot.command import TERMINAL, Command, parse
from bot.errors import UsageError
from bot.settings import Settings
from bot.verbs.asking import book_of, known_places, silent
from handlers import HANDLERS
from handlers.contract import Handler
from rules.facts import SUBJECTS
from rules.facts.base import SubjectFacts
from rules.rule import Rule


def askable(rule: Rule) -> str:
    """The subject people name: the rule's own, or the first of those that a general rule is about."""
    asked = [each.subject for each in HANDLERS if _judges(rule, each.subject)]
    return rule.subject if rule.subject in asked or not asked else asked[0]


async def facts_to_explain(chosen: argparse.Namespace, settings: Settings, rule: Rule) -> SubjectFacts:
    """The facts a rule is explained on: of what is named, or of what it depends on.

    Raises:
        BotError: the words name nothing the rule could be about.
        QuestionError: the object is not there, or is one of several.
        SourceError: the cluster gave no answer.
    """
    command = _command(chosen, settings, rule)
    book = book_of(chosen, settings, command.cluster)
    try:
        sources = await book.sources(command.cluster)
        evidence = await command.handler.gather(command.question, sources, silent)
    finally:
        await book.close()
    found = [facts for facts in (evidence.facts, *evidence.related) if isinstance(facts, rule.facts)]
    if not found:
        raise _not_about(rule, f"{evidence.subject.kind} {evidence.subject} has no facts of that kind.")
    return found[0]


def _command(chosen: argparse.Namespace, settings: Settings, rule: Rule) -> Command:
    words = [_named(chosen.on, rule), *(["-n", chosen.namespace] if chosen.namespace else [])]
    words += ["-A"] if chosen.all_namespaces else []
    words += ["--cluster", chosen.cluster] if chosen.cluster else []
    command = parse(" ".join(words), TERMINAL, known_places(chosen, settings), HANDLERS)
    if not isinstance(command, Command):
        raise _not_about(rule, f"“{chosen.on}” names nothing.")
    return command


def _named(named: str, rule: Rule) -> str:
    """The question that brings the facts: what is named, else the rule's own subject of that name."""
    if not named:
        raise UsageError(
            f"Which {rule.subject} is {rule.id} to be explained on? --on is missing.",
            f"Say, for example: mlops rules explain {rule.id} --on {_example(rule)}",
        )
    kind, slash, name = named.partition("/")
    of_kind = next(
        (each for each in HANDLERS if each.subject and kind in (each.subject, *each.aliases)), None
    )
    if of_kind is not None and slash:
        return f"{of_kind.verb} {kind} --name {name}" if of_kind.takes == "optional" else f"diagnose {named}"
    if slash:
        return f"diagnose {named}"
    if {named, named.partition(" ")[0]} & {word for each in HANDLERS for word in (each.verb, each.subject)}:
        return named
    own = _handler(rule)
    return f"{own.verb} {own.subject} --name {named}" if own else f"diagnose {askable(rule)}/{named}"


def _handler(rule: Rule) -> Handler | None:
    """The handler of a rule whose subject is no kind of object ("terraformlock")."""
    return next(
        (h for h in HANDLERS if rule.subject in (f"{h.verb}{h.subject}", h.verb) and h.takes != "nothing"),
        None,
    )


def _example(rule: Rule) -> str:
    own = _handler(rule)
    known = any(each.subject == askable(rule) for each in HANDLERS)
    return f"{askable(rule)}/NAME" if known else "NAME" if own else "health"


def _not_about(rule: Rule, why: str) -> UsageError:
    return UsageError(
        f"{rule.id} is a rule about a {rule.subject}. {why}", f"Say, for example: --on {_example(rule)}"
    )


def _judges(rule: Rule, subject: str) -> bool:
    """Whether a rule is about that subject, or about something more general that it is too."""
    return subject in SUBJECTS and issubclass(SUBJECTS[subject], rule.facts)
