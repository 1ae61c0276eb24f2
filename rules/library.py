"""What can be read without asking a cluster: runbooks and the troubleshooting guide."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from rules.fault import did_you_mean
from rules.guide import NotInLibrary, guide_page
from rules.rule import Catalog
from rules.runbook import anchor

RUNBOOKS = Path(__file__).parent / "runbooks"
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*#*\s*$")
_FENCE = ("```", "~~~")


class _Heading(Struct, frozen=True):
    line: int
    level: int
    anchor: str


class Library:
    """The runbooks that ship with the package, and the guide of the rules in force."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._catalog = catalog or Catalog()

    def topics(self) -> tuple[str, ...]:
        """The runbooks there are, by name without ending."""
        return tuple(sorted(path.stem for path in RUNBOOKS.glob("*.md")))

    def runbook(self, topic: str) -> str:
        """The Markdown of `TOPIC` or `TOPIC#section`. Raises NotInLibrary."""
        name, _, wanted = topic.partition("#")
        stem = name.removeprefix("runbooks/").removesuffix(".md")
        known = self.topics()
        if stem not in known:
            raise NotInLibrary(f"There is no runbook {name}{did_you_mean(stem, known)}", known)
        text = (RUNBOOKS / f"{stem}.md").read_text("utf-8")
        return _section(text, wanted, name) if wanted else text

    def guide(self, section: str = "") -> str:
        """The troubleshooting guide as Markdown, or its sections of that name. Raises NotInLibrary."""
        return guide_page(self._catalog, section)


def _section(text: str, wanted: str, name: str) -> str:
    """From the heading to the next one that is no deeper."""
    lines = text.splitlines()
    headings = list(_headings(lines))
    first = next((heading for heading in headings if heading.anchor == wanted), None)
    if first is None:
        anchors = [heading.anchor for heading in headings]
        raise NotInLibrary(f"{name} has no section #{wanted}{did_you_mean(wanted, anchors)}", anchors)
    later = (h.line for h in headings if h.line > first.line and h.level <= first.level)
    return "\n".join(lines[first.line : next(later, len(lines))]).rstrip() + "\n"


def _headings(lines: Sequence[str]) -> Iterator[_Heading]:
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.startswith(_FENCE)
        found = None if fenced else _HEADING.match(line)
        if found:
            yield _Heading(number, len(found["marks"]), anchor(found["title"]))
