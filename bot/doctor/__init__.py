"""Everything that must be in place, looked at one by one, each miss with what to do about it."""

from bot.doctor.aws import check_aws
from bot.doctor.clusters import check_clusters
from bot.doctor.digests import check_channels, check_schedules
from bot.doctor.finding import Finding, Mark
from bot.doctor.redis import check_redis
from bot.doctor.rules import check_rules
from bot.doctor.series import check_series
from bot.doctor.slack import check_slack

__all__ = [
    "Finding",
    "Mark",
    "check_aws",
    "check_channels",
    "check_clusters",
    "check_redis",
    "check_rules",
    "check_schedules",
    "check_series",
    "check_slack",
]
