"""When a digest is due: what people write, and what instants that means."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.digest.schedule import (
    Schedule,
    Slot,
    cron_trigger,
    last_slot,
    next_slot,
    parse_schedule,
    slots_between,
)
from bot.errors import UsageError

BERLIN = "Europe/Berlin"


def words(text: str) -> str:
    return parse_schedule(text, BERLIN).words


def refused(text: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        parse_schedule(text, BERLIN)
    return raised.value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("weekdays 09:00 Europe/Dublin", "weekdays 09:00 Europe/Dublin"),
        ("daily 9:00", "daily 09:00 Europe/Berlin"),
        ("9:00", "daily 09:00 Europe/Berlin"),
        ("every day at 9am", "daily 09:00 Europe/Berlin"),
        ("everyday 9 p.m.", "daily 21:00 Europe/Berlin"),
        ("daily 12am", "daily 00:00 Europe/Berlin"),
        ("noon daily", "daily 12:00 Europe/Berlin"),
        ("daily 0830", "daily 08:30 Europe/Berlin"),
        ("Weekdays at 9 o\N{RIGHT SINGLE QUOTATION MARK}clock", "weekdays 09:00 Europe/Berlin"),
        ("mon,wed,fri 08:30 UTC", "mon,wed,fri 08:30 UTC"),
        ("Mon, Wed & Fri 8.30 utc", "mon,wed,fri 08:30 UTC"),
        ("tue/thurs 9:00", "tue,thu 09:00 Europe/Berlin"),
        ("mondays 09:00", "mon 09:00 Europe/Berlin"),
        ("weekends 10:00", "weekends 10:00 Europe/Berlin"),
        ("mon-fri 9.00", "weekdays 09:00 Europe/Berlin"),
        ("mon\N{EN DASH}fri 9:00", "weekdays 09:00 Europe/Berlin"),
        ("monday to friday at 9:00", "weekdays 09:00 Europe/Berlin"),
        ("sun - thu 8:00 Asia/Jerusalem", "mon-thu,sun 08:00 Asia/Jerusalem"),
        (
            "\N{LEFT DOUBLE QUOTATION MARK}weekdays   09:00\xa0UTC\N{RIGHT DOUBLE QUOTATION MARK}",
            "weekdays 09:00 UTC",
        ),
        ("0 9 * * 1-5 Europe/Dublin", "weekdays 09:00 Europe/Dublin"),
        ("0 9 * * 1", "mon 09:00 Europe/Berlin"),
        ("0 9 * * 0", "sun 09:00 Europe/Berlin"),
        ("0 9 * * 7", "sun 09:00 Europe/Berlin"),
        ("0 9 * * 0,6", "weekends 09:00 Europe/Berlin"),
        ("0 9 * * 6-7", "weekends 09:00 Europe/Berlin"),
        ("0 9 * * 5-7", "fri-sun 09:00 Europe/Berlin"),
        ("0 9 * * 0-7", "daily 09:00 Europe/Berlin"),
        ("0 9 * * */2", "tue,thu,sat,sun 09:00 Europe/Berlin"),
        ("0 9 * * 1-5/2", "mon,wed,fri 09:00 Europe/Berlin"),
        ("0 9 * * MON-FRI", "weekdays 09:00 Europe/Berlin"),
        ("0 9 * * fri-mon", "mon,fri-sun 09:00 Europe/Berlin"),
        ("0 9,17 * * 1-5", "0 9,17 * * mon-fri Europe/Berlin"),
        ("0 8-18/2 * * *", "0 8,10,12,14,16,18 * * * Europe/Berlin"),
        ("5 */6 * * * UTC", "5 */6 * * * UTC"),
        ("0 * * * *", "0 * * * * Europe/Berlin"),
        ("0 9 1 jan,jul *", "0 9 1 1,7 * Europe/Berlin"),
        ("0 9 29 2 *", "0 9 29 2 * Europe/Berlin"),
        ("0 9 31 * *", "0 9 31 * * Europe/Berlin"),
    ],
)
def test_a_schedule_is_understood_and_its_words_are_the_same_schedule(text: str, canonical: str) -> None:
    schedule = parse_schedule(text, BERLIN)
    assert schedule.words == canonical
    assert parse_schedule(schedule.words, "Asia/Tokyo") == schedule


def test_the_fields_are_apschedulers_with_weekdays_by_name() -> None:
    assert parse_schedule("30 8,16 * * 5-7 UTC", BERLIN) == Schedule(
        minute="30", hour="8,16", day_of_week="fri-sun", zone="UTC", words="30 8,16 * * fri-sun UTC"
    )


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("", "When?", ""),
        ("weekdays", "At what time of day?", "weekdays 09:00 Europe/Berlin"),
        ("weekdays 9:00 and 17:00", "one time of day", "0 9,17 * * mon-fri Europe/Berlin"),
        ("weekdays 9:00 17:30", "one time of day", ""),
        ("wekdays 9:00 UTC", "the day “wekdays”", "weekdays 09:00 UTC"),
        ("daily 25:00", "25:00 is no time of day", ""),
        ("daily 13pm", "13pm is no time of day", ""),
        ("daily 9:00 europe/dublin", "zone “europe/dublin”", "daily 09:00 Europe/Dublin"),
        ("daily 9:00 Dublin", "zone “Dublin”", "daily 09:00 Europe/Dublin"),
        ("daily 9:00 Europe/Dubln", "zone “Europe/Dubln”", "daily 09:00 Europe/Dublin"),
        ("weekdays 9am in New York", "zone “New York”", "weekdays 09:00 America/New_York"),
        ("0 9 * * 1-5 europe/dublin", "zone “europe/dublin”", "weekdays 09:00 Europe/Dublin"),
        ("daily 9:00 Mars/Olympus", "zone “Mars/Olympus”", ""),
        ("daily 9:00 CET", "“CET” is an abbreviation", ""),
        ("daily 9:00 EST", "“EST” is an abbreviation", ""),
        ("daily 9:00 IST", "“IST” is an abbreviation", ""),
        ("daily 9:00 JST", "“JST” is an abbreviation", "daily 09:00 Asia/Tokyo"),
        ("daily 9:00 UTC+1", "“UTC+1” is an offset", ""),
        ("daily 9:00 please", "“please” in a schedule", ""),
        ("first monday 9:00", "“first” in a schedule", ""),
        ("hourly", "Several times a day", ""),
        ("every 30 minutes", "more often than hourly", ""),
        ("*/15 9 * * 1-5", "more often than hourly", "weekdays 09:00 Europe/Berlin"),
        ("* * * * *", "more often than hourly", "0 * * * * Europe/Berlin"),
        ("weekly 9:00", "days of the week", ""),
        ("@daily", "@daily", ""),
        ("0 9 * *", "five fields, and got 4", ""),
        ("0 0 9 * * 1", "five fields, and got six", ""),
        ("0 0 9 * * mon UTC", "five fields, and got six", ""),
        ("0 9 * * 8", "8 is no weekday", ""),
        ("0 24 * * *", "24 is no hour", ""),
        ("0 9 0 * *", "0 is no day of the month", ""),
        ("0 9 * * 6-1", "ends before it begins", ""),
        ("0 9 * * 1/2", "“1/2” is no weekday", ""),
        ("0 9 * * */0", "“*/0” is no weekday", ""),
        ("0 9 * * monkey", "“monkey” is no weekday", ""),
        ("0 9 L * *", "“l” is no day of the month", ""),
        ("0 9 30 2 *", "never comes", ""),
        ("0 9 31 4,6 *", "never comes", ""),
        ("0 9 13 * 5", "either", ""),
        ("daily 9:00 " + "x" * 300, "at most 200 characters", ""),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_say(text: str, sentence: str, suggestion: str) -> None:
    error = refused(text)
    assert sentence in error.sentence
    assert error.suggestion == suggestion
    assert error.advice


@settings(max_examples=80)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"[0-9*/,\-a-z ]{0,30}", fullmatch=True)))
@example("mon-tue-wed 9:00")
@example("9:00 \ud800")
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    answer = attempt(text)
    if isinstance(answer, Schedule):
        assert parse_schedule(answer.words, BERLIN) == answer
    else:
        assert answer.sentence
        assert answer.advice
        assert not answer.suggestion or words(answer.suggestion) == answer.suggestion


def attempt(text: str) -> Schedule | UsageError:
    """What a text comes to; any other error ends the test."""
    try:
        return parse_schedule(text, "UTC")
    except UsageError as error:
        return error


FIELDS = st.builds(
    "{} {} * * {}".format,
    st.integers(0, 59),
    st.sets(st.integers(0, 23), min_size=1).map(lambda some: ",".join(map(str, some))),
    st.sets(st.integers(0, 7), min_size=1).map(lambda some: ",".join(map(str, some))),
)


@given(FIELDS)
@settings(max_examples=40)
def test_numeric_weekdays_mean_what_cron_means(cron: str) -> None:
    schedule = parse_schedule(cron, "UTC")
    assert parse_schedule(schedule.words, BERLIN) == schedule
    found = slots_between(schedule, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC), 200)
    asked = {int(number) % 7 for number in cron.rsplit(" ", 1)[1].split(",")}
    assert {slot.at.isoweekday() % 7 for slot in found} | {0} == asked | {0}


ZONES = [
    (BERLIN, 2026),
    ("Europe/Dublin", 2026),
    ("America/New_York", 2026),
    ("America/Santiago", 2026),  # at midnight
    ("Australia/Lord_Howe", 2026),  # by half an hour
    ("Africa/Cairo", 2026),  # at midnight
    ("Asia/Kolkata", 2026),  # never
    ("Pacific/Apia", 2012),
    ("America/Nuuk", 2026),  # forward over midnight
    ("Antarctica/Troll", 2026),  # by two hours
]
CLOCKS = ["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "23:30"]


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(366 if year % 4 == 0 else 365)]


@pytest.mark.parametrize(("zone", "year"), ZONES)
def test_every_day_of_a_year_has_one_slot(zone: str, year: int) -> None:
    here = ZoneInfo(zone)
    start, end = datetime(year, 1, 1, tzinfo=here), datetime(year + 1, 1, 1, tzinfo=here)
    for clock in CLOCKS:
        schedule = parse_schedule(f"daily {clock}", zone)
        slots = slots_between(schedule, start - timedelta(seconds=1), end - timedelta(seconds=1), 1000)
        assert [slot.name for slot in slots] == [f"{day}T{clock}" for day in days_of(year)]
        assert [slot.at for slot in slots] == sorted({slot.at for slot in slots})
        moved = [slot for slot in slots if f"{slot.at.astimezone(here):%Y-%m-%dT%H:%M}" != slot.name]
        assert len(moved) <= 1  # the night on which clocks go forward


@pytest.mark.parametrize(("zone", "year"), ZONES)
def test_next_and_last_walk_the_same_slots_around_the_nights_of_change(zone: str, year: int) -> None:
    schedule = parse_schedule("daily 02:30", zone)
    whole = slots_between(schedule, datetime(year, 1, 2, tzinfo=UTC), datetime(year, 12, 30, tzinfo=UTC), 400)
    for before, slot in pairwise(whole):
        assert next_slot(schedule, before.at) == slot
        assert last_slot(schedule, slot.at - timedelta(seconds=1)) == before
        assert last_slot(schedule, slot.at) == slot


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("schedule", "slot", "instant"),
    [
        ("daily 02:30 Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30+02:00"),  # the first of two
        ("daily 02:30 Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30+02:00"),  # there is none
        ("daily 01:30 Europe/Dublin", "2026-10-25T01:30", "2026-10-25T01:30+01:00"),
        ("daily 02:15 Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45+11:00"),
        ("daily 01:45 Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00"),
        ("daily 00:30 America/Santiago", "2026-09-06T00:30", "2026-09-06T01:30-03:00"),
        ("daily 00:30 Africa/Cairo", "2026-04-24T00:30", "2026-04-24T01:30+03:00"),
        ("daily 23:30 America/Nuuk", "2026-03-28T23:30", "2026-03-29T00:30-01:00"),
        # the day after clocks went forward, which APScheduler leaves out
        ("daily 00:30 America/New_York", "2026-03-09T00:30", "2026-03-09T00:30-04:00"),
    ],
)
def test_the_instant_of_a_slot_in_a_night_of_change(schedule: str, slot: str, instant: str) -> None:
    due = at(instant)
    assert last_slot(parse_schedule(schedule, "UTC"), due + timedelta(hours=2)) == Slot(due, slot)


def test_a_time_that_happens_twice_is_told_at_its_first_and_is_the_last_slot_at_its_second() -> None:
    schedule = parse_schedule("daily 02:30", BERLIN)
    second = at("2026-10-25T02:30+01:00")
    assert last_slot(schedule, second) == Slot(at("2026-10-25T02:30+02:00"), "2026-10-25T02:30")
    assert next_slot(schedule, second).name == "2026-10-26T02:30"


def test_hourly_skips_the_hour_that_does_not_exist_and_tells_once_the_one_that_is_repeated() -> None:
    schedule = parse_schedule("0 * * * *", BERLIN)
    spring = slots_between(schedule, at("2026-03-29T00:30+01:00"), at("2026-03-29T04:30+02:00"))
    autumn = slots_between(schedule, at("2026-10-25T01:30+02:00"), at("2026-10-25T03:30+01:00"))
    assert [slot.name[-5:] for slot in spring] == ["01:00", "03:00", "04:00"]
    assert [slot.name[-5:] for slot in autumn] == ["02:00", "03:00"]


def test_a_day_that_a_zone_left_out_has_no_slot() -> None:
    schedule = parse_schedule("weekdays 09:00", "Pacific/Apia")  # no 30 December 2011, a Friday
    found = slots_between(schedule, at("2011-12-29T00:00-10:00"), at("2012-01-02T23:00+14:00"))
    assert [slot.name for slot in found] == ["2011-12-29T09:00", "2012-01-02T09:00"]


def test_weekdays_are_those_of_the_zone() -> None:
    schedule = parse_schedule("mon 08:00", "Pacific/Auckland")
    assert next_slot(schedule, at("2026-11-20T00:00Z")) == Slot(at("2026-11-22T19:00Z"), "2026-11-23T08:00")


def test_of_too_many_slots_the_last_ones_are_given() -> None:
    schedule = parse_schedule("daily 09:00", "UTC")
    found = slots_between(schedule, at("2020-01-01T09:00Z"), at("2026-11-23T09:00Z"), most=2)
    assert [slot.name for slot in found] == ["2026-11-22T09:00", "2026-11-23T09:00"]
    assert slots_between(schedule, at("2026-11-23T09:00Z"), at("2026-11-23T10:00Z")) == ()


def test_a_rare_day_is_found_years_away() -> None:
    schedule = parse_schedule("0 9 29 2 *", "UTC")
    assert next_slot(schedule, at("2096-03-01T00:00Z")).name == "2104-02-29T09:00"
    assert last_slot(schedule, at("2026-11-23T00:00Z")) == Slot(at("2024-02-29T09:00Z"), "2024-02-29T09:00")


def test_the_trigger_fires_at_the_slots() -> None:
    schedule = parse_schedule("daily 02:30", BERLIN)
    trigger, now = cron_trigger(schedule), at("2026-10-24T02:30+02:00")
    first = trigger.get_next_fire_time(None, now)
    second = trigger.get_next_fire_time(first, now)
    third = trigger.get_next_fire_time(second, second)
    assert [first, second, third] == [now, at("2026-10-25T02:30+02:00"), at("2026-10-26T02:30+01:00")]


def test_apschedulers_own_cron_still_needs_this() -> None:
    """When it no longer repeats and leaves out, the slots can be its own."""
    own = CronTrigger(hour=0, minute=30, timezone="America/New_York")
    after = own.get_next_fire_time(None, at("2026-03-08T06:00Z"))
    assert after.date() == date(2026, 3, 10)
