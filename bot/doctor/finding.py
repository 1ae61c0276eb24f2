"""What one check comes to."""

import re
from enum import StrEnum

from msgspec import Struct


class Mark(StrEnum):
    """How a check came out; ASIDE is worth knowing and no fault."""

    FINE = "✓"
    MISSING = "✗"
    ASIDE = "·"


class Finding(Struct, frozen=True):
    """One check: what was looked at, what it is, and what to do when it is not in order."""

    mark: Mark
    what: str
    advice: str = ""


def beside(advice: str) -> str:
    """Advice without "run `mlops doctor`", which is what is being done."""
    return re.sub(r"(?:; if it stays so, run|, and) `mlops doctor`|; `mlops doctor` [^.]*", "", advice)
