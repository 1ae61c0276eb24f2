"""The Dockerfile read, so that what is tested is what it says."""

import json
import re
import shlex
from collections.abc import Iterator

from msgspec import Struct

from tests.architecture.tree import ROOT

DOCKERFILE = ROOT / "Dockerfile"
_FLAG = re.compile(r"^--(?P<name>[a-z]+)=(?P<value>\S+)\s+")


class Instruction(Struct, frozen=True):
    """One instruction: its name ("RUN"), its flags ("from", "mount"), and the rest as written."""

    name: str
    flags: dict[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """The rest as words; of the JSON form its entries."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


class Recipe(Struct, frozen=True):
    """Every stage with its instructions, FROM first; what stands before them are the arguments of all."""

    arguments: tuple[Instruction, ...]
    stages: tuple[tuple[Instruction, ...], ...]

    @property
    def builder(self) -> tuple[Instruction, ...]:
        """The stage that builds."""
        return self.stages[0]

    @property
    def final(self) -> tuple[Instruction, ...]:
        """The stage that runs."""
        return self.stages[-1]

    def last(self, name: str) -> Instruction:
        """The instruction that counts of those the final stage has of a name."""
        return [each for each in self.final if each.name == name][-1]


def environment(stage: tuple[Instruction, ...]) -> dict[str, str]:
    """What a stage sets in the environment."""
    pairs = (word.partition("=") for each in stage if each.name == "ENV" for word in each.words)
    return {name: value for name, _, value in pairs}


def read_recipe() -> Recipe:
    """Read the Dockerfile of the project."""
    stages: list[list[Instruction]] = [[]]
    for instruction in _instructions(DOCKERFILE.read_text("utf-8")):
        if instruction.name == "FROM":
            stages.append([])
        stages[-1].append(instruction)
    return Recipe(tuple(stages[0]), tuple(map(tuple, stages[1:])))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.partition(" ")
        flags, rest = {}, rest.strip()
        while flag := _FLAG.match(rest):
            flags[flag["name"]], rest = flag["value"], rest[flag.end() :]
        yield Instruction(name.upper(), flags, rest)
