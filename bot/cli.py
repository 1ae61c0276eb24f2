"""The terminal: the same questions as in Slack, plus rules, runbooks, history, serve, doctor and schema.

Nothing heavy is imported before it is known what is asked, so that help answers at once.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Final, NoReturn

from bot.exit_code import HEALTHY
from bot.verbs.parsers import Parser, Verbs, did_you_mean, near, own_parsers

_EPILOG: Final = """\
  mlops diagnose pod my-pod -n my-namespace      a pod of the cluster kubectl would ask
  mlops diagnose isvc fraud-detector --demo      a model of the cluster that ships with the package
  mlops why is service my-api not reachable      the same words as in Slack
  mlops health -A                                everything at once: the causes behind all that is unwell
  mlops rules list                               every cause it knows
  mlops runbook crash                            what to do about one
  mlops help rules explain                       more about a command

exit codes of a question: 0 healthy, 1 faults found, 2 could not tell or no such object,
64 usage or settings, 69 cluster unreachable; of any command: 70 fault of the program, 74 the answer cannot
be written, 130 interrupted, 141 reader gone; of doctor and serve: see `mlops help doctor`
"""
_GROUPS: Final = {"rules": "them", "history": "it"}
"""Commands that say nothing without a second word, and how they are called in a question."""
_ALONE: Final = frozenset({"serve", "doctor", "demo", "schema", "rbac", "iam"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the terminal and return its exit code; argparse ends with SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        return _help(words[1:])
    if words[0] in {"--version", "version"}:
        from bot.verbs.version import version  # noqa: PLC0415 - only what is asked for is imported

        return version()
    verb, chosen, verbs = _chosen(words)
    return _run(verb, chosen, verbs)


def read_question(words: Sequence[str]) -> argparse.Namespace:
    """What `mlops WORDS` asks, without asking it; bad usage ends with SystemExit."""
    return _chosen(list(words))[1]


def make_parser() -> argparse.ArgumentParser:
    """The terminal's grammar; the command reference is generated from it."""
    return _grammar()[0]


def _grammar() -> tuple[Parser, Verbs]:
    """Every command."""
    # The questions are as heavy as all that answers them.
    from bot.verbs.question_parsers import question_parsers  # noqa: PLC0415 - `mlops rules` needs none

    top = Parser(
        prog="mlops", description="Says why something does not work, with evidence and fix.", epilog=_EPILOG
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    made = top.add_subparsers(metavar="VERB", parser_class=Parser)
    own = _own()
    questions = question_parsers(made, [verb for verb in own if " " not in verb])
    return top, questions | own_parsers(made)


def _own() -> Verbs:
    """The commands that ask no question."""
    return own_parsers(Parser(prog="mlops").add_subparsers(metavar="VERB", parser_class=Parser))


def _chosen(words: Sequence[str]) -> tuple[str, argparse.Namespace, Verbs]:
    began = time.monotonic()
    verbs = _own()
    verb, rest = _verb(words, verbs)
    if not verb:
        top, verbs = _grammar()
        verb, rest = _verb(words, verbs)
        if not verb:
            _refuse_misspelt(words, top, verbs)
    chosen = verbs[verb].read(rest)
    chosen.verb, chosen.began = verb, began
    return verb, chosen, verbs


def _verb(words: Sequence[str], verbs: Verbs) -> tuple[str, Sequence[str]]:
    """The verb and what follows it; an empty verb when the words are a question as one types it in Slack."""
    for size in (2, 1):
        verb = " ".join(words[:size])
        if verb in verbs and verb not in _GROUPS:
            return verb, words[size:]
    if words[0] in _GROUPS:
        _refuse_group(words[0], words[1:], verbs)
    return "", words


def _refuse_misspelt(words: Sequence[str], top: Parser, verbs: Verbs) -> None:
    """A word near a command; what is near a question's verb is refused where questions are understood."""
    meant = near(words[0], (verb for verb in (*verbs, "help") if verb and " " not in verb))
    alone = all(word.startswith("-") for word in words[1:2])
    if meant in {"rules", "runbook", "guide", "history", "help", "diagnose"} or (meant in _ALONE and alone):
        top.error(f"I do not know {words[0]!r}. Did you mean `{' '.join(('mlops', meant, *words[1:]))}`?")


def _refuse_group(group: str, words: Sequence[str], verbs: Verbs) -> NoReturn:
    known = [verb.removeprefix(f"{group} ") for verb in verbs if verb.startswith(f"{group} ")]
    if words and words[0] in {"-h", "--help"}:
        verbs[group].print_help()
        raise SystemExit(HEALTHY)
    if not words:
        verbs[group].error(f"what about {_GROUPS[group]}? Say one of: {', '.join(known)}.")
    verbs[group].error(f"I do not know {words[0]!r}{did_you_mean(words[0], known)} ({', '.join(known)})")


def _help(topic: Sequence[str]) -> int:
    wanted = " ".join(topic)
    verbs = _own()
    if wanted in verbs:
        verbs[wanted].print_help()
        return HEALTHY
    top, verbs = _grammar()
    about = wanted if wanted in verbs else _verb_about(topic)
    if topic and not about:
        top.error(f"there is no command {wanted!r}{did_you_mean(wanted, filter(None, verbs))}")
    (verbs[about] if topic else top).print_help()
    return HEALTHY


def _verb_about(topic: Sequence[str]) -> str:
    """The command that answers about a kind, or about a verb and a kind."""
    from bot.verbs.question_parsers import verb_about  # noqa: PLC0415 - same as above

    return verb_about(topic[-1]) if topic else ""


def _run(verb: str, chosen: argparse.Namespace, verbs: Verbs) -> int:
    match verb.split():
        case ["rules", rules_verb]:
            from bot.verbs.rules import rules  # noqa: PLC0415 - only what is asked for is imported

            return rules(rules_verb, chosen)
        case ["history", history_verb]:
            from bot.verbs.history import history  # noqa: PLC0415 - same

            return history(history_verb, chosen)
        case [("runbook" | "guide") as page]:
            from bot.verbs.runbook import guide, runbook  # noqa: PLC0415 - same

            return (guide if page == "guide" else runbook)(chosen)
        case ["digest"]:
            from bot.verbs.digest import digest  # noqa: PLC0415 - same

            return digest(chosen)
        case [alone] if alone in _ALONE:
            return _run_alone(verb, chosen)
    from bot.verbs.question import ask  # noqa: PLC0415 - same

    return ask(chosen, verbs[verb].print_help)


def _run_alone(verb: str, chosen: argparse.Namespace) -> int:
    match verb:
        case "doctor":
            from bot.verbs.doctor import doctor  # noqa: PLC0415 - same

            return doctor(chosen)
        case "serve":
            from bot.verbs.serve import serve  # noqa: PLC0415 - same

            return serve(chosen)
        case "demo":
            from bot.verbs.demo import demo  # noqa: PLC0415 - same

            return demo()
        case "rbac":
            from bot.verbs.rbac import rbac  # noqa: PLC0415 - same

            return rbac()
        case "iam":
            from bot.verbs.iam import iam  # noqa: PLC0415 - same

            return iam(chosen)
    from bot.verbs.schema import schema  # noqa: PLC0415 - same

    return schema(chosen.what)
