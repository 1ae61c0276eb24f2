"""The terminal: the same questions as in Slack, plus rules, serve, doctor and schema.

Nothing heavy is imported before it is known what is asked, so that help answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot.exit_code import HEALTHY, USAGE

_EPILOG = """exit codes: 0 healthy, 1 faults found, 2 could not tell, 64 usage, 69 cluster unreachable

  mlops diagnose pod my-pod -n my-namespace      a pod of the cluster kubectl would ask
  mlops diagnose pod fraud-scorer --demo         a pod of the cluster that ships with the package
  mlops rules list                               every cause it knows
"""


class _Parser(argparse.ArgumentParser):
    """Bad usage ends with 64, and says how to get help."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: {message}\nTry `mlops --help`.\n")
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the terminal and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = make_parser()
    if not words or words == ["help"]:
        parser.print_help()
        return HEALTHY
    if words[0] not in _VERBS and not words[0].startswith("-"):
        words = ["diagnose", "--as-typed", *words]
    return _run(parser.parse_args(words))


def make_parser() -> argparse.ArgumentParser:
    """The terminal's grammar; the command reference is generated from it."""
    parser = _Parser(prog="mlops", description="Says why a pod does not work, with evidence and fix.", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _diagnose(verbs.add_parser("diagnose", help="why a pod is pending, crashing, not ready, evicted or stuck"))
    _rules(verbs.add_parser("rules", help="list, test and explain the rules"))
    serve = verbs.add_parser("serve", help="answer in Slack until stopped")
    _config(serve)
    doctor = verbs.add_parser("doctor", help="check settings, clusters, rights, Redis and Slack, and say what to do")
    _config(doctor)
    verbs.add_parser("demo", help="diagnose pods of the broken cluster that ships with the package")
    verbs.add_parser("schema", help="print the JSON Schema of -o json")
    return parser


_VERBS = frozenset({"diagnose", "rules", "serve", "doctor", "demo", "schema"})


def _diagnose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="pod NAME", help="the pod: its name, a prefix, the name of its owner, or pod/NAME")
    parser.add_argument("-n", "--namespace", default="", help="its namespace; without one all that may be read are searched")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--context", help="context of the kubeconfig")
    where.add_argument("--from", dest="bundle", metavar="BUNDLE", help="a support bundle (folder or .tar.gz) instead of a cluster")
    where.add_argument("--demo", action="store_true", help="the broken cluster that ships with the package")
    where.add_argument("--cluster", default="", help="a cluster of the settings")
    parser.add_argument("--kubeconfig", help="path of the kubeconfig")
    parser.add_argument("-o", "--output", choices=("text", "json", "markdown"), default="text", help="how to print the answer")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour; auto heeds NO_COLOR and FORCE_COLOR")
    parser.add_argument("--timeout", type=_seconds, default=25.0, metavar="SECONDS", help="answer by then with what is there (default 25)")
    parser.add_argument("--as-typed", action="store_true", help=argparse.SUPPRESS)
    _config(parser)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 600:  # noqa: PLR2004 - ten minutes
        raise argparse.ArgumentTypeError("must lie between 0 and 600 seconds")
    return value


def _rules(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="rules_verb", metavar="VERB", required=True)
    _rule_source(verbs.add_parser("list", help="every rule with severity and summary"))
    _rule_source(verbs.add_parser("test", help="run the examples inside the rule files"))
    _rule_source(verbs.add_parser("docs", help="the rules and the facts as Markdown"))
    explain = verbs.add_parser("explain", help="why a rule fires on a pod, or does not, clause by clause")
    explain.add_argument("rule", help="id of the rule")
    explain.add_argument("--on", required=True, metavar="pod/NAME", help="the pod to explain it on")
    _diagnose_source(explain)
    _rule_source(explain)


def _diagnose_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--namespace", default="", help="namespace of the pod")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--context", help="context of the kubeconfig")
    where.add_argument("--from", dest="bundle", metavar="BUNDLE", help="a support bundle instead of a cluster")
    where.add_argument("--demo", action="store_true", help="the cluster that ships with the package")
    where.add_argument("--cluster", default="", help="a cluster of the settings")
    parser.add_argument("--kubeconfig", help="path of the kubeconfig")


def _rule_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="DIR", help="a folder of own rules beside the shipped ones")
    _config(parser)


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="settings file (default: MLOPS_CONFIG)")


def _run(chosen: argparse.Namespace) -> int:
    if chosen.version:
        return _version()
    if chosen.verb is None:
        make_parser().print_help()
        return HEALTHY
    if chosen.verb == "schema":
        from bot.render.envelope import schema  # noqa: PLC0415 - only what is asked for is imported

        sys.stdout.write(schema())
        return HEALTHY
    if chosen.verb == "demo":
        from bot.verbs.demo import demo  # noqa: PLC0415 - same

        return demo()
    if chosen.verb == "diagnose":
        from bot.verbs.diagnose import diagnose  # noqa: PLC0415 - same

        return diagnose(chosen, make_parser().print_help)
    if chosen.verb == "rules":
        from bot.verbs.rules import rules  # noqa: PLC0415 - same

        return rules(chosen)
    if chosen.verb == "doctor":
        from bot.verbs.doctor import doctor  # noqa: PLC0415 - same

        return doctor(chosen)
    from bot.verbs.serve import serve  # noqa: PLC0415 - same

    return serve(chosen)


def _version() -> int:
    from importlib.metadata import version  # noqa: PLC0415 - same

    sys.stdout.write(f"mlops-bot {version('mlops-bot')}\n")
    return HEALTHY
