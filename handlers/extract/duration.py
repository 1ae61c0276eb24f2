"""Seconds that an object states, as a time span; the API takes any 64-bit number, a time span does not."""

from datetime import timedelta

LONGEST = timedelta(days=3650)
"""What a longer one is taken for: nothing here outlives it, and adding it to a time of today is safe."""


def seconds(value: float | None) -> timedelta:
    """A stated number of seconds between none and ten years; none where nothing is stated."""
    return timedelta(seconds=min(max(value or 0, 0), LONGEST.total_seconds()))
