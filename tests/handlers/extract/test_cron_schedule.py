"""When a schedule came due last."""

from datetime import UTC, datetime

import pytest

from handlers.extract.cron_schedule import last_due

NOW = datetime(2026, 11, 22, 10, 6, 23, tzinfo=UTC)
"""A Sunday."""


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("0 8 * * *", "2026-11-22 08:00"),
        ("30 10 * * *", "2026-11-21 10:30"),
        ("*/15 * * * *", "2026-11-22 10:00"),
        ("5-50/20 9,11 * * *", "2026-11-22 09:45"),
        ("0 0 * * mon-fri", "2026-11-20 00:00"),
        ("0 0 1 * *", "2026-11-01 00:00"),
        ("0 0 1 JAN *", "2026-01-01 00:00"),
        ("0 0 13 * 5", "2026-11-20 00:00"),
        ("0 0 */7 * 1", "2026-11-22 00:00"),
        ("@daily", "2026-11-22 00:00"),
        ("@hourly", "2026-11-22 10:00"),
        ("6 10 * * ?", "2026-11-22 10:06"),
    ],
)
def test_the_last_time(schedule: str, due: str) -> None:
    found = last_due(schedule, NOW)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == due


def test_a_time_zone() -> None:
    found = last_due("0 9 * * *", NOW, "America/New_York")
    assert found == datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone"),
    [
        ("@every 1h", ""),
        ("61 * * * *", ""),
        ("* * * *", ""),
        ("a b c d e", ""),
        ("*/0 * * * *", ""),
        ("9-5 * * * *", ""),
        ("0 0 31 2 *", ""),
        ("0 8 * * *", "Mars/Olympus"),
        ("", ""),
    ],
)
def test_what_cannot_be_told(schedule: str, zone: str) -> None:
    assert last_due(schedule, NOW, zone) is None
