from datetime import UTC, datetime, timedelta

import pytest

from handlers.extract.duration import LONGEST, seconds


@pytest.mark.parametrize(
    ("stated", "span"),
    [
        (None, timedelta()),
        (30, timedelta(seconds=30)),
        (0.5, timedelta(milliseconds=500)),
        (-1, timedelta()),
        (2**62, LONGEST),
        (-(2**62), timedelta()),
        (1e300, LONGEST),
    ],
)
def test_stated_seconds_are_a_span_that_can_be_added(stated: float | None, span: timedelta) -> None:
    assert seconds(stated) == span
    assert datetime(2026, 11, 22, tzinfo=UTC) + seconds(stated) >= datetime(2026, 11, 22, tzinfo=UTC)
