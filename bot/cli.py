"""The terminal: the same questions as in Slack, plus rules, runbooks, serve, doctor and schema.

Nothing heavy is imported before it is known what is asked, so that help answers at once.
"""

import argparse
import difflib
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NoReturn

from bot.exit_code import HEALTHY, USAGE

_EPILOG: Final = """\
  mlops diagnose pod my-pod -n my-namespace      a pod of the cluster kubectl would ask
  mlops diagnose pod fraud-scorer --demo         a pod of the cluster that ships with the package
  mlops why is my-pod crashing                   the same words as in Slack
  mlops rules list                               every cause it knows
  mlops runbook crash                            what to do about one
  mlops help rules explain                       more about a command

exit codes of a question: 0 healthy, 1 faults found, 2 could not tell or no such object,
64 usage or settings, 69 cluster unreachable; of any command: 70 fault of the program, 74 the answer cannot
be written, 130 interrupted, 141 reader gone; of doctor and serve: see `mlops help doctor`
"""
_ENDS: Final = """\
exit codes: 0 {fine}, 1 {missing}, 64 usage, 74 cannot write, 130 interrupted
"""
_STREAMS: Final = """\
The answer goes to stdout, everything else to stderr: when there is no answer, stdout stays empty with
every output format, stderr says why, and the exit code is 2, 64 or 69.
"""
_LONGEST_TIMEOUT: Final = 600.0
_CUTOFF: Final = 0.7
_EXPLAIN: Final = """\
%(prog)s [-h] RULE --on pod/NAME [-n NAMESPACE | -A]
                           [--context CONTEXT | --from BUNDLE | --demo | --cluster CLUSTER]
                           [--kubeconfig KUBECONFIG] [--folder DIR] [--config FILE]"""
_ALONE: Final = frozenset({"serve", "doctor", "demo", "schema", "rbac"})


class _Parser(argparse.ArgumentParser):
    """Bad usage ends with 64, and says how to get help."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]  # argparse's own options

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: {message}\nTry `{self.prog} --help`.\n")
        raise SystemExit(USAGE)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse options and words in any order; an unknown option is answered with the nearest one."""
        chosen, unknown = self.parse_known_intermixed_args(words)
        if unknown:
            first = next((word for word in unknown if word.startswith("-")), unknown[0])
            hint = _did_you_mean(first.partition("=")[0], self._option_string_actions)
            self.error(f"I do not know {first!r}{hint}")
        return chosen


Verbs = Mapping[str, _Parser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the terminal and return its exit code; argparse ends with SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    top, verbs = _grammar()
    if not words or words[0] in {"-h", "--help", "help"}:
        return _help(words[1:], top, verbs)
    if words[0] in {"--version", "version"}:
        from bot.verbs.version import version  # noqa: PLC0415 - only what is asked for is imported

        return version()
    verb, chosen = _chosen(words, top, verbs)
    return _run(verb, chosen, verbs)


def read_question(words: Sequence[str]) -> argparse.Namespace:
    """What `mlops WORDS` asks, without asking it; bad usage ends with SystemExit."""
    return _chosen(list(words), *_grammar())[1]


def make_parser() -> argparse.ArgumentParser:
    """The terminal's grammar; the command reference is generated from it."""
    return _grammar()[0]


def _grammar() -> tuple[_Parser, Verbs]:
    top = _Parser(
        prog="mlops", description="Says why a pod does not work, with evidence and fix.", epilog=_EPILOG
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    made = top.add_subparsers(metavar="VERB", parser_class=_Parser)
    diagnose = made.add_parser(
        "diagnose", help="why a pod is pending, crashing, not ready, evicted or stuck", epilog=_STREAMS
    )
    _diagnose(diagnose)
    rules = made.add_parser("rules", help="list, test and explain the rules")
    runbook = made.add_parser("runbook", help="print a runbook, or one section of it")
    runbook.add_argument(
        "topic", nargs="?", default="", metavar="TOPIC[#SECTION]", help="as answers name it; none lists all"
    )
    ends = _ENDS.format(fine="stopped in order", missing="Slack, a port or the settings do not allow it")
    serve = made.add_parser("serve", help="answer in Slack until stopped", epilog=ends)
    ends = _ENDS.format(fine="all in order", missing="something to mend, or settings that cannot be used")
    doctor = made.add_parser(
        "doctor", help="check settings, clusters, rights, Redis and Slack, and say what to do", epilog=ends
    )
    demo = made.add_parser("demo", help="diagnose pods of the broken cluster that ships with the package")
    schema = made.add_parser("schema", help="print the JSON Schema of -o json")
    rbac = made.add_parser("rbac", help="print the read-only rights it uses, as a ClusterRole to apply")
    for parser in (serve, doctor):
        _config(parser)
    alone = (diagnose, rules, runbook, serve, doctor, demo, schema, rbac)
    return top, {parser.prog.removeprefix("mlops "): parser for parser in alone} | _rules(rules)


def _diagnose(parser: _Parser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="pod NAME",
        help="the pod: its name, a prefix, the name of its owner, or pod/NAME",
    )
    _where(parser)
    parser.add_argument(
        "-o", "--output", choices=("text", "json", "markdown"), default="text", help="how to print the answer"
    )
    parser.add_argument("--logs", action="store_true", help="print the logs that were read in full, in text")
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
    _config(parser)


def _where(parser: _Parser) -> None:
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


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and up to {_LONGEST_TIMEOUT:g}")
    return value


def _rules(parser: _Parser) -> dict[str, _Parser]:
    made = parser.add_subparsers(metavar="VERB", parser_class=_Parser)
    shown = made.add_parser("list", help="every rule with severity and summary")
    test = made.add_parser("test", help="run the examples inside the rule files")
    docs = made.add_parser("docs", help="the rules and the facts as Markdown")
    explain = made.add_parser(
        "explain", help="why a rule fires on a pod, or does not, clause by clause", usage=_EXPLAIN
    )
    explain.add_argument("rule", metavar="RULE", help="id of the rule")
    # Not `required`: a rule that does not exist is to be said first.
    explain.add_argument("--on", default="", metavar="pod/NAME", help="the pod to explain it on (required)")
    _where(explain)
    verbs = {"rules list": shown, "rules test": test, "rules docs": docs, "rules explain": explain}
    for verb in verbs.values():
        verb.add_argument("--folder", metavar="DIR", help="a folder of own rules beside the shipped ones")
        _config(verb)
    return verbs


def _config(parser: _Parser) -> None:
    parser.add_argument("--config", metavar="FILE", help="settings file (default: MLOPS_CONFIG)")


def _chosen(words: Sequence[str], top: _Parser, verbs: Verbs) -> tuple[str, argparse.Namespace]:
    began = time.monotonic()
    verb, rest = _verb(words, top, verbs)
    chosen = verbs[verb or "diagnose"].read(rest)
    chosen.as_typed = not verb
    chosen.began = began
    return verb or "diagnose", chosen


def _verb(words: Sequence[str], top: _Parser, verbs: Verbs) -> tuple[str, Sequence[str]]:
    """The verb and what follows it; an empty verb when the words are a question as one types it in Slack."""
    for size in (2, 1):
        verb = " ".join(words[:size])
        if verb in verbs and verb != "rules":
            return verb, words[size:]
    if words[0] == "rules":
        _refuse_rules(words[1:], verbs)
    meant = _near(words[0], (verb for verb in (*verbs, "help") if " " not in verb))
    alone = all(word.startswith("-") for word in words[1:2])
    if meant in {"rules", "runbook", "help", "diagnose"} or (meant in _ALONE and alone):
        top.error(f"I do not know {words[0]!r}. Did you mean `{' '.join(('mlops', meant, *words[1:]))}`?")
    return "", words


def _refuse_rules(words: Sequence[str], verbs: Verbs) -> NoReturn:
    known = [verb.removeprefix("rules ") for verb in verbs if verb.startswith("rules ")]
    if words and words[0] in {"-h", "--help"}:
        verbs["rules"].print_help()
        raise SystemExit(HEALTHY)
    if not words:
        verbs["rules"].error(f"what about them? Say one of: {', '.join(known)}.")
    verbs["rules"].error(f"I do not know {words[0]!r}{_did_you_mean(words[0], known)} ({', '.join(known)})")


def _help(topic: Sequence[str], top: _Parser, verbs: Verbs) -> int:
    wanted = " ".join(topic)
    if topic and wanted not in verbs:
        top.error(f"there is no command {wanted!r}{_did_you_mean(wanted, verbs)}")
    (verbs[wanted] if topic else top).print_help()
    return HEALTHY


def _near(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=_CUTOFF)), "")


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    meant = _near(word, known)
    return f"; did you mean {meant}?" if meant else ""


def _run(verb: str, chosen: argparse.Namespace, verbs: Verbs) -> int:
    match verb.split():
        case ["diagnose"]:
            from bot.verbs.diagnose import diagnose  # noqa: PLC0415 - only what is asked for is imported

            return diagnose(chosen, verbs["diagnose"].print_help)
        case ["rules", rules_verb]:
            from bot.verbs.rules import rules  # noqa: PLC0415 - same

            return rules(rules_verb, chosen)
    return _run_alone(verb, chosen)


def _run_alone(verb: str, chosen: argparse.Namespace) -> int:
    match verb:
        case "runbook":
            from bot.verbs.runbook import runbook  # noqa: PLC0415 - same

            return runbook(chosen.topic)
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
    from bot.verbs.schema import schema  # noqa: PLC0415 - same

    return schema()
