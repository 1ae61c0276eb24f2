"""The generated parts of README.md: commands, settings, rules. `--write` puts them in; a test compares."""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.cli import make_parser
from bot.command import DIGEST_USAGE
from bot.settings import settings_table
from handlers import HANDLERS
from handlers.contract import Handler
from rules.docs import rule_table
from rules.guide import guide_page
from tests.shipped import shipped_rules

README = Path(__file__).parents[2] / "README.md"
GUIDE = Path(__file__).parents[2] / "rules" / "GUIDE.md"
RULES = Path(__file__).parents[2] / "rules" / "catalog" / "README.md"
_BAR = "\\|"
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def generated() -> Mapping[str, str]:
    """Name of a part → its Markdown."""
    return {"commands": _commands(), "digest": _digest(), "settings": settings_table().strip()}


def with_parts(text: str) -> str:
    """The README with every generated part as it should be."""
    parts = generated()
    return _PART.sub(lambda found: f"{found[1]}{parts[found[2]]}\n{found[3]}", text)


def rules_page() -> str:
    """The page of all rules."""
    catalog = shipped_rules()
    table = rule_table(catalog, "../runbooks/").strip()
    return (
        f"# The {len(catalog.rules)} rules\n\nGenerated from the files beside it by `make docs`.\n\n{table}\n"
    )


def guide() -> str:
    """The troubleshooting guide."""
    return guide_page(shipped_rules())


def _commands() -> str:
    asked = {handler.verb for handler in HANDLERS}
    rows = [(_usage(handler), handler.summary) for handler in HANDLERS]
    rows += [row for row in sorted(_verbs(make_parser()).items()) if row[0].split(" ")[0] not in asked]
    lines = [f"| `mlops {command}` | {meaning} |" for command, meaning in rows]
    return "\n".join(["| command | what it does |", "| --- | --- |", *lines])


def _digest() -> str:
    rows = (f"| `/mlops {usage.replace('|', _BAR)}` | {meaning} |" for usage, meaning in DIGEST_USAGE.items())
    return "\n".join(["| in Slack | what it does |", "| --- | --- |", *rows])


def _usage(handler: Handler) -> str:
    """A question without the options that all have."""
    return handler.usage.replace(" [--cluster CLUSTER]", "").replace("|", "\\|")


def _verbs(parser: argparse.ArgumentParser, prefix: str = "") -> dict[str, str]:
    verbs: dict[str, str] = {}
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        help_of = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, inner in action.choices.items():
            nested = _verbs(inner, f"{prefix}{name} ")
            verbs |= nested or {f"{prefix}{name}{_arguments(inner)}": help_of.get(name, "")}
    return verbs


def _arguments(parser: argparse.ArgumentParser) -> str:
    shown = []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        name = action.option_strings[0] if action.option_strings else ""
        value = action.metavar or (
            "\\|".join(map(str, action.choices)) if action.choices else action.dest.upper()
        )
        value = "" if action.nargs == 0 else str(value)
        shown.append(f" [{name} {value}]".replace(" ]", "]") if name else f" {value}")
    return "".join(shown)


def main() -> int:
    """Compare, or write with --write; 1 when they differ."""
    wanted = {README: with_parts(README.read_text("utf-8")), RULES: rules_page(), GUIDE: guide()}
    if "--write" in sys.argv:
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
        return 0
    return int(any(not path.exists() or path.read_text("utf-8") != text for path, text in wanted.items()))


if __name__ == "__main__":
    raise SystemExit(main())
