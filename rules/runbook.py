"""Runbooks: Markdown files whose headings rules point at."""

import re
from pathlib import Path

from rules.fault import Fault, did_you_mean
from rules.rule import Rule

_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*\s*$", re.MULTILINE)
_FENCED = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)", re.MULTILINE | re.DOTALL)


def anchor(title: str) -> str:
    """The anchor of a heading as GitHub makes it: small letters, no punctuation, dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


class Runbooks:
    """The runbooks of a folder, each read once; None stands for a folder that is not at hand."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._anchors: dict[str, frozenset[str]] = {}

    def faults(self, rule: Rule) -> list[Fault]:
        """The fault of a rule's runbook that does not exist or lacks the heading; URLs are not followed."""
        if self._folder is None or not rule.runbook or rule.runbook.startswith("https://"):
            return []
        name, _, heading = rule.runbook.partition("#")
        known = self._read(self._folder, name)
        if not known:
            files = sorted(path.name for path in self._folder.glob("*.md"))
            message = f'there is no runbook "{name}"{did_you_mean(name, files)}'
        elif heading not in known:
            message = f'{name} has no heading "#{heading}"{did_you_mean(heading, known)}'
        else:
            return []
        return [rule.sheet.fault_at(message, rule.places["runbook"])]

    def _read(self, folder: Path, name: str) -> frozenset[str]:
        if name not in self._anchors:
            path = folder / name
            text = _FENCED.sub("", path.read_text("utf-8")) if path.is_file() else ""
            self._anchors[name] = frozenset(anchor(match["title"]) for match in _HEADING.finditer(text))
        return self._anchors[name]
