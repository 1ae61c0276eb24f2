"""YAML read with the place of every value, so that each fault can point at what it is about."""

from collections.abc import Collection
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules.fault import Fault, TextFault, did_you_mean

LARGEST = 64 * 1024
DEEPEST = 30

_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING, _NULL, _BOOL = (f"tag:yaml.org,2002:{name}" for name in ("str", "null", "bool"))
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Sheet:
    """One YAML file and the faults found in it so far."""

    def __init__(self, file: str, text: str, *, trusted: bool = False) -> None:
        self._trusted = trusted
        self.file = file
        self.text = text
        self.lines = text.splitlines()
        self.faults: list[Fault] = []

    @classmethod
    def open(cls, path: Path, *, until: str = "") -> "Sheet":
        """Read a file; what cannot be read is an empty sheet with one fault.

        With `until` only what stands above the line that begins so is kept: of a file that was tested whole.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
            text = raw.decode()
            sheet = cls(str(path), text.partition(f"\n{until}")[0] if until else text, trusted=bool(until))
        except OSError as error:
            return cls._refused(path, f"the file cannot be read: {error.strerror}")
        except UnicodeDecodeError as error:
            return cls._refused(path, f"the file is not UTF-8 (byte {error.start})")
        return sheet if len(raw) <= LARGEST else cls._refused(path, "the file is larger than 64 KB")

    @classmethod
    def _refused(cls, path: Path, message: str) -> "Sheet":
        sheet = cls(str(path), "")
        sheet.fault(message)
        return sheet

    def fault_at(self, message: str, node: Node) -> Fault:
        """A fault at a value, not noted."""
        return self._fault(message, node.start_mark.line, node.start_mark.column)

    def fault(self, message: str, node: Node | None = None) -> None:
        """Note a fault at a value, or about the whole file."""
        whole = Fault(file=self.file, message=message)
        self.faults.append(self.fault_at(message, node) if node else whole)

    def fault_inside(self, fault: TextFault, node: Node) -> None:
        """Note a fault at an offset of the text of a value."""
        self._note(fault.message, *self._inside(node, fault.offset))

    def root(self) -> Node | None:
        """The only document of the file; None when it is empty, or cannot be read (then a fault is noted)."""
        if self.faults:
            return None
        try:
            node = None if not self._trusted and self._is_trap() else yaml.compose(self.text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line, mark.column) if mark else (0, 0)
            self._note(f"not YAML: {error.problem or error.context}", *place)
            return None
        except yaml.YAMLError as error:
            self.fault(f"not YAML: {str(error).splitlines()[0]}")
            return None
        return node

    def fields(
        self, node: Node, known: Collection[str], required: Collection[str], what: str
    ) -> dict[str, Node]:
        """The values of a mapping by key; unknown, repeated and absent keys are faults; null is absent."""
        if not isinstance(node, MappingNode):
            self.fault(f"{what} must be a mapping of keys to values", node)
            return {}
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                self.fault(f'{what} has no key "{name}"{did_you_mean(name, known)}', key)
            elif name in found:
                self.fault(f'the key "{name}" stands twice', key)
            elif value.tag != _NULL:
                found[name] = value
        for name in required:
            if name not in found:
                self.fault(f'{what} lacks "{name}"', node)
        return found

    def string(self, node: Node | None) -> str:
        """The text of a value; anything else is a fault. Empty without a node."""
        if node is None:
            return ""
        if not isinstance(node, ScalarNode) or node.tag != _STRING:
            self.fault("text is expected here (put it in quotes)", node)
            return ""
        return str(node.value)

    def flag(self, node: Node | None) -> bool:
        """A value that is true or false; False without a node."""
        if node is None:
            return False
        if node.tag != _BOOL:
            self.fault("true or false is expected here", node)
        return str(node.value).lower() in ("true", "yes", "on")

    def items(self, node: Node | None) -> list[Node]:
        """The elements of a list; anything else is a fault. Empty without a node."""
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.fault("a list is expected here", node)
            return []
        return list(node.value)

    def value(self, node: Node | None) -> object:
        """Plain data behind a value: dict, list, text, numbers, times; None without a node."""
        if node is None:
            return None
        try:
            return yaml.constructor.SafeConstructor().construct_document(node)
        except yaml.MarkedYAMLError as error:
            self.fault(f"this value cannot be read: {error.problem}", node)
        except ValueError as error:
            self.fault(f"this value cannot be read: {error}", node)
        return None

    def _note(self, message: str, line: int, column: int) -> None:
        self.faults.append(self._fault(message, line, column))

    def _fault(self, message: str, line: int, column: int) -> Fault:
        source = self.lines[line] if line < len(self.lines) else ""
        return Fault(file=self.file, line=line + 1, column=column + 1, message=message, source=source)

    def _is_trap(self) -> bool:
        """Refuse aliases (they multiply) and deep nesting (it exhausts the stack of the C parser)."""
        depth = 0
        for event in yaml.parse(self.text, Loader=_Loader):
            depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
            too_deep = depth > DEEPEST
            if too_deep or isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                message = f"nested more than {DEEPEST} deep" if too_deep else "aliases are not allowed"
                self._note(message, *((mark.line, mark.column) if mark else (0, 0)))
                return True
        return False

    def _inside(self, node: Node, offset: int) -> tuple[int, int]:
        """Line and column of a character of a text, whichever way YAML wrote and folded it."""
        start = line, column = node.start_mark.line, node.start_mark.column
        if not isinstance(node, ScalarNode):
            return start
        if node.style in ("|", ">"):
            line, column = line + 1, 0
        elif node.style in ("'", '"'):
            column += 1
        for char in str(node.value)[:offset]:
            line, column = self._seek(char, line, column) or start
            column += 1
        return self._seek(str(node.value)[offset : offset + 1], line, column) or start

    def _seek(self, char: str, line: int, column: int) -> tuple[int, int] | None:
        """Where a character next stands; a space may be a folded line end, no character stands anywhere."""
        while line < len(self.lines):
            at = self.lines[line].find(char, column)
            if at >= 0:
                return line, at
            if char.isspace():
                return line, len(self.lines[line])
            line, column = line + 1, 0
        return None
