"""`mlops runbook`: print a runbook that ships with the package, or one section of it."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from bot.errors import UsageError
from bot.exit_code import HEALTHY
from bot.verbs.asking import refused
from rules.fault import did_you_mean
from rules.load import SHIPPED
from rules.runbook import anchor

RUNBOOKS = SHIPPED.parent / "runbooks"
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*#*\s*$")
_FENCE = ("```", "~~~")


class _Heading(Struct, frozen=True):
    line: int
    level: int
    anchor: str


def runbook(topic: str) -> int:
    """Print what `TOPIC[#anchor]` names, or the topics there are without one; returns the exit code."""
    try:
        sys.stdout.write(_text(topic) if topic else _topics())
    except UsageError as error:
        return refused(error)
    return HEALTHY


def _topics() -> str:
    return "".join(f"mlops runbook {path.name}\n" for path in _files())


def _text(topic: str) -> str:
    name, _, wanted = topic.partition("#")
    text = _file(name).read_text("utf-8")
    return _section(text, wanted, name) if wanted else text


def _file(name: str) -> Path:
    """The file of a topic, with or without its ending; only names of shipped files are known."""
    known = {path.stem: path for path in _files()}
    stem = name.removeprefix("runbooks/").removesuffix(".md")
    if stem not in known:
        raise UsageError(f"There is no runbook {name}{did_you_mean(stem, known)}", _known(known))
    return known[stem]


def _files() -> list[Path]:
    return sorted(RUNBOOKS.glob("*.md"))


def _section(text: str, wanted: str, name: str) -> str:
    """From the heading to the next one that is no deeper."""
    lines = text.splitlines()
    headings = list(_headings(lines))
    first = next((heading for heading in headings if heading.anchor == wanted), None)
    if first is None:
        anchors = [heading.anchor for heading in headings]
        raise UsageError(f"{name} has no section #{wanted}{did_you_mean(wanted, anchors)}", _known(anchors))
    later = (h.line for h in headings if h.line > first.line and h.level <= first.level)
    return "\n".join(lines[first.line : next(later, len(lines))]).rstrip() + "\n"


def _headings(lines: Sequence[str]) -> Iterator[_Heading]:
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.startswith(_FENCE)
        found = None if fenced else _HEADING.match(line)
        if found:
            yield _Heading(number, len(found["marks"]), anchor(found["title"]))


def _known(names: Sequence[str] | dict[str, Path]) -> str:
    return f"Known are {', '.join(names)}."
