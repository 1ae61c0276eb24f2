"""Sentences and commands with facts in them: `{pod.node.name}` is attribute lookup, never `str.format`."""

import re

from msgspec import Struct

from rules.facts.base import Facts
from rules.fault import TextFault
from rules.path import FactPath, Scene, Scope, parse_path
from rules.shell import Quoting, quoted, quoting_after
from rules.vocabulary import FactType, Kind
from rules.wording import is_empty, wording

_BRACE = re.compile(r"[{}]")


class Blank(Struct, frozen=True):
    """A place in a template that a fact fills; `quoting` is the shell context of it in a command."""

    path: FactPath
    quoting: Quoting | None = None


class Template(Struct, frozen=True):
    """Checked text with blanks; `text` is as written."""

    text: str
    parts: tuple[str | Blank, ...]

    @property
    def paths(self) -> tuple[FactPath, ...]:
        """The facts it shows, in order."""
        return tuple(part.path for part in self.parts if isinstance(part, Blank))

    def render(self, scene: Scene) -> str:
        """The text with its blanks filled; an unread fact reads "unknown"."""
        return "".join(part if isinstance(part, str) else _fill(part, scene) for part in self.parts)

    def is_hollow(self, scene: Scene) -> bool:
        """Whether it has blanks and not one of them has a value."""
        paths = self.paths
        return bool(paths) and all(is_empty(path.read(scene)) for path in paths)


def parse_template(text: str, scope: Scope, *, command: bool = False) -> Template:
    """Check a template against the facts; in a command every filled value is quoted for the shell.

    Raises:
        TextFault: a brace is not closed, or a blank names no fact that can be shown.
    """
    parts: list[str | Blank] = []
    quoting, at = Quoting.BARE, 0
    while at < len(text):
        literal, at = _literal(text, at)
        quoting = quoting_after(literal, quoting) if command else quoting
        parts.append(literal)
        if at < len(text):
            end = _closing(text, at)
            path = parse_shown(text[at + 1 : end], scope, at + 1)
            parts.append(Blank(path, quoting if command else None))
            at = end + 1
    return Template(text, tuple(part for part in parts if part != ""))


def parse_shown(text: str, scope: Scope, offset: int = 0) -> FactPath:
    """A path whose value can stand in a sentence.

    Raises:
        TextFault: it names no fact, or a group of facts that has no words of its own.
    """
    path = parse_path(text, scope, offset)
    inner = path.type.item if path.type.kind is Kind.MANY and path.type.item else path.type
    if _is_unspeakable(inner):
        raise TextFault(f"{path.text} is {path.type.described}; name one of its facts", offset)
    return path


def _literal(text: str, at: int) -> tuple[str, int]:
    """The literal text from `at` on, with doubled braces made single, and where the next blank opens."""
    taken: list[str] = []
    while found := _BRACE.search(text, at):
        brace, place = found[0], found.start()
        taken.append(text[at:place])
        if text.startswith(brace, place + 1):
            taken.append(brace)
            at = place + 2
        elif brace == "{":
            return "".join(taken), place
        else:
            raise TextFault("a single } in a template; write }} for a brace", place)
    return "".join((*taken, text[at:])), len(text)


def _closing(text: str, opened: int) -> int:
    end = text.find("}", opened)
    if end < 0:
        raise TextFault("this { is not closed; write {{ for a brace", opened)
    return end


def _is_unspeakable(value: FactType) -> bool:
    group = value.group
    return group is not None and (group.__str__ is object.__str__ or group.__str__ is Facts.__str__)


def _fill(blank: Blank, scene: Scene) -> str:
    text = wording(blank.path.read(scene), blank.path.unit)
    return text if blank.quoting is None else quoted(text, blank.quoting)
