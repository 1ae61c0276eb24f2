"""`mlops rules`: list, test, docs, and explain on a pod."""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from bot.errors import BotError, UsageError
from bot.exit_code import FAULTS, HEALTHY
from bot.render.door import last_lines, terminal_line
from bot.render.parcel import without_secrets
from bot.render.refusal import Paste
from bot.settings import Settings
from bot.verbs.asking import read_settings, refused, where_options, with_place
from bot.verbs.explaining import askable, facts_to_explain
from handlers.contract import QuestionError
from handlers.sources.errors import SourceError
from rules.docs import facts_table, rule_table
from rules.examples import check_examples
from rules.explain import explain
from rules.facts import SUBJECTS
from rules.fault import Fault, RuleFaults, did_you_mean
from rules.load import SHIPPED, load_catalog
from rules.rule import Catalog, Rule

RUNBOOKS = SHIPPED.parent / "runbooks"


def rules(verb: str, chosen: argparse.Namespace) -> int:
    """Run one verb of `mlops rules` and return the exit code."""
    try:
        settings = _settings(chosen)
        known = _catalog(settings, runbooks=RUNBOOKS if verb == "test" else None)
    except BotError as error:
        return refused(error)
    except RuleFaults as faults:
        return _faults(faults.faults)
    if verb == "explain":
        return _explain(chosen, settings, known)
    if verb == "test":
        return _test(known)
    _print(_list(known) if verb == "list" else _docs(known))
    return _faults(known.faults)


def _settings(chosen: argparse.Namespace) -> Settings:
    settings = read_settings(chosen)
    if not chosen.folder:
        return settings
    folder = Path(chosen.folder)
    if not folder.is_dir():
        raise UsageError(f"{chosen.folder} is not a folder.", "Name the folder that holds the rule files.")
    return settings.model_copy(update={"rules": settings.rules.model_copy(update={"folder": folder})})


def _catalog(settings: Settings, runbooks: Path | None) -> Catalog:
    own = settings.rules
    return load_catalog(subjects=SUBJECTS, runbooks=runbooks, operator=own.folder, off=own.off)


def _list(known: Catalog) -> Iterable[str]:
    width = max((len(rule.id) for rule in known.rules), default=0)
    for rule in known.rules:
        own = "" if rule.shipped else "  (your own)"
        yield f"{rule.id:{width}}  {rule.severity:8}  {terminal_line(rule.summary.text)}{own}"
    for switched in known.off:
        yield f"{switched:{width}}  off"


def _docs(known: Catalog) -> Iterable[str]:
    yield from ("# Rules", rule_table(known))
    for subject in known.subjects:
        yield from (f"# Facts about a {subject}", facts_table(subject, known.subjects))


def _test(known: Catalog) -> int:
    faults = [fault for rule in known.rules if rule.shipped for fault in check_examples(rule)]
    faults += known.faults  # the examples of own rules were judged when they were read
    examples = sum(len(rule.examples) for rule in known.rules)
    count = f"{len(faults)} fault" if len(faults) == 1 else f"{len(faults)} faults"
    _print([f"{len(known.rules)} rules, {examples} examples, {count}"])
    return _faults(faults)


def _explain(chosen: argparse.Namespace, settings: Settings, known: Catalog) -> int:
    lead, where = ("rules", "explain", chosen.rule, "--on"), where_options(chosen, settings, chosen.cluster)
    paste = Paste(lead, options=where)
    try:
        rule = _rule(chosen.rule, known)
        paste = replace(paste, asked=("diagnose", askable(rule)))
        facts = asyncio.run(facts_to_explain(chosen, settings, rule))
    except UsageError as error:
        paste = replace(paste, options=where_options(chosen, settings, ""))
        return refused(with_place(error, chosen, settings), paste=paste)
    except (BotError, QuestionError, SourceError) as error:
        return refused(error, paste=paste)
    # Values are shortened when they are explained, and half a secret would not be known as one.
    _print(_indented(line) for line in explain(rule, without_secrets(facts)).lines())
    return HEALTHY


def _rule(wanted: str, known: Catalog) -> Rule:
    rule = known.find(wanted)
    if rule is None:
        hint = did_you_mean(wanted, [rule.id for rule in known.rules])
        off = " It is switched off." if wanted in known.off else ""
        raise UsageError(f"There is no rule {wanted}{hint}{off}", "`mlops rules list` names them all.")
    return rule


def _indented(line: str) -> str:
    words = line.lstrip()
    return " " * (len(line) - len(words)) + terminal_line(words)


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _faults(faults: Iterable[Fault]) -> int:
    """Print each fault with its place and the caret below it; shipped and own files may hold anything."""
    lines = [line for fault in faults for line in last_lines(str(fault), 0)]
    if not lines:
        return HEALTHY
    sys.stdout.flush()
    sys.stderr.write("\n".join(lines) + "\n")
    return FAULTS
