"""What drawing a digest needs beside the digest: buttons, people, and what has cleared since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct


class DigestView(Struct, frozen=True, kw_only=True):
    """How a digest is shown; keys are the fingerprints of its causes.

    Attributes:
        diagnose: opaque values of the Diagnose buttons; without one the button is left out.
        snooze: the lines of the Snooze menus, each what it says ("1 day") and its opaque value.
        owners: Slack ids of who looks after a cause, users (U012AB3CD) and user groups (S012AB3CD).
        runbooks: web address of the runbooks; empty leaves links to them out.
        slot: when the digest comes ("weekdays 09:00 Europe/Dublin"), or empty.
        cleared: what was open in the digest and is not any more, and when that was seen.
    """

    diagnose: Mapping[str, str] = {}
    snooze: Mapping[str, tuple[tuple[str, str], ...]] = {}
    owners: Mapping[str, tuple[str, ...]] = {}
    runbooks: str = ""
    slot: str = ""
    cleared: Mapping[str, datetime] = {}


BARE: Final = DigestView()
"""No buttons, no people, nothing cleared."""
