"""One text by which a known failure is recognised."""

from typing import NamedTuple

from rules.facts.log import SignatureKind

HOST = r"[\w.\-]{1,253}"
"""A host name or IPv4 address inside a pattern."""


class Sign(NamedTuple):
    """One text of one failure.

    Attributes:
        words: lower-case pieces, one of which every such line holds.
        pattern: what must be found, case ignored; a group `subject…` names what it is about, `port`
            its port. Empty: a word is enough.
        code: variant of the kind.
        vague: counts only when the log shows nothing more exact.
    """

    kind: SignatureKind
    words: tuple[str, ...]
    pattern: str = ""
    code: str = ""
    vague: bool = False


def either(*alternatives: str) -> str:
    """A pattern that fits when one of these does."""
    return "|".join(alternatives)
