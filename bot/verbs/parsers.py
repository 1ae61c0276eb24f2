"""What the terminal's commands take: the parser all of them share, and those that ask no question."""

import argparse
import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NoReturn

from bot.exit_code import USAGE

_ENDS: Final = """\
exit codes: 0 {fine}, 1 {missing}, 64 usage, 74 cannot write, 130 interrupted
"""
_DIGEST: Final = """\
Subscriptions, ages and snoozes need `mlops serve` and Slack: say `/mlops help digest` there.
exit codes: those of a question
"""
_LONGEST_TIMEOUT: Final = 600.0
_CUTOFF: Final = 0.7
_EXPLAIN: Final = """\
%(prog)s [-h] RULE --on KIND/NAME [-n NAMESPACE | -A]
                           [--context CONTEXT | --from BUNDLE | --demo | --cluster CLUSTER]
                           [--kubeconfig KUBECONFIG] [--folder DIR] [--config FILE]"""


class Parser(argparse.ArgumentParser):
    """Bad usage ends with 64, and says how to get help."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]  # argparse's own options

    def error(self, message: str) -> NoReturn:
        """Say on stderr what is wrong, and end."""
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: {message}\nTry `{self.prog} --help`.\n")
        raise SystemExit(USAGE)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse options and words in any order; an unknown option is answered with the nearest one."""
        chosen, unknown = self.parse_known_intermixed_args(words)
        if unknown:
            first = next((word for word in unknown if word.startswith("-")), unknown[0])
            hint = did_you_mean(first.partition("=")[0], self._option_string_actions)
            self.error(f"I do not know {first!r}{hint}")
        return chosen


Verbs = Mapping[str, Parser]


def own_parsers(made: "argparse._SubParsersAction[Parser]") -> dict[str, Parser]:
    """The commands that ask no question, by their words."""
    rules = made.add_parser("rules", help="list, test and explain the rules")
    runbook = made.add_parser("runbook", help="print a runbook, or one section of it")
    runbook.add_argument(
        "topic", nargs="?", default="", metavar="TOPIC[#SECTION]", help="as answers name it; none lists all"
    )
    guide = made.add_parser(
        "guide", help="print the troubleshooting guide of the rules in force, or some of its sections"
    )
    guide.add_argument("section", nargs="*", metavar="SECTION", help="words of its name; none prints all")
    for page in (runbook, guide):
        add_output(page)
    ends = _ENDS.format(fine="stopped in order", missing="Slack, a port or the settings do not allow it")
    history = made.add_parser("history", help="export and import what the digests remember")
    serve = made.add_parser("serve", help="answer in Slack until stopped", epilog=ends)
    ends = _ENDS.format(fine="all in order", missing="something to mend, or settings that cannot be used")
    doctor = made.add_parser(
        "doctor",
        help="check settings, clusters, rights, AWS, Redis, digests and Slack, and say what to do",
        epilog=ends,
    )
    digest = _digest(made)
    demo = made.add_parser("demo", help="diagnose pods of the broken cluster that ships with the package")
    schema = made.add_parser("schema", help="print the JSON Schema of -o json")
    schema.add_argument(
        "what",
        nargs="?",
        choices=("answer", "digest"),
        default="answer",
        help="of an answer (unless said otherwise), or of a digest",
    )
    rbac = made.add_parser("rbac", help="print the read-only rights it uses, as a ClusterRole to apply")
    iam = made.add_parser("iam", help="print the read-only actions it uses in AWS, as a policy for its role")
    for parser in (guide, serve, doctor, iam):
        add_config(parser)
    alone = (rules, history, runbook, guide, digest, serve, doctor, demo, schema, rbac, iam)
    return (
        {parser.prog.removeprefix("mlops "): parser for parser in alone} | _rules(rules) | _history(history)
    )


def _digest(made: "argparse._SubParsersAction[Parser]") -> Parser:
    digest = made.add_parser(
        "digest",
        help="what has changed since an earlier bundle, and what of the platform is in trouble",
        epilog=_DIGEST,
    )
    digest.add_argument(
        "--previous", metavar="BUNDLE", help="an earlier support bundle to compare with; none: all is new"
    )
    digest.add_argument(
        "--namespaces", action="append", default=[], metavar="NS,NS", help="tell of these namespaces only"
    )
    digest.add_argument(
        "--min-severity",
        choices=("critical", "high", "medium", "low"),
        default="low",
        help="tell of nothing less grave (low)",
    )
    digest.add_argument("--hygiene", action="store_true", help="add what is no fault yet, as once a week")
    add_place(digest)
    add_printing(digest)
    return digest


def add_place(parser: Parser) -> None:
    """Where to look: namespace and cluster."""
    space = parser.add_mutually_exclusive_group()
    space.add_argument(
        "-n", "--namespace", default="", help="its namespace; without one all that may be read are searched"
    )
    space.add_argument(
        "-A", "--all-namespaces", action="store_true", help="search all, whatever the settings say"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--context", help="context of the kubeconfig")
    where.add_argument(
        "--from",
        dest="bundle",
        metavar="BUNDLE",
        help="a support bundle (folder or .tar.gz) instead of a cluster",
    )
    where.add_argument("--demo", action="store_true", help="the broken cluster that ships with the package")
    where.add_argument("--cluster", default="", help="a cluster of the settings")
    parser.add_argument("--kubeconfig", help="path of the kubeconfig")


def add_answer(parser: Parser) -> None:
    """How to print an answer, and how long it may take."""
    parser.add_argument("--logs", action="store_true", help="print the logs that were read in full, in text")
    add_printing(parser)


def add_printing(parser: Parser) -> None:
    """In which form and colour to print, how long it may take, and the settings."""
    add_output(parser)
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto heeds NO_COLOR and FORCE_COLOR",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=25.0,
        metavar="SECONDS",
        help="answer by then with what is there (25)",
    )
    add_config(parser)


def add_output(parser: Parser) -> None:
    """In which form to print."""
    parser.add_argument(
        "-o", "--output", choices=("text", "json", "markdown"), default="text", help="how to print the answer"
    )


def add_config(parser: Parser) -> None:
    """The settings file."""
    parser.add_argument("--config", metavar="FILE", help="settings file (default: MLOPS_CONFIG)")


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty without one."""
    return next(iter(difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=_CUTOFF)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence."""
    meant = near(word, known)
    return f"; did you mean {meant}?" if meant else ""


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and up to {_LONGEST_TIMEOUT:g}")
    return value


def _rules(parser: Parser) -> dict[str, Parser]:
    made = parser.add_subparsers(metavar="VERB", parser_class=Parser)
    shown = made.add_parser("list", help="every rule with severity and summary")
    test = made.add_parser("test", help="run the examples inside the rule files")
    docs = made.add_parser("docs", help="the rules and the facts as Markdown")
    explain = made.add_parser(
        "explain", help="why a rule fires on an object, or does not, clause by clause", usage=_EXPLAIN
    )
    explain.add_argument("rule", metavar="RULE", help="id of the rule")
    # Not `required`: a rule that does not exist is to be said first.
    explain.add_argument("--on", default="", metavar="KIND/NAME", help="what to explain it on (required)")
    add_place(explain)
    verbs = {"rules list": shown, "rules test": test, "rules docs": docs, "rules explain": explain}
    for verb in verbs.values():
        verb.add_argument("--folder", metavar="DIR", help="a folder of own rules beside the shipped ones")
        add_config(verb)
    return verbs


def _history(parser: Parser) -> dict[str, Parser]:
    made = parser.add_subparsers(metavar="VERB", parser_class=Parser)
    out = made.add_parser("export", help="print what is remembered of a cluster, as JSON lines")
    back = made.add_parser("import", help="merge exported lines into what is remembered; the newer wins")
    back.add_argument("file", metavar="FILE", help="what export printed; - for standard input")
    ends = (
        "exit codes: 0 done, 64 usage or settings, 69 Redis unreachable, 74 cannot write, 130 interrupted\n"
    )
    for verb, default in ((out, "the default one"), (back, "the one exported")):
        verb.add_argument("--cluster", default="", help=f"a cluster of the settings ({default})")
        verb.epilog = ends
        add_config(verb)
    return {"history export": out, "history import": back}
