"""One finding in Slack: cause, evidence, effect, fix, runbook."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from bot.render import wording
from bot.render.clamp import Page
from bot.render.door import Mrkdwn, code, code_block, file_content, file_name, join, link, own, say
from bot.render.elements import section
from bot.render.explained import counts_words, explains_words
from bot.render.limits import BUTTON_TEXT, SECTION_TEXT, length
from bot.render.message import SlackFile
from rules.finding import Finding, FixStep, Observation

MAIN_EXPLAINED: Final = 3
"""Things that a cause explains, as the answer itself names them; all of them are in the thread."""
MAIN_EVIDENCE: Final = 6
"""Lines of evidence in the answer itself; all of them are in the thread."""
_PIECE = 1_400
_BLOCK = 1_800


class Drawn(Struct, frozen=True):
    """Blocks, and the files for what would not fit into one."""

    blocks: Page = ()
    files: tuple[SlackFile, ...] = ()


class View(Struct, frozen=True):
    """What drawing needs beside the finding: the time of the look and the address of the runbooks."""

    as_of: datetime
    runbooks: str = ""


class _Step(Struct, frozen=True):
    pieces: tuple[Mrkdwn, ...]
    files: tuple[SlackFile, ...] = ()


def whole(finding: Finding, view: View, evidence: int, explained: int = 0) -> Drawn:
    """Draw everything a finding says, with at most `evidence` lines of evidence.

    `explained` is how many of the things it explains are named; 0 means all.
    """
    steps = [_step(step, number, finding.rule) for number, step in enumerate(finding.fix, 1)]
    paragraphs = (
        (_cause(finding),),
        _explains(finding, explained),
        _evidence(finding.evidence, view.as_of, evidence),
        (_titled(own("*Effect*  "), say(finding.effect, _PIECE)),),
        _headed(own("*Fix*"), (piece for step in steps for piece in step.pieces)),
        (_titled(own("*Runbook*  "), _runbook(finding.runbook, view.runbooks)),),
    )
    blocks = tuple(block for pieces in paragraphs for block in pack(pieces))
    return Drawn(blocks, tuple(file for step in steps for file in step.files))


def short(finding: Finding) -> Mrkdwn:
    """Draw a further cause in two lines, and in a third what it explains."""
    title = own("*Also* (") + say(finding.confidence) + own(")  ") + say(finding.summary, 300)
    return join("\n", (title, say(finding.cause, 500), explains_line(finding)))


def explains_line(finding: Finding) -> Mrkdwn:
    """Draw what a cause explains, as counts; empty when nothing else."""
    return _titled(own("Explains "), say(counts_words(finding), 300))


def fix(steps: Sequence[FixStep], title: Mrkdwn, name: str) -> Drawn:
    """Draw numbered steps under a title of our own; `name` begins the names of their files."""
    drawn = [_step(step, number, name) for number, step in enumerate(steps, 1)]
    blocks = pack(_headed(title, (piece for step in drawn for piece in step.pieces)))
    return Drawn(blocks, tuple(file for step in drawn for file in step.files))


def pack(pieces: Iterable[Mrkdwn]) -> Page:
    """Join pieces line by line into as few sections as hold them; no piece is divided."""
    sections: list[Mrkdwn] = []
    for piece in pieces:
        if not piece:
            continue
        if sections and length(sections[-1].text) + length(piece.text) < SECTION_TEXT:
            sections[-1] = join("\n", (sections[-1], piece))
        else:
            sections.append(piece)
    return tuple(section(text) for text in sections)


def _cause(finding: Finding) -> Mrkdwn:
    words = own("*Cause* (") + say(wording.confidence_words(finding)) + own(")  ")
    return words + say(finding.cause or finding.summary, _PIECE)


def _explains(finding: Finding, most: int) -> tuple[Mrkdwn, ...]:
    """What a cause explains: a few in one paragraph, all of them line by line."""
    pieces = explains_words(finding, most)
    if most:
        return (_titled(own("*Also explains*  "), say("; ".join(pieces), _PIECE)),)
    return _headed(own("*Also explains*"), [own("• ") + say(piece, _PIECE) for piece in pieces])


def _evidence(seen: Sequence[Observation], as_of: datetime, most: int) -> tuple[Mrkdwn, ...]:
    lines = [_observation(item, number, as_of) for number, item in enumerate(seen[:most], 1)]
    rest = len(seen) - most
    if rest > 0:
        lines.append(say(f"… and {rest} more in the thread"))
    return _headed(own("*Evidence*"), lines)


def _observation(seen: Observation, number: int, as_of: datetime) -> Mrkdwn:
    where = say(wording.read_where(seen, as_of), 200)
    count = say(f"{number}.") + own(" ")
    if wording.is_quote(seen):
        return count + where + own(": ") + code(seen.text, _PIECE // 2)
    return count + say(seen.text, _PIECE // 2) + (own("  (") + where + own(")") if where else own(""))


def _step(step: FixStep, number: int, name: str) -> _Step:
    mark = own("  ✏️ ") + say(wording.changes_words(step), 100) if step.changes else own("")
    sentence = say(f"{number}.") + own(" ") + say(step.say, _PIECE) + mark
    command, script = _code(step.run, f"fix_{name}_{number}.sh")
    manifest, snippet = _code(step.show, f"fix_{name}_{number}.yaml")
    return _Step((sentence, *command, *manifest), script + snippet)


def _code(text: str, filename: str) -> tuple[tuple[Mrkdwn, ...], tuple[SlackFile, ...]]:
    """A command or manifest as a block, or as a file with a line that says so when it is too long."""
    if not text.strip():
        return (), ()
    block = code_block(text, _BLOCK)
    if block is not None:
        return (block,), ()
    name = file_name(filename)
    notice = own("Too long for a message: see the file ") + code(name) + own(" in the thread.")
    return (notice,), (SlackFile(name, name, file_content(text).text),)


def _runbook(runbook: str, base: str) -> Mrkdwn:
    if not runbook:
        return own("")
    address = wording.runbook_address(runbook, base)
    if not address:
        return code(wording.runbook_command(runbook), BUTTON_TEXT)
    return link(address, wording.runbook_name(runbook))


def _titled(title: Mrkdwn, text: Mrkdwn) -> Mrkdwn:
    return title + text if text else own("")


def _headed(title: Mrkdwn, lines: Iterable[Mrkdwn]) -> tuple[Mrkdwn, ...]:
    kept = tuple(line for line in lines if line)
    return (title, *kept) if kept else ()
