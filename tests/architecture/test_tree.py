"""What holds for every file; the walls between the rooms are import-linter's, which `make lint` runs."""

import re
import subprocess
import sys
import tomllib

import pytest

from handlers import HANDLERS
from rules.facts import SUBJECTS
from rules.facts.base import Facts
from rules.vocabulary import walk
from tests.architecture.tree import PACKAGES, ROOT, modules, texts

LONGEST = 300
NOT_YET = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|HA" r"CK)\b")
MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work)/\w")
PACKAGE_INDEX = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|--(?:extra-)?index-url)\b")
SKIPPED = re.compile(r"pytest\.(?:mark\.)?(?:skip|xfail|importorskip)|unittest\.skip")
DOORS = re.compile(r"^\s*(?:import|from) (?:boto3|botocore|kubernetes)\b")
OWN = "tests/architecture/test_tree.py"

IMPORTS_ALL = """
import importlib, pkgutil, sys, threading
def refuse(event, arguments):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.system"}:
        raise RuntimeError(f"{event} at import: {arguments}")
sys.addaudithook(refuse)
for package in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
assert threading.active_count() == 1, threading.enumerate()
"""


def places(pattern: re.Pattern[str], *, but: tuple[str, ...] = ()) -> list[str]:
    """Where a pattern is found."""
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in texts()
        if name != OWN and not name.startswith(but)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_tree_is_found() -> None:
    names = [name for name, _ in texts()]
    assert {
        "README.md",
        "pyproject.toml",
        "requirements.lock",
        "bot/cli.py",
        "tests/lab/expected.tsv",
    } <= set(names)
    assert len(list(modules())) > 100


def test_no_module_is_longer_than_one_can_read() -> None:
    long = {name: text.count("\n") for name, text in modules() if text.count("\n") >= LONGEST}
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    assert places(NOT_YET) == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    # The recorded cluster speaks of paths inside its containers.
    assert places(MACHINE, but=("tests/lab/",)) == []


def test_no_file_names_a_package_index() -> None:
    assert places(PACKAGE_INDEX) == []


def test_clients_of_clusters_and_accounts_stay_behind_the_doors() -> None:
    assert places(DOORS, but=("handlers/sources/", "tests/")) == []


def test_no_test_is_skipped() -> None:
    assert places(SKIPPED) == []


@pytest.mark.parametrize("name", ["requirements.lock", "tests/requirements.lock"])
def test_locks_hold_names_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    locked = re.findall(r"^([a-z0-9._-]+)==[^\s;]+(?: ; [^\\]+)? \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(locked) == len(re.findall(r"^\S", text, re.MULTILINE))


def test_what_is_depended_on_is_locked_and_says_what_for() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = tomllib.loads(text)["project"]["dependencies"]
    block = text.partition("\ndependencies = [\n")[2].partition("\n]")[0].splitlines()
    assert len(block) == len(wanted)
    assert [line for line in block if not re.fullmatch(r'    "[^"]+", +# \S.{5,}', line)] == []
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    for requirement in wanted:
        name = re.split(r"[<>=\[;]", requirement)[0].strip().lower()
        assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), name


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_every_fact_says_what_it_means(subject: str) -> None:
    facts = [entry for entry in walk(subject, SUBJECTS[subject]) if issubclass(entry.owner, Facts)]
    assert facts
    assert [entry.path for entry in facts if not entry.field.meaning.strip()] == []


WITHOUT_CLUSTER = {"runbook", "guide", "terraform"}
"""Verbs that ask nothing of a cluster."""


def test_handlers_are_told_apart_by_their_words() -> None:
    words = [(each.verb, word) for each in HANDLERS for word in (each.subject, *each.aliases)]
    assert len(set(words)) == len(words)
    for handler in HANDLERS:
        assert handler.usage.startswith(f"{handler.verb} {handler.subject}".strip())
        assert handler.summary.endswith(".")
        assert len(set(handler.needs)) == len(handler.needs)
        assert handler.needs or handler.verb in WITHOUT_CLUSTER


def test_nothing_happens_at_import() -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-W", "error", "-c", IMPORTS_ALL, *PACKAGES],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""
