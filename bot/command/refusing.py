"""The sentences of a text that makes no command, in the words of the handlers."""

from collections.abc import Sequence

from bot.command.grammar import Grammar, asked_as, usage
from bot.errors import UsageError
from handlers.contract import Handler

SHOWN = 40
"""Characters of a word that are repeated to whoever typed it."""
_FEW = 3


def unknown_word(word: str, grammar: Grammar, suggestion: str) -> UsageError:
    """A word in the place of a verb that is none, and near none."""
    return UsageError(f"I do not know “{word[:SHOWN]}”.", f"I can: {_abilities(grammar)}.", suggestion)


def unknown_verb(word: str, meant: str, suggestion: str) -> UsageError:
    """A word that is probably the verb `meant`."""
    hint = "" if suggestion else f"Did you mean “{meant}”?"
    return UsageError(f"I do not know “{word[:SHOWN]}”.", hint, suggestion)


def unknown_subject(word: str, handler: Handler, handlers: Sequence[Handler], suggestion: str) -> UsageError:
    """A kind that the verb does not know; `handler` is the one that was probably meant."""
    known = ", ".join(dict.fromkeys(each.subject for each in handlers if each.subject))
    sentence = f"I cannot {handler.verb} “{word[:SHOWN]}”; I know: {known}."
    return UsageError(sentence, "" if suggestion else f"Say: {usage(handler)}", suggestion)


def no_subject(word: str, alone: Handler, suggestion: str) -> UsageError:
    """A kind behind a verb that takes none."""
    sentence = f"“{alone.verb}” takes no kind, and got “{word[:SHOWN]}”."
    return UsageError(sentence, f"Say: {usage(alone)}", suggestion)


def subject_missing(verb: str, handlers: Sequence[Handler]) -> UsageError:
    """A verb that needs a subject, without one."""
    return UsageError(f"{verb} what?", f"Say: {'; '.join(map(usage, handlers))}.")


def name_missing(handler: Handler, beside: str) -> UsageError:
    """No name was said; `beside` is a word of the sentence that could have been meant as one."""
    what = f"Which {handler.subject}?" if handler.subject else f"{handler.verb} needs a name."
    called = f" One that is called “{beside}”: {handler.subject}/{beside}" if beside else ""
    return UsageError(what, f"Say: {usage(handler)}.{called}")


def too_many_names(names: Sequence[str], count: int, handler: Handler, suggestion: str) -> UsageError:
    """Several names, where one can be asked about."""
    hint = "" if suggestion else f"Say: {usage(handler)}"
    shown = ", ".join(name[:SHOWN] for name in names[:4])
    return UsageError(f"I take one name, and got {count}: {shown}.", hint, suggestion)


def no_name(names: Sequence[str], handler: Handler, suggestion: str) -> UsageError:
    """A name, where none makes sense."""
    shown = ", ".join(name[:SHOWN] for name in names[:4])
    return UsageError(
        f"“{asked_as(handler)}” takes no name, and got {shown}.", f"Say: {usage(handler)}", suggestion
    )


def two_namespaces(one: str, other: str, suggestion: str) -> UsageError:
    """Two namespaces, where one can be asked about."""
    return UsageError(
        f"Two namespaces are named: {one[:SHOWN]} and {other[:SHOWN]}.", "Name one of them.", suggestion
    )


def _abilities(grammar: Grammar) -> str:
    """What can be asked, in one line: a verb with many subjects is told once."""
    shown = []
    for verb in dict.fromkeys(handler.verb for handler in grammar.handlers):
        those = grammar.verbs[verb]
        shown += [f"{verb} KIND NAME"] if len(those) > _FEW else [usage(each) for each in those]
    return "; ".join(shown)
