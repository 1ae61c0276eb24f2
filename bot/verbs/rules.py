"""`mlops rules`: list, test, docs, and explain on a pod."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY
from bot.render.door import terminal_line
from bot.settings import Settings, load_settings
from bot.verbs.diagnose import book_of, refused
from bot.wiring.base import catalog
from handlers import HANDLERS
from handlers.contract import Question, QuestionError
from handlers.sources.errors import SourceError
from rules.docs import facts_table, rule_table
from rules.examples import check_examples
from rules.explain import explain
from rules.facts.base import SubjectFacts
from rules.fault import RuleFaults, did_you_mean
from rules.rule import Catalog, Rule


def rules(chosen: argparse.Namespace) -> int:
    """Run one verb of `mlops rules` and return the exit code."""
    try:
        settings = _settings(chosen)
        known = catalog(settings)
    except BotError as error:
        return refused(error)
    except RuleFaults as faults:
        return _faults([str(fault) for fault in faults.faults])
    if chosen.rules_verb == "explain":
        return _explain(chosen, settings, known)
    if chosen.rules_verb == "test":
        return _test(known)
    _print(_list(known) if chosen.rules_verb == "list" else _docs(known))
    return _faults([str(fault) for fault in known.faults])


def _settings(chosen: argparse.Namespace) -> Settings:
    settings = load_settings(Path(chosen.config) if chosen.config else None, os.environ)
    if not chosen.folder:
        return settings
    folder = Path(chosen.folder)
    if not folder.is_dir():
        raise BotError(f"{chosen.folder} is not a folder.", "Name the folder that holds the rule files.")
    return settings.model_copy(update={"rules": settings.rules.model_copy(update={"folder": folder})})


def _list(known: Catalog) -> list[str]:
    width = max((len(rule.id) for rule in known.rules), default=0)
    return [f"{rule.id:{width}}  {rule.severity:8}  {rule.summary.text}" for rule in known.rules]


def _docs(known: Catalog) -> list[str]:
    parts = ["# Rules", rule_table(known)]
    for subject in known.subjects:
        parts += [f"# Facts about a {subject}", facts_table(subject, known.subjects)]
    return parts


def _test(known: Catalog) -> int:
    faults = [str(fault) for rule in known.rules for fault in check_examples(rule)]
    faults += [str(fault) for fault in known.faults]
    examples = sum(len(rule.examples) for rule in known.rules)
    _print([f"{len(known.rules)} rules, {examples} examples, {len(faults)} faults"])
    return _faults(faults)


def _explain(chosen: argparse.Namespace, settings: Settings, known: Catalog) -> int:
    rule = next((rule for rule in known.rules if rule.id == chosen.rule), None)
    if rule is None:
        names = [rule.id for rule in known.rules]
        return refused(BotError(f"There is no rule {chosen.rule}{did_you_mean(chosen.rule, names)}.", "`mlops rules list` names them all."))
    try:
        facts = asyncio.run(_facts(chosen, settings, rule))
    except (BotError, QuestionError, SourceError) as error:
        return refused(error)
    _print([terminal_line(line) for line in explain(rule, facts).lines()])
    return HEALTHY


async def _facts(chosen: argparse.Namespace, settings: Settings, rule: Rule) -> SubjectFacts:
    subject, slash, name = chosen.on.rpartition("/")
    handler = next((h for h in HANDLERS if (subject or rule.subject) in (h.subject, *h.aliases)), None)
    if handler is None or not (slash or name):
        raise BotError(f"I cannot look at {chosen.on}.", f"Say, for example: --on {rule.subject}/NAME")
    book = book_of(chosen, settings)
    try:
        question = Question(name=name, namespace=chosen.namespace)
        evidence = await handler.gather(question, await book.get(chosen.cluster), _silent)
        return evidence.facts
    finally:
        await book.close()


async def _silent(what: str) -> None:
    """Show no progress: explaining is for people who wait."""


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _faults(lines: list[str]) -> int:
    if not lines:
        return HEALTHY
    sys.stderr.write("\n".join(lines) + "\n")
    return FAULTS
