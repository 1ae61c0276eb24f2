"""Time zones by their IANA names, and the one that was probably meant."""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from bot.errors import UsageError

UTC: Final = "UTC"
_CUTOFF = 0.75
_SHOWN = 40
_OFFSET = re.compile(r"(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?", re.IGNORECASE)
_OLD_AREAS = ("US/", "Canada/", "Brazil/", "Mexico/", "Chile/", "Etc/", "America/Indiana/")
"""Areas whose zones have another name today; the other one is suggested."""
_ABBREVIATIONS: Final = {
    **dict.fromkeys(("cet", "cest", "met", "mest"), ("Europe/Berlin", "Europe/Paris")),
    **dict.fromkeys(("wet", "west"), ("Europe/Lisbon", "Atlantic/Canary")),
    **dict.fromkeys(("eet", "eest"), ("Europe/Athens", "Africa/Cairo")),
    "gmt": (UTC, "Europe/London"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ist": ("Europe/Dublin", "Asia/Kolkata", "Asia/Jerusalem"),
    **dict.fromkeys(("est", "edt", "et", "est5edt"), ("America/New_York", "America/Panama")),
    **dict.fromkeys(("cst", "cdt", "ct", "cst6cdt"), ("America/Chicago", "Asia/Shanghai")),
    **dict.fromkeys(("mst", "mdt", "mt", "mst7mdt"), ("America/Denver", "America/Phoenix")),
    **dict.fromkeys(("pst", "pdt", "pt", "pst8pdt"), ("America/Los_Angeles", "Asia/Manila")),
    **dict.fromkeys(("aest", "aedt", "aet"), ("Australia/Sydney", "Australia/Brisbane")),
    **dict.fromkeys(("nzst", "nzdt", "nzt"), ("Pacific/Auckland",)),
    **dict.fromkeys(("hst", "hdt"), ("Pacific/Honolulu", "America/Adak")),
    "msk": ("Europe/Moscow",),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "sgt": ("Asia/Singapore",),
    "hkt": ("Asia/Hong_Kong",),
}
"""Abbreviations → places where clocks are read so; the first is the usual one."""


def check_zone(text: str) -> str:
    """The IANA name of a time zone, or UTC.

    Raises:
        UsageError: there is no such zone; its suggestion is the name that was probably meant.
    """
    said = text.strip()
    if said.lower() in ("utc", "z", "etc/utc"):
        return UTC
    if said in _known():
        return said
    if places := _ABBREVIATIONS.get(said.lower()):
        raise UsageError(
            f"“{said}” is an abbreviation, which does not say where, nor when clocks change there.",
            f"Name a place, such as {' or '.join(places)}.",
            places[0] if len(places) == 1 else "",
        )
    if _OFFSET.fullmatch(said):
        raise UsageError(
            f"“{said}” is an offset, which does not say when clocks change.",
            "Name a place, such as Europe/Dublin, or UTC.",
        )
    meant = near_zone(said)
    advice = (
        f"Did you mean {meant}?" if meant else "Name it as in the IANA list, such as Europe/Dublin, or UTC."
    )
    raise UsageError(f"I do not know the time zone “{said[:_SHOWN]}”.", advice, meant)


def may_be_zone(word: str) -> bool:
    """Whether a word looks like a time zone, or what people say for one."""
    lowered = word.lower()
    known = lowered in ("utc", "z") or lowered in _ABBREVIATIONS or "/" in word
    return known or _OFFSET.fullmatch(word) is not None or bool(near_zone(word))


def near_zone(text: str) -> str:
    """The zone that was probably meant: letters in another case, a city alone, a slip; empty without one."""
    wanted = "_".join(text.split()).casefold()[:_SHOWN]
    cities, city = _cities(), wanted.rsplit("/", 1)[-1]
    whole = {zone.casefold(): zone for zone in _known()}
    if wanted in whole or wanted in cities or city in cities:
        return whole.get(wanted) or cities.get(wanted) or cities[city]
    near_whole = _near(wanted, whole) if "/" in wanted else ""
    return whole[near_whole] if near_whole else cities.get(_near(city, cities), "")


def _near(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=_CUTOFF)), "")


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Zones that are named after a place; what stands alone there is an abbreviation or an old name."""
    return frozenset({zone for zone in available_timezones() if "/" in zone} | {UTC})


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """City → zone; of several of a name the one that is not an old name, then the shortest."""
    ordered = sorted(_known(), key=lambda zone: (not zone.startswith(_OLD_AREAS), -len(zone), zone))
    return {zone.rsplit("/", 1)[-1].casefold(): zone for zone in ordered}
