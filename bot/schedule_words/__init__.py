"""When a digest is told, in words: a phrase or a line of cron → a Schedule. Pure; nothing fires here."""

from bot.schedule_words.phrases import LONGEST_SCHEDULE, SCHEDULE_HELP, parse_schedule
from bot.schedule_words.schedule import Schedule
from bot.schedule_words.zones import check_zone

__all__ = ["LONGEST_SCHEDULE", "SCHEDULE_HELP", "Schedule", "check_zone", "parse_schedule"]
