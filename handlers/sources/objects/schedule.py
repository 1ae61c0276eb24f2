"""CronJobs (batch/v1): what makes a Job whenever its schedule says so."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.event import InvolvedObject
from handlers.sources.objects.meta import KubernetesObject, Part, Resource


class CronJobSpec(Part, frozen=True):
    """spec of a CronJob; a missed start is made up for within `starting_deadline_seconds`."""

    schedule: str = ""
    time_zone: str = ""
    suspend: bool = False
    concurrency_policy: str = "Allow"
    starting_deadline_seconds: int | None = None


class CronJobStatus(Part, frozen=True):
    """status of a CronJob; `active` are Jobs that run."""

    active: tuple[InvolvedObject, ...] = ()
    last_schedule_time: datetime | None = None
    last_successful_time: datetime | None = None


class CronJob(KubernetesObject, frozen=True):
    """A CronJob."""

    resource: ClassVar[Resource] = Resource("batch", "v1", "cronjobs", "CronJob")
    spec: CronJobSpec = field(default_factory=CronJobSpec)
    status: CronJobStatus = field(default_factory=CronJobStatus)
